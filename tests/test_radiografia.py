import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib import image
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from conftest import pesos_ao_acaso
from poema.avaliacao import radiografia
from poema.avaliacao.radiografia import COLUNAS, SURPRESA, desenha
from poema.dados.vocabulario import Vocabulario
from poema.erros import ErroPoema
from poema.geracao.artefato import Artefato
from poema.geracao.raio_x import Leitura, visivel
from poema.geracao.unidades import Unidade

UNIDADES = [
    Unidade(0, 1, 0, "lugar no verso", -0.8),
    Unidade(5, 1, 5, "lugar no verso", 0.7),
    Unidade(16, 2, 0, "leu uma vogal", 0.5),
]


def radiografa(artefato: Artefato, texto: str, destino: Path) -> np.ndarray:
    leitura = Leitura(artefato)
    desenha([leitura.le(caractere) for caractere in texto], leitura.esperados, UNIDADES, destino)
    return image.imread(destino)[..., :3] * 255


def test_a_figura_cresce_com_o_texto(artefato: Artefato, tmp_path: Path) -> None:
    curta = radiografa(artefato, "a lua", tmp_path / "curta.png")
    longa = radiografa(artefato, "meu avô não diz nada também\n" * 4, tmp_path / "longa.png")
    assert longa.shape[0] > 1.5 * curta.shape[0]
    assert longa.shape[1] > curta.shape[1]
    assert sorted(arquivo.name for arquivo in tmp_path.iterdir()) == ["curta.png", "longa.png"]


def test_o_texto_e_pintado_pela_surpresa(artefato: Artefato, tmp_path: Path) -> None:
    leitura = Leitura(artefato)
    niveis = {leitura.le(caractere).nivel for caractere in "meu avô não diz nada"}
    pixels = radiografa(artefato, "meu avô não diz nada", tmp_path / "g.png")
    for nivel, cor in enumerate(SURPRESA):
        rgb = [int(cor[i : i + 2], 16) for i in (1, 3, 5)]
        na_legenda_e_no_texto = 1000 if nivel in niveis else 100
        assert (abs(pixels - rgb) < 3).all(axis=-1).sum() > na_legenda_e_no_texto


@pytest.fixture
def eixo(artefato: Artefato, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Axes]:
    """Desenha um texto e devolve o que foi posto na figura."""
    figuras = []

    class Guardada(Figure):
        def __init__(self, **opcoes: object):
            super().__init__(**opcoes)
            figuras.append(self)

    def _eixo(texto: str) -> Axes:
        monkeypatch.setattr(radiografia, "Figure", Guardada)
        radiografa(artefato, texto, tmp_path / "g.png")
        return figuras[-1].axes[0]

    return _eixo


def test_o_mapa_de_calor_e_a_memoria_de_cada_letra_com_o_sinal_do_que_a_unidade_acompanha(
    eixo: Callable[[str], Axes], artefato: Artefato
) -> None:
    texto, leitura = "a lua não diz nada\n" * 3, Leitura(artefato)
    memorias = np.array([leitura.le(caractere).memoria for caractere in texto])
    grupos = [np.stack([-memorias[:, 0], memorias[:, 5]]), memorias[None, :, 16]]
    pautas = list(radiografia._pautas(texto))
    assert len(pautas) == 2
    mapas = [malha.get_array() for malha in eixo(texto).collections]
    assert len(mapas) == 4
    for mapa, (pauta, grupo) in zip(mapas, itertools.product(pautas, grupos), strict=True):
        np.testing.assert_array_equal(np.asarray(mapa).reshape(len(grupo), -1), grupo[:, list(pauta)])


def test_debaixo_de_cada_letra_os_candidatos_e_um_quadro_no_que_veio(
    eixo: Callable[[str], Axes], artefato: Artefato
) -> None:
    texto, leitura = "a lua não diz nada", Leitura(artefato)
    posicoes = [leitura.le(caractere) for caractere in texto]
    figura = eixo(texto)
    em = {tuple(np.round(escrito.get_position(), 2)): escrito.get_text() for escrito in figura.texts}
    topo = radiografia._TOPO + radiografia._TEXTO
    quadros = [ret for ret in figura.patches if to_hex(ret.get_edgecolor()) == "#d98e04"]
    esperados = []
    for x, (_, candidatos) in enumerate([*((p, p.esperados) for p in posicoes), (None, leitura.esperados)]):
        for i, (simbolo, _) in enumerate(candidatos):
            assert em[x + 0.5, round(topo + i + 0.5, 2)] == visivel(simbolo)
            if x < len(texto) and simbolo == texto[x]:
                esperados.append((x, i))
    assert esperados
    assert [(int(ret.get_x()), int(ret.get_y() - topo)) for ret in quadros] == esperados


@pytest.mark.parametrize(
    ("texto", "tamanhos"),
    [
        ("a", [1]),
        ("a" * COLUNAS, [COLUNAS]),
        ("a" * (COLUNAS + 1), [COLUNAS, 1]),
        ("a" * 25 + "\n" + "b " * 15, [26, 30]),  # o fim de um verso vale mais que o de uma palavra
        ("a" * 30 + " " + "b" * 30, [31, 30]),
        ("a\n" + "b" * 50, [COLUNAS, 12]),  # um verso curto demais não faz uma pauta
        ("\n" * 90, [COLUNAS, COLUNAS, 10]),
    ],
)
def test_um_texto_grande_continua_na_pauta_de_baixo(texto: str, tamanhos: list[int]) -> None:
    pautas = list(radiografia._pautas(texto))
    assert [len(pauta) for pauta in pautas] == tamanhos
    assert [i for pauta in pautas for i in pauta] == list(range(len(texto)))


def test_um_caractere_que_a_fonte_nao_tem_e_o_cifrao_nao_atrapalham(tmp_path: Path) -> None:
    vocabulario = Vocabulario(("", "\n", " ", "$", "日", "a"))
    radiografa(Artefato.de_pesos(pesos_ao_acaso(6), vocabulario), "$日$ a", tmp_path / "g.png")


def test_uma_pasta_em_que_nao_se_escreve_e_um_erro_que_se_entende(artefato: Artefato, tmp_path: Path) -> None:
    with pytest.raises(ErroPoema, match="não consegui escrever"):
        radiografa(artefato, "a", tmp_path / "não existe" / "g.png")
