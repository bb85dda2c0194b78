import math

import numpy as np
import pytest

from poema.avaliacao.razao import Razao


def normal(quantos: int) -> list[tuple[float, float]]:
    return [(float(x), 1) for x in np.random.default_rng(7).normal(5, 2, quantos)]


def test_o_valor_e_a_soma_dos_numeradores_sobre_a_dos_denominadores() -> None:
    assert Razao.de_poemas([(1, 2), (3, 4), (0, 10)]).valor == 4 / 16


def test_o_intervalo_contem_o_valor() -> None:
    razao = Razao.de_poemas([(1, 2), (3, 4), (0, 10), (5, 5), (2, 9)])
    assert razao.de < razao.valor < razao.ate


def test_com_mais_poemas_o_intervalo_encolhe() -> None:
    poucos, muitos = Razao.de_poemas(normal(20)), Razao.de_poemas(normal(2000))
    assert muitos.ate - muitos.de < (poucos.ate - poucos.de) / 5


def test_o_intervalo_de_uma_media_e_o_da_teoria() -> None:
    """A média de 200 números: 1,96 desvio, dividido pela raiz de 200, para cada lado."""
    partes = normal(200)
    razao, desvio = Razao.de_poemas(partes), np.std([x for x, _ in partes])
    assert razao.ate - razao.de == pytest.approx(2 * 1.96 * desvio / math.sqrt(200), rel=0.15)


def test_o_intervalo_contem_a_verdade_quase_sempre() -> None:
    acaso = np.random.default_rng(3)
    acertos = 0
    for _ in range(200):
        palavras = acaso.integers(5, 50, 60)
        inventadas = acaso.binomial(palavras, 0.2)
        razao = Razao.de_poemas(zip(inventadas, palavras, strict=True))
        acertos += razao.de <= 0.2 <= razao.ate
    assert 0.9 <= acertos / 200 <= 0.99


def test_contar_poemas_de_palavras_parecidas_da_um_intervalo_mais_largo_que_contar_palavras() -> None:
    """Vinte poemas de cem palavras, em que ou todas existem ou nenhuma, são vinte observações, e não duas mil."""
    poemas = [(100.0 * (i % 2), 100.0) for i in range(20)]
    palavras = [(float(i % 2), 1.0) for i in range(20) for _ in range(100)]
    por_poema, por_palavra = Razao.de_poemas(poemas), Razao.de_poemas(palavras)
    assert por_poema.valor == por_palavra.valor
    assert por_poema.ate - por_poema.de > 5 * (por_palavra.ate - por_palavra.de)


@pytest.mark.parametrize("partes", [[], [(0.0, 0.0)], [(3.0, 0), (0, 0)]])
def test_sem_o_que_medir_nada_e_numero(partes: list[tuple[float, float]]) -> None:
    razao = Razao.de_poemas(partes)
    assert np.isnan([razao.valor, razao.de, razao.ate]).all()


def test_poemas_em_que_nao_ha_o_que_medir_nao_atrapalham() -> None:
    razao = Razao.de_poemas([(0, 0)] * 50 + [(1, 2)])
    assert (razao.valor, razao.de, razao.ate) == (0.5, 0.5, 0.5)


def test_um_poema_so_nao_diz_quanto_os_outros_mudam() -> None:
    razao = Razao.de_poemas([(1, 4)])
    assert (razao.valor, razao.de, razao.ate) == (0.25, 0.25, 0.25)


def test_os_mesmos_poemas_dao_o_mesmo_intervalo() -> None:
    assert Razao.de_poemas(normal(30)) == Razao.de_poemas(iter(normal(30)))
