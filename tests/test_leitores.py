"""Falar com todos, em ligações de verdade: quem não lê não atrapalha quem lê."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from casa import ESPERA, ate, medida
from poema.servico import leitores as sala
from poema.servico.leitores import Leitores
from poema.servico.metricas import Metricas

FIM = "fim"
V1 = Subprotocol("poema.v1")


class Plateia:
    """Leitores, do lado do servidor, e as ligações do outro lado."""

    def __init__(self, porta: int, leitores: Leitores, metricas: Metricas):
        self.leitores, self.metricas = leitores, metricas
        self.conexoes: list[ServerConnection] = []  # na ordem em que chegaram
        self._porta = porta
        self._pessoas: list[ClientConnection] = []

    async def chega(self, eventos: bool = True, le: bool = True) -> ClientConnection:
        """Mais uma pessoa; sem `le`, o sistema dela quase não guarda o que não foi lido."""
        quantas = len(self.conexoes)
        fio = socket.socket()
        if not le:
            fio.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        fio.setblocking(False)
        await asyncio.get_running_loop().sock_connect(fio, ("127.0.0.1", self._porta))
        conexao = await connect(
            "ws://poema/",
            sock=fio,
            subprotocols=[V1] if eventos else None,
            compression=None,
            max_queue=None,
            ping_interval=None,
        )
        self._pessoas.append(conexao)
        if not le:
            conexao.transport.pause_reading()
        await ate(lambda: len(self.conexoes) > quantas)
        return conexao

    async def vao_embora(self) -> None:
        """Todas, sem se despedir."""
        for conexao in self._pessoas:
            conexao.transport.abort()
            await conexao.wait_closed()

    async def diz(self, mensagem: str) -> None:
        await self.leitores.transmite([*self.leitores.de_eventos, *self.leitores.simples], mensagem)

    async def endivida(self, conexao: ServerConnection) -> int:
        """Fala só com uma ligação, até que ela fique devendo; devolve quantas vezes."""
        ditas = 0
        while not conexao.transport.get_write_buffer_size():
            await self.leitores.transmite([conexao], "x" * 4096)
            ditas += 1
        return ditas


@asynccontextmanager
async def plateia() -> AsyncIterator[Plateia]:
    metricas = Metricas()
    leitores = Leitores(metricas)

    async def atende(conexao: ServerConnection) -> None:
        leitores.entra(conexao)
        todos.conexoes.append(conexao)
        try:
            await conexao.wait_closed()
        finally:
            leitores.sai(conexao)

    with socket.create_server(("127.0.0.1", 0)) as escuta:
        escuta.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        todos = Plateia(escuta.getsockname()[1], leitores, metricas)
        opcoes = {"compression": None, "ping_interval": None, "close_timeout": 0.2}
        async with (
            asyncio.timeout(ESPERA),
            serve(atende, sock=escuta, select_subprotocol=lambda _, quais: V1 if quais else None, **opcoes),
        ):
            try:
                yield todos
            finally:
                await todos.vao_embora()


async def recebidas(conexao: ClientConnection) -> list[str]:
    """O que chegou até a última mensagem."""
    lidas = []
    while (mensagem := await conexao.recv()) != FIM:
        lidas.append(str(mensagem))
    return lidas


async def fechamento(conexao: ClientConnection) -> int | None:
    """O código com que o servidor fechou, depois de tudo o que havia a ler; `None` se a ligação foi cortada."""
    conexao.transport.resume_reading()
    try:
        while True:
            await conexao.recv()
    except ConnectionClosed as fim:
        return fim.rcvd.code if fim.rcvd else None


@pytest.fixture
def relogio(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A hora, que só anda quando o teste manda."""
    agora = [1000.0]
    monkeypatch.setattr(sala, "monotonic", lambda: agora[0])
    return agora


def test_o_que_se_transmite_chega_a_todos_na_ordem_e_uma_vez_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sala, "FATIA", 2)

    async def cena() -> None:
        async with plateia() as todos:
            pessoas = [await todos.chega(eventos=numero % 2 == 0) for numero in range(7)]
            for mensagem in ("o gato", "não diz nada\n", FIM):
                await todos.diz(mensagem)
            for pessoa in pessoas:
                assert await recebidas(pessoa) == ["o gato", "não diz nada\n"]
            assert medida(todos.metricas, "poema_quadros_total") == 21
            assert medida(todos.metricas, "poema_cortados_total") == 0

    asyncio.run(cena())


def test_quem_pede_eventos_e_quem_so_quer_texto_sao_plateias_diferentes() -> None:
    async def cena() -> None:
        async with plateia() as todos:
            de_eventos, simples = await todos.chega(), await todos.chega(eventos=False)
            assert len(todos.leitores) == 2
            await todos.leitores.transmite(list(todos.leitores.de_eventos), "evento")
            await todos.leitores.transmite(list(todos.leitores.simples), "texto")
            await todos.diz(FIM)
            assert await recebidas(de_eventos) == ["evento"]
            assert await recebidas(simples) == ["texto"]

    asyncio.run(cena())


def test_entre_uma_fatia_e_outra_o_laco_de_eventos_atende_os_outros(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sala, "FATIA", 2)

    async def cena() -> None:
        async with plateia() as todos:
            for _ in range(7):
                await todos.chega()
            voltas = 0

            async def vive() -> None:
                nonlocal voltas
                while True:
                    await asyncio.sleep(0)
                    voltas += 1

            vida = asyncio.create_task(vive())
            await asyncio.sleep(0)
            antes = voltas
            await todos.diz("oi")
            assert voltas - antes >= 4  # sete em fatias de duas
            vida.cancel()

    asyncio.run(cena())


