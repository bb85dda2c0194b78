"""O outro rival: o PPMd, um compressor. Quem prevê bem comprime bem, e os bytes que faltam contar são a sua loss.

Shkarin, "PPM: one step to practicality", Data Compression Conference, 2002; a biblioteca: https://pyppmd.readthedocs.io
"""

import math
from collections.abc import Sequence

import pyppmd

from poema.avaliacao.ngrama import FRONTEIRA

MEMORIA = 1 << 28  # bytes: com pouca, o modelo esquece tudo e recomeça no meio do texto


def nats(ordem: int, treino: Sequence[str], poemas: Sequence[str]) -> list[float]:
    """Devolve os nats que o PPMd gasta em cada poema, e na fronteira que o fecha, depois de ler todo o treino.

    São os bytes do treino seguido do poema, menos os do treino sozinho. É a conta mais justa, e a mais lenta: o
    treino é comprimido de novo para cada poema.
    """
    base = FRONTEIRA.join([*treino, ""])
    textos = ["", *(poema + FRONTEIRA for poema in poemas)]
    sozinho, *juntos = (_bytes(ordem, base + texto) for texto in textos)  # em duas threads demora mais, e não menos
    return [8 * math.log(2) * (quantos - sozinho) for quantos in juntos]


def _bytes(ordem: int, texto: str) -> int:
    compressor = pyppmd.Ppmd7Encoder(ordem, MEMORIA)
    return len(compressor.encode(texto.encode())) + len(compressor.flush())
