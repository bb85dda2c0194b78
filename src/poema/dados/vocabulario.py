"""Caracteres <-> índices. O índice 0 é a fronteira, que abre e fecha cada poema."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from poema.erros import ErroPoema

FRONTEIRA = ""  # o símbolo da fronteira não se escreve: vira texto vazio


@dataclass(frozen=True)
class Vocabulario:
    """Os símbolos que a rede conhece, na ordem dos índices.

    Quando o primeiro símbolo é a `FRONTEIRA`, a rede sabe começar do nada e parar sozinha. Modelos de outros
    projetos podem não ter fronteira.
    """

    simbolos: tuple[str, ...]

    @classmethod
    def de_textos(cls, textos: Iterable[str]) -> Self:
        """Devolve a fronteira seguida dos caracteres distintos dos textos, em ordem."""
        caracteres: set[str] = set()
        for texto in textos:
            caracteres.update(texto)
        return cls((FRONTEIRA, *sorted(caracteres)))

    def __len__(self) -> int:
        return len(self.simbolos)

    @property
    def fronteira(self) -> int:
        """O índice da fronteira, ou -1 (que não é índice de nada) se este vocabulário não a tem."""
        return 0 if self.simbolos[:1] == (FRONTEIRA,) else -1

    @cached_property
    def _indices(self) -> dict[str, int]:
        return {simbolo: indice for indice, simbolo in enumerate(self.simbolos)}

    @cached_property
    def _tabela(self) -> NDArray[np.int32]:
        """Do código Unicode ao índice, -1 onde não há símbolo: codifica milhões de caracteres de uma vez."""
        codigos = [ord(simbolo) for simbolo in self.simbolos if simbolo]
        tabela = np.full(max(codigos, default=0) + 2, -1, np.int32)
        tabela[codigos] = [self._indices[chr(codigo)] for codigo in codigos]
        return tabela

    def codifica(self, texto: str) -> NDArray[np.int32]:
        """Devolve os índices do texto: (caracteres,).

        Raises:
            ErroPoema: há caracteres fora do vocabulário; a mensagem diz quais.
        """
        codigos = np.frombuffer(texto.encode("utf-32-le", "surrogatepass"), np.uint32)
        indices = self._tabela[np.minimum(codigos, len(self._tabela) - 1)]
        if (indices < 0).any():
            estranhos = sorted({c for c in texto if c not in self._indices})
            raise ErroPoema(
                f"o modelo não conhece {'estes caracteres' if len(estranhos) > 1 else 'este caractere'}: "
                f"{' '.join(map(repr, estranhos))}. Ele só escreve com: {self}"
            )
        return indices

    def decodifica(self, indices: Iterable[int]) -> str:
        """Devolve o texto dos índices; a fronteira não aparece."""
        return "".join([self.simbolos[i] for i in indices])

    def dobra(self, texto: str) -> str:
        """Devolve o texto com cada caractere desconhecido trocado por um parente conhecido, se houver.

        Tenta, nesta ordem: minúscula, sem acento, minúscula sem acento. O que não tem parente fica como está,
        para que `codifica` o aponte.
        """
        texto = unicodedata.normalize("NFC", texto).replace("\r\n", "\n")
        return "".join(next((d for d in _parentes(c) if d in self._indices), c) for c in texto)

    def __str__(self) -> str:
        return "".join(s if s.isprintable() else repr(s)[1:-1] for s in self.simbolos)


def _parentes(caractere: str) -> tuple[str, str, str, str]:
    base = unicodedata.normalize("NFD", caractere)[0]
    return caractere, caractere.lower(), base, base.lower()
