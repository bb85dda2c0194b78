"""A página em um Chromium, ao lado do terminal: a velocidade, a espera, o peso, e se os poemas são os mesmos.

Quem conduz o navegador é o Playwright. A página e o modelo são servidos como em qualquer hospedagem de arquivos: sem o
servidor de poemas, ela escreve por si.
"""

import gzip
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from poema.caminhos import PAGINA
from poema.erros import ErroPoema
from poema.geracao.amostragem import Amostragem
from poema.geracao.artefato import Artefato
from poema.geracao.poeta import Poeta
from poema.geracao.sorteio import uniformes
from poema.geracao.web import empacota, tipo_exato
from poema.servico.protocolo import LIMITE
from poema.terminal import decimal

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TEMPERATURAS = (0.3, 0.6, 1.0)
RODADAS = 10  # da página e do NumPy, uma de cada por vez, que a máquina não é só de quem mede: vale a melhor
INICIOS = ("", "", "a lua ", "meu pai abriu a porta\n")  # as primeiras palavras; a maioria dos poemas começa do nada

_ESCREVE = """async ([temperatura, limite, pedidos]) => {
  const textos = [];
  for (const [semente, inicio] of pedidos)
    textos.push((await aparelho.pergunta('escreve', {semente, temperatura, inicio, limite})).texto);
  return textos;
}"""
_RITMO = """async ([temperatura, limite, segundos]) => {
  const inicio = performance.now(), agora = () => (performance.now() - inicio) / 1000;
  let letras = 0;
  for (let semente = 0; agora() < segundos; semente++)
    letras += Array.from((await aparelho.pergunta('escreve', {semente, temperatura, inicio: '', limite})).texto).length;
  return letras / agora();
}"""
_PRIMEIRA_LETRA = "() => document.querySelector('#palco .verso')?.textContent ? performance.now() : 0"


def mede(artefato: Artefato, segundos: float, sementes: int) -> Iterator[tuple[str, str, float] | str]:
    """O que se mede da página com um modelo: (nome, unidade, valor), ou uma linha a mostrar.

    Args:
        artefato: o modelo; a página o lê no menor tipo que guarda os mesmos pesos.
        segundos: quanto dura a medida de cada velocidade, somadas as rodadas.
        sementes: quantos poemas comparar em cada temperatura.

    Raises:
        ErroPoema: falta o Playwright ou o Chromium, ou a página não escreveu.
    """
    html, modelo = PAGINA.read_bytes(), empacota(artefato, tipo_exato(artefato), None)
    with chromium() as navegador, hospeda(html, modelo) as endereco:
        yield f"Chromium {navegador.version}, modelo em {tipo_exato(artefato)}"
        for nome, conteudo in {"página": html, "modelo": modelo}.items():
            yield f"{nome}: tamanho", "bytes", len(conteudo)
            yield f"{nome}: tamanho, gzip", "bytes", len(gzip.compress(conteudo))
        yield "página: de abrir à primeira letra", "s", min(_espera(navegador, endereco) for _ in range(RODADAS))
        pagina = abre(navegador, endereco)
        rodada = segundos / RODADAS
        ritmos = [(_ritmo_da_pagina(pagina, rodada), _ritmo_do_numpy(artefato, rodada)) for _ in range(RODADAS)]
        da_pagina, do_numpy = map(max, zip(*ritmos, strict=True))
        yield "página: um poema por vez", "caracteres/s", da_pagina
        yield "numpy: um poema por vez", "caracteres/s", do_numpy
        yield "página / numpy", "vezes", da_pagina / do_numpy
        pedidos = pedidos_de(artefato, sementes)
        for temperatura in TEMPERATURAS:
            dela, daqui = escreve(pagina, temperatura, pedidos), escreve_aqui(artefato, temperatura, pedidos)
            diferentes = diferencas(artefato, temperatura, pedidos, dela, daqui)
            unidade = f"de {sementes}, de uns {sum(map(len, daqui)) / sementes:.0f} caracteres"
            yield f"poemas iguais, temperatura {decimal(temperatura, 1)}", unidade, sementes - len(diferentes)
            yield from (f"  diferente: {linha}" for linha, _ in diferentes)


# ------------------------------------------------------------------------------------------------------- o navegador


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


def _espera(navegador: "Browser", endereco: str) -> float:
    """Segundos entre pedir a página e ver a primeira letra, sem nada guardado de outra visita."""
    from playwright.sync_api import TimeoutError as Demora

    with navegador.new_context() as contexto:
        pagina = contexto.new_page()
        pagina.goto(endereco)
        try:
            return float(pagina.wait_for_function(_PRIMEIRA_LETRA).json_value()) / 1000
        except Demora:
            raise ErroPoema(f"a página não escreveu nada: {pagina.inner_text('#palco')!r}.") from None


