"""Quem visita o servidor: quem só lê e confere, quem pede poemas, quem não para quieto, quem quer mal."""

import json
import random
import time
from collections import Counter, deque
from collections.abc import Callable

from poema.carga.ligacoes import ABERTA, BINARIO, FECHADA, LIGANDO, Carga, Ligacao, quadro

POEMA = 300  # caracteres de um poema próprio, para a conta do que se pede
MEGA = 1_000_000


def pedido(**campos: object) -> bytes:
    """Devolve o quadro que pede um poema próprio."""
    return quadro(json.dumps({"tipo": "poema", **campos}).encode())


class Guarda:
    """Uma leitora sem subprotocolo que guarda tudo o que leu."""

    def __init__(self) -> None:
        self._pedacos: list[bytes] = []

    def __call__(self, _: Ligacao, mensagem: bytes) -> None:
        self._pedacos.append(mensagem)

    @property
    def texto(self) -> str:
        return b"".join(self._pedacos).decode()


class Testemunha:
    """Uma leitora `poema.v1` do palco: pelos deslocamentos, conta o que se perdeu ou se repetiu."""

    def __init__(self) -> None:
        self.falhas = 0
        self.poemas: list[str] = []
        self._epoca: int | None = None
        self._acabou = True

    def __call__(self, _: Ligacao, mensagem: bytes) -> None:
        evento = json.loads(mensagem)
        if evento["tipo"] == "perdido":
            self.falhas += 1
        elif "epoca" in evento:
            if evento["epoca"] != self._epoca:
                self.falhas += not self._acabou  # ficou sem o fim do poema anterior
                self._epoca = evento["epoca"]
                self.poemas.append("")
            self.falhas += evento["deslocamento"] != len(self.poemas[-1])
            self.poemas[-1] += evento.get("texto", "")
            self._acabou = evento["tipo"] == "fim"

    @property
    def texto(self) -> str:
        """O que uma leitora sem subprotocolo teria lido."""
        return "\n\n\n".join(self.poemas)


class Pedinte:
    """Uma leitora `poema.v1` que pede poemas e anota quanto esperou por eles."""

    def __init__(self, carga: Carga, origem: str):
        self._carga = carga
        self.ligacao = carga.liga(v1=True, origem=origem, ao_ler=self._le)
        self.pedidos = self.recusados = 0
        self.saldo = 0.0  # caracteres que vieram a menos que POEMA em cada poema (ou, se negativo, a mais)
        self.erros: Counter[str] = Counter()
        self.pendentes: dict[str, float] = {}  # quando cada um foi pedido
        self._sem_texto: set[str] = set()
        self.ate_o_texto: list[float] = []
        self.ate_o_fim: list[float] = []

    def pede(self) -> None:
        self.pedidos += 1
        nome = str(self.pedidos)
        self.pendentes[nome] = time.perf_counter()
        self._sem_texto.add(nome)
        self._carga.envia(self.ligacao, pedido(pedido=nome, temperatura=0.5))

    def _le(self, _: Ligacao, mensagem: bytes) -> None:
        evento = json.loads(mensagem)
        nome = evento.get("pedido")
        if nome not in self.pendentes:
            return
        espera = time.perf_counter() - self.pendentes[nome]
        if nome in self._sem_texto and evento["tipo"] in ("texto", "fim"):
            self._sem_texto.discard(nome)
            self.ate_o_texto.append(espera)
        if evento["tipo"] == "fim":
            self.ate_o_fim.append(espera)
            self.saldo += POEMA - evento["deslocamento"]
        elif evento["tipo"] == "ocupado":
            self.recusados += 1
        elif evento["tipo"] == "erro":
            self.erros[evento["mensagem"]] += 1
        if evento["tipo"] in ("fim", "ocupado", "erro"):
            del self.pendentes[nome]


class Demanda:
    """Pede tantos poemas por segundo, esperem eles ou não pelos anteriores.

    Os que acabam cedo são compensados com mais pedidos: em média, cada um vale trezentos caracteres ou mais.
    """

    def __init__(self, pedintes: list[Pedinte], por_segundo: float):
        self._roda = deque(pedintes)
        self._por_segundo = por_segundo
        self._comeco = time.perf_counter()

    def __call__(self) -> None:
        devidos = self._por_segundo * (time.perf_counter() - self._comeco) + 1
        devidos -= sum(pedinte.pedidos for pedinte in self._roda)
        devidos += max(0, sum(pedinte.saldo for pedinte in self._roda)) / POEMA
        while devidos >= 1:
            devidos -= 1
            self._roda.rotate(-1)
            min(self._roda, key=lambda pedinte: len(pedinte.pendentes)).pede()


class Visitas:
    """Gente que chega a um passo fixo, esteja como estiver o servidor, e vai embora logo depois."""

    def __init__(self, carga: Carga, por_segundo: float, demora: Callable[[], float] = lambda: 0.0, v1: float = 0):
        self._carga, self._intervalo, self._demora, self._v1 = carga, 1 / por_segundo, demora, v1
        self._proxima = time.perf_counter()
        self._dentro: list[tuple[float, Ligacao]] = []  # até quando cada uma fica
        self._acaso = random.Random(0)
        self.todas: list[Ligacao] = []

    def __call__(self) -> bool:
        agora = time.perf_counter()
        while self._proxima <= agora:
            self._proxima += self._intervalo
            ligacao = self._carga.liga(v1=self._acaso.random() < self._v1)
            self.todas.append(ligacao)
            self._dentro.append((agora + self._demora(), ligacao))
        if saem := [par for par in self._dentro if par[0] <= agora and par[1].estado != LIGANDO]:
            for par in saem:
                self._carga.fecha(par[1], educada=self._acaso.random() < 0.7)
            self._dentro = [par for par in self._dentro if par not in saem]
        return False


