"""O que a porta responde a quem não vem pelo WebSocket: HTTP escrito à mão, e o servidor inteiro no ar."""

import asyncio
import gzip
import os
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from email.parser import Parser
from pathlib import Path

import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.exceptions import InvalidStatus

from casa import PAGINA, Casa, apertada, ate, medida, no_ar, proximo
from poema.erros import ErroPoema
from poema.geracao.artefato import Artefato
from poema.geracao.coro import Coro, Voz
from poema.geracao.web import le_web
from poema.servico import entregas, palco, respostas, servidor
from poema.servico.respostas import pagina

WEBSOCKET = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    "Sec-WebSocket-Version": "13",
}


@dataclass
class Resposta:
    estado: int
    cabecalhos: Message
    corpo: bytes


@pytest.fixture(autouse=True)
def sem_adeus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servidor, "ADEUS", 0.0)


async def fala(casa: Casa, dados: bytes) -> bytes:
    """Manda estes bytes e devolve o que vier até que o servidor feche."""
    le, escreve = await asyncio.open_connection("127.0.0.1", casa.porta)
    try:
        escreve.write(dados)
        return await le.read()
    finally:
        escreve.close()


def separa(bruto: bytes) -> Resposta:
    topo, _, corpo = bruto.partition(b"\r\n\r\n")
    linha, _, cabecalhos = topo.decode("latin-1").partition("\r\n")
    protocolo, estado, _ = linha.split(" ", 2)
    assert protocolo == "HTTP/1.1"
    return Resposta(int(estado), Parser().parsestr(cabecalhos), corpo)


async def pede(
    casa: Casa,
    caminho: str = "/",
    cabecalhos: Mapping[str, str] | None = None,
    metodo: str = "GET",
    versao: str = "HTTP/1.1",
) -> Resposta:
    todos = {"Host": f"127.0.0.1:{casa.porta}"} | dict(cabecalhos or {})
    linhas = [f"{metodo} {caminho} {versao}", *(f"{nome}: {valor}" for nome, valor in todos.items()), "", ""]
    return separa(await fala(casa, "\r\n".join(linhas).encode()))


def test_a_pagina_vem_inteira_com_tipo_etiqueta_e_cuidados(artefato: Artefato) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa:
            pagina = await pede(casa)
        assert (pagina.estado, pagina.corpo) == (200, PAGINA.read_bytes())
        assert pagina.cabecalhos["Content-Type"] == "text/html; charset=utf-8"
        assert int(pagina.cabecalhos["Content-Length"]) == len(pagina.corpo)
        assert pagina.cabecalhos["Content-Encoding"] is None
        assert pagina.cabecalhos["Cache-Control"] == "no-cache"
        assert pagina.cabecalhos["Vary"] == "Accept-Encoding"
        assert pagina.cabecalhos["ETag"].strip('"')
        assert pagina.cabecalhos["X-Content-Type-Options"] == "nosniff"
        assert pagina.cabecalhos["Referrer-Policy"] == "no-referrer"
        assert pagina.cabecalhos["Content-Security-Policy"] == "frame-ancestors 'none'"
        assert pagina.cabecalhos["Server"] is None

    asyncio.run(cena())


def test_quem_ja_tem_a_pagina_nao_a_recebe_de_novo(artefato: Artefato) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa:
            etiqueta = (await pede(casa)).cabecalhos["ETag"]
            repetida = await pede(casa, cabecalhos={"If-None-Match": etiqueta})
            assert (repetida.estado, repetida.corpo) == (304, b"")
            assert repetida.cabecalhos["ETag"] == etiqueta
            assert (await pede(casa, cabecalhos={"If-None-Match": '"outra"'})).estado == 200

    asyncio.run(cena())


