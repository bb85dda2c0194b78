"""Quem está lendo, e como falar com todos sem que um só atrapalhe os outros."""

import asyncio
from collections.abc import Sequence
from time import monotonic

from websockets.asyncio.server import ServerConnection, broadcast

from poema.servico.metricas import Metricas

FATIA = 100  # ligações de cada vez: nem 1 ms, e o laço de eventos volta a respirar
CHEIO = 64 * 1024  # bytes que uma ligação pode dever
PARADO = 6.0  # segundos devendo, quaisquer que sejam


class Leitores:
    """As ligações abertas: as simples recebem texto, as outras, eventos."""

    def __init__(self, metricas: Metricas):
        self.simples: set[ServerConnection] = set()
        self.de_eventos: set[ServerConnection] = set()
        self._metricas = metricas
        self._devem: dict[ServerConnection, float] = {}  # desde quando
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
        if not len(self):
            self._ha_alguem.clear()

    async def espera_alguem(self) -> None:
        """Volta quando há ao menos uma pessoa lendo."""
        await self._ha_alguem.wait()

    async def transmite(self, conexoes: Sequence[ServerConnection], mensagem: str) -> None:
        """Envia a mesma mensagem a muitas ligações, em fatias, e corta as que não a recebem.

        O `ping` da biblioteca espera o buffer esvaziar, e por isso nunca derruba quem parou com ele cheio: quem
        deve demais, ou há tempo demais, é cortado aqui.
        """
        for comeco in range(0, len(conexoes), FATIA):
            fatia = conexoes[comeco : comeco + FATIA]
            self._corta(fatia)
            broadcast(fatia, mensagem)
            self._metricas.quadros.inc(len(fatia))
            await asyncio.sleep(0)

    def corta_devedores(self) -> None:
        """Corta quem tem o buffer por esvaziar."""
        for conexao in [*self.simples, *self.de_eventos]:
            if conexao.transport.get_write_buffer_size():
                conexao.transport.abort()

    def _corta(self, conexoes: Sequence[ServerConnection]) -> None:
        agora = monotonic()
        for conexao in conexoes:
            devidos = conexao.transport.get_write_buffer_size()
            if not devidos:
                if conexao in self._devem:
                    del self._devem[conexao]
            elif conexao not in self.simples and conexao not in self.de_eventos:
                continue  # saiu depois que a lista foi feita
            elif devidos > CHEIO or agora - self._devem.setdefault(conexao, agora) > PARADO:
                conexao.transport.abort()
                self._metricas.cortados.inc()
