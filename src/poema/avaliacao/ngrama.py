"""O rival: um n-grama de caracteres com suavização de Witten-Bell, que só conta o que leu.

Witten e Bell, "The zero-frequency problem", IEEE Transactions on Information Theory 37(4), 1991.
"""

import math
from collections import defaultdict
from collections.abc import Iterable

ABRE = FECHA = "\0"  # a fronteira, que não aparece em texto algum


class NGrama:
    """A probabilidade de um caractere depois dos `ordem - 1` anteriores.

    p(c | contexto) = (vezes de c + tipos · p(c | contexto mais curto)) / (vezes do contexto + tipos), em que
    `tipos` é quantos caracteres diferentes já vieram depois do contexto. Abaixo do contexto vazio, todos os
    símbolos são igualmente prováveis.
    """

    def __init__(self, ordem: int, poemas: Iterable[str]):
        self.ordem = ordem
        self._vezes: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for poema in poemas:
            for contexto, caractere in self._pares(poema):
                for inicio in range(len(contexto) + 1):
                    self._vezes[contexto[inicio:]][caractere] += 1
        self._totais = {contexto: sum(vezes.values()) for contexto, vezes in self._vezes.items()}
        self._simbolos = len(self._vezes[""])

    def _pares(self, poema: str) -> Iterable[tuple[str, str]]:
        texto = ABRE + poema + FECHA
        for i in range(1, len(texto)):
            yield texto[max(0, i - self.ordem + 1) : i], texto[i]

    def probabilidade(self, contexto: str, caractere: str) -> float:
        """Devolve p(caractere | contexto), usando do contexto o que a ordem permite."""
        contexto = contexto[len(contexto) - min(len(contexto), self.ordem - 1) :]
        p = 1 / self._simbolos
        for inicio in range(len(contexto), -1, -1):
            vezes = self._vezes.get(contexto[inicio:])
            if vezes is None:  # contexto nunca visto: os mais longos também não foram
                break
            total = self._totais[contexto[inicio:]]
            p = (vezes.get(caractere, 0) + len(vezes) * p) / (total + len(vezes))
        return p

    def nats_por_caractere(self, poemas: Iterable[str]) -> float:
        """Devolve a média de -ln p de cada caractere dos poemas e da fronteira que os fecha."""
        nats = [-math.log(self.probabilidade(*par)) for poema in poemas for par in self._pares(poema)]
        return math.fsum(nats) / len(nats)
