from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from poema.precisao import Matriz, arredonda, em_oito_bits

MAIOR, MENOR = np.finfo(np.float32).max, np.finfo(np.float32).tiny
SUBNORMAL = np.finfo(np.float32).smallest_subnormal

# de todo tamanho: com os subnormais, o zero, e o maior float32 que há
matrizes = st.one_of(
    arrays(np.float32, array_shapes(min_dims=2, max_dims=2, max_side=8), elements=elementos)
    for elementos in (
        st.floats(width=32, allow_nan=False, allow_infinity=False),
        st.floats(-1, 1, width=32),
        st.floats(-(2.0**-118), 2.0**-118, width=32),
        st.floats(-(2.0**-140), 2.0**-140, width=32),
    )
)


def escala_de(linha: Matriz) -> Fraction:
    """A escala, com frações exatas: o maior peso sobre 127, com a conta em float32 arredondada a 17 bits."""
    exata = Fraction(float(np.float32(float(max(abs(linha))) / 127)))
    passo = Fraction(1)
    while exata and exata / passo < 2**16:
        passo /= 2
    while exata / passo >= 2**17:
        passo *= 2
    return max(round(exata / passo) * passo, Fraction(2) ** -126)


@given(matrizes)
def test_arredondar_de_novo_nao_muda_nada(matriz: Matriz) -> None:
    inteiros, escalas = em_oito_bits(matriz)
    uma_vez = arredonda(matriz)
    de_novo, as_mesmas = em_oito_bits(uma_vez)
    np.testing.assert_array_equal(de_novo, inteiros)
    assert as_mesmas.tobytes() == escalas.tobytes()
    assert arredonda(uma_vez).tobytes() == uma_vez.tobytes()


@given(matrizes)
def test_o_produto_e_exato_em_float32(matriz: Matriz) -> None:
    inteiros, escalas = em_oito_bits(matriz)
    exatos = inteiros.astype(np.float64) * escalas.astype(np.float64)
    np.testing.assert_array_equal(arredonda(matriz).astype(np.float64), exatos)


@given(matrizes)
def test_nenhum_peso_muda_mais_que_meia_escala(matriz: Matriz) -> None:
    inteiros, escalas = em_oito_bits(matriz)
    assert (inteiros.dtype, escalas.dtype, escalas.shape) == (np.int8, np.float32, (len(matriz), 1))
    assert np.abs(inteiros.astype(int)).max() <= 127
    mudanca = np.abs(arredonda(matriz).astype(np.float64) - matriz)
    assert (mudanca <= escalas.astype(np.float64) / 2 * (1 + 2**-16)).all()  # a divisão, em float32, erra 2⁻²⁴ de 127


@given(matrizes)
def test_as_escalas_sao_as_de_uma_conta_com_fracoes(matriz: Matriz) -> None:
    _, escalas = em_oito_bits(matriz)
    assert [Fraction(float(escala)) for escala in escalas[:, 0]] == [escala_de(linha) for linha in matriz]


def test_o_maior_de_cada_linha_vira_127_e_cada_linha_tem_a_sua_escala() -> None:
    inteiros, escalas = em_oito_bits(np.array([[1, -0.5, 0.25], [1000, 0, -10]], np.float32))
    np.testing.assert_array_equal(inteiros, [[127, -64, 32], [127, 0, -1]])
    np.testing.assert_allclose(escalas[:, 0], [1 / 127, 1000 / 127], rtol=2**-16)


@pytest.mark.parametrize("peso", [0.0, -0.0, SUBNORMAL, 60 * SUBNORMAL, 190 * SUBNORMAL, MENOR / 2, MENOR, -MENOR])
def test_uma_linha_quase_de_zeros_nao_estraga_as_outras(peso: float) -> None:
    matriz = np.array([[peso, 0, 0], [0.1, -0.2, 0.3]], np.float32)
    inteiros, escalas = em_oito_bits(matriz)
    assert escalas[0, 0] == MENOR
    assert abs(int(inteiros[0, 0])) <= 1
    np.testing.assert_array_equal(inteiros[1], [42, -85, 127])


def test_o_maior_float32_nao_transborda() -> None:
    for maior in (MAIOR, np.nextafter(MAIOR, np.float32(0)), MAIOR * np.float32(0.99999)):
        arredondada = arredonda(np.array([[maior, -maior, maior / 2]], np.float32))
        assert np.isfinite(arredondada).all()
        np.testing.assert_allclose(arredondada[0, :2], [maior, -maior], rtol=2**-16)
