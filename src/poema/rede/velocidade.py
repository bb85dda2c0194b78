"""Quanto o Keras rende por segundo, treinando e escrevendo: a outra metade de `just mede`."""

import time
from typing import Any

import keras
import numpy as np

from poema.configuracao import RECEITAS, Configuracao
from poema.dados.vocabulario import Vocabulario
from poema.rede.modelo import constroi
from poema.rede.treino import Sequencia, lotes_de

_AQUECIMENTO = 5  # lotes: os primeiros compilam


class _Cronometro(keras.callbacks.Callback):
    """Conta os alvos ensinados depois do aquecimento e para o treino quando o tempo acaba."""

    def __init__(self, alvos: list[int], segundos: float):
        super().__init__()
        self._alvos, self._segundos = alvos, segundos
        self._lotes = self._feito = 0
        self.por_segundo = 0.0

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._lotes += 1
        if self._lotes == _AQUECIMENTO:
            self._inicio = time.perf_counter()
        elif self._lotes > _AQUECIMENTO:
            self._feito += self._alvos[batch]
            tempo = time.perf_counter() - self._inicio
            self.por_segundo = self._feito / tempo
            self.model.stop_training = tempo > self._segundos


def treino(poemas: list[str], vocabulario: Vocabulario, configuracao: Configuracao, segundos: float) -> float:
    """Devolve quantos alvos (caracteres a adivinhar) o `fit` ensina por segundo, com esta configuração."""
    lotes, _ = lotes_de(poemas, poemas[:1], vocabulario, configuracao)
    alvos = [int((lotes[i][1] >= 0).sum()) for i in range(len(lotes))]
    cronometro = _Cronometro(alvos, segundos)
    rede = constroi(vocabulario, configuracao)
    rede.fit(Sequencia(lotes), epochs=10**6, callbacks=[cronometro], shuffle=False, verbose=0)
    return cronometro.por_segundo


def predict(vocabulario: Vocabulario, segundos: float) -> float:
    """Devolve quantos caracteres por segundo o `predict` escreve relendo uma janela de 60, um de cada vez."""
    rede, janela = constroi(vocabulario, RECEITAS["classica"]), np.zeros((1, 60), np.int32)
    rede.predict(janela, verbose=0)
    inicio, feitos = time.perf_counter(), 0
    while (tempo := time.perf_counter() - inicio) < segundos:
        rede.predict(janela, verbose=0)
        feitos += 1
    return feitos / tempo
