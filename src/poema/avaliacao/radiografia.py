"""O raio-x de um texto em uma imagem: o que a rede esperava em cada lugar e o que ficou na memória dela."""

import warnings
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from statistics import fmean

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.typing import ColorType

from poema.caminhos import escreve_inteiro
from poema.geracao.raio_x import LIMIARES, Candidatos, Posicao, visivel
from poema.geracao.unidades import Unidade

COLUNAS = 40  # caracteres em cada pauta; um texto maior continua na de baixo, como música
SURPRESA = ("#f6f3ec", "#fbe0a3", "#f3ae62", "#d96b45", "#9e2a2b")
CHANCE = LinearSegmentedColormap.from_list("chance", ["#ffffff", "#1b5e7a"])
MEMORIA = colormaps["PRGn"]
TINTA, CINZA = "#222222", "#6b6b6b"
_CELULA = 0.27  # polegadas
_MARGEM = 14.5  # células à esquerda, para os nomes
_RESPIRO = 0.4  # células entre um grupo de unidades e outro
_TEXTO = 1.5  # células de altura da linha do texto
_TOPO, _PE = 4.2, 6.0  # células para o título e para a legenda


def desenha(posicoes: Sequence[Posicao], depois: Candidatos, unidades: Sequence[Unidade], destino: Path) -> None:
    """Desenha, em um PNG, o texto pintado pela surpresa, os candidatos em cada lugar e o mapa de calor das unidades.

    Args:
        posicoes: o texto lido.
        depois: o que a rede espera depois do texto.
        unidades: as linhas do mapa de calor.
        destino: o arquivo.

    Raises:
        ErroPoema: não foi possível escrever em `destino`.
    """
    pautas = list(_pautas("".join(posicao.caractere for posicao in posicoes)))
    grupos = [list(grupo) for _, grupo in groupby(unidades, key=lambda unidade: unidade.sinal)]
    altura = _TEXTO + len(depois) + len(unidades) + len(grupos) * _RESPIRO
    largura = _MARGEM + max(18, *(len(pauta) + 1 for pauta in pautas)) + 0.5
    total = _TOPO + len(pautas) * (altura + 1.6) + _PE
    figura = Figure(figsize=(largura * _CELULA, total * _CELULA))
    eixo = figura.add_axes((0, 0, 1, 1), xlim=(-_MARGEM, largura - _MARGEM), ylim=(total, 0))
    eixo.axis("off")
    _titulo(eixo, posicoes)
    for i, pauta in enumerate(pautas):
        y = _TOPO + i * (altura + 1.6)
        _nomes(eixo, y, len(depois))
        for x, posicao in enumerate(posicoes[j] for j in pauta):
            cor = TINTA if posicao.nivel < 3 else "white"
            _casa(eixo, x, y, posicao.caractere, SURPRESA[posicao.nivel], cor, altura=_TEXTO, fontsize=14)
            _candidatos(eixo, x, y + _TEXTO, posicao.esperados, posicao.caractere)
        if i == len(pautas) - 1:
            _casa(eixo, len(pauta), y, "?", "white", CINZA, altura=_TEXTO, fontsize=14)
            _candidatos(eixo, len(pauta), y + _TEXTO, depois, None)
        y += _TEXTO + len(depois)
        for grupo in grupos:
            _memoria(eixo, y + _RESPIRO, [posicoes[j] for j in pauta], grupo)
            y += _RESPIRO + len(grupo)
    _legenda(eixo, total - _PE + 0.6)
    with escreve_inteiro(destino) as provisorio, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # o que a fonte não tem aparece como um quadrinho vazio
        figura.savefig(provisorio, format="png", dpi=120)


def _pautas(texto: str) -> Iterator[range]:
    """Corta o texto em pautas: de preferência no fim de um verso, ou de uma palavra, da segunda metade."""
    inicio = 0
    while len(texto) - inicio > COLUNAS:
        metade = inicio + COLUNAS // 2
        fim = next(
            (fim for c in "\n " if (fim := texto.rfind(c, metade, inicio + COLUNAS) + 1)),
            inicio + COLUNAS,
        )
        yield range(inicio, fim)
        inicio = fim
    yield range(inicio, len(texto))


def _titulo(eixo: Axes, posicoes: Sequence[Posicao]) -> None:
    media = f"{fmean(posicao.surpresa for posicao in posicoes):.2f}".replace(".", ",")
    eixo.text(-_MARGEM + 0.6, 1.3, "O que a rede esperava, e o que ela guardou", fontsize=17, color=TINTA, va="center")
    resumo = f"surpresa média: {media} bits por caractere, em {len(posicoes)}"
    eixo.text(-_MARGEM + 0.6, 2.6, resumo, fontsize=11, color=CINZA, va="center")


