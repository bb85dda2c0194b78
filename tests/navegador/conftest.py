"""Um Chromium de verdade, o servidor de verdade e, para o que ele não faz quando se quer, um que obedece ao teste."""

import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from poema import navegador
from poema.erros import ErroPoema
from poema.geracao.amostragem import Amostragem
from poema.geracao.artefato import le_artefato
from poema.geracao.poeta import LIMITE, Poeta
from poema.geracao.web import empacota, tipo_exato

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from websockets.sync.server import ServerConnection

TOPO = Path(__file__).parents[2]
PAGINA = TOPO / "index.html"
MODELO = TOPO / "modelos_treinados" / "poemas-5k.keras"


def _sem(o_que: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(f"a CI precisa de {o_que}")
    pytest.skip(f"sem {o_que}")


@pytest.fixture(scope="module")
def chromium() -> "Iterator[Browser]":
    """Um por arquivo, e não um por sessão: enquanto o Playwright está aberto, ninguém mais pode usar o asyncio."""
    try:
        import axe_playwright_python  # noqa: F401
        import websockets  # noqa: F401
    except ModuleNotFoundError as falta:
        _sem(f"{falta.name}: uv sync --extra servidor --group servidor-real")
    with ExitStack() as pilha:
        try:
            aberto = pilha.enter_context(navegador.chromium())
        except ErroPoema as falta:
            _sem(f"navegador: {falta}")
        yield aberto


Abre = Callable[..., "Page"]


@pytest.fixture
def abre(chromium: "Browser") -> Iterator[Abre]:
    """Abre um endereço numa aba nova, e no fim confere que nela nada quebrou: nem o script, nem a CSP."""
    contextos, faltas = [], []

    def _abre(url: str, preparo: str = "", **opcoes: Any) -> "Page":
        contexto = chromium.new_context(locale="pt-BR", **{"viewport": {"width": 1280, "height": 800}, **opcoes})
        contextos.append(contexto)
        pagina = contexto.new_page()
        pagina.set_default_timeout(15_000)
        pagina.on("pageerror", lambda erro: faltas.append(str(erro)))
        # Uma ligação recusada e um modelo que não vem também vão para o console, e alguns testes os querem.
        pagina.on(
            "console",
            lambda linha: (
                faltas.append(linha.text)
                if linha.type in ("error", "warning")
                and "WebSocket connection to" not in linha.text
                and "modelo.poema" not in linha.location["url"]
                else None
            ),
        )
        pagina.add_init_script(
            "addEventListener('securitypolicyviolation', e => console.error('CSP', e.violatedDirective, e.blockedURI));"
            + preparo
        )
        pagina.goto(url)
        return pagina

    yield _abre
    for contexto in contextos:
        contexto.close()
    assert faltas == []


@pytest.fixture
def faltas_graves() -> "Callable[[Page], list[tuple[str, list[str]]]]":
    """As faltas graves que o axe acha na página: o nome de cada uma e as marcas em que está."""
    from axe_playwright_python.sync_playwright import Axe

    def _faltas_graves(pagina: "Page") -> list[tuple[str, list[str]]]:
        # Nada surge devagar daqui em diante: a meio caminho, a cor de uma letra ainda não é a dela.
        pagina.evaluate("""() => {
            const parada = new CSSStyleSheet();
            parada.replaceSync('*, ::after { animation: none !important; transition: none !important; }');
            document.adoptedStyleSheets.push(parada);
        }""")
        faltas = Axe().run(pagina).response["violations"]
        graves = [falta for falta in faltas if falta["impact"] in ("serious", "critical")]
        return [(falta["id"], [no["html"] for no in falta["nodes"]]) for falta in graves]

    return _faltas_graves


class Processo:
    """O servidor de verdade, em outro processo."""

    def __init__(self, porta: int = 0, semente: int = 4, ritmo: float = 200):
        argumentos = {"porta": porta, "semente": semente, "ritmo": ritmo, "temperatura": 0.5, "modelo": MODELO}
        self._processo = subprocess.Popen(
            [sys.executable, "-m", "poema.websocket", "--nao-abre"]
            + [f"--{nome}={valor}" for nome, valor in argumentos.items()],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=TOPO,
        )
        assert self._processo.stdout
        linha = self._processo.stdout.readline()
        achado = re.search(r"http://127\.0\.0\.1:(\d+)/", linha)
        if not achado:
            self.acaba()
            raise AssertionError(f"o servidor não disse onde está: {linha!r}")
        self.url, self.porta = achado[0], int(achado[1])

    def acaba(self, sinal: signal.Signals = signal.SIGTERM) -> None:
        self._processo.send_signal(sinal)
        self._processo.wait(20)
        if self._processo.stdout:
            self._processo.stdout.close()


Inicia = Callable[..., Processo]


@pytest.fixture
def inicia() -> Iterator[Inicia]:
    """Inicia servidores que só este teste usa."""
    processos: list[Processo] = []

    def _inicia(**opcoes: Any) -> Processo:
        processos.append(Processo(**opcoes))
        return processos[-1]

    yield _inicia
    for processo in processos:
        processo.acaba(signal.SIGKILL)


@pytest.fixture(scope="module")
def servidor(chromium: "Browser") -> Iterator[str]:
    """O endereço de um servidor de verdade, com um palco que anda depressa."""
    processo = Processo()
    yield processo.url
    processo.acaba()


@pytest.fixture(scope="session")
def modelo_da_pagina() -> bytes:
    """O modelo que vem junto, como a página o lê."""
    artefato = le_artefato(MODELO)
    return empacota(artefato, tipo_exato(artefato), 0.5)


@pytest.fixture(scope="module")
def estatico(modelo_da_pagina: bytes) -> Iterator[str]:
    """O endereço de uma hospedagem de arquivos, sem servidor nenhum: a página e o modelo."""
    with navegador.hospeda(PAGINA.read_bytes(), modelo_da_pagina) as endereco:
        yield endereco


@pytest.fixture(scope="module")
def escreve() -> Callable[..., str]:
    """O poema que o Python escreve, para comparar com o da página."""
    poeta = Poeta(le_artefato(MODELO))

    def _escreve(semente: int, inicio: str = "", temperatura: float = 0.5, inteiro: bool = False) -> str:
        escrito = "".join(poeta.poema(Amostragem(temperatura=temperatura), semente, inicio, LIMITE))
        return escrito if inteiro else (inicio + escrito).rstrip()  # um espaço no fim não se vê

    return _escreve


class Ligacao:
    """Uma ligação ao servidor falso, conduzida pelo teste."""

    def __init__(self, conexao: "ServerConnection"):
        self._conexao = conexao
        assert conexao.request
        self.caminho = conexao.request.path
        self.fim = threading.Event()

    def manda(self, tipo: str, **campos: object) -> None:
        self._conexao.send(json.dumps({"tipo": tipo, **campos}))

    def ola(self, **campos: object) -> None:
        comum = {"palco": "91c0ffee-0.5", "modelo": "91c0ffee", "temperatura": 0.5, "ritmo": 400, "leitores": 1}
        self.manda("ola", **(comum | campos))

    def texto(self, texto: str, deslocamento: int = 0, epoca: int = 7) -> None:
        self.manda("texto", epoca=epoca, deslocamento=deslocamento, texto=texto, leitores=1)

    def recebe(self) -> dict[str, Any]:
        lido: dict[str, Any] = json.loads(self._conexao.recv(timeout=10))
        return lido

    def fecha(self, codigo: int = 1000) -> None:
        self._conexao.close(codigo)
        self.fim.set()


class ServidorFalso:
    """Serve a página em qualquer endereço e deixa cada ligação nas mãos do teste."""

    def __init__(self) -> None:
        from websockets.sync.server import serve

        self.ligacoes: queue.Queue[Ligacao] = queue.Queue()
        self._acabou = threading.Event()
        self.aceita = True
        self.modelo: bytes | None = None  # o que há em modelo.poema; sem nada, 404
        self.pedidos_do_modelo = 0
        self._servidor = serve(
            self._atende,
            "127.0.0.1",
            0,
            process_request=self._pagina,
            subprotocols=["poema.v1"],  # type: ignore[list-item]
            compression=None,
            ping_interval=None,
            close_timeout=1,
            logger=_mudo(),
        )
        self._linha = threading.Thread(target=self._servidor.serve_forever)
        self._linha.start()
        self.url = f"http://127.0.0.1:{self._servidor.socket.getsockname()[1]}/"

    def _atende(self, conexao: "ServerConnection") -> None:
        ligacao = Ligacao(conexao)
        self.ligacoes.put(ligacao)
        while not (ligacao.fim.wait(0.05) or self._acabou.is_set()):
            pass

    def _pagina(self, _: object, pedido: Any) -> Any:
        from websockets.datastructures import Headers
        from websockets.http11 import Response

        caminho = pedido.path.partition("?")[0]
        if caminho.endswith("/ws/"):
            return None if self.aceita else Response(503, "casa cheia", Headers())
        corpo, tipo = PAGINA.read_bytes(), "text/html; charset=utf-8"
        if caminho.endswith("/modelo.poema"):
            self.pedidos_do_modelo += 1
            corpo, tipo = self.modelo or b"", "application/octet-stream"
        cabecalhos = {"Content-Type": tipo, "Content-Length": str(len(corpo)), "Connection": "close"}
        return Response(200 if corpo else 404, "OK" if corpo else "nada", Headers(cabecalhos), corpo)

    def ligacao(self) -> Ligacao:
        """Devolve a próxima ligação, quando vier."""
        return self.ligacoes.get(timeout=10)

    def acaba(self) -> None:
        self._acabou.set()
        self._servidor.shutdown()
        self._linha.join()


def _mudo() -> Any:
    import logging

    registro = logging.getLogger("navegador.falso")
    registro.disabled = True  # um navegador abre ligações que não usa
    return registro


@pytest.fixture
def falso(chromium: "Browser") -> Iterator[ServidorFalso]:
    servidor = ServidorFalso()
    yield servidor
    servidor.acaba()