def test_a_etiqueta_muda_se_a_pagina_muda(artefato: Artefato, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def etiqueta() -> str:
        async with no_ar(artefato) as casa:
            return str((await pede(casa)).cabecalhos["ETag"])

    de_antes = asyncio.run(etiqueta())
    assert asyncio.run(etiqueta()) == de_antes
    outra = tmp_path / "index.html"
    outra.write_bytes(PAGINA.read_bytes() + b"\n")
    monkeypatch.setattr("casa.PAGINA", outra)
    assert asyncio.run(etiqueta()) != de_antes


def test_comprimida_a_pagina_e_a_mesma_e_bem_menor(artefato: Artefato) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa:
            pagina = await pede(casa, cabecalhos={"Accept-Encoding": "deflate, gzip, br"})
        assert pagina.estado == 200
        assert pagina.cabecalhos["Content-Encoding"] == "gzip"
        assert int(pagina.cabecalhos["Content-Length"]) == len(pagina.corpo)
        assert gzip.decompress(pagina.corpo) == PAGINA.read_bytes()
        assert len(pagina.corpo) < 0.5 * PAGINA.stat().st_size

    asyncio.run(cena())


def test_um_navegador_que_le_devagar_tambem_recebe_a_pagina_inteira(
    artefato: Artefato, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(servidor.OPCOES, "close_timeout", 0.05)

    async def cena() -> bytes:
        laco = asyncio.get_running_loop()
        async with no_ar(artefato) as casa:
            with socket.socket() as fio:
                fio.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
                fio.setblocking(False)
                await laco.sock_connect(fio, ("127.0.0.1", casa.porta))
                await laco.sock_sendall(fio, b"GET / HTTP/1.1\r\nAccept-Encoding: gzip\r\n\r\n")
                await asyncio.sleep(0.3)  # e o servidor já desistiu de esperar
                bruto = b""
                while lido := await laco.sock_recv(fio, 65536):
                    bruto += lido
                return bruto

    assert gzip.decompress(separa(asyncio.run(cena())).corpo) == PAGINA.read_bytes()


@pytest.mark.parametrize("caminho", ["/", "/modelo.poema", "/saude", "/nada"])
def test_head_diz_o_mesmo_que_get_sem_o_corpo(artefato: Artefato, caminho: str) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa:
            get, head = await pede(casa, caminho), await pede(casa, caminho, metodo="HEAD")
        assert head.corpo == b""
        assert (head.estado, head.cabecalhos.items()) == (get.estado, get.cabecalhos.items())

    asyncio.run(cena())


@pytest.mark.parametrize(
    "caminho", ["/nada", "/ws", "/WS/", "/ws/x", "/index.html", "/../etc/passwd", "/%2e%2e/", "*", "//"]
)
def test_o_que_nao_existe_e_404(artefato: Artefato, caminho: str) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa:
            resposta = await pede(casa, caminho)
        assert (resposta.estado, resposta.corpo.decode()) == (404, "não há nada aqui\n")
        assert resposta.cabecalhos["Content-Type"] == "text/plain; charset=utf-8"

    asyncio.run(cena())


def test_o_que_vem_depois_da_interrogacao_nao_muda_a_pagina(artefato: Artefato) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa:
            assert (await pede(casa, "/?de=fora&a[]=1")).corpo == PAGINA.read_bytes()

    asyncio.run(cena())


@pytest.mark.parametrize("metodo", ["POST", "PUT", "DELETE", "OPTIONS", "LIXO"])
def test_so_get_e_head(artefato: Artefato, metodo: str) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa:
            for caminho in ("/", "/modelo.poema", "/saude"):
                resposta = await pede(casa, caminho, metodo=metodo)
                assert resposta.estado == 405
                assert resposta.cabecalhos["Allow"] == "GET, HEAD"
            assert (await pede(casa, "/ws/", WEBSOCKET, metodo=metodo)).estado == 405

    asyncio.run(cena())


def test_um_cliente_antigo_tambem_recebe_a_pagina(artefato: Artefato) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa:
            assert (await pede(casa, versao="HTTP/1.0")).corpo == PAGINA.read_bytes()

    asyncio.run(cena())


# O modelo.


def test_o_modelo_servido_e_o_que_escreve_no_palco_com_a_temperatura_dele(artefato: Artefato, tmp_path: Path) -> None:
    async def cena() -> None:
        async with no_ar(artefato, temperatura=0.7) as casa:
            modelo = await pede(casa, "/modelo.poema")
        assert modelo.estado == 200
        assert modelo.cabecalhos["Content-Type"] == "application/octet-stream"
        assert int(modelo.cabecalhos["Content-Length"]) == len(modelo.corpo)
        assert modelo.cabecalhos["Cache-Control"] == "no-cache"
        assert modelo.cabecalhos["Vary"] == "Accept-Encoding"
        assert b'"temperatura":0.7' in modelo.corpo[:2000]
        (tmp_path / "modelo.poema").write_bytes(modelo.corpo)
        for peso, lido in zip(artefato.celula.pesos, le_web(tmp_path / "modelo.poema").celula.pesos, strict=True):
            assert np.array_equal(peso, lido)

    asyncio.run(cena())


def test_comprimido_o_modelo_e_o_mesmo_e_quem_ja_o_tem_nao_o_recebe_de_novo(artefato: Artefato) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa:
            inteiro = await pede(casa, "/modelo.poema")
            comprimido = await pede(casa, "/modelo.poema", {"Accept-Encoding": "gzip"})
            assert comprimido.cabecalhos["Content-Encoding"] == "gzip"
            assert gzip.decompress(comprimido.corpo) == inteiro.corpo
            repetido = await pede(casa, "/modelo.poema", {"If-None-Match": comprimido.cabecalhos["ETag"]})
            assert (repetido.estado, repetido.corpo) == (304, b"")

    asyncio.run(cena())


def test_trocado_o_modelo_o_servido_tambem_e_outro(artefato: Artefato, grande: Artefato) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa:
            antes = await pede(casa, "/modelo.poema")
            casa.oficina.troca(grande)
            depois = await pede(casa, "/modelo.poema", {"If-None-Match": antes.cabecalhos["ETag"]})
        assert depois.estado == 200
        assert len(depois.corpo) > 4 * len(antes.corpo)

    asyncio.run(cena())


def test_o_modelo_e_empacotado_uma_vez_quando_o_pedem_e_o_palco_nao_espera(
    artefato: Artefato, monkeypatch: pytest.MonkeyPatch
) -> None:
    vezes, pode = [], threading.Event()

    def demora(*argumentos: Artefato | float) -> respostas.Arquivo:
        vezes.append(argumentos)
        pode.wait()
        return respostas.Arquivo(b"o modelo", "application/octet-stream")

    monkeypatch.setattr(servidor, "modelo", demora)

    async def cena() -> None:
        async with no_ar(artefato) as casa, casa.liga() as leitora:
            await proximo(leitora, "fim")
            assert not vezes
            pedidos = [asyncio.create_task(pede(casa, "/modelo.poema")) for _ in range(5)]
            await ate(lambda: vezes)
            await proximo(leitora, "fim")
            pode.set()
            assert [pedido.corpo for pedido in await asyncio.gather(*pedidos)] == [b"o modelo"] * 5
            await pede(casa, "/modelo.poema")
            assert len(vezes) == 1

    asyncio.run(cena())


def test_se_empacotar_o_modelo_falha_quem_pede_nao_leva_a_culpa_e_o_proximo_o_recebe(
    artefato: Artefato, monkeypatch: pytest.MonkeyPatch
) -> None:
    falhas = [ValueError("sem memória")]

    def empacota(*_: Artefato | float) -> respostas.Arquivo:
        if falhas:
            raise falhas.pop()
        return respostas.Arquivo(b"o modelo", "application/octet-stream")

    monkeypatch.setattr(servidor, "modelo", empacota)

    async def cena() -> None:
        async with no_ar(artefato) as casa:
            assert (await pede(casa, "/modelo.poema")).estado == 500
            assert (await pede(casa, "/modelo.poema")).corpo == b"o modelo"

    asyncio.run(cena())


async def baixa(casa: Casa, por_segundo: float, pausa: float = 0.0) -> bytes:
    """Pede o modelo e o lê neste passo, em bytes por segundo, até que o servidor feche."""
    laco = asyncio.get_running_loop()
    with socket.socket() as fio:
        fio.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        fio.setblocking(False)
        await laco.sock_connect(fio, ("127.0.0.1", casa.porta))
        await laco.sock_sendall(fio, b"GET /modelo.poema HTTP/1.1\r\n\r\n")
        await asyncio.sleep(pausa)
        bruto, comeco = b"", laco.time()
        with suppress(ConnectionResetError):
            while lido := await laco.sock_recv(fio, 8192):
                bruto += lido
                await asyncio.sleep(comeco + len(bruto) / por_segundo - laco.time())
        return bruto


def test_quem_le_devagar_recebe_o_modelo_inteiro_e_ninguem_espera_por_ele(
    grande: Artefato, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cena() -> None:
        with apertada() as escuta:
            async with no_ar(grande, escuta=escuta, ritmo=20) as casa, casa.liga() as leitora:
                await proximo(leitora, "texto")
                monkeypatch.setattr(entregas, "PEDIDO", 0.5)
                lenta = asyncio.create_task(baixa(casa, 400_000))  # dois segundos
                maior, antes = 0.0, time.monotonic()
                while not lenta.done():
                    await proximo(leitora, "texto")
                    maior, antes = max(maior, time.monotonic() - antes), time.monotonic()
                assert maior < 1
                modelo = separa(await lenta)
        assert int(modelo.cabecalhos["Content-Length"]) == len(modelo.corpo)
        (tmp_path / "modelo.poema").write_bytes(modelo.corpo)
        le_web(tmp_path / "modelo.poema")  # o CRC confere

    asyncio.run(cena())


def test_quem_pede_o_modelo_e_nao_o_le_e_cortado(grande: Artefato, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entregas, "ENTREGA", 0.3)

    async def cena() -> None:
        with apertada() as escuta:
            async with no_ar(grande, escuta=escuta) as casa:
                cortado = separa(await baixa(casa, 1e9, pausa=1.0))
        assert len(cortado.corpo) < int(cortado.cabecalhos["Content-Length"])

    asyncio.run(cena())


def test_se_muitos_leem_devagar_os_que_passam_da_conta_nao_ganham_tempo(
    grande: Artefato, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entregas, "VAGAS", 2)

    async def cena() -> list[bool]:
        with apertada() as escuta:
            async with no_ar(grande, escuta=escuta) as casa:
                await pede(casa, "/modelo.poema")
                monkeypatch.setattr(entregas, "PEDIDO", 0.5)
                brutos = await asyncio.gather(*(baixa(casa, 1e9, pausa=1.0) for _ in range(5)))
                assert len((await pede(casa)).corpo) == PAGINA.stat().st_size  # e a conta recomeça
        return sorted(len(separa(bruto).corpo) == int(separa(bruto).cabecalhos["Content-Length"]) for bruto in brutos)

    assert asyncio.run(cena()) == [False] * 3 + [True] * 2


def test_a_saude_diz_se_a_rede_esta_escrevendo(artefato: Artefato, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(palco, "ESPERA", (0.05, 0.05))
    canta, quebrada = Coro.canta, [True]

    def talvez(coro: Coro, passos: int) -> list[tuple[Voz, str]]:
        if quebrada[0] and coro.vozes:
            raise FloatingPointError("a conta não fecha")
        return canta(coro, passos)

    monkeypatch.setattr(Coro, "canta", talvez)

    async def cena() -> None:
        async with no_ar(artefato) as casa:
            assert (await pede(casa, "/saude")).corpo == b"tudo bem\n"
            async with casa.liga() as conexao:
                while (resposta := await pede(casa, "/saude")).estado == 200:
                    await asyncio.sleep(0.01)
                assert (resposta.estado, resposta.corpo.decode()) == (503, "a rede não está escrevendo\n")
                quebrada[0] = False
                await proximo(conexao, "texto")
                while (resposta := await pede(casa, "/saude")).estado == 503:
                    await asyncio.sleep(0.01)
                assert (resposta.estado, resposta.corpo) == (200, b"tudo bem\n")

    asyncio.run(cena())


def test_a_saude_tambem_diz_se_so_o_palco_parou(artefato: Artefato, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(palco, "ESPERA", (0.05, 0.05))
    defeitos = [OSError("o disco sumiu")]

    def modelo_novo() -> None:
        if defeitos:
            raise defeitos[0]

    async def cena() -> None:
        async with no_ar(artefato, modelo_novo=modelo_novo) as casa, casa.liga() as conexao:
            while (await pede(casa, "/saude")).estado == 200:
                await asyncio.sleep(0.01)
            defeitos.clear()
            await proximo(conexao, "texto")
            while (await pede(casa, "/saude")).estado == 503:
                await asyncio.sleep(0.01)

    asyncio.run(cena())


def test_as_metricas_sao_lidas_pelo_prometheus(artefato: Artefato) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa, casa.liga() as uma, casa.liga(eventos=False) as outra:
            await proximo(uma, "texto")
            await outra.recv()
            resposta = await pede(casa, "/metricas")
        assert resposta.estado == 200
        assert resposta.cabecalhos["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        familias = text_string_to_metric_families(resposta.corpo.decode())
        medidas = {amostra.name: amostra.value for familia in familias for amostra in familia.samples}
        assert medidas["poema_leitores"] == 2
        assert medidas["poema_fila"] >= 0
        assert medidas["poema_tarefas"] > 4
        assert medidas["poema_caracteres_total"] > 0
        assert medidas["poema_quadros_total"] > 0
        assert medidas["poema_recusados_total"] == 0

    asyncio.run(cena())


@pytest.mark.parametrize(
    ("caminho", "cabecalho"), [("/", "If-None-Match"), ("/", "Accept-Encoding"), ("/ws/", "Origin"), ("/ws/", "Host")]
)
def test_um_cabecalho_repetido_e_um_pedido_ruim(artefato: Artefato, caminho: str, cabecalho: str) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa:
            outro = {} if cabecalho == "Origin" else {"Origin": "http://a"}
            linhas = [f"GET {caminho} HTTP/1.1", *[f"{cabecalho}: a"] * 2]
            linhas += [f"{nome}: {valor}" for nome, valor in (outro | WEBSOCKET).items()]
            resposta = separa(await fala(casa, "\r\n".join([*linhas, "", ""]).encode()))
        assert resposta.estado == 400
        assert f"o cabeçalho '{cabecalho}' veio mais de uma vez" in resposta.corpo.decode()

    asyncio.run(cena())


def test_o_websocket_pede_um_aperto_de_mao(artefato: Artefato) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa:
            resposta = await pede(casa, "/ws/")
            assert (resposta.estado, resposta.cabecalhos["Upgrade"]) == (426, "websocket")
            assert (await pede(casa, "/ws/", WEBSOCKET | {"Sec-WebSocket-Key": "curta"})).estado == 400
            assert (await pede(casa, "/ws/", WEBSOCKET | {"Sec-WebSocket-Version": "8"})).estado == 400
            assert len(casa.leitores) == 0

    asyncio.run(cena())


def test_uma_pagina_de_outro_endereco_nao_entra(artefato: Artefato) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa:
            for origem in (
                "http://exemplo.org",
                "https://127.0.0.1",
                f"http://127.0.0.1:{casa.porta + 1}",
                f"http://127.0.0.1:{casa.porta}.exemplo.org",
                f"http://127.0.0.1:{casa.porta}@exemplo.org",
                f"http://exemplo.org/127.0.0.1:{casa.porta}",
                "null",
                "",
                "file://",
            ):
                resposta = await pede(casa, "/ws/", WEBSOCKET | {"Origin": origem})
                assert (origem, resposta.estado) == (origem, 403)
            assert len(casa.leitores) == 0

    asyncio.run(cena())


@pytest.mark.parametrize("origem", ["http://[", "http://[::1", "http://[x]", "//]"])
def test_uma_origem_que_nao_e_um_endereco_tambem_nao_entra(artefato: Artefato, origem: str) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa:
            assert (await pede(casa, "/ws/", WEBSOCKET | {"Origin": origem})).estado == 403

    asyncio.run(cena())


@pytest.mark.parametrize("caminho", ["//[", "http://[", "http://[::1/", "//[x]/ws/"])
def test_um_caminho_que_nao_e_um_endereco_e_culpa_de_quem_pede(artefato: Artefato, caminho: str) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa:
            assert 400 <= (await pede(casa, caminho)).estado < 500

    asyncio.run(cena())


def test_a_propria_pagina_entra_e_um_programa_tambem(artefato: Artefato) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa:
            for esquema in ("http", "https"):  # atrás do nginx, o TLS é dele
                async with casa.liga(origin=f"{esquema}://127.0.0.1:{casa.porta}") as conexao:
                    await proximo(conexao, "ola")
            async with casa.liga() as conexao:
                await proximo(conexao, "ola")

    asyncio.run(cena())


def test_com_a_casa_cheia_quem_chega_sabe_quando_voltar(artefato: Artefato) -> None:
    async def cena() -> None:
        async with no_ar(artefato, lotacao=2) as casa, casa.liga() as uma:
            async with casa.liga(eventos=False) as outra:
                await proximo(uma, "texto")
                await outra.recv()
                with pytest.raises(InvalidStatus) as recusa:
                    await casa.liga()
                assert recusa.value.response.status_code == 503
                assert int(recusa.value.response.headers["Retry-After"]) > 0
                assert recusa.value.response.body == b"casa cheia\n"
                assert medida(casa.metricas, "poema_recusados_total") == 1
                assert (await pede(casa)).estado == 200
            await ate(lambda: len(casa.leitores) == 1)
            async with casa.liga() as nova:
                await proximo(nova, "ola")

    asyncio.run(cena())


def test_quem_ainda_espera_para_retomar_tambem_ocupa_lugar(artefato: Artefato) -> None:
    async def cena() -> None:
        async with no_ar(artefato, lotacao=2, graca=2) as casa, casa.liga(), casa.liga():
            assert not len(casa.leitores)  # voltam todos de um reinício, e o palco ainda não abriu
            with pytest.raises(InvalidStatus, match="503"):
                await casa.liga()

    asyncio.run(cena())


@pytest.mark.parametrize(
    "dados",
    [
        b"\x00\xff\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200) + b"\r\n",
        b"oi\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/2.0\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nsem dois pontos\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_lixo_fecha_a_ligacao_em_silencio(artefato: Artefato, dados: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa:
            assert await fala(casa, dados) == b""
            assert (await pede(casa, "/saude")).estado == 200

    caplog.set_level("INFO")
    asyncio.run(cena())
    assert [registro.message for registro in caplog.records] == ["até logo: aviso 0 e termino"]


def test_quem_nao_acaba_de_pedir_e_dispensado_em_silencio(
    artefato: Artefato, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(entregas, "PEDIDO", 0.1)

    async def cena() -> None:
        async with no_ar(artefato) as casa:
            antes = asyncio.all_tasks()
            pedidos = (b"", b"GET", b"GET / HTTP/1.1\r\nHost: x\r\n", os.urandom(16).replace(b"\n", b""))
            respostas = await asyncio.gather(*(fala(casa, dados) for dados in pedidos), return_exceptions=True)
            for resposta in respostas:
                assert resposta == b"" or isinstance(resposta, ConnectionResetError)
            await ate(lambda: asyncio.all_tasks() <= antes)
            assert (await pede(casa, "/saude")).estado == 200

    caplog.set_level("INFO")
    asyncio.run(cena())
    assert [registro.message for registro in caplog.records] == ["até logo: aviso 0 e termino"]


def test_quem_desiste_antes_de_pedir_nao_deixa_nada_para_tras(
    artefato: Artefato, caplog: pytest.LogCaptureFixture
) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa:
            antes = asyncio.all_tasks()
            for dados in (b"", b"GET / HT", b"GET / HTTP/1.1\r\n\r\n"):
                _, escreve = await asyncio.open_connection("127.0.0.1", casa.porta)
                escreve.write(dados)
                escreve.transport.abort()
            await asyncio.sleep(0.05)
            await ate(lambda: asyncio.all_tasks() <= antes)

    caplog.set_level("INFO")
    asyncio.run(cena())
    assert [registro.message for registro in caplog.records] == ["até logo: aviso 0 e termino"]


@pytest.mark.parametrize(
    ("dados", "estado"),
    [
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * 9000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + b"A: a\r\n" * 200 + b"\r\n", 431),
    ],
)
def test_o_que_e_grande_demais_e_recusado(artefato: Artefato, dados: bytes, estado: int) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa:
            assert separa(await fala(casa, dados)).estado == estado

    asyncio.run(cena())


def test_sem_o_arquivo_da_pagina_o_erro_diz_qual_e(tmp_path: Path) -> None:
    with pytest.raises(ErroPoema, match=r"não consegui ler a página .*sumiu\.html: No such file or directory"):
        pagina(tmp_path / "sumiu.html")
    with pytest.raises(ErroPoema, match="Is a directory"):
        pagina(tmp_path)