# --------------------------------------------------------------------------------------------------------- os poemas

Pedidos = Sequence[tuple[int, str]]  # (semente, primeiras palavras)


def pedidos_de(artefato: Artefato, sementes: int) -> Pedidos:
    """Devolve as primeiras sementes, algumas com as primeiras palavras que o modelo conhece."""
    conhecidos = [inicio for inicio in INICIOS if set(inicio) <= set(artefato.vocabulario.simbolos)]
    return [(semente, conhecidos[semente % len(conhecidos)]) for semente in range(sementes)]


def escreve(pagina: "Page", temperatura: float, pedidos: Pedidos, limite: int = LIMITE) -> list[str]:
    """Devolve os poemas que a página escreve, sem as primeiras palavras."""
    textos: list[str] = pagina.evaluate(_ESCREVE, [temperatura, limite, list(map(list, pedidos))])
    return textos


def escreve_aqui(artefato: Artefato, temperatura: float, pedidos: Pedidos, limite: int = LIMITE) -> list[str]:
    """Devolve os mesmos poemas, como o terminal os escreve: um por vez, com o NumPy."""
    poeta, amostragem = Poeta(artefato), Amostragem(temperatura=temperatura)
    return ["".join(poeta.poema(amostragem, semente, inicio, limite)) for semente, inicio in pedidos]


def diferencas(
    artefato: Artefato, temperatura: float, pedidos: Pedidos, uns: Sequence[str], outros: Sequence[str]
) -> list[tuple[str, float]]:
    """Devolve, de cada poema que não é igual nos dois lados, a explicação e a distância até a divisa."""
    achadas = []
    for (semente, inicio), um, outro in zip(pedidos, uns, outros, strict=True):
        if um != outro:
            longe = divisa(artefato, temperatura, semente, inicio, um, outro)
            quanto = _iguais(um, outro)
            linha = f"semente {semente}, início {inicio!r}, depois de {quanto} caracteres: o número sorteado ficou a "
            achadas.append((f"{linha}{longe:.1e} da divisa entre os dois caracteres", longe))
    return achadas


def divisa(artefato: Artefato, temperatura: float, semente: int, inicio: str, um: str, outro: str) -> float:
    """Devolve a distância do número sorteado à divisa entre os caracteres em que dois poemas se separam.

    As chances, somadas, dividem o intervalo de 0 a 1 entre os caracteres, e o número sorteado cai em um deles. Duas
    contas que somam em outra ordem diferem na sétima casa: só não concordam se ele cai em cima da divisa.
    """
    vocabulario, celula = artefato.vocabulario, artefato.celula
    comum = um[: _iguais(um, outro)]
    memoria = celula.memoria(1)
    for indice in (0, *vocabulario.codifica(inicio + comum)):
        logits = celula.passo([indice], memoria)
    somas = np.cumsum(Amostragem(temperatura=temperatura).pesos(logits)[0])
    seguintes = [poema[len(comum) : len(comum) + 1] for poema in (um, outro)]  # vazio é o fim: a fronteira
    menor, maior = sorted(vocabulario.simbolos.index(seguinte) for seguinte in seguintes)
    sorteado = uniformes([semente], len(comum), 1)[0, 0]
    return float(np.abs(somas[menor:maior] / somas[-1] - sorteado).max())


def _iguais(um: str, outro: str) -> int:
    """Quantos caracteres dois textos diferentes têm em comum, do começo."""
    return next((i for i, (a, b) in enumerate(zip(um, outro, strict=False)) if a != b), min(len(um), len(outro)))


# ---------------------------------------------------------------------------------------------------- as velocidades


def _ritmo_da_pagina(pagina: "Page", segundos: float) -> float:
    """Caracteres por segundo em poemas inteiros, um depois do outro, como ela os escreve para quem lê."""
    return float(pagina.evaluate(_RITMO, [Amostragem().temperatura, LIMITE, segundos]))


def _ritmo_do_numpy(artefato: Artefato, segundos: float) -> float:
    """O mesmo, com os mesmos poemas, no terminal."""
    poeta, amostragem, inicio, letras = Poeta(artefato), Amostragem(), time.perf_counter(), 0
    for semente in count():
        if (tempo := time.perf_counter() - inicio) >= segundos:
            break
        letras += sum(1 for _ in poeta.poema(amostragem, semente, limite=LIMITE))
    return letras / tempo
