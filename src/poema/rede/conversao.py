"""Os pesos -> um `.tflite`: um passo da rede, que recebe a memória e a devolve."""

import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from poema.erros import ErroPoema
from poema.silencio import silencio


def para_litert(pesos: Sequence[NDArray[np.float32]], destino: Path, int8: bool) -> None:
    """Grava o passo `[x, h1, h2…] -> [logits, h1, h2…]`, com o lote de qualquer tamanho.

    A entrada x é o one-hot do símbolo, (lote, vocabulário). É uma linha só de operações comuns, sem as que pedem o
    TensorFlow inteiro (Flex), porque a GRU aqui é a célula, e não a camada.

    Args:
        pesos: na ordem do `get_weights` do Keras.
        destino: o arquivo, que deve acabar em `.tflite`.
        int8: guarda as matrizes em int8; as contas voltam a float32 a cada passo (dynamic range quantization,
            https://ai.google.dev/edge/litert/models/post_training_quantization).

    Raises:
        ErroPoema: o Keras está com outro motor por baixo, e só o TensorFlow sabe gravar este formato; ou não coube na
            pasta temporária, por onde o Keras passa antes.
    """
    if keras.backend.backend() != "tensorflow":
        raise ErroPoema("só o TensorFlow grava para o LiteRT. Rode sem KERAS_BACKEND, ou com KERAS_BACKEND=tensorflow.")
    with silencio():
        import tensorflow as tf
    with suppress(RuntimeError):  # não vê a GPU, a não ser que este processo já a tenha aberto
        tf.config.set_visible_devices([], "GPU")
    recorrentes = pesos[1:-2:3]  # (unidades, 3 x unidades) de cada GRU
    x = y = keras.Input((len(pesos[-1]),), name="x")
    memorias = [keras.Input((len(u),), name=f"h{i}") for i, u in enumerate(recorrentes, 1)]
    novas = []
    for h in memorias:
        y, _ = keras.layers.GRUCell(h.shape[1])(y, h)
        novas.append(y)
    passo = keras.Model([x, *memorias], [keras.layers.Dense(len(pesos[-1]))(y), *novas])
    passo.set_weights(pesos)
    opcoes = {"optimizations": [tf.lite.Optimize.DEFAULT]} if int8 else {}
    with silencio():
        try:
            passo.export(destino, format="litert", verbose=False, **opcoes)
        except tf.errors.OpError as erro:
            motivo = erro.message.rpartition(";")[2].strip()
            raise ErroPoema(
                f"o TensorFlow não conseguiu escrever em {tempfile.gettempdir()}: {motivo}. "
                "Libere espaço ali, ou diga outra pasta na variável TMPDIR."
            ) from None
