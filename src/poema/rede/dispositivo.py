"""Onde a rede treina: CPU ou GPU. É o único lugar que chama o TensorFlow pelo nome."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


def prepara() -> str:
    """Abre o backend do Keras e diz onde será o treino, por exemplo "CPU, 2 núcleos (tensorflow)".

    No TensorFlow, deixa a memória da GPU crescer conforme o uso; sem isso ele reserva a GPU inteira
    (https://www.tensorflow.org/guide/gpu). JAX e PyTorch controlam a memória a seu modo.
    """
    with _silencio():
        import keras

        motor = keras.backend.backend()
        gpus = {"tensorflow": _gpus_do_tensorflow, "jax": _gpus_do_jax, "torch": _gpus_do_torch}[motor]()
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


@contextmanager
def _silencio() -> Iterator[None]:
    """Cala o que o TensorFlow escreve direto no descritor 2 ao abrir, antes de ler TF_CPP_MIN_LOG_LEVEL.

    São oito linhas em inglês em toda máquina sem GPU. Se abrir der errado, elas aparecem.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    sys.stderr.flush()
    original = os.dup(2)
    with tempfile.TemporaryFile() as calado:
        os.dup2(calado.fileno(), 2)
        try:
            yield
        except BaseException:
            calado.seek(0)
            os.write(original, calado.read())
            raise
        finally:
            os.dup2(original, 2)
            os.close(original)
