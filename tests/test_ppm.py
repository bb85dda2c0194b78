import math

import numpy as np
import pyppmd
import pytest

from poema.avaliacao.ppm import nats

ORDENS = (3, 7)


def comprimido(ordem: int, texto: str) -> int:
    """O tamanho pela função de uma chamada só da biblioteca, na variante H, que é a Ppmd7."""
    return len(pyppmd.compress(texto.encode(), max_order=ordem, mem_size=1 << 24, variant="H"))


def test_gasta_em_cada_poema_os_bytes_que_ele_acrescenta_ao_treino(poemas: list[str]) -> None:
    treino, teste = poemas[:30], [*poemas[30:33], "o gato dor", "a lua n", "você"]  # acabar no meio surpreende
    for ordem in ORDENS:
        base = "".join(f"{poema}\0" for poema in treino)
        esperados = [comprimido(ordem, f"{base}{poema}\0") - comprimido(ordem, base) for poema in teste]
        assert nats(ordem, treino, teste) == pytest.approx([8 * math.log(2) * bytes_ for bytes_ in esperados])


@pytest.mark.parametrize("ordem", ORDENS)
def test_todo_poema_novo_custa_alguma_coisa(ordem: int, poemas: list[str]) -> None:
    assert all(custo > 0 for custo in nats(ordem, poemas[:30], poemas[30:]))


@pytest.mark.parametrize("ordem", ORDENS)
def test_o_que_ja_leu_custa_muito_menos_que_o_que_nunca_viu(ordem: int, poemas: list[str]) -> None:
    embaralhado = "".join(np.random.default_rng(1).permutation(list(poemas[5])))
    do_lido, do_embaralhado = nats(ordem, poemas, [poemas[5], embaralhado])
    assert do_lido < do_embaralhado / 3


def test_um_poema_nao_muda_o_custo_do_seguinte(poemas: list[str]) -> None:
    treino, teste = poemas[:30], poemas[30:34]
    assert nats(5, treino, teste) == [nats(5, treino, [poema])[0] for poema in teste]


def test_sem_poemas_nao_ha_custos(poemas: list[str]) -> None:
    assert nats(3, poemas, []) == []
