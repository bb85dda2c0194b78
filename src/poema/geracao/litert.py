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

from poema.caminhos import certificado_de
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
            self._entradas, self._saidas = self._portas()
            self._prepara(1)

    def _portas(self) -> tuple[list[int], list[int]]:
        """Onde o intérprete recebe x, h1, h2… e onde deixa os logits e as memórias novas."""
        assinatura = self._interprete.get_signature_runner()
        entradas, saidas = assinatura.get_input_details(), assinatura.get_output_details()
        memorias = range(1, 1 + len(self.grus))
        return (
            [entradas[nome]["index"] for nome in ("x", *(f"h{i}" for i in memorias))],
            [saidas[f"output_{i}"]["index"] for i in (0, *memorias)],
        )

    def passo(self, indices: NDArray[np.integer] | Sequence[int], memoria: list[Matriz]) -> Matriz:
        """Como em `Celula`: lê um símbolo em cada fluxo, troca a memória e devolve os logits, (fluxos, vocabulário)."""
        x = self._um_de_cada.take(indices, axis=0)
        if not (fluxos := len(x)):
            return x
        interprete, saidas = self._interprete, self._saidas
        with self._vez:
            if fluxos != self._fluxos:
                self._prepara(fluxos)
            for entrada, valor in zip(self._entradas, [x, *memoria], strict=True):
                interprete.set_tensor(entrada, valor)
            interprete.invoke()
            memoria[:] = [interprete.get_tensor(saida) for saida in saidas[1:]]
            logits: Matriz = interprete.get_tensor(saidas[0])
        return logits

    def _prepara(self, fluxos: int) -> None:
        """Deixa o intérprete pronto para um lote deste tamanho, em vinte milionésimos de segundo."""
        larguras = (self.vocabulario, *(gru.unidades for gru in self.grus))
        for entrada, largura in zip(self._entradas, larguras, strict=True):
            self._interprete.resize_tensor_input(entrada, (fluxos, largura))
        self._interprete.allocate_tensors()
        self._fluxos = fluxos


def com_litert(artefato: Artefato, exportado: Path) -> Artefato:
    """Devolve o artefato com a conta feita pelo `.tflite`.

    Args:
        artefato: o do `.keras`.
        exportado: o `.tflite`; o certificado dele está em `exportado` mais `.json`.

    Raises:
        ErroDeModelo: não há exportado ou certificado, ou o exportado não é o deste modelo.
    """
    exporte = f"Exporte o modelo com: just exporta --formato {'int8' if '.int8.' in exportado.name else 'litert'}"
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
