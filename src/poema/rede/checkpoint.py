"""O que um treino grava: a rede, o relato, e o bastante para continuar de onde parou."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from poema.caminhos import escreve_inteiro
from poema.erros import ErroDeModelo
from poema.precisao import arredonda


@dataclass
class Historico:
    """O que aconteceu em cada época.

    A loss é a média que o Keras dá, durante a época e com dropout; a val_loss é medida ao fim dela, em nats por
    caractere de poemas nunca vistos.
    """

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


def salva(rede: keras.Sequential, destino: Path) -> None:
    """Grava a rede em `destino`, com as matrizes em oito bits e sem o otimizador, que só serve para continuar.

    A rede continua como estava.

    Raises:
        ErroPoema: não foi possível escrever.
    """
    pesos = rede.get_weights()
    nomes = [variavel.name for variavel in rede.weights]
    try:
        rede.set_weights([p if nome == "bias" else arredonda(p) for nome, p in zip(nomes, pesos, strict=True)])
        with escreve_inteiro(destino) as provisorio:
            keras.Sequential([keras.Input((None,), dtype="int32"), *rede.layers]).save(provisorio)
    finally:
        rede.set_weights(pesos)


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
