"""Um servidor inteiro, de verdade, dentro do teste: sockets do sistema, em uma porta livre."""

import asyncio
import json
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from prometheus_client.parser import text_string_to_metric_families
from websockets.asyncio.client import ClientConnection, connect

from poema.caminhos import PAGINA
from poema.geracao.artefato import Artefato
from poema.servico.leitores import Leitores
from poema.servico.metricas import Metricas
from poema.servico.oficina import Oficina
from poema.servico.palco import Palco
from poema.servico.respostas import pagina
from poema.servico.servidor import Servidor

ESPERA = 20.0  # segundos: um teste que passa disso está parado


@dataclass
class Casa:
    porta: int
    palco: Palco
    oficina: Oficina
    leitores: Leitores
    metricas: Metricas
    servidor: Servidor

    def liga(self, consulta: str = "", eventos: bool = True, **opcoes: Any) -> connect:
        """Uma ligação nova a `/ws/`: `async with casa.liga() as conexao`."""
        subprotocolos = ["poema.v1"] if eventos else None
        endereco = f"ws://127.0.0.1:{self.porta}/ws/{consulta}"
        return connect(endereco, subprotocols=subprotocolos, **({"proxy": None, "max_queue": None} | opcoes))


@asynccontextmanager
async def no_ar(
    artefato: Artefato, lotacao: int = 1000, graca: float = 0.02, escuta: socket.socket | None = None, **opcoes: Any
) -> AsyncIterator[Casa]:
    """O servidor no ar enquanto durar o bloco; depois, a despedida, como com SIGTERM."""
    metricas = Metricas()
    oficina, leitores = Oficina(artefato, metricas), Leitores(metricas)
    palco = Palco(oficina, leitores, metricas, **({"temperatura": 0.9, "ritmo": 4000, "semente": 1} | opcoes))
    servidor = Servidor(palco, oficina, leitores, metricas, pagina(PAGINA), lotacao)
    with escuta or socket.create_server(("127.0.0.1", 0)) as escuta, patch("poema.servico.palco.GRACA", graca):
        porta = int(escuta.getsockname()[1]) if escuta.family == socket.AF_INET else 0
        servindo = asyncio.create_task(servidor.serve(escuta))
        try:
            async with asyncio.timeout(ESPERA):
                await asyncio.sleep(0.05)
                yield Casa(porta, palco, oficina, leitores, metricas, servidor)
                signal.raise_signal(signal.SIGTERM)
                await servindo
        finally:
            servindo.cancel()


def apertada() -> socket.socket:
    """Um socket que escuta e em que cabe pouco: quem lê devagar logo faz o servidor esperar."""
    escuta = socket.socket()
    escuta.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)  # as ligações aceitas o herdam
    escuta.bind(("127.0.0.1", 0))
    escuta.listen()
    return escuta


async def proximo(conexao: ClientConnection, tipo: str, **campos: Any) -> dict[str, Any]:
    """O próximo evento deste tipo, com estes campos."""
    while True:
        evento: dict[str, Any] = json.loads(await conexao.recv())
        if evento["tipo"] == tipo and campos.items() <= evento.items():
            return evento


async def ate(condicao: Callable[[], object]) -> None:
    """Espera que a condição valha; se nunca vale, quem põe o limite é o bloco em volta."""
    while not condicao():
        await asyncio.sleep(0.01)


def medida(metricas: Metricas, nome: str) -> float:
    """Uma medida como o Prometheus a leria."""
    familias = text_string_to_metric_families(metricas.texto().decode())
    (valor,) = (amostra.value for familia in familias for amostra in familia.samples if amostra.name == nome)
    return valor
