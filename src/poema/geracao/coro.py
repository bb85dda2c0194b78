"""O coro: muitos poemas no mesmo lote, cada um com a sua temperatura, entrando e saindo a qualquer momento.

Serve a quem atende muita gente. Um passo da rede para trinta poemas custa pouco mais que para um, e ninguém espera
o poema do outro acabar: é o que os servidores de modelos grandes chamam de *continuous batching* (Yu et al., "Orca",
OSDI 2022).
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from poema.geracao.amostragem import aquece, sorteia
from poema.geracao.artefato import Artefato
from poema.geracao.sorteio import uniformes

FRIO = 1e-30  # no lugar do zero, para não dividir por ele: qualquer diferença entre dois logits já apaga o menor


@dataclass(eq=False)
class Voz:
    """Um poema que está sendo escrito."""

    temperatura: float
    limite: int  # caracteres, no máximo
    a_ler: list[int]  # o que a rede ainda vai ler antes de escrever, do fim para o começo
    acaso: NDArray[np.float64]  # (limite,)
    escritos: int = 0
    pedaco: list[str] = field(default_factory=list)  # o que escreveu nesta passada
    acabou: bool = False  # a rede pôs o ponto final; senão, foi o limite

    @property
    def terminou(self) -> bool:
        return self.acabou or self.escritos >= self.limite


class Coro:
    """Escreve com um artefato. Um pedido aqui dá o mesmo poema que `Poeta.poema`."""

    def __init__(self, artefato: Artefato):
        self.artefato = artefato
        self._vocabulario, self._celula = artefato.vocabulario, artefato.celula
        self.vozes: list[Voz] = []
        self._memoria = self._celula.memoria(0)
        self._logits = np.zeros((0, self._celula.vocabulario), np.float32)

    def entra(self, temperatura: float, semente: int, inicio: str, limite: int) -> Voz:
        """Põe um poema no lote e devolve a voz dele.

        Args:
            temperatura: de 0 para cima.
            semente: o acaso, de 0 a 2³² - 1.
            inicio: as primeiras palavras; não são repetidas na saída.
            limite: caracteres, no máximo.

        Raises:
            ErroPoema: há no início caracteres que o modelo não conhece.
        """
        lidos = [0, *self._vocabulario.codifica(inicio).tolist()]
        voz = Voz(temperatura, limite, lidos[::-1], uniformes([semente], 0, limite)[0])
        self.vozes.append(voz)
        self._memoria = [np.pad(h, ((0, 1), (0, 0))) for h in self._memoria]
        self._logits = np.pad(self._logits, ((0, 1), (0, 0)))
        return voz

    def sai(self, voz: Voz) -> None:
        """Tira um poema do lote; se já não está, não faz nada."""
        if voz in self.vozes:
            self._deixa([outra is not voz for outra in self.vozes])

    def canta(self, passos: int) -> list[tuple[Voz, str]]:
        """Avança todos os poemas e devolve o que cada voz escreveu; as que terminaram saem do lote.

        Args:
            passos: símbolos, no máximo, que cada voz lê ou escreve.
        """
        cantaram = list(self.vozes)
        for _ in range(passos):
            if not self.vozes:
                break
            self._passo()
        pedacos = [(voz, "".join(voz.pedaco)) for voz in cantaram]
        for voz in cantaram:
            voz.pedaco.clear()
        return pedacos

    def _passo(self) -> None:
        temperaturas = np.array([max(voz.temperatura, FRIO) for voz in self.vozes])[:, None]
        # sem sorteio, vem o primeiro dos mais prováveis: o que a temperatura zero pede
        sorteiam = [voz.temperatura > 0 and not voz.a_ler for voz in self.vozes]
        acaso = np.array(
            [voz.acaso[voz.escritos] if sim else 0.0 for voz, sim in zip(self.vozes, sorteiam, strict=True)]
        )
        indices = sorteia(aquece(self._logits, temperaturas), acaso)
        for i, voz in enumerate(self.vozes):
            if voz.a_ler:
                indices[i] = voz.a_ler.pop()
            elif indices[i] == self._vocabulario.fronteira:
                voz.acabou = True
            else:
                voz.pedaco.append(self._vocabulario.simbolos[indices[i]])
                voz.escritos += 1
        seguem = [not voz.terminou for voz in self.vozes]
        if not all(seguem):
            self._deixa(seguem)
            indices = indices[seguem]
        self._logits = self._celula.passo(indices, self._memoria)

    def _deixa(self, quais: list[bool]) -> None:
        self.vozes = [voz for voz, fica in zip(self.vozes, quais, strict=True) if fica]
        self._memoria = [h[quais] for h in self._memoria]
        self._logits = self._logits[quais]
