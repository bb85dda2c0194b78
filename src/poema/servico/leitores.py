"""Quem está lendo, e como falar com todos sem que um só atrapalhe os outros."""

import asyncio
import gc
from collections.abc import Sequence
from time import monotonic

from websockets.asyncio.server import ServerConnection
from websockets.frames import Frame, Opcode
from websockets.protocol import State

from poema.servico.metricas import Metricas

FATIA = 100  # ligações de cada vez: nem 1 ms, e o laço de eventos volta a respirar
CHEIO = 64 * 1024  # bytes que uma ligação pode dever
PARADO = 6.0  # segundos devendo, quaisquer que sejam
RESTOS = 500  # ligações encerradas, ao menos, para que valha a pena recolher o que deixaram na memória


class Leitores:
    """As ligações abertas: as simples recebem texto, as outras, eventos."""

    def __init__(self, metricas: Metricas):
        self.simples: set[ServerConnection] = set()
        self.de_eventos: set[ServerConnection] = set()
        self._metricas = metricas
        self._devem: dict[ServerConnection, float] = {}  # desde quando
        self._encerradas = 0
        self._ha_alguem = asyncio.Event()

    def __len__(self) -> int:
        return len(self.simples) + len(self.de_eventos)

    def entra(self, conexao: ServerConnection) -> None:
        """Daqui em diante, a ligação recebe o que for transmitido."""
        (self.de_eventos if conexao.subprotocol else self.simples).add(conexao)
        self._ha_alguem.set()

    def sai(self, conexao: ServerConnection) -> None:
        """A ligação acabou."""
        self.simples.discard(conexao)
        self.de_eventos.discard(conexao)
        self._devem.pop(conexao, None)
        self._encerradas += 1
        if not len(self):
            self._ha_alguem.clear()
            self.recolhe()

    async def espera_alguem(self) -> None:
        """Volta quando há ao menos uma pessoa lendo."""
        await self._ha_alguem.wait()

    async def transmite(self, conexoes: Sequence[ServerConnection], mensagem: str) -> None:
        """Envia a mesma mensagem a muitas ligações, em fatias, e corta as que não a recebem.

        O quadro é feito uma vez só, e não uma por ligação: é o que mais custava.
        """
        agora = monotonic()
        quadro = Frame(Opcode.TEXT, mensagem.encode()).serialize(mask=False)
        for comeco in range(0, len(conexoes), FATIA):
            for conexao in conexoes[comeco : comeco + FATIA]:
                if conexao.protocol.state is State.OPEN and not self._corta(conexao, agora):
                    conexao.transport.write(quadro)
            self._metricas.quadros.inc(len(conexoes[comeco : comeco + FATIA]))
            await asyncio.sleep(0)

    def recolhe(self) -> None:
        """Recolhe o que as ligações encerradas deixaram, se forem muitas.

        Com dez mil ligações, uma coleta de lixo completa para tudo por 0,4 s, e o Python a faz quando quer. Aqui ela
        é feita quando menos se nota: entre dois poemas, ou sem ninguém lendo.
        """
        if self._encerradas > max(RESTOS, len(self) // 4):
            self._encerradas = 0
            gc.collect()

    def corta_parados(self) -> None:
        """Corta quem deve demais, ou há tempo demais, ainda que nada esteja sendo transmitido."""
        agora = monotonic()
        for conexao in [*self.simples, *self.de_eventos]:
            self._corta(conexao, agora)

    def corta_devedores(self) -> None:
        """Corta quem deve qualquer coisa."""
        for conexao in [*self.simples, *self.de_eventos]:
            if conexao.transport.get_write_buffer_size():
                conexao.transport.abort()

    def _corta(self, conexao: ServerConnection, agora: float) -> bool:
        """Corta a ligação que não recebe o que se lhe envia, e devolve se a cortou.

        O `ping` da biblioteca espera o buffer esvaziar, e por isso nunca derruba quem parou com ele cheio.
        """
        devidos = conexao.transport.get_write_buffer_size()
        if not devidos:
            if self._devem:
                self._devem.pop(conexao, None)
            return False
        if conexao not in self.simples and conexao not in self.de_eventos:
            return False  # saiu depois que a lista foi feita
        if devidos <= CHEIO and agora - self._devem.setdefault(conexao, agora) <= PARADO:
            return False
        conexao.transport.abort()
        self._metricas.cortados.inc()
        return True
