"""A aritmética da rede, um caractere por vez, muitos poemas ao mesmo tempo. É o coração deste projeto.

Uma GRU (Cho et al., 2014, na forma reset_after do Keras e do cuDNN) guarda uma memória h e, a cada entrada x:

    z = σ(x Wz + bz  +  h Uz + cz)          quanto da memória fica
    r = σ(x Wr + br  +  h Ur + cr)          quanto da memória ajuda a propor o novo
    n = tanh(x Wn + bn  +  r ∘ (h Un + cn))     a proposta
    h = z ∘ h + (1 - z) ∘ n

W, U, b e c são o que o treino aprendeu. As três contas de x saem de um só produto de matrizes, e as de h, de outro.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Matriz = NDArray[np.float32]


@dataclass(frozen=True)
class GRU:
    """Os pesos de uma GRU, com as portas na ordem do Keras: z, r, n."""

    w: Matriz  # (entrada, 3 x unidades)
    u: Matriz  # (unidades, 3 x unidades)
    b: Matriz  # (3 x unidades,), somado ao produto da entrada
    c: Matriz  # (3 x unidades,), somado ao produto da memória

    @property
    def unidades(self) -> int:
        return len(self.u)

    def passo(self, x: Matriz, h: Matriz) -> Matriz:
        """Devolve a memória nova.

        Args:
            x: (fluxos, 3 x unidades), a entrada já multiplicada: entrada @ w + b.
            h: (fluxos, unidades), a memória.
        """
        n = len(self.u)
        m = h @ self.u + self.c
        portas = sigmoide(x[:, : 2 * n] + m[:, : 2 * n])
        z, r = portas[:, :n], portas[:, n:]
        proposta = np.tanh(x[:, 2 * n :] + r * m[:, 2 * n :])
        nova: Matriz = proposta + z * (h - proposta)  # o mesmo que z ∘ h + (1 - z) ∘ n
        return nova


@dataclass(frozen=True)
class Celula:
    """As GRUs empilhadas e a camada que transforma a última memória em logits."""

    grus: tuple[GRU, ...]
    w: Matriz  # (unidades, vocabulário)
    b: Matriz  # (vocabulário,)

    @cached_property
    def _tabela(self) -> Matriz:
        """(vocabulário, 3 x unidades): multiplicar um one-hot por w é pegar uma linha de w."""
        return self.grus[0].w + self.grus[0].b

    @property
    def vocabulario(self) -> int:
        return len(self.b)

    @property
    def pesos(self) -> list[Matriz]:
        """Os pesos na ordem do `get_weights` do Keras: três matrizes por GRU e duas da Dense."""
        das_grus = [peso for gru in self.grus for peso in (gru.w, gru.u, np.stack([gru.b, gru.c]))]
        return [*das_grus, self.w, self.b]

    @property
    def parametros(self) -> int:
        return sum(peso.size for peso in self.pesos)

    def memoria(self, fluxos: int) -> list[Matriz]:
        """Devolve a memória de quem ainda não leu nada: zeros, uma matriz (fluxos, unidades) por GRU."""
        return [np.zeros((fluxos, gru.unidades), np.float32) for gru in self.grus]

    def passo(self, indices: NDArray[np.integer] | Sequence[int], memoria: list[Matriz]) -> Matriz:
        """Lê um símbolo em cada fluxo, atualiza a memória e devolve os logits do símbolo seguinte.

        Args:
            indices: (fluxos,), o símbolo lido em cada fluxo.
            memoria: a lista de `memoria()`; suas matrizes são trocadas pelas novas.

        Returns:
            (fluxos, vocabulário).
        """
        x = self._tabela[indices]
        for i, gru in enumerate(self.grus):
            if i:
                x = memoria[i - 1] @ gru.w + gru.b
            memoria[i] = gru.passo(x, memoria[i])
        return memoria[-1] @ self.w + self.b


def sigmoide(x: Matriz) -> Matriz:
    """Devolve 1 / (1 + e⁻ˣ), escrita com tanh, que não transborda para nenhum x."""
    meia = np.float32(0.5)
    y: Matriz = np.tanh(x * meia) * meia + meia
    return y
