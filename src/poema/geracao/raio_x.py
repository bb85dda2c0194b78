"""O que a rede esperava antes de cada caractere, e o que ficou na memória depois dele.

A surpresa de um caractere é -log₂ p, em bits: 0 se ele era certo, 1 se a rede lhe dava metade da chance, 2 se um
quarto. A média dela é a loss do treino, contada em bits. A hesitação é a surpresa que a rede esperava ter (a entropia
de Shannon): 0 se só havia um caminho, 1 se dois, 2 se quatro. As probabilidades são as da rede, antes da temperatura.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from poema.geracao.artefato import Artefato
from poema.geracao.celula import Matriz

LIMIARES = (1, 2, 4, 6)  # bits: separam os cinco níveis de surpresa
_CANDIDATOS = 5
_VISIVEIS = {" ": "␣", "\n": "↵", "": "∎"}  # o vazio é a fronteira

Candidatos = tuple[tuple[str, float], ...]  # (símbolo, probabilidade), do mais provável ao menos


@dataclass(frozen=True)
class Posicao:
    """Um caractere lido pela rede."""

    caractere: str
    surpresa: float  # bits
    hesitacao: float  # bits
    esperados: Candidatos  # os cinco mais prováveis, antes de ler o caractere
    memoria: Matriz  # (unidades,), as de todas as GRUs, depois de ler o caractere

    @property
    def nivel(self) -> int:
        """O nível de surpresa: 0, abaixo do primeiro dos LIMIARES; 4, do último para cima."""
        return int(np.searchsorted(LIMIARES, self.surpresa, side="right"))


class Leitura:
    """Lê um poema desde o começo, um caractere por vez. Como o `Poeta`, lê antes o índice 0."""

    def __init__(self, artefato: Artefato):
        self._vocabulario, self._celula = artefato.vocabulario, artefato.celula
        self._memoria = self._celula.memoria(1)
        self._logits = self._celula.passo([0], self._memoria)

    def le(self, caractere: str) -> Posicao:
        """Lê mais um caractere.

        Raises:
            ErroPoema: o modelo não conhece o caractere.
        """
        indices = self._vocabulario.codifica(caractere)
        bits, esperados = self._bits(), self.esperados
        self._logits = self._celula.passo(indices, self._memoria)
        hesitacao = float((bits * np.exp2(-bits)).sum())
        return Posicao(caractere, float(bits[indices[0]]), hesitacao, esperados, np.hstack(self._memoria)[0])

    @property
    def esperados(self) -> Candidatos:
        """Os cinco símbolos mais prováveis depois do que já foi lido."""
        bits = self._bits()
        return tuple(
            (self._vocabulario.simbolos[i], float(np.exp2(-bits[i])))
            for i in np.argsort(bits, kind="stable")[:_CANDIDATOS]
        )

    def _bits(self) -> NDArray[np.float64]:
        """-log₂ da probabilidade de cada símbolo: (vocabulário,)."""
        logits = self._logits[0].astype(np.float64)
        topo = logits.max()
        bits: NDArray[np.float64] = (topo - logits + np.log(np.exp(logits - topo).sum())) / np.log(2)
        return bits


def mais_surpreendentes(posicoes: Sequence[Posicao], quantas: int) -> list[int]:
    """Devolve onde estão as posições de maior surpresa, na ordem do texto."""
    surpresas = np.array([posicao.surpresa for posicao in posicoes])
    return sorted(np.argsort(-surpresas, kind="stable")[:quantas].tolist())


def visivel(simbolo: str) -> str:
    """Devolve o símbolo como se pode vê-lo: ␣ é o espaço; ↵, o fim do verso; ∎, o do poema."""
    return _VISIVEIS.get(simbolo, simbolo if simbolo.isprintable() else "\N{REPLACEMENT CHARACTER}")