class Ataque:
    """Vinte ligações que mandam o que não devem; a que o servidor fecha vai embora sem se despedir, e volta.

    Entre um punhado e outro, cada uma espera um pouco: o que fosse mandado depois do fechamento ninguém leria.
    """

    LIGACOES = 20
    PUNHADOS = (*(1, 2, 4, 8, 8, 12) * 10, 200)  # mensagens de uma vez; raramente, uma enxurrada
    ESPERA = 0.02  # segundos

    def __init__(self, carga: Carga, mensagens: int):
        self._carga, self._mensagens = carga, mensagens
        self._acaso = random.Random(0)
        self._vivas: dict[Ligacao, float] = {}  # desde quando cada uma pode mandar
        self.mandadas = self.ligacoes = 0
        self.fechamentos: Counter[str] = Counter()

    def __call__(self) -> bool:
        for ligacao in [viva for viva in self._vivas if viva.estado == FECHADA or viva.codigo is not None]:
            del self._vivas[ligacao]
            self._carga.fecha(ligacao, educada=False)
            self.fechamentos[str(ligacao.codigo or ligacao.recusa or "sem código")] += 1
        if self.mandadas >= self._mensagens:
            for ligacao in self._vivas:
                self._carga.fecha(ligacao)
            return not self._vivas
        while len(self._vivas) < self.LIGACOES:
            origem = f"127.0.2.{self._acaso.randint(1, 8)}"
            ligacao = self._carga.liga(v1=self._acaso.random() < 0.95, origem=origem)
            self._vivas[ligacao] = 0.0
            self.ligacoes += 1
        agora = time.perf_counter()
        for ligacao, quando in self._vivas.items():
            if ligacao.estado == ABERTA and not ligacao.saida and agora >= quando:
                self._vivas[ligacao] = agora + self.ESPERA
                punhado = [hostilidade(self._acaso) for _ in range(self._acaso.choice(self.PUNHADOS))]
                self._carga.envia(ligacao, b"".join(punhado))
                self.mandadas += len(punhado)
        return False


def hostilidade(acaso: random.Random) -> bytes:
    """Um quadro que ninguém de bem mandaria."""
    fundo = acaso.randint(1, 990)
    if acaso.random() < 0.002:  # raro, que custa caro a quem manda
        return quadro(b'{"tipo":"poema","inicio":"' + b"a" * MEGA + b'"}')
    if acaso.random() < 0.01:  # fora do protocolo: sem máscara, tipo que não existe, continuação de nada
        return acaso.choice((b"\x81\x02oi", b"\x83\x80" + bytes(4), b"\x80\x80" + bytes(4), b"\xf1\x80" + bytes(4)))
    if acaso.random() < 0.02:
        return quadro(acaso.randbytes(acaso.randint(1, 200)), acaso.choice((1, BINARIO)))
    textos: tuple[str, ...] = (
        "",
        "\0",
        '{"tipo":"poe',
        "null",
        "[]",
        '"poema"',
        "1e999",
        '{"tipo":"poema","temperatura":NaN}',
        '{"tipo":"poema","temperatura":1e999}',
        '{"tipo":"poema","temperatura":-Infinity}',
        '{"tipo":"poema","temperatura":true}',
        '{"tipo":"poema","temperatura":' + "9" * 1_900 + "}",
        '{"tipo":"poema","semente":1e999}',
        '{"tipo":"poema","semente":-1}',
        '{"tipo":"poema","semente":' + "9" * 1_900 + "}",
        '{"tipo":"poema","inicio":"\\ud800"}',
        '{"tipo":"poema","pedido":"\\udfff"}',
        '{"tipo":"\\ud800"}',
        '{"tipo":"poema","inicio":"\\u0000"}',
        '{"tipo":"poema","inicio":"' + "ã" * 301 + '"}',
        '{"tipo":"poema","inicio":["a"]}',
        '{"tipo":"poema","pedido":"' + "x" * 41 + '"}',
        '{"tipo":"poema","pedido":7}',
        '{"tipo":"cafe"}',
        '{"tipo":{}}',
        '{"tipo":"para"}',
        '{"tipo":"para","pedido":"nenhum"}',
        '{"tipo":"poema"}',
        f'{{"tipo":"poema","pedido":"{fundo}"}}',
        f'{{"tipo":"poema","pedido":"{fundo}"}}',
        "[" * 2_000,
        "[" * fundo + "]" * fundo,
        '{"tipo":' + "[" * fundo + "]" * fundo + "}",
        '{"tipo":"poema","inicio":' + "[" * fundo + "]" * fundo + "}",
        '{"a":' * (fundo // 4) + "1" + "}" * (fundo // 4),
    )
    return quadro(acaso.choice(textos).encode())
