"""Nats por caractere de um modelo em poemas dados: quanto menor, menos a rede se surpreende."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from poema.avaliacao.razao import Razao
from poema.geracao.artefato import Artefato

FLUXOS = 256  # poemas lidos ao mesmo tempo


@dataclass(frozen=True)
class Previsao:
    """O -ln p que um modelo deu ao que veio em cada poema: aos caracteres, e à fronteira que o fecha.

    A média é por caractere do texto, e não por símbolo do modelo. Um modelo sem fronteira não é cobrado por ela.
    """

    caracteres: NDArray[np.float64]  # (poemas,), nats somados
    fronteiras: NDArray[np.float64]  # (poemas,), nats
    tamanhos: NDArray[np.int64]  # (poemas,), caracteres do texto
    fecha: bool  # se o modelo tem fronteira

    @property
    def nats(self) -> NDArray[np.float64]:
        """(poemas,), nats de cada poema inteiro."""
        return self.caracteres + self.fronteiras

    @property
    def alvos(self) -> NDArray[np.int64]:
        """(poemas,), por quanto dividir os nats: os caracteres e, se há, a fronteira."""
        return self.tamanhos + self.fecha

    @property
    def por_caractere(self) -> Razao:
        """Com a fronteira."""
        return Razao.de_poemas(zip(self.nats, self.alvos, strict=True))

    @property
    def so_caracteres(self) -> Razao:
        return Razao.de_poemas(zip(self.caracteres, self.tamanhos, strict=True))

    @property
    def so_fronteira(self) -> Razao:
        """Por poema: quanto surpreende o poema acabar onde acaba."""
        return Razao.de_poemas((nats, self.fecha) for nats in self.fronteiras)


def preve(artefato: Artefato, poemas: Sequence[str]) -> Previsao:
    """Lê cada poema do zero, depois da fronteira que o abre, muitos de uma vez.

    Raises:
        ErroPoema: há nos poemas caracteres que o modelo não conhece.
    """
    celula, vocabulario = artefato.celula, artefato.vocabulario
    fecha = vocabulario.fronteira >= 0
    tamanhos = np.array([len(poema) for poema in poemas])
    alvos = tamanhos + fecha
    ordem = np.argsort(-tamanhos, kind="stable")  # do maior ao menor: os que acabam primeiro saem do fim
    caracteres, fronteiras = np.zeros(len(poemas)), np.zeros(len(poemas))
    for grupo in np.split(ordem, range(FLUXOS, len(ordem), FLUXOS)):
        textos = np.zeros((len(grupo), tamanhos[grupo[0]] + 2), np.int32)  # (fluxos, tempo), entre zeros
        for linha, poema in zip(textos, grupo, strict=True):
            linha[1 : 1 + tamanhos[poema]] = vocabulario.codifica(poemas[poema])
        memoria = celula.memoria(len(grupo))
        for tempo in range(alvos[grupo[0]]):
            vivos = grupo[: np.searchsorted(-alvos[grupo], -tempo)]
            memoria = [h[: len(vivos)] for h in memoria]
            logits = celula.passo(textos[: len(vivos), tempo], memoria)
            topo = logits.max(axis=1)
            normas = topo + np.log(np.exp(logits - topo[:, None]).sum(axis=1))
            nats = normas - logits[np.arange(len(vivos)), textos[: len(vivos), tempo + 1]]
            acaba = tamanhos[vivos] == tempo
            caracteres[vivos] += np.where(acaba, 0, nats)
            fronteiras[vivos] += np.where(acaba, nats, 0)
    return Previsao(caracteres, fronteiras, tamanhos, fecha)


def nats_por_caractere(artefato: Artefato, poemas: Sequence[str]) -> float:
    """Devolve a média de -ln p de cada caractere dos poemas e da fronteira que os fecha.

    Raises:
        ErroPoema: há nos poemas caracteres que o modelo não conhece.
    """
    return preve(artefato, poemas).por_caractere.valor
