"""O passo da rede em ONNX, o formato que quase todo motor de redes lê, escrito nó por nó.

    simbolos (1, lote), int64  ─ one-hot ─ GRU ─ GRU ─ Dense ─  logits (1, lote, vocabulário)
    h1, h2…  (1, lote, unidades)                                h1_nova, h2_nova…

A GRU do ONNX é a do Keras com `linear_before_reset=1`: as mesmas contas, as portas na mesma ordem. O primeiro 1 é o
tempo, que ela quer ver: um símbolo por vez.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, ValueInfoProto, checker, helper, numpy_helper

from poema.geracao.celula import Celula, Matriz

OPSET, IR = 14, 8  # de 2021: qualquer motor de hoje os lê


def grafo(celula: Celula) -> ModelProto:
    """Devolve o modelo ONNX, já conferido pelo pacote onnx."""
    constantes = {"um_de_cada": np.eye(celula.vocabulario, dtype=np.float32), "w": celula.w, "b": celula.b}
    nos = [helper.make_node("Gather", ["um_de_cada", "simbolos"], ["x"])]
    x = "x"
    for i, gru in enumerate(celula.grus, 1):
        constantes |= {f"w{i}": gru.w.T[None], f"u{i}": gru.u.T[None], f"b{i}": np.concatenate([gru.b, gru.c])[None]}
        entradas = [x, f"w{i}", f"u{i}", f"b{i}", "", f"h{i}"]
        x = f"h{i}_nova"  # com um tempo só, o que a GRU diz é a sua memória
        nos.append(helper.make_node("GRU", entradas, ["", x], hidden_size=gru.unidades, linear_before_reset=1))
    nos.append(helper.make_node("MatMul", [x, "w"], ["sem_b"]))
    nos.append(helper.make_node("Add", ["sem_b", "b"], ["logits"]))

    def forma(nome: str, largura: int) -> ValueInfoProto:
        return helper.make_tensor_value_info(nome, TensorProto.FLOAT, (1, "lote", largura))

    memorias = list(enumerate(celula.grus, 1))
    simbolos = helper.make_tensor_value_info("simbolos", TensorProto.INT64, (1, "lote"))
    tudo = helper.make_graph(
        nos,
        "poema",
        [simbolos, *(forma(f"h{i}", gru.unidades) for i, gru in memorias)],
        [forma("logits", celula.vocabulario), *(forma(f"h{i}_nova", gru.unidades) for i, gru in memorias)],
        [numpy_helper.from_array(np.ascontiguousarray(valor), nome) for nome, valor in constantes.items()],
    )
    modelo = helper.make_model(tudo, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)
    checker.check_model(modelo, full_check=True)
    return modelo


class CelulaONNX(Celula):
    """A mesma rede, com o passo feito pelo ONNX Runtime: serve para conferir o que foi exportado."""

    def __init__(self, celula: Celula, exportado: Path):
        super().__init__(celula.grus, celula.w, celula.b)
        opcoes = onnxruntime.SessionOptions()
        opcoes.intra_op_num_threads = 1
        self._sessao = onnxruntime.InferenceSession(exportado, opcoes, providers=["CPUExecutionProvider"])

    def passo(self, indices: NDArray[np.integer] | Sequence[int], memoria: list[Matriz]) -> Matriz:
        """Como em `Celula`: lê um símbolo em cada fluxo, troca a memória e devolve os logits, (fluxos, vocabulário)."""
        das_memorias = {f"h{i}": h[None] for i, h in enumerate(memoria, 1)}
        entradas = {"simbolos": np.asarray(indices, np.int64)[None], **das_memorias}
        saidas: list[Matriz] = [saida[0] for saida in self._sessao.run(None, entradas)]
        logits, *memoria[:] = saidas
        return logits