def _nomes(eixo: Axes, y: float, candidatos: int) -> None:
    """O que é cada linha da parte de cima da pauta."""
    eixo.text(-0.4, y + _TEXTO / 2, "o texto", ha="right", va="center", fontsize=10, color=TINTA)
    for i in range(candidatos):
        nome = "o mais provável antes de ler" if i == 0 else f"{i + 1}º"
        eixo.text(-0.4, y + _TEXTO + i + 0.5, nome, ha="right", va="center", fontsize=9, color=CINZA)


def _casa(
    eixo: Axes, x: float, y: float, simbolo: str, fundo: ColorType, cor: str, altura: float = 1, fontsize: float = 9
) -> None:
    eixo.add_patch(Rectangle((x, y), 1, altura, facecolor=fundo, edgecolor="white", linewidth=0.8))
    eixo.text(
        x + 0.5,
        y + altura / 2,
        visivel(simbolo),
        ha="center",
        va="center_baseline",
        family="monospace",
        fontsize=fontsize,
        color=cor,
    )


def _candidatos(eixo: Axes, x: float, y: float, esperados: Candidatos, veio: str | None) -> None:
    """Os candidatos, tanto mais escuros quanto mais prováveis; um quadro em volta do que veio."""
    for i, (simbolo, p) in enumerate(esperados):
        _casa(eixo, x, y + i, simbolo, CHANCE(p), "white" if p > 0.5 else TINTA if p >= 0.02 else "#aaaaaa")
        if simbolo == veio:
            quadro = (x + 0.06, y + i + 0.06)
            eixo.add_patch(Rectangle(quadro, 0.88, 0.88, fill=False, edgecolor="#d98e04", linewidth=1.6, zorder=3))


def _memoria(eixo: Axes, y: float, posicoes: Sequence[Posicao], grupo: Sequence[Unidade]) -> None:
    """As unidades de um sinal; as de r negativo, com o sinal trocado, para que verde seja sempre mais do sinal."""
    valores = np.array([[p.memoria[u.posicao] * np.sign(u.r) for p in posicoes] for u in grupo])
    x, linhas = np.arange(len(posicoes) + 1), y + np.arange(len(grupo) + 1)
    eixo.pcolormesh(x, linhas, valores, cmap=MEMORIA, vmin=-1, vmax=1, edgecolors="white", linewidth=0.4)
    eixo.text(-7.7, y + 0.5, grupo[0].sinal, ha="right", va="center", fontsize=9, color=TINTA)
    for i, unidade in enumerate(grupo):
        r = f"r = {unidade.r:.2f}".replace(".", ",").replace("-", "\N{MINUS SIGN}")
        eixo.text(-7.2, y + i + 0.5, f"GRU {unidade.gru}, nº {unidade.numero}", va="center", fontsize=9, color=CINZA)
        eixo.text(-0.4, y + i + 0.5, r, ha="right", va="center", fontsize=9, color=CINZA)


def _legenda(eixo: Axes, y: float) -> None:
    esquerda = -_MARGEM + 0.6
    limites = ("0", *map(str, LIMIARES), "")
    _escala(eixo, esquerda, y, "surpresa, em bits", SURPRESA, limites)
    chances = [CHANCE(p) for p in np.linspace(0, 1, 5)]
    _escala(eixo, esquerda + 11, y, "chance que a rede dava", chances, ("0", "", "", "", "", "100%"))
    memorias = [MEMORIA(valor) for valor in np.linspace(0, 1, 5)]
    _escala(eixo, esquerda + 22, y, "memória da unidade", memorias, ("\N{MINUS SIGN}1", "", "", "", "", "1"))
    eixo.text(
        esquerda,
        y + 2.7,
        "Quadro: o que veio; na coluna ?, o que viria. ␣ espaço, ↵ fim do verso, ∎ fim do poema. Junto de cada\n"
        "unidade, o seu r com o que ela acompanha, medido no que a rede escreve; se r é negativo, o sinal dela está\n"
        "trocado: verde é sempre “mais”.",
        fontsize=9,
        color=CINZA,
        va="top",
        linespacing=1.5,
    )


def _escala(eixo: Axes, x: float, y: float, nome: str, cores: Sequence[ColorType], limites: Sequence[str]) -> None:
    eixo.text(x, y, nome, fontsize=9, color=TINTA, va="center")
    for i, cor in enumerate(cores):
        eixo.add_patch(Rectangle((x + 1.6 * i, y + 0.6), 1.6, 0.6, facecolor=cor, edgecolor="#cccccc", linewidth=0.5))
    for i, limite in enumerate(limites):
        eixo.text(x + 1.6 * i, y + 1.7, limite, fontsize=8, color=CINZA, ha="center", va="center")
