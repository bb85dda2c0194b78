"""Nats por caractere de um modelo em poemas dados: quanto menor, menos a rede se surpreende."""

from collections.abc import Sequence

import numpy as np

from poema.geracao.artefato import Artefato

FLUXOS = 256  # poemas lidos ao mesmo tempo


def nats_por_caractere(artefato: Artefato, poemas: Sequence[str]) -> float:
    """Devolve a média de -ln p de cada caractere dos poemas e da fronteira que os fecha.

    Cada poema é lido do zero, depois da fronteira que o abre.

    Raises:
        ErroPoema: há nos poemas caracteres que o modelo não conhece.
    """
    celula, vocabulario = artefato.celula, artefato.vocabulario
    indices = [np.pad(vocabulario.codifica(poema), 1) for poema in sorted(poemas, key=len, reverse=True)]
    soma = 0.0
    for comeco in range(0, len(indices), FLUXOS):
        grupo = indices[comeco : comeco + FLUXOS]
        memoria = celula.memoria(len(grupo))
        for tempo in range(len(grupo[0]) - 1):
            while len(grupo[-1]) - 1 <= tempo:  # do maior ao menor: os que acabaram saem do fim
                grupo.pop()
            lidos = np.array([poema[tempo] for poema in grupo])
            seguintes = np.array([poema[tempo + 1] for poema in grupo])
            memoria = [h[: len(grupo)] for h in memoria]
            logits = celula.passo(lidos, memoria).astype(np.float64)
            topo = logits.max(axis=1)
            normas = topo + np.log(np.exp(logits - topo[:, None]).sum(axis=1))
            soma += float((normas - logits[np.arange(len(grupo)), seguintes]).sum())
    return soma / sum(len(poema) - 1 for poema in indices)
