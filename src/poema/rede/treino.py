"""O treino: fit, o melhor checkpoint, a paciência, o tempo, e a retomada exata."""

import math
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import keras
import numpy as np
from numpy.typing import NDArray

from poema.configuracao import Configuracao
from poema.dados.lotes import IGNORA, Lote, Lotes, LotesDeJanelas, LotesDePoemas
from poema.dados.vocabulario import Vocabulario
from poema.erros import ErroPoema
from poema.rede.checkpoint import (
    Historico,
    caminho_da_retomada,
    le_retomada,
    salva,
    salva_relato,
    salva_retomada,
)

MEDIDOS_POR_ENSINADOS = 10  # com --por-epoca, no máximo um poema medido para cada dez ensinados


class Ouvinte(Protocol):
    """Quem acompanha o treino: a tela, ou um teste."""

    def lote(self, epoca: int, feitos: int, total: int, loss: float) -> None:
        """Mais um lote: a loss média desta época, até aqui."""

    def epoca(self, historico: Historico, melhorou: bool, pesos: list[NDArray[np.float32]]) -> None:
        """Uma época terminou e foi medida; os pesos são os de agora, não os da melhor."""


def lotes_de(
    treino: list[str], validacao: list[str], vocabulario: Vocabulario, configuracao: Configuracao
) -> tuple[Lotes, Lotes]:
    """Devolve os lotes de treino e os de validação, na forma que a receita pede."""
    c = configuracao
    if c.por_epoca:  # uma época curta pede uma medida curta: alguns dos reservados, espalhados pelo texto
        validacao = validacao[:: max(1, len(validacao) * MEDIDOS_POR_ENSINADOS // c.por_epoca)]
    if c.receita == "classica":
        return (
            LotesDeJanelas(treino, vocabulario, c.lote, c.janela, c.passo, c.semente),
            LotesDeJanelas(validacao, vocabulario, c.lote, c.janela, c.passo, c.semente),
        )
    # fora do TensorFlow cada comprimento novo é compilado de novo: com poucos comprimentos, poucas vezes
    multiplo = 1 if keras.backend.backend() == "tensorflow" else 64
    return (
        LotesDePoemas(treino, vocabulario, c.lote, c.maximo, c.semente, multiplo, c.por_epoca),
        LotesDePoemas(validacao, vocabulario, c.lote, c.maximo, c.semente, multiplo),
    )


def treina(
    rede: keras.Sequential,
    lotes: Lotes,
    validacao: Lotes,
    configuracao: Configuracao,
    destino: Path,
    ouvinte: Ouvinte,
    relato: dict[str, Any],
    retomada: Path | None = None,
) -> tuple[Historico, str]:
    """Treina até acabarem as épocas, o tempo ou a paciência, ou até um Ctrl+C.

    A cada época grava `destino`, o `.keras` da melhor, e ao lado dele o `.json` do relato e um `.retomada.npz`
    com o que é preciso para continuar da última época medida como se nada tivesse parado.

    Args:
        rede: a rede compilada, de `modelo.constroi`.
        lotes: os lotes de treino.
        validacao: os de validação.
        configuracao: a mesma com que a rede foi construída.
        destino: o `.keras` a gravar.
        ouvinte: quem é avisado de cada lote e de cada época.
        relato: o que o `.json` deve dizer além do que for medido.
        retomada: um `.retomada.npz` anterior, desta mesma rede.

    Returns:
        O histórico e o motivo da parada: "épocas", "tempo", "paciência" ou "Ctrl+C".

    Raises:
        ErroPoema: não foi possível gravar.
        ErroDeModelo: a retomada não pode ser lida ou é de outra rede.
    """
    historico = le_retomada(retomada, rede) if retomada else Historico()
    guardiao = _Guardiao(configuracao, historico, validacao, destino, ouvinte, relato)
    if retomada and guardiao.progresso() >= 1:
        raise ErroPoema(
            f"este treino já gastou o que lhe foi dado ({len(historico.loss)} épocas). "
            "Para ir além, dê --epocas ou --minutos maiores: o total, contando o que já foi."
        )
    callbacks = [
        keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoca, logs: lotes.embaralha(epoca)),
        keras.callbacks.LearningRateScheduler(lambda _: guardiao.taxa()),
        guardiao,
    ]
    with _ctrl_c(guardiao):
        rede.fit(
            Sequencia(lotes),
            epochs=configuracao.epocas,
            initial_epoch=len(historico.loss),
            callbacks=callbacks,
            shuffle=False,
            verbose=0,
        )
    return historico, guardiao.motivo


def mede(rede: keras.Sequential, lotes: Lotes) -> float:
    """Devolve a loss nos lotes, em nats por caractere, cada lição com o mesmo peso.

    O `evaluate` do Keras dá a cada lote o peso do seu número de poemas, e um lote de haicais valeria tanto
    quanto um de sonetos.
    """
    soma = licoes = 0.0
    for i in range(len(lotes)):
        x, y = lotes[i]
        quantas = int((y != IGNORA).sum())
        rede.reset_metrics()
        soma += quantas * float(rede.test_on_batch(x, y))
        licoes += quantas
    return soma / licoes


class Sequencia(keras.utils.PyDataset):
    """Entrega ao Keras os lotes na ordem em que estão.

    No TensorFlow o Keras espia os dois primeiros para saber que dimensões variam. Se por acaso têm o mesmo
    tempo, ele conclui que todos têm, e o primeiro diferente derruba o treino: então o lote 0 ganha uma coluna
    que a loss ignora.
    """

    def __init__(self, lotes: Lotes):
        super().__init__()
        self._lotes = lotes

    def __len__(self) -> int:
        return len(self._lotes)

    def __getitem__(self, i: int) -> Lote:
        x, y = self._lotes[i]
        if i == 0 and y.ndim == 2 and len(self) > 1 and x.shape[1] == self._lotes[1][0].shape[1]:
            return np.pad(x, ((0, 0), (0, 1))), np.pad(y, ((0, 0), (0, 1)), constant_values=IGNORA)
        return x, y


class _Guardiao(keras.callbacks.Callback):
    """Guarda o melhor, decide a hora de parar e avisa o ouvinte."""

    def __init__(
        self,
        configuracao: Configuracao,
        historico: Historico,
        validacao: Lotes,
        destino: Path,
        ouvinte: Ouvinte,
        relato: dict[str, Any],
    ):
        super().__init__()
        self._configuracao, self._historico, self._validacao = configuracao, historico, validacao
        self._destino, self._ouvinte, self._relato = destino, ouvinte, relato
        self._antes = sum(historico.segundos)  # segundos de treino antes desta retomada
        self._inicio = time.monotonic()
        self.motivo = "épocas"

    def para(self, motivo: str) -> None:
        self.motivo, self.model.stop_training = motivo, True

    def progresso(self) -> float:
        """De 0 a 1: quanto já se gastou das épocas ou do tempo, o que estiver mais perto do fim."""
        c = self._configuracao
        tempo = self._antes + time.monotonic() - self._inicio
        return max(len(self._historico.loss) / c.epocas, tempo / (60 * c.minutos) if c.minutos else 0)

    def taxa(self) -> float:
        """A learning rate desta época. Muda só entre épocas, o que vale igual em qualquer backend."""
        c = self._configuracao
        return c.taxa * max(1 - self.progresso(), 0.01) if c.decai else c.taxa

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._comeco = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        loss = float((logs or {})["loss"])
        self._ouvinte.lote(len(self._historico.loss) + 1, batch + 1, self.params["steps"], loss)
        if self._configuracao.minutos and self.progresso() >= 1:
            self.para("tempo")

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        h, c = self._historico, self._configuracao
        if self.motivo == "Ctrl+C" and h.loss:
            return  # fica o melhor até aqui; a época pela metade não conta
        loss, val_loss = float((logs or {})["loss"]), mede(self.model, self._validacao)
        if not math.isfinite(loss + val_loss):
            raise ErroPoema(
                f"o treino desandou: a loss virou {loss} na época {epoch + 1}. O melhor até aqui está em "
                f"{self._destino.parent}. Experimente outra --semente, ou menos --unidades."
            )
        h.loss.append(loss)
        h.val_loss.append(val_loss)
        h.segundos.append(time.monotonic() - self._comeco)
        melhor = h.melhor(c.monitora)
        melhorou = melhor == len(h.loss) - 1
        if melhorou:
            salva(self.model, self._destino)
        salva_retomada(self.model, h, caminho_da_retomada(self._destino))
        if len(h.loss) - 1 - melhor >= c.paciencia:
            self.para("paciência")
        salva_relato({**self._relato, **h.medidas(c.monitora)}, self._destino.with_suffix(".json"))
        self._ouvinte.epoca(h, melhorou, self.model.get_weights())


@contextmanager
def _ctrl_c(guardiao: _Guardiao) -> Iterator[None]:
    """O primeiro Ctrl+C termina o lote e para; o segundo interrompe na hora."""

    def trata(*_: Any) -> None:
        guardiao.para("Ctrl+C")
        signal.signal(signal.SIGINT, signal.default_int_handler)

    anterior = signal.signal(signal.SIGINT, trata)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, anterior)
