"""O poeta: das primeiras palavras a um fluxo de texto. Não sabe de telas, nem de sockets, nem de JSON."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from poema.geracao.amostragem import Amostragem
from poema.geracao.artefato import Artefato
from poema.geracao.celula import Matriz
from poema.geracao.sorteio import uniformes

LIMITE = 600  # caracteres de um poema que não termina sozinho: o mesmo no terminal, no servidor e na página
_BLOCO = 256  # números sorteados de cada vez
SEPARADOR = "\n\n\n"  # entre um poema e outro, no texto sem fim


class Poeta:
    """Escreve com um artefato. Não guarda nada entre uma chamada e outra: pode ser usado por muitos."""

    def __init__(self, artefato: Artefato):
        self.artefato = artefato
        self._vocabulario, self._celula = artefato.vocabulario, artefato.celula

    def poema(self, amostragem: Amostragem, semente: int, inicio: str = "", limite: int = LIMITE) -> Iterator[str]:
        """Escreve um poema, um caractere por vez, até que a rede o termine ou chegue ao limite.

        Args:
            amostragem: como escolher cada caractere.
            semente: o acaso, de 0 a 2³² - 1.
            inicio: as primeiras palavras, de qualquer tamanho; não são repetidas na saída.
            limite: caracteres, no máximo.

        Raises:
            ErroPoema: há no início caracteres que o modelo não conhece.
        """
        fronteira = self._vocabulario.fronteira
        indices = self._indices([inicio], [semente], amostragem)
        for _, (indice,) in zip(range(limite), indices, strict=False):
            if indice == fronteira:
                return
            yield self._vocabulario.simbolos[indice]

    def poemas(
        self, amostragem: Amostragem, sementes: Sequence[int], inicios: Sequence[str], limite: int = LIMITE
    ) -> list[str]:
        """Escreve muitos poemas ao mesmo tempo, o que rende várias vezes mais por segundo.

        Args:
            amostragem: como escolher cada caractere.
            sementes: a de cada poema.
            inicios: as primeiras palavras de cada poema.
            limite: caracteres de cada poema, no máximo.

        Returns:
            Os poemas, sem as primeiras palavras, na ordem das sementes.

        Raises:
            ErroPoema: há em algum início caracteres que o modelo não conhece.
        """
        fronteira = self._vocabulario.fronteira
        escritos = []
        vivos = np.ones(len(sementes), bool)
        for _, indices in zip(range(limite), self._indices(inicios, sementes, amostragem), strict=False):
            vivos &= indices != fronteira
            if not vivos.any():
                break
            escritos.append(np.where(vivos, indices, -1))
        colunas = np.array(escritos, int).reshape(-1, len(sementes)).T
        return [self._vocabulario.decodifica(coluna[coluna >= 0]) for coluna in colunas]

    def sem_fim(self, amostragem: Amostragem, semente: int, inicio: str = "") -> Iterator[str]:
        """Escreve para sempre, um caractere por vez: quando um poema termina, começa outro, do nada."""
        simbolos, fronteira = self._vocabulario.simbolos, self._vocabulario.fronteira
        for (indice,) in self._indices([inicio], [semente], amostragem, recomeca=True):
            yield SEPARADOR if indice == fronteira else simbolos[indice]

    def fluxos(self, amostragem: Amostragem, sementes: Sequence[int]) -> Iterator[NDArray[np.intp]]:
        """Escreve sem fim em muitos fluxos: a cada passo, o índice escolhido em cada um, (fluxos,)."""
        return self._indices([""] * len(sementes), sementes, amostragem, recomeca=True)

    def _indices(
        self, inicios: Sequence[str], sementes: Sequence[int], amostragem: Amostragem, recomeca: bool = False
    ) -> Iterator[NDArray[np.intp]]:
        """Um vetor (fluxos,) de índices por passo, para sempre.

        Com `recomeca`, um fluxo que chega à fronteira perde a memória, como quando um poema começa no treino.
        """
        logits, memoria = self._le([self._vocabulario.codifica(inicio) for inicio in inicios])
        fronteira, usados = self._vocabulario.fronteira, 0
        while True:
            for acaso in uniformes(sementes, usados, _BLOCO).T:
                indices = amostragem.escolhe(logits, acaso)
                yield indices
                if recomeca and (acabou := indices == fronteira).any():
                    for h in memoria:
                        h[acabou] = 0
                logits = self._celula.passo(indices, memoria)
            usados += _BLOCO

    def _le(self, inicios: Sequence[NDArray[np.int32]]) -> tuple[Matriz, list[Matriz]]:
        """Lê os inícios, de tamanhos diferentes, e devolve os logits e a memória depois de cada um.

        Antes de cada início lê o índice 0: a fronteira ou, nos modelos que não a têm, o primeiro caractere em
        ordem, que costuma ser a quebra de linha.
        """
        textos = [np.insert(inicio, 0, 0) for inicio in inicios]
        memoria = self._celula.memoria(len(textos))
        logits = np.zeros((len(textos), self._celula.vocabulario), np.float32)
        for tempo in range(max(map(len, textos))):
            lendo = [fluxo for fluxo, texto in enumerate(textos) if tempo < len(texto)]
            parte = [h[lendo] for h in memoria]
            logits[lendo] = self._celula.passo([textos[fluxo][tempo] for fluxo in lendo], parte)
            for h, novo in zip(memoria, parte, strict=True):
                h[lendo] = novo
        return logits, memoria
