"""O servidor: uma porta só, com a página, o modelo, a saúde, as métricas e o WebSocket."""

import asyncio
import logging
import signal
import socket
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import MultipleValuesError
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from poema.geracao.artefato import Artefato
from poema.servico import systemd
from poema.servico.conversa import Conversa
from poema.servico.entregas import Entregas, Ligacao
from poema.servico.leitores import Leitores
from poema.servico.metricas import Metricas
from poema.servico.oficina import Oficina
from poema.servico.palco import Palco
from poema.servico.protocolo import SUBPROTOCOLO, le_ponto
from poema.servico.respostas import Arquivo, modelo, resposta
from poema.servico.vagas import Vagas

ENVIO = 32 * 1024  # bytes que o kernel guarda por ligação: com os de costume, quem para de ler se esconde em 1,4 MB
RECEBE = 8 * 1024  # e dos que chegam: com os de costume, uma enxurrada vem em blocos que param o laço por 0,2 s
FILA = 4096  # ligações que esperam ser aceitas: depois de um reinício, todas voltam juntas
ADEUS = 0.3  # segundos entre parar de aceitar e despedir-se, para quem estava no aperto de mão
PACIENCIA = 3.0  # segundos, no máximo, para que todos se despeçam

# Para o serve() do websockets. Quem não responde a um ping é cortado em 9 s (4,5 + 3 + 1,5); quem volta, retoma.
OPCOES: dict[str, Any] = {
    "compression": None,  # triplica a memória, dobra a conta, e não encolhe cinco letras
    "max_size": 2048,
    "max_queue": 4,
    "create_connection": Ligacao,
    "open_timeout": None,  # o prazo é o da Ligacao
    "ping_interval": 4.5,
    "ping_timeout": 3,
    "close_timeout": 1.5,
    "server_header": None,
    "backlog": 512,  # o asyncio aceita até tantas de uma vez, e nesse tempo ninguém mais é atendido
}

registro = logging.getLogger("poema")


