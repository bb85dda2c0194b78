"""Onde a rede treina: CPU ou GPU. Só aqui e na conversão para LiteRT o TensorFlow é chamado pelo nome."""

import os

from poema.erros import ErroPoema
from poema.silencio import silencio


def prepara() -> str:
    """Abre o backend do Keras e diz onde será o treino, por exemplo "CPU, 2 núcleos (tensorflow)".

    No TensorFlow, deixa a memória da GPU crescer conforme o uso; sem isso ele reserva a GPU inteira
    (https://www.tensorflow.org/guide/gpu). JAX e PyTorch controlam a memória a seu modo.

    Raises:
        ErroPoema: a variável KERAS_BACKEND pede um motor que não treina, ou que não existe.
    """
    gpus_de = {"tensorflow": _gpus_do_tensorflow, "jax": _gpus_do_jax, "torch": _gpus_do_torch}
    pedido = os.environ.get("KERAS_BACKEND") or "tensorflow"
    if pedido not in gpus_de:
        raise ErroPoema(f"KERAS_BACKEND deve ser tensorflow, jax ou torch. Recebido: {pedido!r}.")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with silencio():  # ao abrir, antes de ler essa variável, o TensorFlow diz oito linhas em toda máquina sem GPU
        import keras

        motor = keras.backend.backend()
        gpus = gpus_de[motor]()
    onde = f"GPU {gpus[0]}" if gpus else f"CPU, {len(os.sched_getaffinity(0))} núcleos"
    return f"{onde} ({motor})"


def _gpus_do_tensorflow() -> list[str]:
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)
    return [tf.config.experimental.get_device_details(gpu).get("device_name", "GPU") for gpu in gpus]


def _gpus_do_jax() -> list[str]:
    import jax

    return [gpu.device_kind for gpu in jax.devices() if gpu.platform != "cpu"]


def _gpus_do_torch() -> list[str]:
    import torch

    return [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
