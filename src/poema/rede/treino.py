"""O treino: fit, o melhor checkpoint, a paciência, o tempo, e a retomada exata."""

import json
import math
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import keras
import numpy as np
from numpy.typing import NDArray

from poema.caminhos import escreve_inteiro
from poema.configuracao import Configuracao
from poema.dados.lotes import IGNORA, Lote, Lotes, LotesDeJanelas, LotesDePoemas
from poema.dados.vocabulario import Vocabulario
from poema.erros import ErroDeModelo, ErroPoema


@dataclass
class Historico:
    """O que aconteceu em cada época, em nats por caractere e segundos."""

    loss: list[float] = field(default_factory=list)
    val_loss: list[float] = field(default_factory=list)
    segundos: list[float] = field(default_factory=list)

    def melhor(self, monitora: str) -> int:
        """Devolve o índice da época de menor `monitora` ("loss" ou "val_loss")."""
        valores: list[float] = getattr(self, monitora)
        return min(range(len(valores)), key=valores.__getitem__)

    def medidas(self, monitora: str) -> dict[str, Any]:
        """Devolve o que se mediu: a melhor época e as suas losses, o tempo, e a história toda."""
        melhor = self.melhor(monitora)
        return {
            "melhor_epoca": melhor + 1,
            "loss": self.loss[melhor],
            "val_loss": self.val_loss[melhor],
            "segundos": sum(self.segundos),
            "historico": asdict(self),
        }


class Ouvinte(Protocol):
    """Quem acompanha o treino: a tela, ou um teste."""

    def lote(self, epoca: int, feitos: int, total: int, nats: float) -> None:
        """Mais um lote: nats por caractere nesta época, até aqui."""

    def epoca(self, historico: Historico, melhorou: bool, pesos: list[NDArray[np.float32]]) -> None:
        """Uma época terminou e foi medida; os pesos são os de agora, não os da melhor."""


def lotes_de(
    treino: list[str], validacao: list[str], vocabulario: Vocabulario, configuracao: Configuracao
) -> tuple[Lotes, Lotes]:
    """Devolve os lotes de treino e os de validação, na forma que a receita pede."""
    c = configuracao
    if c.receita == "classica":
        return (
            LotesDeJanelas(treino, vocabulario, c.lote, c.janela, c.passo, c.semente),
            LotesDeJanelas(validacao, vocabulario, c.lote, c.janela, 1, c.semente),
        )
    # fora do TensorFlow cada comprimento novo é compilado de novo: com poucos comprimentos, poucas vezes
    multiplo = 1 if keras.backend.backend() == "tensorflow" else 64
    return (
        LotesDePoemas(treino, vocabulario, c.lote, c.maximo, c.semente, multiplo),
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
    com o que é preciso para continuar da última época inteira como se nada tivesse parado.

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
    guardiao = _Guardiao(configuracao, historico, destino, ouvinte, relato)
    if len(historico.loss) >= configuracao.epocas or guardiao.progresso() >= 1:
        return historico, "épocas"
    callbacks = [
        keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoca, logs: lotes.embaralha(epoca)),
        keras.callbacks.LearningRateScheduler(lambda _: guardiao.taxa()),
        guardiao,
    ]
    with _ctrl_c(guardiao):
        rede.fit(
            Sequencia(lotes),
            validation_data=Sequencia(validacao),
            epochs=configuracao.epocas,
            initial_epoch=len(historico.loss),
            callbacks=callbacks,
            shuffle=False,
            verbose=0,
        )
    return historico, guardiao.motivo


def salva(rede: keras.Sequential, destino: Path) -> None:
    """Grava a rede em `destino`, sem o otimizador, que só serve para continuar o treino.

    Raises:
        ErroPoema: não foi possível escrever.
    """
    with escreve_inteiro(destino) as provisorio:
        keras.Sequential([keras.Input((None,), dtype="int32"), *rede.layers]).save(provisorio)


def salva_relato(relato: dict[str, Any], destino: Path) -> None:
    """Grava o relato em JSON.

    Raises:
        ErroPoema: não foi possível escrever.
    """
    with escreve_inteiro(destino) as provisorio:
        provisorio.write_text(json.dumps(relato, ensure_ascii=False, indent=2) + "\n", "utf-8")


def caminho_da_retomada(modelo: Path) -> Path:
    """Devolve onde fica a retomada de um modelo: 20260131-101500.keras -> 20260131-101500.retomada.npz."""
    return modelo.with_suffix(".retomada.npz")


def salva_retomada(rede: keras.Sequential, historico: Historico, destino: Path) -> None:
    """Grava todas as variáveis (pesos, otimizador, sorteio do dropout) e o histórico.

    Raises:
        ErroPoema: não foi possível escrever.
    """
    variaveis: dict[str, Any] = {f"v{i}": np.asarray(v) for i, v in enumerate(_variaveis(rede))}
    with escreve_inteiro(destino) as provisorio, provisorio.open("wb") as arquivo:
        np.savez(arquivo, historico=np.array(json.dumps(asdict(historico))), **variaveis)


def le_retomada(caminho: Path, rede: keras.Sequential) -> Historico:
    """Põe na rede as variáveis guardadas e devolve o histórico até ali.

    Raises:
        ErroDeModelo: o arquivo não existe, está truncado ou é de outra rede.
    """
    try:
        with caminho.open("rb") as aberto, np.load(aberto) as arquivo:
            historico = Historico(**json.loads(str(arquivo["historico"])))
            for i, variavel in enumerate(_variaveis(rede)):
                variavel.assign(arquivo[f"v{i}"])
    except FileNotFoundError:
        raise ErroDeModelo(
            f"não há como continuar: {caminho} não existe. Ele é gravado ao fim de cada época, ao lado do .keras."
        ) from None
    except Exception as erro:  # zip truncado, chave que falta, forma diferente: cada um levanta um tipo
        raise ErroDeModelo(
            f"{caminho} não serve para continuar este treino ({type(erro).__name__}). Treine de novo, sem --continua."
        ) from erro
    return historico


def _variaveis(rede: keras.Sequential) -> list[keras.Variable]:
    rede.optimizer.build(rede.trainable_variables)
    return [*rede.variables, *rede.optimizer.variables]


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
        destino: Path,
        ouvinte: Ouvinte,
        relato: dict[str, Any],
    ):
        super().__init__()
        self._configuracao, self._historico = configuracao, historico
        self._destino, self._ouvinte, self._relato = destino, ouvinte, relato
        self._antes = sum(historico.segundos)  # segundos de treino antes desta retomada
        self._inicio = time.monotonic()
        self._feitos = 0
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
        self._feitos, self._comeco = 0, time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._feitos = batch + 1
        nats = float((logs or {})["nats"])
        self._ouvinte.lote(len(self._historico.loss) + 1, self._feitos, self.params["steps"], nats)
        if self._configuracao.minutos and self.progresso() >= 1:
            self.para("tempo")

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        h, c = self._historico, self._configuracao
        if self.motivo == "Ctrl+C" and h.loss:
            return  # fica o melhor até aqui; a época pela metade não conta
        loss, val_loss = float((logs or {})["nats"]), float((logs or {})["val_nats"])
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
        if self._feitos == self.params["steps"]:
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
