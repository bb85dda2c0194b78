"""A oficina: onde se escrevem os poemas, todos em um lote só, fora do laço de eventos."""

import asyncio
import logging
from dataclasses import dataclass, field
from time import monotonic

from poema.geracao.artefato import Artefato
from poema.geracao.coro import Coro, Voz
from poema.servico.metricas import Metricas

PASSOS = 16  # símbolos por passada: com 64 poemas são uns 4 ms, e é o que o palco pode ter de esperar
INTERVALO = 0.01  # segundos de uma passada a outra: quem chega nesse meio-tempo divide a conta com quem já estava

registro = logging.getLogger("poema")


class FalhaAoEscrever(Exception):
    """A rede falhou no meio de um poema. Já foi registrada."""


@dataclass(eq=False)
class Obra:
    """Um poema encomendado. Percorra-a com `async for`: cada volta dá um pedaço do texto."""

    coro: Coro  # o do modelo de quando foi encomendada
    temperatura: float
    semente: int
    inicio: str
    limite: int
    motivo: str = ""  # ao fim: "fim" (a rede pôs o ponto final), "limite" ou "parado"
    voz: Voz | None = None
    pedacos: "asyncio.Queue[str | Exception | None]" = field(default_factory=asyncio.Queue)

    def __aiter__(self) -> "Obra":
        return self

    async def __anext__(self) -> str:
        pedaco = await self.pedacos.get()
        if isinstance(pedaco, Exception):
            raise pedaco
        if pedaco is None:
            raise StopAsyncIteration
        return pedaco


class Oficina:
    """Recebe encomendas e as escreve. `trabalha` deve rodar em uma tarefa."""

    def __init__(self, artefato: Artefato, metricas: Metricas):
        self._metricas = metricas
        self._coros = [Coro(artefato)]  # o último é o do modelo de agora; os outros acabam o que começaram
        self._obras: dict[Voz, Obra] = {}
        self._chegam: list[Obra] = []
        self._saem: list[Obra] = []
        self._ha_trabalho = asyncio.Event()
        self._segundos_por_passo = 0.0
        self.falhou = False
        # Cada send() solta o GIL e precisa pegá-lo de volta: com a oficina trabalhando, mil envios seriam mil disputas.
        # Quem transmite para muitos pega a vez antes, e espera no máximo uma passada.
        self.vez = asyncio.Lock()

    @property
    def artefato(self) -> Artefato:
        """O modelo que escreve as encomendas novas."""
        return self._coros[-1].artefato

    @property
    def fila(self) -> int:
        """Quantos poemas estão sendo escritos ou vão ser."""
        return len(self._obras) + len(self._chegam)

    def troca(self, artefato: Artefato) -> None:
        """Passa a escrever com outro modelo; o que já foi encomendado acaba com o antigo."""
        self._coros.append(Coro(artefato))

    def encomenda(self, temperatura: float, semente: int, inicio: str, limite: int) -> Obra:
        """Devolve uma obra que começa a ser escrita já.

        Raises:
            ErroPoema: há no início caracteres que o modelo não conhece.
        """
        self.artefato.vocabulario.codifica(inicio)  # falha aqui, e não na thread
        obra = Obra(self._coros[-1], temperatura, semente, inicio, limite)
        self._chegam.append(obra)
        self._ha_trabalho.set()
        return obra

    def larga(self, obra: Obra) -> None:
        """Interrompe uma obra que ninguém mais quer; se já acabou, não faz nada."""
        if not obra.motivo:
            obra.motivo = "parado"
            obra.pedacos.put_nowait(None)
            self._saem.append(obra)  # sai do lote entre duas passadas
            self._ha_trabalho.set()

    def espera(self) -> float:
        """Devolve em quantos segundos, mais ou menos, alguma das obras de agora terá acabado."""
        faltam = min((voz.limite - voz.escritos for voz in self._obras), default=0)
        return max(0.5, round(faltam * max(self._segundos_por_passo, INTERVALO / PASSOS), 1))

    async def trabalha(self) -> None:
        """Escreve o que for encomendado, para sempre. Um erro de uma passada vai para as obras dela."""
        while True:
            await self._ha_trabalho.wait()
            try:
                self._recebe()
                if not self._obras:
                    self._ha_trabalho.clear()
                    continue
                async with self.vez:
                    pedacos = await asyncio.to_thread(self._passada)
            except Exception as erro:
                self._desiste(erro)
                continue
            if self.falhou:
                registro.info("a rede voltou a escrever")
                self.falhou = False
            for voz, pedaco in pedacos:
                self._entrega(voz, pedaco)
            await asyncio.sleep(INTERVALO - PASSOS * self._segundos_por_passo)

    def _recebe(self) -> None:
        """Entre duas passadas, que é quando o lote pode mudar."""
        for obra in self._saem:
            if obra in self._chegam:
                self._chegam.remove(obra)
            elif obra.voz and self._obras.pop(obra.voz, None):
                obra.coro.sai(obra.voz)
        self._saem.clear()
        while self._chegam:
            obra = self._chegam[0]
            obra.voz = obra.coro.entra(obra.temperatura, obra.semente, obra.inicio, obra.limite)
            self._obras[obra.voz] = self._chegam.pop(0)
        self._coros = [coro for coro in self._coros[:-1] if coro.vozes] + self._coros[-1:]

    def _passada(self) -> list[tuple[Voz, str]]:
        comeco = monotonic()
        pedacos = [par for coro in self._coros for par in coro.canta(PASSOS)]
        self._segundos_por_passo = (monotonic() - comeco) / PASSOS
        return pedacos

    def _entrega(self, voz: Voz, pedaco: str) -> None:
        obra = self._obras[voz]
        if pedaco and not obra.motivo:
            obra.pedacos.put_nowait(pedaco)
            self._metricas.caracteres.inc(len(pedaco))
        if voz.terminou:
            del self._obras[voz]
            self._metricas.poemas.inc()
            if not obra.motivo:
                obra.motivo = "fim" if voz.acabou else "limite"
                obra.pedacos.put_nowait(None)

    def _desiste(self, erro: Exception) -> None:
        self._metricas.falhas.inc()
        if not self.falhou:
            registro.exception("a rede falhou; recomeço, e só volto a falar disto quando passar")
        self.falhou = True
        for obra in [*self._obras.values(), *self._chegam]:
            obra.motivo = "falha"
            obra.pedacos.put_nowait(FalhaAoEscrever(str(erro)))
        self._obras.clear()
        self._chegam.clear()
        self._saem.clear()
        self._coros = [Coro(self.artefato)]
