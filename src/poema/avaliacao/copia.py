"""Quanto do que foi escrito já estava, igual, no texto de treino."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from poema.dados.poemas import versos

Inteiros = NDArray[np.uint64]

# Um trecho c₀c₁…cₙ₋₁ vale Σ m(cᵢ)·Bⁱ, módulo 2⁶⁴ (Karp e Rabin, 1987): a soma acumulada do texto todo dá o valor de
# qualquer trecho com uma subtração. B é ímpar, e por isso tem inverso: dividir por Bⁱ traz o trecho para a origem.
_B = 0x9E3779B97F4A7C15
_INVERSO = pow(_B, -1, 2**64)


class Trechos:
    """Os trechos de um texto, de qualquer tamanho. Dois trechos diferentes são confundidos uma vez em 10¹⁹."""

    def __init__(self, poemas: Sequence[str]):
        self._texto = "\0".join(poemas)
        self._versos = {verso: None for poema in poemas for verso in versos(poema)}
        self._tabela = lru_cache(maxsize=3)(lambda n: np.sort(_valores(self._texto, n)))

    def verso(self, verso: str) -> bool:
        """Diz se o verso está, igual, no texto."""
        return verso.strip() in self._versos

    def mais_proximo(self, verso: str) -> tuple[str, float]:
        """Devolve o verso do texto mais parecido com este, e quanto se parecem, de 0 a 1 (distância de edição)."""
        achado, quanto, _ = process.extractOne(verso.strip(), self._versos.keys(), scorer=fuzz.ratio)
        return achado, quanto / 100

    def vistos(self, texto: str, n: int) -> NDArray[np.bool_]:
        """Diz, de cada trecho de `n` caracteres de `texto`, na ordem em que começam, se está no texto de treino."""
        tabela, valores = self._tabela(n), _valores(texto, n)
        if not len(tabela):
            return np.zeros(len(valores), bool)
        achados: NDArray[np.bool_] = tabela[np.minimum(np.searchsorted(tabela, valores), len(tabela) - 1)] == valores
        return achados

    def maior(self, textos: Sequence[str]) -> int:
        """Devolve o tamanho do maior trecho, de qualquer dos textos, que está no texto de treino."""
        juntos = "\1".join(textos)  # um trecho que atravesse dois textos não está no treino
        copiado, novo = 0, max(map(len, textos), default=0) + 1
        while novo - copiado > 1:  # se um trecho está lá, os pedaços dele também estão: dá para procurar ao meio
            meio = (copiado + novo) // 2
            if self.vistos(juntos, meio).any():
                copiado = meio
            else:
                novo = meio
        return copiado


def _valores(texto: str, n: int) -> Inteiros:
    """O valor de cada trecho de `n` caracteres."""
    letras = np.frombuffer(texto.encode("utf-32-le"), np.uint32).astype(np.uint64)
    letras = (letras + np.uint64(1)) * np.uint64(0xBF58476D1CE4E5B9)
    letras ^= letras >> np.uint64(29)  # letras vizinhas no Unicode não podem ter valores vizinhos
    potencias = _potencias(_B, len(letras))
    somas = np.concatenate([[np.uint64(0)], np.cumsum(letras * potencias, dtype=np.uint64)])
    quantos = max(0, len(letras) - n + 1)
    valores: Inteiros = (somas[n : n + quantos] - somas[:quantos]) * _potencias(_INVERSO, quantos)
    return valores


def _potencias(base: int, quantas: int) -> Inteiros:
    """1, base, base², … módulo 2⁶⁴."""
    potencias = np.full(quantas, base, np.uint64)
    potencias[:1] = 1
    return np.cumprod(potencias, dtype=np.uint64)