class Servidor:
    """Junta o palco, a oficina e quem lê.

    Args:
        palco, oficina, leitores, metricas: as partes, que já se conhecem.
        pagina: o que está em `/`.
        lotacao: ligações, no máximo.
    """

    def __init__(
        self, palco: Palco, oficina: Oficina, leitores: Leitores, metricas: Metricas, pagina: Arquivo, lotacao: int
    ):
        self._palco, self._oficina, self._leitores = palco, oficina, leitores
        self._metricas, self._pagina, self._lotacao = metricas, pagina, lotacao
        self._modelo: tuple[Artefato, asyncio.Task[Arquivo]] | None = None
        self._entregas = Entregas()
        self._vagas = Vagas()
        self._defeitos: set[str] = set()
        self._atendidas = 0  # ligações, desde o aperto de mão: quem retoma um ponto ainda não é leitor
        metricas.observa("leitores", "ligações que recebem o palco", lambda: len(leitores))
        metricas.observa("fila", "poemas sendo escritos", lambda: oficina.fila)
        metricas.observa("tarefas", "tarefas do asyncio", lambda: len(asyncio.all_tasks()))

    async def serve(self, escuta: socket.socket) -> None:
        """Atende até receber SIGTERM ou SIGINT; então avisa quem lê (1012) e termina.

        Args:
            escuta: um socket já ligado a um endereço.
        """
        mudo = logging.getLogger("poema.websockets")
        mudo.disabled = True  # a biblioteca escreve dezesseis linhas por aperto de mão malfeito
        trabalhos = [
            asyncio.create_task(trabalho)
            for trabalho in (self._oficina.trabalha(), self._palco.apresenta(), self._metricas.pulsa(), self._vigia())
        ]
        fim = asyncio.Event()
        laco = asyncio.get_running_loop()
        for sinal in (signal.SIGTERM, signal.SIGINT):
            laco.add_signal_handler(sinal, fim.set)
        servidor = await serve(
            self._atende,
            sock=escuta,
            process_request=self._responde,
            select_subprotocol=_subprotocolo,
            logger=mudo,
            **OPCOES,
        )
        escuta.listen(FILA)  # o asyncio a encolheu para o `backlog`, e um socket herdado ficaria assim para sempre
        systemd.avisa("READY=1")
        try:
            parados, _ = await asyncio.wait(
                [asyncio.create_task(fim.wait()), *trabalhos], return_when="FIRST_COMPLETED"
            )
            for parado in parados:
                parado.result()  # um trabalho só para por defeito
            systemd.avisa("STOPPING=1")
            await self._despede(servidor)
        finally:
            for trabalho in trabalhos:
                trabalho.cancel()
            await asyncio.gather(*trabalhos, return_exceptions=True)

    async def _despede(self, servidor: Server) -> None:
        registro.info("até logo: aviso %d e termino", len(self._leitores))
        for escuta in servidor.sockets:  # quem ainda não foi aceito fica na fila do socket, para o próximo processo
            asyncio.get_running_loop().remove_reader(escuta.fileno())
        await asyncio.sleep(ADEUS)
        self._leitores.corta_devedores()  # a despedida esperaria por eles
        self._entregas.corta()  # e por elas
        servidor.close(code=CloseCode.SERVICE_RESTART, reason="volto já")
        try:
            await asyncio.wait_for(servidor.wait_closed(), PACIENCIA)
        except TimeoutError:
            for conexao in servidor.all_connections:
                conexao.transport.abort()

    async def _responde(self, conexao: ServerConnection, pedido: Request) -> Response | None:
        """O que não é WebSocket é respondido aqui; `None` deixa o aperto de mão seguir."""
        try:
            inteira = await self._rota(conexao, pedido)
            if inteira:
                self._entregas.comeca(conexao)
                inteira.body = b"" if pedido.method == "HEAD" else inteira.body
            return inteira
        except MultipleValuesError as erro:
            return resposta(HTTPStatus.BAD_REQUEST, f"o cabeçalho {erro} veio mais de uma vez\n".encode())

    async def _rota(self, conexao: ServerConnection, pedido: Request) -> Response | None:
        try:
            caminho = urlsplit(pedido.path).path
        except ValueError:
            return resposta(HTTPStatus.BAD_REQUEST, "não entendi o endereço\n".encode())
        if pedido.method not in ("GET", "HEAD"):
            return resposta(HTTPStatus.METHOD_NOT_ALLOWED, "só GET\n".encode(), cabecalhos={"Allow": "GET, HEAD"})
        if caminho == "/ws/":
            # Uma por uma, porque as de um socket unix não herdam isto de quem escuta.
            tomada = conexao.transport.get_extra_info("socket")
            tomada.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ENVIO)
            tomada.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEBE)
            return self._porteiro(pedido)
        if caminho == "/":
            inteira = self._pagina.responde(pedido)
        elif caminho == "/modelo.poema":
            inteira = (await self._empacotado()).responde(pedido)
        elif caminho == "/saude":
            bem = not (self._palco.falhou or self._oficina.falhou)
            estado = HTTPStatus.OK if bem else HTTPStatus.SERVICE_UNAVAILABLE
            inteira = resposta(estado, b"tudo bem\n" if bem else "a rede não está escrevendo\n".encode())
        elif caminho == "/metricas":
            inteira = resposta(HTTPStatus.OK, self._metricas.texto(), "text/plain; version=0.0.4; charset=utf-8")
        else:
            inteira = resposta(HTTPStatus.NOT_FOUND, "não há nada aqui\n".encode())
        return inteira

    async def _empacotado(self) -> Arquivo:
        """O modelo de agora, como a página o lê. São 30 ms de conta, em uma thread e só na primeira vez que alguém o
        pede: nem o começo do servidor nem o laço de eventos esperam por ela."""
        artefato = self._oficina.artefato
        if self._modelo is None or self._modelo[0] is not artefato:
            trabalho = asyncio.to_thread(modelo, artefato, self._palco.temperatura)
            self._modelo = artefato, asyncio.create_task(trabalho)
        try:
            return await asyncio.shield(self._modelo[1])
        except Exception:
            self._modelo = None  # o próximo pedido tenta outra vez
            raise

    def _porteiro(self, pedido: Request) -> Response | None:
        if pedido.headers.get("Upgrade", "").lower() != "websocket":
            aviso = "aqui só se entra por WebSocket\n".encode()
            return resposta(HTTPStatus.UPGRADE_REQUIRED, aviso, cabecalhos={"Upgrade": "websocket"})
        origem = pedido.headers.get("Origin")
        # Um programa não manda Origin; uma página de outro endereço manda o dela, e não é bem-vinda.
        if origem is not None and origem.partition("://")[2] != pedido.headers.get("Host"):
            return resposta(HTTPStatus.FORBIDDEN, "esta página é de outro endereço\n".encode())
        if self._atendidas >= self._lotacao:
            self._metricas.recusados.inc()
            return resposta(HTTPStatus.SERVICE_UNAVAILABLE, b"casa cheia\n", cabecalhos={"Retry-After": "30"})
        return None

    async def _atende(self, conexao: ServerConnection) -> None:
        self._atendidas += 1
        try:
            await self._palco.recebe(conexao, le_ponto(conexao.request.path) if conexao.request else None)
            conversa = Conversa(conexao, self._palco.temperatura, self._oficina, self._vagas, self._metricas)
            await conversa.ouve()
        except ConnectionClosed:
            pass
        except Exception as erro:
            if type(erro).__name__ not in self._defeitos:  # um defeito é dito uma vez, e não uma por visita
                self._defeitos.add(type(erro).__name__)
                registro.exception("defeito em uma ligação")
            await conexao.close(CloseCode.INTERNAL_ERROR)
        finally:
            self._atendidas -= 1
            self._leitores.sai(conexao)

    async def _vigia(self) -> None:
        """A cada segundo, corta quem parou e diz ao systemd que o laço anda; se emperrar, ele reinicia o processo."""
        while True:
            systemd.avisa("WATCHDOG=1")
            self._leitores.corta_parados()
            await asyncio.sleep(1)


def _subprotocolo(_: ServerConnection, oferecidos: Sequence[Subprotocol]) -> Subprotocol | None:
    """Quem não pede o nosso recebe só o texto."""
    return next((oferecido for oferecido in oferecidos if oferecido == SUBPROTOCOLO), None)
