"""O Chromium da máquina, conduzido pelo Playwright, e uma hospedagem de arquivos para ele: só a página e o modelo.

Sem o servidor de poemas, a página escreve por si.
"""

import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

from poema.erros import ErroPoema

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@contextmanager
def chromium() -> "Iterator[Browser]":
    """Abre o Chromium do sistema.

    Raises:
        ErroPoema: falta ele, ou falta o Playwright.
    """
    try:
        from playwright.sync_api import Error, sync_playwright
    except ModuleNotFoundError:
        raise ErroPoema(
            "falta o Playwright, que conduz o navegador. Instale com: uv sync --group servidor-real"
        ) from None
    caminho = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if caminho is None:
        raise ErroPoema("falta o Chromium. Em um Debian ou Ubuntu, instale com: apt install chromium")
    with sync_playwright() as playwright:
        try:
            navegador = playwright.chromium.launch(executable_path=caminho, args=["--no-sandbox"])
        except Error as erro:
            motivo = str(erro).splitlines()[0]
            raise ErroPoema(f"{caminho} não abre ({motivo}). Instale outro Chromium.") from None
        yield navegador
        navegador.close()


@contextmanager
def hospeda(html: bytes, modelo: bytes) -> Iterator[str]:
    """Serve a página e o modelo, nesta máquina e só nela, e dá o endereço."""
    with tempfile.TemporaryDirectory() as pasta:
        (Path(pasta) / "index.html").write_bytes(html)
        (Path(pasta) / "modelo.poema").write_bytes(modelo)
        with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Arquivos, directory=pasta)) as servidor:
            threading.Thread(target=servidor.serve_forever).start()
            try:
                yield f"http://127.0.0.1:{servidor.server_port}/"
            finally:
                servidor.shutdown()


class _Arquivos(SimpleHTTPRequestHandler):
    def handle(self) -> None:
        with suppress(ConnectionError):  # a aba fechou-se no meio da resposta
            super().handle()

    def log_message(self, *_: object) -> None:
        pass


def abre(navegador: "Browser", endereco: str) -> "Page":
    """Abre a página, espera que a rede esteja pronta e para o palco, que também usaria o processador.

    Raises:
        ErroPoema: a rede não se abriu.
    """
    pagina = navegador.new_page()
    pagina.goto(endereco)
    falta = pagina.evaluate("aparelho.prepara().then(() => para(true), erro => erro.message)")
    if falta:
        raise ErroPoema(f"a página não abriu a rede: {falta}.")
    return pagina
