"""A precisão em que um modelo é guardado: oito bits por peso, e uma escala por linha de cada matriz.

O treino trabalha em 32 bits, mas o que ele grava já vem arredondado: ao modelo que vem junto custou 0,00015 nats por
caractere (de 1,14525 a 1,14540), e em troca o mesmo modelo cabe, sem perder mais nada, na página de quem lê. Por isso
um poema é o mesmo no terminal, no servidor e no navegador.
"""

import numpy as np
from numpy.typing import NDArray

_BITS = 17  # significativos em uma escala. Com os 7 de um inteiro somam os 24 de um float32: o produto é exato
_MENOR = np.float32(2**-126)  # a menor escala: uma subnormal teria menos bits, e os inteiros passariam de 127

Matriz = NDArray[np.float32]


def em_oito_bits(matriz: Matriz) -> tuple[NDArray[np.int8], Matriz]:
    """Devolve os inteiros, de -127 a 127, e as escalas: peso ≈ inteiro x escala.

    Aplicada ao que ela mesma arredondou, devolve os mesmos inteiros e as mesmas escalas.

    Args:
        matriz: (linhas, colunas).

    Returns:
        (linhas, colunas) e (linhas, 1).
    """
    mantissas, expoentes = np.frexp(np.abs(matriz).max(axis=1, keepdims=True) / np.float32(127))
    escalas = np.maximum(np.ldexp(np.rint(np.ldexp(mantissas, _BITS)), expoentes - _BITS), _MENOR)
    return np.rint(matriz / escalas).astype(np.int8), escalas


def arredonda(matriz: Matriz) -> Matriz:
    """Devolve a matriz como ela volta de oito bits."""
    inteiros, escalas = em_oito_bits(matriz)
    return inteiros * escalas
