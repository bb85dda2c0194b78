"""Números ao acaso que se repetem: a mesma semente dá o mesmo poema, em Python e em JavaScript.

O gerador é um contador passado por um misturador de 32 bits: SplitMix (Steele, Lea e Flood, "Fast Splittable
Pseudorandom Number Generators", OOPSLA 2014) com o finalizador do MurmurHash3 (Appleby, 2011). Não guarda
estado: o n-ésimo número sai direto da semente e de n, em bloco e para muitas sementes ao mesmo tempo.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

_GAMA = np.uint32(0x9E3779B9)  # 2³² sobre a razão áurea, ímpar: o contador passa por todos os 2³² valores


def _mistura(z: NDArray[np.uint32]) -> NDArray[np.uint32]:
    z = (z ^ (z >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    z = (z ^ (z >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return z ^ (z >> np.uint32(16))


def uniformes(sementes: ArrayLike, inicio: int, quantos: int) -> NDArray[np.float64]:
    """Devolve os números de posição `inicio` a `inicio + quantos` de cada semente: (sementes, quantos).

    Cada número está em [0, 1) e tem 53 bits: os 27 altos de um sorteio e os 26 altos do seguinte.

    Args:
        sementes: inteiros de 0 a 2³² - 1.
        inicio: quantos números já foram usados.
        quantos: quantos números gerar.
    """
    chaves = _mistura(np.asarray(sementes, np.uint32).reshape(-1, 1) + _GAMA)
    contador = np.arange(2 * inicio + 1, 2 * (inicio + quantos) + 1).astype(np.uint32)
    bits = _mistura(chaves + contador * _GAMA)
    altos, baixos = bits[:, 0::2] >> np.uint32(5), bits[:, 1::2] >> np.uint32(6)
    return (altos * 2.0**26 + baixos) / 2.0**53
