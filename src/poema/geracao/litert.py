"""O passo da `Celula` feito pelo LiteRT, o motor de redes dos telefones, em uma thread só.

O `.tflite` é o que `just exporta` gravou ao lado do `.keras`, com um `.json`, o certificado, que diz de que modelo ele
saiu e qual é o seu hash.
"""

import hashlib
import json
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from poema.caminhos import ao_lado, certificado_de
from poema.erros import ErroDeModelo
from poema.geracao.artefato import Artefato
from poema.geracao.celula import Celula, Matriz
from poema.silencio import silencio


class CelulaLiteRT(Celula):
    """A mesma rede; só o passo é outro. Os pesos da `Celula` continuam à mão, mas a conta é do arquivo exportado."""

    def __init__(self, celula: Celula, conteudo: bytes):
        super().__init__(celula.grus, celula.w, celula.b)
        # (vocabulário, vocabulário): cada linha é o one-hot de um símbolo
        self._um_de_cada = np.eye(self.vocabulario, dtype=np.float32)
        self._vez = threading.Lock()  # o intérprete faz uma conta de cada vez
        with silencio():
            self._interprete = Interpreter(model_content=conteudo, num_threads=1)
            self._x, self._logits, self._memorias = self._portas()
            self._prepara(1)

    def _portas(self) -> tuple[int, int, list[tuple[int, int]]]:
        """Onde o intérprete recebe x, onde deixa os logits, e onde recebe e deixa h1, h2…"""
        assinatura = self._interprete.get_signature_runner()
        entradas, saidas = assinatura.get_input_details(), assinatura.get_output_details()
        memorias = [(entradas[f"h{i}"]["index"], saidas[f"output_{i}"]["index"]) for i in range(1, 1 + len(self.grus))]
        return entradas["x"]["index"], saidas["output_0"]["index"], memorias

    def passo(self, indices: NDArray[np.integer] | Sequence[int], memoria: list[Matriz]) -> Matriz:
        """Como em `Celula`: lê um símbolo em cada fluxo, troca a memória e devolve os logits, (fluxos, vocabulário)."""
        x = self._um_de_cada.take(indices, axis=0)
        if not (fluxos := len(x)):
            return x
        with self._vez:
            if fluxos != self._fluxos:
                self._prepara(fluxos)
            poe, tira = self._interprete.set_tensor, self._interprete.get_tensor
            poe(self._x, x)
            for (entrada, _), h in zip(self._memorias, memoria, strict=True):
                poe(entrada, h)
            self._interprete.invoke()
            for i, (_, saida) in enumerate(self._memorias):
                memoria[i] = tira(saida)
            logits: Matriz = tira(self._logits)
        return logits

    def _prepara(self, fluxos: int) -> None:
        """Deixa o intérprete pronto para um lote deste tamanho, em vinte milionésimos de segundo."""
        self._interprete.resize_tensor_input(self._x, (fluxos, self.vocabulario))
        for (entrada, _), gru in zip(self._memorias, self.grus, strict=True):
            self._interprete.resize_tensor_input(entrada, (fluxos, gru.unidades))
        self._interprete.allocate_tensors()
        self._fluxos = fluxos


def com_litert(artefato: Artefato, modelo: Path, int8: bool = False) -> Artefato:
    """Devolve o artefato com a conta feita pelo `.tflite`.

    Args:
        artefato: o que se leu do modelo.
        modelo: o arquivo dele; o `.tflite` e o certificado estão ao lado.
        int8: o `.int8.tflite`.

    Raises:
        ErroDeModelo: não há exportado ou certificado, ou o exportado não é o deste modelo.
    """
    exportado = ao_lado(modelo, ".int8.tflite" if int8 else ".tflite")
    exporte = f"Exporte o modelo com: just exporta --formato {'int8' if int8 else 'litert'} --modelo {modelo}"
    try:
        conteudo = exportado.read_bytes()
        certificado = json.loads(certificado_de(exportado).read_bytes())
        pertence = (certificado["modelo"], certificado["sha256"]) == (
            artefato.resumo,
            hashlib.sha256(conteudo).hexdigest(),
        )
    except FileNotFoundError as erro:
        raise ErroDeModelo(f"o motor litert pede {erro.filename}, que não existe. {exporte}") from None
    except (OSError, ValueError, KeyError, TypeError) as erro:
        raise ErroDeModelo(
            f"não consegui ler {exportado} e o seu certificado ({type(erro).__name__}). {exporte}"
        ) from erro
    if not pertence:
        raise ErroDeModelo(
            f"{exportado} não saiu deste modelo ({artefato.resumo}), ou mudou depois de conferido. {exporte}"
        )
    return replace(artefato, celula=CelulaLiteRT(artefato.celula, conteudo))
