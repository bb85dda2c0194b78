"""A página ao lado do terminal: a velocidade, a espera, o peso, e se os poemas são os mesmos."""

import gzip
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from poema.caminhos import PAGINA
from poema.cronometro import lado_a_lado
from poema.erros import ErroPoema
from poema.geracao.amostragem import Amostragem
from poema.geracao.artefato import Artefato
from poema.geracao.poeta import LIMITE, Poeta
from poema.geracao.sorteio import uniformes
from poema.geracao.web import empacota, tipo_exato
from poema.navegador import abre, chromium, hospeda
from poema.terminal import decimal

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TEMPERATURAS = (0.3, 0.6, 1.0)
ESPERAS = 10  # vezes que se abre a página: vale a melhor
DE_CADA_VEZ = 8  # poemas inteiros, quando se mede a velocidade
INICIOS = ("", "", "a lua ", "meu pai abriu a porta\n")  # as primeiras palavras; a maioria dos poemas começa do nada

_ESCREVE = """async ([temperatura, limite, pedidos]) => {
  const textos = [];
  for (const [semente, inicio] of pedidos)
    textos.push((await aparelho.pergunta('escreve', {semente, temperatura, inicio, limite})).texto);
  return textos;
}"""
_PRIMEIRA_LETRA = "() => document.querySelector('#palco .verso')?.textContent ? performance.now() : 0"


def mede(artefato: Artefato, segundos: float, sementes: int) -> Iterator[tuple[str, str, float] | str]:
    """O que se mede da página com um modelo: (nome, unidade, valor), ou uma linha a mostrar.

    Args:
        artefato: o modelo; a página o lê no menor tipo que guarda os mesmos pesos.
        segundos: quanto dura a medida de cada velocidade.
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
        yield "página: de abrir à primeira letra", "s", min(_espera(navegador, endereco) for _ in range(ESPERAS))
        pagina, temperatura = abre(navegador, endereco), Amostragem().temperatura
        poemas = [(semente, "") for semente in range(DE_CADA_VEZ)]
        da_pagina, do_numpy = lado_a_lado(
            [
                lambda: sum(map(len, escreve(pagina, temperatura, poemas))),
                lambda: sum(map(len, escreve_aqui(artefato, temperatura, poemas))),
            ],
            segundos,
        )
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
