"""Leitoras de mentira: milhares de ligações WebSocket em um processo só, baratas de manter.

Cada uma é um socket cru: o aperto de mãos é escrito à mão, os quadros são só contados, os pings respondidos. Um `epoll`
serve a todas. Uma biblioteca de verdade gastaria, para ler, mais do que o servidor gasta para escrever.
"""

import select
import socket
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from poema.erros import ErroPoema

TEXTO, BINARIO, FECHA, PING, PONG = 1, 2, 8, 9, 10  # o tipo de um quadro
LIGANDO, ABERTA, FECHADA = range(3)
AO_MESMO_TEMPO = 64  # apertos de mãos
MUITAS = 2_000  # ligações: daí em diante, os quadros esperam um instante para serem lidos muitos de uma vez
INSTANTE = 0.002  # segundos
PEDIDO = (
    "GET {caminho} HTTP/1.1\r\nHost: 127.0.0.1:{porta}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n{v1}\r\n"
)
PEDE_V1 = "Sec-WebSocket-Protocol: poema.v1\r\n"

AoLer = Callable[["Ligacao", bytes], None]


class Ligacao:
    """Uma ligação: o que já chegou, o que falta sair e como acabou."""

    __slots__ = (
        *("ao_ler", "bytes", "codigo", "estado", "falta", "le"),
        *("nasceu", "pronta", "quadros", "recusa", "saida", "socket"),
    )

    def __init__(self, pedido: bytes, ao_ler: AoLer | None):
        self.socket = socket.socket()
        self.ao_ler = ao_ler
        self.estado = LIGANDO
        self.le = True
        self.falta = b""  # um quadro pela metade
        self.saida = bytearray(pedido)
        self.quadros = self.bytes = 0  # de texto
        self.codigo: int | None = None  # do fechamento que o servidor mandou
        self.recusa = ""  # por que não abriu: o estado do HTTP, "recusada" ou "queda"
        self.nasceu = time.perf_counter()
        self.pronta = 0.0  # quando abriu


