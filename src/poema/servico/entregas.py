"""As respostas HTTP que demoram: uma linha lenta também recebe o modelo inteiro.

O `open_timeout` da biblioteca é um só, do pedido ao fim da resposta; esgotado o `close_timeout`, ela joga fora o que o
kernel ainda não aceitou. Com esses prazos, um telefone a 50 KB por segundo nunca teria o modelo.
"""

import asyncio
from typing import Any, cast

from websockets.asyncio.server import ServerConnection

PEDIDO = 5.0  # segundos para dizer o que se quer e receber a resposta
ENTREGA = 60.0  # e para recebê-la por uma linha lenta: 640 KB, a 11 por segundo
VAGAS = 32  # quantas assim de cada vez: cada uma segura um descritor, e na memória o que ainda não foi


class Ligacao(ServerConnection):
    """Uma ligação cujo prazo se estende."""

    async def handshake(self, *argumentos: Any, **opcoes: Any) -> None:
        async with asyncio.timeout(PEDIDO) as self.prazo:
            await super().handshake(*argumentos, **opcoes)


class Entregas:
    """As que ainda não chegaram inteiras."""

    def __init__(self) -> None:
        self._ligacoes: set[ServerConnection] = set()

    def comeca(self, conexao: ServerConnection) -> None:
        """Dá tempo à resposta desta ligação, se há vaga.

        Com o limite do buffer em zero, a biblioteca espera que o kernel aceite tudo antes de fechar; daí em diante quem
        entrega é ele, mesmo com o socket já fechado.
        """
        self._ligacoes = {outra for outra in self._ligacoes if outra.transport.get_write_buffer_size()}
        if len(self._ligacoes) < VAGAS:
            self._ligacoes.add(conexao)
            conexao.transport.set_write_buffer_limits(0)
            cast(Ligacao, conexao).prazo.reschedule(asyncio.get_running_loop().time() + ENTREGA)

    def corta(self) -> None:
        """Desiste das que faltam."""
        for conexao in self._ligacoes:
            conexao.transport.abort()
