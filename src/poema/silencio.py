"""Cala as bibliotecas que falam sozinhas, em inglês, no terminal de quem não perguntou."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from poema.erros import ErroPoema


@contextmanager
def silencio() -> Iterator[None]:
    """Cala o que se escreve direto no descritor 2, por baixo do Python.

    Se algo der errado, aparece; a não ser que o erro já se explique, ou que alguém tenha dito Ctrl+C.
    """
    sys.stderr.flush()
    original = os.dup(2)
    with tempfile.TemporaryFile() as calado:
        os.dup2(calado.fileno(), 2)
        try:
            yield
        except Exception as erro:
            if not isinstance(erro, ErroPoema):
                calado.seek(0)
                os.write(original, calado.read())
            raise
        finally:
            os.dup2(original, 2)
            os.close(original)
