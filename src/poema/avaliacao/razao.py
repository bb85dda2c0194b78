"""Uma medida e a sua incerteza: quanto ela mudaria com outros poemas do mesmo lugar."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

REAMOSTRAS = 1000


@dataclass(frozen=True)
class Razao:
    """Uma razão somada sobre poemas (palavras inventadas / palavras, nats / caracteres) e o seu intervalo."""

    valor: float  # NaN se não havia o que medir
    de: float  # o intervalo de 95%
    ate: float

    @classmethod
    def de_poemas(cls, partes: Iterable[tuple[float, float]], contagem: bool = False) -> "Razao":
        """Devolve soma dos numeradores / soma dos denominadores, com o intervalo de 95%.

        O intervalo sorteia poemas de volta (bootstrap de percentis; Efron e Tibshirani, 1993), e não palavras: as de
        um mesmo poema se parecem, e contá-las como independentes daria um intervalo estreito demais. Sorteio
        algum acha o que nunca apareceu: aí o intervalo vai até 3/n, a regra de três (Hanley e Lippman-Hand, 1983).

        Args:
            partes: o numerador e o denominador de cada poema.
            contagem: se o numerador conta acontecimentos, que por acaso podem não ter aparecido.
        """
        numeradores, denominadores = np.array([(0.0, 0.0), *partes]).T
        if not denominadores.sum():
            return cls(float("nan"), float("nan"), float("nan"))
        quantos = len(numeradores) - 1
        vezes = np.random.default_rng(0).multinomial(quantos, np.full(quantos, 1 / quantos), REAMOSTRAS)
        somas = vezes @ denominadores[1:]
        razoes = (vezes @ numeradores[1:])[somas > 0] / somas[somas > 0]
        de, ate = np.percentile(razoes, [2.5, 97.5])
        if contagem and not numeradores.any():
            ate = 3 / denominadores.sum()
        return cls(float(numeradores.sum() / denominadores.sum()), float(de), float(ate))
