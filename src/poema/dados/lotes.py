"""Lotes de inteiros para o treino, montados na hora: a memória guarda um byte por caractere, não one-hots.

As duas formas de ensinar, lado a lado:

- `LotesDePoemas`: cada lote são poemas inteiros, e cada posição é uma lição: depois de cada caractere, o próximo.
- `LotesDeJanelas`: a forma clássica: janelas de 60 caracteres, e só o caractere seguinte à janela é lição.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from poema.dados.vocabulario import Vocabulario
from poema.erros import ErroDeDados

IGNORA = -1  # alvo das posições que só completam o retângulo do lote

Inteiros = NDArray[np.int32]
Lote = tuple[Inteiros, Inteiros]


class Lotes(Protocol):
    """O que o treino espera: quantos lotes há numa época, e o conteúdo de cada um."""

    def __len__(self) -> int: ...

    def embaralha(self, epoca: int) -> None:
        """Prepara a ordem da época, que depende só da semente e do número dela."""

    def __getitem__(self, i: int) -> Lote:
        """Devolve (x, y), o lote `i` da época preparada."""


class LotesDePoemas:
    """Poemas inteiros, agrupados por tamanho e completados à direita.

    Cada poema vira fronteira + caracteres + fronteira. Um poema com mais de `maximo` símbolos é ensinado em
    pedaços que se emendam: só o primeiro abre com a fronteira, só o último termina nela.
    """

    def __init__(
        self,
        textos: Sequence[str],
        vocabulario: Vocabulario,
        tamanho: int,
        maximo: int,
        semente: int,
        multiplo: int = 1,
        por_epoca: int | None = None,
    ):
        """
        Args:
            textos: os poemas.
            vocabulario: com fronteira; todos os caracteres dos poemas estão nele.
            tamanho: poemas por lote.
            maximo: passos de tempo de um lote, no máximo.
            semente: da ordem dos lotes.
            multiplo: o tempo de cada lote é completado até um múltiplo deste número.
            por_epoca: quantos poemas cada época ensina; a seguinte continua de onde esta parou. `None`: todos.
        """
        # todos os poemas em fila, cada um entre duas fronteiras
        self._simbolos = np.zeros(sum(len(texto) + 2 for texto in textos), np.min_scalar_type(len(vocabulario)))
        # cada trecho é [início, início + passos], e os alvos são o mesmo trecho um símbolo adiante
        inicios, passos = [], []
        comeco = 0
        for texto in textos:
            self._simbolos[comeco + 1 : comeco + 1 + len(texto)] = vocabulario.codifica(texto)
            total = len(texto) + 1  # transições entre os len + 2 símbolos do poema
            for deslocamento in range(0, total, maximo):
                inicios.append(comeco + deslocamento)
                passos.append(min(maximo, total - deslocamento))
            comeco += len(texto) + 2
        self._inicios, self._passos = np.array(inicios), np.array(passos)
        self._tamanho, self._semente, self._multiplo = tamanho, semente, multiplo
        self._por_epoca = min(por_epoca or len(inicios), len(inicios))
        self.embaralha(0)

    def __len__(self) -> int:
        return -(-self._por_epoca // self._tamanho)

    def embaralha(self, epoca: int) -> None:
        """Sorteia os grupos e a ordem: vizinhos em tamanho ficam juntos, mas não sempre os mesmos vizinhos."""
        acaso = np.random.default_rng([self._semente, epoca])
        escolhidos = self._da_vez(epoca)
        quase = self._passos[escolhidos] * acaso.uniform(0.95, 1.05, len(escolhidos))
        ordem = escolhidos[np.argsort(quase, kind="stable")]
        grupos = [ordem[i : i + self._tamanho] for i in range(0, len(ordem), self._tamanho)]
        self._grupos = [grupos[i] for i in acaso.permutation(len(grupos))]

    def _da_vez(self, epoca: int) -> NDArray[np.intp]:
        """Os poemas desta época: o trecho dela em uma fila sem fim de passadas pelo texto, cada uma embaralhada."""
        total, comeco = len(self._inicios), epoca * self._por_epoca
        passadas = range(comeco // total, (comeco + self._por_epoca - 1) // total + 1)
        fila = np.concatenate(
            [np.random.default_rng([self._semente, 0, passada]).permutation(total) for passada in passadas]
        )
        return fila[comeco - passadas[0] * total :][: self._por_epoca]

    def __getitem__(self, i: int) -> Lote:
        """Devolve x e y, ambos (lote, tempo); y é `IGNORA` onde o poema já acabou."""
        grupo = self._grupos[i]
        passos = self._passos[grupo, None]
        tempo = np.arange(-(-passos.max() // self._multiplo) * self._multiplo)
        posicao = np.minimum(self._inicios[grupo, None] + tempo, len(self._simbolos) - 2)
        dentro = tempo < passos
        x = np.where(dentro, self._simbolos[posicao], 0)
        y = np.where(dentro, self._simbolos[posicao + 1].astype(np.int32), IGNORA)
        return x.astype(np.int32), y


class LotesDeJanelas:
    """Janelas de texto corrido a cada `passo` caracteres; o alvo é o caractere que segue a janela."""

    def __init__(
        self,
        textos: Sequence[str],
        vocabulario: Vocabulario,
        tamanho: int,
        janela: int,
        passo: int,
        semente: int,
    ):
        """
        Args:
            textos: os poemas, emendados com a fronteira entre eles.
            vocabulario: com fronteira.
            tamanho: janelas por lote.
            janela: caracteres por janela.
            passo: caracteres entre o começo de uma janela e o da seguinte.
            semente: da ordem das janelas.

        Raises:
            ErroDeDados: o texto é menor que uma janela.
        """
        total = sum(len(texto) + 1 for texto in textos) + 1
        self._simbolos = np.zeros(total, np.min_scalar_type(len(vocabulario)))
        comeco = 1
        for texto in textos:
            self._simbolos[comeco : comeco + len(texto)] = vocabulario.codifica(texto)
            comeco += len(texto) + 1
        self._inicios = np.arange(0, total - janela, passo, dtype=np.int32)
        if not len(self._inicios):
            raise ErroDeDados(
                f"a receita clássica precisa de mais de {janela} caracteres em cada parte do texto. "
                f"Recebido: {len(self._simbolos)}. Use a receita 'poema' ou um texto maior."
            )
        self._tamanho, self._janela, self._semente = tamanho, janela, semente
        self.embaralha(0)

    def __len__(self) -> int:
        return -(-len(self._inicios) // self._tamanho)

    def embaralha(self, epoca: int) -> None:
        """Sorteia a ordem das janelas."""
        self._ordem = np.random.default_rng([self._semente, epoca]).permutation(self._inicios)

    def __getitem__(self, i: int) -> Lote:
        """Devolve x (lote, janela) e y (lote,)."""
        inicios = self._ordem[i * self._tamanho : (i + 1) * self._tamanho, None]
        x = self._simbolos[inicios + np.arange(self._janela)]
        return x.astype(np.int32), self._simbolos[inicios[:, 0] + self._janela].astype(np.int32)