class Carga:
    """Muitas ligações ao mesmo servidor, servidas por um `epoll` enquanto se está em `roda`."""

    def __init__(self, porta: int):
        self.porta = porta
        self.ligando = 0
        self._epoll = select.epoll()
        self._ligacoes: dict[int, Ligacao] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        for ligacao in list(self._ligacoes.values()):
            self._acaba(ligacao, "")
        self._epoll.close()

    def liga(
        self,
        caminho: str = "/ws/",
        v1: bool = False,
        ao_ler: AoLer | None = None,
        origem: str = "",
        recebe: int = 0,
    ) -> Ligacao:
        """Começa uma ligação, sem esperar por ela.

        Args:
            caminho: o caminho, com o que se queira depois de `?`.
            v1: pede o subprotocolo `poema.v1`.
            ao_ler: recebe cada mensagem de texto.
            origem: o endereço de quem liga, 127.x.y.z.
            recebe: o SO_RCVBUF, em bytes; 0 é o de costume.
        """
        pedido = PEDIDO.format(caminho=caminho, porta=self.porta, v1=PEDE_V1 if v1 else "")
        ligacao = Ligacao(pedido.encode(), ao_ler)
        ligacao.socket.setblocking(False)
        if recebe:
            ligacao.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, recebe)
        if origem:
            ligacao.socket.bind((origem, 0))
        ligacao.socket.connect_ex(("127.0.0.1", self.porta))
        self._ligacoes[ligacao.socket.fileno()] = ligacao
        self._epoll.register(ligacao.socket, select.EPOLLIN | select.EPOLLOUT)
        self.ligando += 1
        return ligacao

    def abre(
        self,
        quantas: int,
        v1: bool = False,
        ao_ler: Callable[[], AoLer] | None = None,
        origem: str = "",
        recebe: int = 0,
    ) -> list[Ligacao]:
        """Abre tantas ligações e as devolve, abertas; `ao_ler` faz quem lê cada uma.

        Raises:
            ErroPoema: alguma não abriu.
        """
        novas: list[Ligacao] = []

        def passo() -> bool:
            while len(novas) < quantas and self.ligando < AO_MESMO_TEMPO:
                novas.append(self.liga(v1=v1, ao_ler=ao_ler() if ao_ler else None, origem=origem, recebe=recebe))
            return len(novas) == quantas and not self.ligando

        self.roda(90, passo)
        fora = [ligacao for ligacao in novas if ligacao.estado != ABERTA]
        if fora or len(novas) < quantas:
            porque = ", ".join(sorted({ligacao.recusa or f"fechou com {ligacao.codigo}" for ligacao in fora}))
            raise ErroPoema(f"de {quantas} ligações, abriram {len(novas) - len(fora)}: {porque or 'demorou demais'}.")
        return novas

    def roda(self, segundos: float, passo: Callable[[], bool | None] | None = None) -> None:
        """Serve as ligações por tantos segundos; `passo` é chamado a toda hora e, se devolve True, acaba antes."""
        fim = time.perf_counter() + segundos
        while (resta := fim - time.perf_counter()) > 0:
            if len(self._ligacoes) > MUITAS and not self.ligando:
                time.sleep(INSTANTE)
            for descritor, evento in self._epoll.poll(min(resta, 0.005), 4096):
                ligacao = self._ligacoes.get(descritor)
                if ligacao and evento & select.EPOLLOUT:
                    self._escreve(ligacao)
                if ligacao and evento & ~select.EPOLLOUT and ligacao.estado != FECHADA:
                    self._le(ligacao)
            if passo and passo():
                return

    def envia(self, ligacao: Ligacao, quadros: bytes) -> None:
        """Manda quadros já prontos; o que não couber agora sai enquanto se está em `roda`."""
        if ligacao.estado != FECHADA:
            ligacao.saida += quadros
            self._escreve(ligacao)

    def para_de_ler(self, ligacao: Ligacao) -> None:
        """Deixa de ler a ligação, sem a fechar: é a leitora que sumiu."""
        ligacao.le = False
        self._ajusta(ligacao)

    def fecha(self, ligacao: Ligacao, educada: bool = True) -> None:
        """Fecha a ligação: com um quadro de fechamento, ou de repente."""
        if educada:
            self.envia(ligacao, quadro((1000).to_bytes(2), FECHA))
        else:
            self._acaba(ligacao, "")

    def _escreve(self, ligacao: Ligacao) -> None:
        tinha = bool(ligacao.saida)
        try:
            del ligacao.saida[: ligacao.socket.send(ligacao.saida)]
        except BlockingIOError:
            pass
        except OSError:
            self._le(ligacao)  # o que o servidor disse antes de cair ainda está lá
            return
        if tinha:
            self._ajusta(ligacao)

    def _ajusta(self, ligacao: Ligacao) -> None:
        quer = (select.EPOLLIN if ligacao.le else 0) | (select.EPOLLOUT if ligacao.saida else 0)
        self._epoll.modify(ligacao.socket, quer)

    def _le(self, ligacao: Ligacao) -> None:
        queda = "queda"
        try:
            dados = ligacao.socket.recv(65_536)
        except BlockingIOError:
            return
        except OSError as erro:
            dados = b""
            queda = "recusada" if isinstance(erro, ConnectionRefusedError) else queda
        if not dados:
            self._acaba(ligacao, queda)
        elif ligacao.estado == LIGANDO:
            self._aperto(ligacao, ligacao.falta + dados)
        else:
            self._quadros(ligacao, ligacao.falta + dados if ligacao.falta else dados)

    def _aperto(self, ligacao: Ligacao, dados: bytes) -> None:
        """Lê a resposta do HTTP; o que vem depois dela já são quadros."""
        cabeca, fim, resto = dados.partition(b"\r\n\r\n")
        if not fim:
            ligacao.falta = dados
        elif cabeca[9:12] != b"101":
            self._acaba(ligacao, cabeca[9:12].decode("latin-1"))
        else:
            ligacao.estado, ligacao.pronta, ligacao.falta = ABERTA, time.perf_counter(), b""
            self.ligando -= 1
            self._quadros(ligacao, resto)

    def _quadros(self, ligacao: Ligacao, dados: bytes) -> None:
        """Lê os quadros inteiros e guarda o que sobra."""
        inicio, fim = 0, len(dados)
        while fim - inicio >= 2:
            tipo, tamanho, corpo = dados[inicio] & 15, dados[inicio + 1], inicio + 2
            if tamanho >= 126:
                largura = 2 if tamanho == 126 else 8
                tamanho = int.from_bytes(dados[corpo : corpo + largura])
                corpo += largura
            if fim < corpo + tamanho:
                break
            inicio = corpo + tamanho
            if tipo == TEXTO:
                ligacao.quadros += 1
                ligacao.bytes += tamanho
                if ligacao.ao_ler:
                    ligacao.ao_ler(ligacao, dados[corpo:inicio])
            elif tipo == PING:
                self.envia(ligacao, quadro(dados[corpo:inicio], PONG))
            elif tipo == FECHA:
                ligacao.codigo = int.from_bytes(dados[corpo : corpo + 2]) if tamanho else 1005
                self.envia(ligacao, quadro(dados[corpo : corpo + 2], FECHA))
        ligacao.falta = dados[inicio:]

    def _acaba(self, ligacao: Ligacao, recusa: str) -> None:
        if ligacao.estado == FECHADA:
            return
        if ligacao.estado == LIGANDO:
            ligacao.recusa = recusa
            self.ligando -= 1
        ligacao.estado = FECHADA
        ligacao.saida.clear()
        del self._ligacoes[ligacao.socket.fileno()]
        ligacao.socket.close()  # o epoll o esquece sozinho


def quadro(dados: bytes, tipo: int = TEXTO) -> bytes:
    """Devolve um quadro de cliente. A máscara é toda zero: o protocolo aceita, e não há o que calcular."""
    tamanho = len(dados)
    if tamanho < 126:
        cabeca = bytes((128 | tipo, 128 | tamanho))
    elif tamanho < 65_536:
        cabeca = bytes((128 | tipo, 128 | 126)) + tamanho.to_bytes(2)
    else:
        cabeca = bytes((128 | tipo, 128 | 127)) + tamanho.to_bytes(8)
    return cabeca + bytes(4) + dados
