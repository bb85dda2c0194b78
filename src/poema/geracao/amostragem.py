"""Dos logits ao próximo índice: temperatura, top-k, top-p, min-p."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from poema.erros import ErroPoema

Matriz = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Amostragem:
    """Como escolher o próximo caractere entre os que a rede julga possíveis.

    Os filtros valem nesta ordem, cada um sobre o que o anterior deixou: temperatura, top-k, top-p, min-p.

    Raises:
        ErroPoema: um valor fora do intervalo; a mensagem diz a regra e o valor recebido.
    """

    temperatura: float = 0.5  # 0 escolhe sempre o mais provável; 1 segue a rede; acima, arrisca
    top_k: int = 0  # só os k mais prováveis; 0 não filtra
    top_p: float = 1.0  # só os mais prováveis que juntos somam p (Holtzman et al., 2020); 1 não filtra
    min_p: float = 0.0  # só os de ao menos min_p vezes o mais provável (Nguyen et al., 2024); 0 não filtra

    def __post_init__(self) -> None:
        if not 0 <= self.temperatura <= 10:
            raise ErroPoema(f"a temperatura deve estar entre 0 e 10. Recebido: {self.temperatura}.")
        if self.top_k < 0:
            raise ErroPoema(f"top-k deve ser 0 (não filtra) ou um inteiro positivo. Recebido: {self.top_k}.")
        if not 0 < self.top_p <= 1:
            raise ErroPoema(f"top-p deve estar acima de 0 e ser no máximo 1. Recebido: {self.top_p}.")
        if not 0 <= self.min_p <= 1:
            raise ErroPoema(f"min-p deve estar entre 0 e 1. Recebido: {self.min_p}.")

    def pesos(self, logits: NDArray[np.floating]) -> Matriz:
        """Devolve o peso de cada símbolo no sorteio: 1 para o mais provável, 0 para os filtrados.

        Args:
            logits: (fluxos, vocabulário).

        Returns:
            (fluxos, vocabulário), em precisão dupla.
        """
        if self.temperatura == 0:
            pesos = np.zeros(logits.shape)
            np.put_along_axis(pesos, logits.argmax(axis=-1, keepdims=True), 1.0, axis=-1)
            return pesos
        pesos = aquece(logits, self.temperatura)
        if 0 < self.top_k < logits.shape[-1]:
            pesos = np.where(_posto(pesos) < self.top_k, pesos, 0.0)
        if self.top_p < 1:
            ordem = np.argsort(-pesos, axis=-1, kind="stable")
            ordenados = np.take_along_axis(pesos, ordem, axis=-1)
            antes = np.cumsum(ordenados, axis=-1) - ordenados  # o que os mais prováveis que este já somam
            alvo = self.top_p * ordenados.sum(axis=-1, keepdims=True)
            np.put_along_axis(pesos, ordem, np.where(antes < alvo, ordenados, 0.0), axis=-1)
        if self.min_p > 0:
            pesos = np.where(pesos >= self.min_p, pesos, 0.0)
        return pesos

    def escolhe(self, logits: NDArray[np.floating], acaso: NDArray[np.float64]) -> NDArray[np.intp]:
        """Devolve o índice escolhido em cada fluxo: (fluxos,).

        Args:
            logits: (fluxos, vocabulário).
            acaso: (fluxos,), números em [0, 1).
        """
        return sorteia(self.pesos(logits), acaso)


def aquece(logits: NDArray[np.floating], temperatura: float | Matriz) -> Matriz:
    """Devolve e^((logit - maior) / temperatura), em precisão dupla: 1 para o símbolo mais provável.

    Args:
        logits: (fluxos, vocabulário).
        temperatura: acima de zero; uma para todos ou, como (fluxos, 1), a de cada fluxo.
    """
    dobro = logits.astype(np.float64)
    pesos: Matriz = np.exp((dobro - dobro.max(axis=-1, keepdims=True)) / temperatura)
    return pesos


def sorteia(pesos: Matriz, acaso: NDArray[np.float64]) -> NDArray[np.intp]:
    """Devolve um índice por fluxo, ao acaso conforme os pesos: (fluxos,).

    Inverte a distribuição acumulada: escolhe o primeiro índice cuja soma dos pesos passa do número sorteado
    vezes o total. Em precisão dupla, os mesmos números dão a mesma escolha em qualquer linguagem.

    Args:
        pesos: (fluxos, vocabulário).
        acaso: (fluxos,), números em [0, 1).
    """
    acumulados = np.cumsum(pesos, axis=-1)
    alvo: Matriz = acaso[:, None] * acumulados[:, -1:]
    escolhidos: NDArray[np.intp] = (acumulados > alvo).argmax(axis=-1)
    return escolhidos


def _posto(pesos: Matriz) -> NDArray[np.intp]:
    """A colocação de cada peso na sua linha: 0 é o maior; no empate, o de menor índice vem antes."""
    return np.argsort(np.argsort(-pesos, axis=-1, kind="stable"), axis=-1, kind="stable")
