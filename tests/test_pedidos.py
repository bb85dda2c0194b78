"""O que se pede, e em que ordem."""

from math import lcm

import pytest

from poema.colheita.pedidos import (
    EXEMPLO_MAXIMO,
    EXEMPLOS,
    FORMAS,
    MESMOS_EXEMPLOS,
    TEMAS,
    VOZES,
    de_continuacao,
    de_conversa,
)

LONGO = "um verso comprido demais para servir de exemplo\n" * 10
POEMAS = [f"poema {n}\ne mais um verso" for n in range(50)]


def test_na_conversa_toda_combinacao_de_tema_forma_e_voz_aparece() -> None:
    assert lcm(len(TEMAS), len(FORMAS), len(VOZES)) == len(TEMAS) * len(FORMAS) * len(VOZES)
    assert len(set(TEMAS)) == len(TEMAS)
    assert len({de_conversa(n, 0).texto for n in range(1000)}) == 1000


def test_o_pedido_de_um_numero_e_sempre_o_mesmo_e_a_semente_muda_tudo() -> None:
    assert de_conversa(5, 1) == de_conversa(5, 1) != de_conversa(5, 2)
    assert de_continuacao(5, 1, POEMAS) == de_continuacao(5, 1, POEMAS) != de_continuacao(5, 2, POEMAS)


def test_cada_pedido_tem_a_sua_semente_no_servidor() -> None:
    assert len({de_continuacao(n, 0, POEMAS).semente for n in range(500)}) == 500


def test_a_continuacao_mostra_poemas_inteiros_cada_um_com_o_seu_terminador() -> None:
    texto = de_continuacao(0, 0, POEMAS).texto
    assert texto.endswith("\n@\n")
    exemplos = texto.removesuffix("\n@\n").split("\n@\n")
    assert len(set(exemplos)) == EXEMPLOS
    assert set(exemplos) <= set(POEMAS)


def test_pedidos_seguidos_tem_os_mesmos_exemplos_e_o_bloco_seguinte_outros() -> None:
    primeiros = {de_continuacao(n, 0, POEMAS).texto for n in range(MESMOS_EXEMPLOS)}
    assert len(primeiros) == 1
    assert de_continuacao(MESMOS_EXEMPLOS, 0, POEMAS).texto not in primeiros


def test_exemplo_comprido_so_se_nao_ha_outro() -> None:
    assert len(LONGO) > EXEMPLO_MAXIMO
    assert LONGO not in "".join(de_continuacao(n, 0, [*POEMAS[:5], LONGO]).texto for n in range(0, 320, 32))
    assert de_continuacao(0, 0, [LONGO]).texto == f"{LONGO}\n@\n"


@pytest.mark.parametrize("faz", [de_conversa, lambda n, s: de_continuacao(n, s, POEMAS)])
def test_a_semente_cabe_em_31_bits(faz) -> None:
    assert all(0 <= faz(n, 2**32 - 1).semente < 2**31 for n in range(100))
