"""O rival: n-gramas de caracteres com suavização de Witten-Bell, que só contam o que leram.

Witten e Bell, "The zero-frequency problem", IEEE Transactions on Information Theory 37(4), 1991.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from poema.geracao.amostragem import Amostragem
from poema.geracao.sorteio import uniformes

Inteiros = NDArray[np.int64]
Reais = NDArray[np.float64]

FRONTEIRA = "\0"  # abre e fecha cada poema; não aparece em texto algum


class NGramas:
    """A probabilidade de cada caractere depois dos anteriores, em todas as ordens de 1 a `ordem`.

    p(c | contexto) = (vezes de c + tipos · p(c | contexto mais curto)) / (vezes do contexto + tipos), em que
    `tipos` é quantos caracteres diferentes já vieram depois do contexto. Abaixo do contexto vazio, todos os
    símbolos são igualmente prováveis.

    Um n-grama é um inteiro: o número do seu contexto, que é um (n-1)-grama, e o do caractere que o completa. Cada
    ordem é uma tabela ordenada desses inteiros, e procurar muitos de uma vez é uma conta do NumPy.
    """

    def __init__(self, ordem: int, poemas: Sequence[str]):
        self.ordem = ordem
        self._simbolos = sorted({FRONTEIRA, *"".join(poemas)})
        self._base = len(self._simbolos) + 1  # o último número é o de qualquer caractere nunca visto
        self._gramas: list[Inteiros] = []  # os códigos de cada ordem, em ordem crescente
        self._vezes: list[Inteiros] = []  # quantas vezes cada um foi visto
        self._totais: list[Inteiros] = []  # de cada contexto: quantas vezes foi visto antes de um caractere
        self._tipos: list[Inteiros] = []  # e antes de quantos caracteres diferentes
        texto, posicao = self._le(poemas)
        contexto, contextos = np.zeros_like(texto), 1
        for k in range(ordem):
            codigos = contexto * self._base + texto
            gramas, vezes = np.unique(codigos[(contexto >= 0) & (posicao > 0)], return_counts=True)
            self._gramas.append(gramas)
            self._vezes.append(vezes)
            self._totais.append(np.bincount(gramas // self._base, vezes, contextos).astype(np.int64))
            self._tipos.append(np.bincount(gramas // self._base, minlength=contextos))
            contexto, contextos = self._desloca(self._acha(k, codigos), posicao), len(gramas)

    @property
    def parametros(self) -> int:
        """Quantas contagens guarda: uma por n-grama visto."""
        return sum(map(len, self._gramas))

    def nats(self, poemas: Sequence[str]) -> Reais:
        """Devolve a soma de -ln p dos caracteres de cada poema e da fronteira que o fecha, (poemas, ordem)."""
        texto, posicao = self._le(poemas)
        contexto, p = np.zeros_like(texto), np.full(len(texto), 1 / len(self._simbolos))
        comecos = np.flatnonzero(posicao == 0)
        somas = []
        for k in range(self.ordem):
            p, onde = self._mistura(k, p, contexto, texto)
            somas.append(np.add.reduceat(np.where(posicao > 0, -np.log(p), 0), comecos))
            contexto = self._desloca(onde, posicao)
        return np.array(somas).T

    def nats_por_caractere(self, poemas: Sequence[str]) -> dict[int, float]:
        """Devolve, para cada ordem, a média de -ln p de cada caractere e da fronteira que fecha cada poema."""
        medias = self.nats(poemas).sum(axis=0) / sum(len(poema) + 1 for poema in poemas)
        return {k + 1: float(media) for k, media in enumerate(medias)}

    def poemas(self, amostragem: Amostragem, sementes: Sequence[int], limite: int) -> list[str]:
        """Escreve um poema por semente, todos ao mesmo tempo, com a ordem mais alta."""
        # o contexto de cada ordem, em cada fluxo: o poema acaba de abrir
        contextos = np.full((self.ordem, len(sementes)), -1)
        contextos[0] = 0
        if self.ordem > 1:
            contextos[1] = self._acha(0, np.array([0]))
        escritos, vivos = [], np.ones(len(sementes), bool)
        for acaso in uniformes(sementes, 0, limite).T:
            p = np.full((len(sementes), len(self._simbolos)), 1 / len(self._simbolos))
            for k, contexto in enumerate(contextos):
                p, _ = self._mistura(k, p, contexto[:, None], np.arange(len(self._simbolos)))
            indices = amostragem.escolhe(np.log(p), acaso)
            vivos &= indices != 0
            if not vivos.any():
                break
            escritos.append(np.where(vivos, indices, 0))
            novos = [self._acha(k, contextos[k] * self._base + indices) for k in range(self.ordem - 1)]
            contextos[1:] = np.array(novos).reshape(self.ordem - 1, len(sementes))
        colunas = np.array(escritos, int).reshape(-1, len(sementes)).T
        return ["".join(self._simbolos[i] for i in coluna if i) for coluna in colunas]

    def _le(self, poemas: Sequence[str]) -> tuple[Inteiros, Inteiros]:
        """O número de cada caractere, cada poema entre fronteiras, e a posição dele no poema."""
        numeros = {simbolo: i for i, simbolo in enumerate(self._simbolos)}
        texto = [[0, *(numeros.get(c, self._base - 1) for c in poema), 0] for poema in poemas]
        return np.concatenate(texto), np.concatenate([np.arange(len(poema)) for poema in texto])

    def _acha(self, k: int, codigos: Inteiros) -> Inteiros:
        """O número, na tabela da ordem k + 1, de cada código; -1 para os que não estão lá."""
        tabela = self._gramas[k]
        onde = np.minimum(np.searchsorted(tabela, codigos), len(tabela) - 1)
        return np.where(tabela[onde] == codigos, onde, -1)

    def _mistura(self, k: int, p: Reais, contexto: Inteiros, caracteres: Inteiros) -> tuple[Reais, Inteiros]:
        """As probabilidades na ordem k + 1, dadas as da ordem anterior, e o número de cada n-grama."""
        onde = self._acha(k, contexto * self._base + caracteres)
        vezes = np.where(onde >= 0, self._vezes[k][onde], 0)
        total, tipos = (np.where(contexto >= 0, tabela[contexto], 0) for tabela in (self._totais[k], self._tipos[k]))
        return np.where(total > 0, (vezes + tipos * p) / np.maximum(total + tipos, 1), p), onde

    @staticmethod
    def _desloca(gramas: Inteiros, posicao: Inteiros) -> Inteiros:
        """O n-grama que acaba em um caractere é o contexto do seguinte; nada vem antes do começo de um poema."""
        return np.where(posicao > 0, np.roll(gramas, 1), -1)