def test_quem_vai_embora_no_meio_do_envio_nao_tira_a_mensagem_de_ninguem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sala, "FATIA", 1)

    async def cena() -> None:
        async with plateia() as todos:
            pessoas = [await todos.chega() for _ in range(6)]
            envio = asyncio.create_task(todos.leitores.transmite(todos.conexoes, "oi"))
            await asyncio.sleep(0)
            todos.conexoes[3].transport.abort()
            await pessoas[5].close()
            await envio
            await todos.diz(FIM)
            for numero in (0, 1, 2, 4):
                assert await recebidas(pessoas[numero]) == ["oi"]
            await ate(lambda: len(todos.leitores) == 4)

    asyncio.run(cena())


def test_quem_deve_demais_e_cortado_na_hora_e_os_outros_recebem_tudo(
    relogio: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sala, "CHEIO", 20_000)

    async def cena() -> None:
        async with plateia() as todos:
            uma, parada, outra = await todos.chega(), await todos.chega(le=False), await todos.chega(eventos=False)
            contas = [asyncio.create_task(recebidas(pessoa)) for pessoa in (uma, outra)]
            ditas = []
            while parada_esta_na_sala(todos):
                ditas.append(f"{len(ditas)} " + "x" * 2000)
                await todos.diz(ditas[-1])
            for _ in range(3):
                ditas.append(f"{len(ditas)}")
                await todos.diz(ditas[-1])
            await todos.diz(FIM)
            assert await asyncio.gather(*contas) == [ditas, ditas]
            assert medida(todos.metricas, "poema_cortados_total") == 1
            assert len(todos.leitores) == 2
            assert await fechamento(parada) is None

    def parada_esta_na_sala(todos: Plateia) -> bool:
        return todos.conexoes[1] in todos.leitores.de_eventos

    asyncio.run(cena())


def test_quem_deve_pouco_por_pouco_tempo_fica(relogio: list[float]) -> None:
    async def cena() -> None:
        async with plateia() as todos:
            parada = await todos.chega(le=False)
            ditas = await todos.endivida(todos.conexoes[0])
            for _ in range(3):
                await todos.diz("oi")
                relogio[0] += sala.PARADO / 3
            await todos.diz(FIM)
            parada.transport.resume_reading()
            assert await recebidas(parada) == ["x" * 4096] * ditas + ["oi"] * 3
            assert medida(todos.metricas, "poema_cortados_total") == 0

    asyncio.run(cena())


def test_quem_deve_pouco_por_tempo_demais_e_cortado(relogio: list[float]) -> None:
    async def cena() -> None:
        async with plateia() as todos:
            outra, parada = await todos.chega(), await todos.chega(le=False)
            await todos.endivida(todos.conexoes[1])
            await todos.diz("oi")
            relogio[0] += sala.PARADO + 0.1
            await todos.diz("tchau")
            await todos.diz(FIM)
            assert await recebidas(outra) == ["oi", "tchau"]
            await ate(lambda: len(todos.leitores) == 1)
            assert medida(todos.metricas, "poema_cortados_total") == 1
            assert await fechamento(parada) is None

    asyncio.run(cena())


def test_quem_pagou_o_que_devia_recomeca_a_contar(relogio: list[float]) -> None:
    async def cena() -> None:
        async with plateia() as todos:
            lenta = await todos.chega(le=False)
            (conexao,) = todos.conexoes
            for _ in range(4):
                await todos.endivida(conexao)
                await todos.diz("oi")
                relogio[0] += sala.PARADO - 1
                lenta.transport.resume_reading()
                await ate(lambda: not conexao.transport.get_write_buffer_size())
                await todos.diz("oi")
                lenta.transport.pause_reading()
            assert medida(todos.metricas, "poema_cortados_total") == 0
            assert conexao in todos.leitores.de_eventos

    asyncio.run(cena())


def test_na_hora_de_fechar_so_quem_deve_e_cortado() -> None:
    async def cena() -> None:
        async with plateia() as todos:
            em_dia, parada, simples = (
                await todos.chega(),
                await todos.chega(le=False),
                await todos.chega(eventos=False),
            )
            parada_simples = await todos.chega(eventos=False, le=False)
            for numero in (1, 3):
                await todos.endivida(todos.conexoes[numero])
            todos.leitores.corta_devedores()
            await ate(lambda: len(todos.leitores) == 2)
            await todos.diz(FIM)
            for pessoa in (em_dia, simples):
                assert await recebidas(pessoa) == []
            for pessoa in (parada, parada_simples):
                assert await fechamento(pessoa) is None

    asyncio.run(cena())


def test_sem_ninguem_espera_se_por_alguem_e_com_alguem_nao() -> None:
    async def cena() -> None:
        async with plateia() as todos:
            espera = asyncio.create_task(todos.leitores.espera_alguem())
            await asyncio.sleep(0.02)
            assert not espera.done()
            uma = await todos.chega()
            await espera
            outra = await todos.chega(eventos=False)
            await uma.close()
            await ate(lambda: len(todos.leitores) == 1)
            await todos.leitores.espera_alguem()  # ainda há uma
            await outra.close()
            await ate(lambda: len(todos.leitores) == 0)
            espera = asyncio.create_task(todos.leitores.espera_alguem())
            await asyncio.sleep(0.02)
            assert not espera.done()
            await todos.chega()
            await espera

    asyncio.run(cena())


def test_sair_duas_vezes_e_o_mesmo_que_sair_uma() -> None:
    async def cena() -> None:
        async with plateia() as todos:
            await todos.chega()
            await todos.chega()
            todos.leitores.sai(todos.conexoes[0])
            todos.leitores.sai(todos.conexoes[0])
            assert len(todos.leitores) == 1

    asyncio.run(cena())
