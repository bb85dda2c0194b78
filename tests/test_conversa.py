"""O que se pede pela ligação e o que volta por ela, com o servidor inteiro no ar."""

import asyncio
import json
import logging
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from casa import ate, medida, no_ar, proximo
from poema.geracao.amostragem import Amostragem
from poema.geracao.artefato import Artefato
from poema.geracao.coro import Coro, Voz
from poema.geracao.poeta import Poeta
from poema.servico import palco, servidor, vagas
from poema.servico.conversa import endereco

FRIA = 0.0  # nesta temperatura, a rede de mentira só para no limite


@pytest.fixture(autouse=True)
def sem_adeus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servidor, "ADEUS", 0.0)


def poema(artefato: Artefato, temperatura: float, semente: int, inicio: str = "") -> str:
    return "".join(Poeta(artefato).poema(Amostragem(temperatura=temperatura), semente, inicio, limite=600))


async def pede(conexao: ClientConnection, pedido: str | None = "a1", **campos: Any) -> None:
    await conexao.send(json.dumps({"tipo": "poema", "pedido": pedido} | campos))


async def meu(conexao: ClientConnection, pedido: str | None = "a1") -> dict[str, Any]:
    """O próximo evento deste pedido; os do palco não têm o campo."""
    while True:
        evento: dict[str, Any] = json.loads(await conexao.recv())
        if "pedido" in evento and evento["pedido"] == pedido:
            return evento


async def le(conexao: ClientConnection, pedido: str | None = "a1") -> tuple[str, dict[str, Any]]:
    """O resto do poema, pedaço por pedaço, e o evento que o encerra."""
    texto = ""
    while (evento := await meu(conexao, pedido))["tipo"] == "texto":
        assert evento["deslocamento"] == len(texto)
        assert evento["texto"]
        texto += evento["texto"]
    return texto, evento


async def fechamento(conexao: ClientConnection) -> int | None:
    """O código com que o servidor fechou."""
    try:
        while True:
            await conexao.recv()
    except ConnectionClosed as fim:
        return fim.rcvd.code if fim.rcvd else None


def de(ip: str) -> dict[str, Any]:
    """Como o nginx, na mesma máquina, diz em nome de quem fala."""
    return {"additional_headers": {"X-Real-IP": ip}}


def test_o_poema_proprio_e_o_do_poeta_e_os_deslocamentos_contam_caracteres(artefato: Artefato) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa, casa.liga() as conexao:
            for semente in (7, 16, 27):  # a última é um poema vazio
                await pede(conexao, temperatura=0.9, semente=semente)
                assert (await meu(conexao))["tipo"] == "aceito"
                texto, fim = await le(conexao)
                assert texto == poema(artefato, 0.9, semente)
                assert fim == {"tipo": "fim", "pedido": "a1", "deslocamento": len(texto), "motivo": "fim"}

    asyncio.run(cena())


def test_o_aceito_diz_como_o_modelo_le_o_inicio_e_o_texto_nao_o_repete(artefato: Artefato) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa, casa.liga() as conexao:
            await pede(conexao, inicio="A LÚA\r\nÇ e\u0302", temperatura=0.5, semente=3)
            assert await meu(conexao) == {
                "tipo": "aceito",
                "pedido": "a1",
                "modelo": artefato.resumo,
                "inicio": "a lua\nç ê",
                "temperatura": 0.5,
                "semente": 3,
            }
            texto, fim = await le(conexao)
            assert texto == poema(artefato, 0.5, 3, "a lua\nç ê")
            assert fim["deslocamento"] == len(texto)

    asyncio.run(cena())


def test_sem_escolher_vem_a_temperatura_do_palco_e_uma_semente_ao_acaso(artefato: Artefato) -> None:
    async def cena() -> None:
        async with no_ar(artefato, temperatura=0.7) as casa, casa.liga() as conexao:
            sementes = []
            for _ in range(2):
                await conexao.send('{"tipo":"poema"}')
                aceito = await meu(conexao, None)
                assert (aceito["temperatura"], aceito["inicio"]) == (0.7, "")
                assert (await le(conexao, None))[0] == poema(artefato, 0.7, aceito["semente"])
                sementes.append(aceito["semente"])
            assert sementes[0] != sementes[1]

    asyncio.run(cena())


def test_um_poema_que_nao_acaba_para_nos_seiscentos_caracteres(artefato: Artefato) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa, casa.liga() as conexao:
            await pede(conexao, temperatura=FRIA, semente=1, inicio="o gato")
            await meu(conexao)
            texto, fim = await le(conexao)
            assert (len(texto), fim["motivo"], fim["deslocamento"]) == (600, "limite", 600)

    asyncio.run(cena())


def test_o_palco_segue_para_quem_tambem_pediu_um_poema(artefato: Artefato) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa, casa.liga() as conexao:
            await pede(conexao, temperatura=0.5, semente=1)
            await meu(conexao)
            await le(conexao)
            while "epoca" not in await proximo(conexao, "fim"):
                pass

    asyncio.run(cena())


def test_dois_poemas_vem_juntos_e_o_terceiro_espera_a_vez(artefato: Artefato) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa, casa.liga() as conexao:
            async with casa.oficina.vez:  # a rede espera
                await pede(conexao, "a", temperatura=0.5, semente=1)
                await pede(conexao, "b", temperatura=0.5, semente=2)
                assert [(await meu(conexao, nome))["tipo"] for nome in "ab"] == ["aceito", "aceito"]
                await pede(conexao, "c", temperatura=0.5, semente=3)
                recusa = await meu(conexao, "c")
                assert recusa["tipo"] == "ocupado"
                assert recusa["espera"] > 0
                assert "você já tem 2 poemas" in recusa["mensagem"]
            textos = {"a": "", "b": ""}
            while textos:  # os pedaços de um e do outro chegam misturados
                evento = json.loads(await conexao.recv())
                if (nome := evento.get("pedido")) is None:
                    continue
                if evento["tipo"] == "texto":
                    assert evento["deslocamento"] == len(textos[nome])
                    textos[nome] += evento["texto"]
                else:
                    assert textos.pop(nome) == poema(artefato, 0.5, {"a": 1, "b": 2}[nome])
            await pede(conexao, "c", temperatura=0.5, semente=3)
            assert (await meu(conexao, "c"))["tipo"] == "aceito"
            assert (await le(conexao, "c"))[0] == poema(artefato, 0.5, 3)
            assert medida(casa.metricas, "poema_recusados_total") == 1

    asyncio.run(cena())


def test_um_endereco_que_ja_pediu_muito_espera_e_os_outros_nao(
    artefato: Artefato, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vagas, "POR_ENDERECO", 2)

    async def cena() -> None:
        async with (
            no_ar(artefato) as casa,
            casa.liga(**de("2001:db8:1:2::7")) as uma,
            casa.liga(**de("2001:db8:1:2:ffff::9")) as vizinha,
            casa.liga(**de("2001:db8:1:3::7")) as outra,
            casa.oficina.vez,
        ):
            for conexao in (uma, vizinha):
                await pede(conexao)
                assert (await meu(conexao))["tipo"] == "aceito"
            await pede(uma, "mais")
            recusa = await meu(uma, "mais")
            assert recusa["tipo"] == "ocupado"
            assert "sua rede" in recusa["mensagem"]
            await pede(outra)
            assert (await meu(outra))["tipo"] == "aceito"

    asyncio.run(cena())


def test_quando_nao_cabe_mais_ninguem_todos_esperam(artefato: Artefato, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vagas, "NO_TOTAL", 1)

    async def cena() -> None:
        async with no_ar(artefato) as casa, casa.liga() as uma, casa.liga() as outra:
            async with casa.oficina.vez:
                await pede(uma)
                assert (await meu(uma))["tipo"] == "aceito"
                await pede(outra)
                recusa = await meu(outra)
                assert recusa["tipo"] == "ocupado"
                assert recusa["espera"] > 0
                assert "muita gente" in recusa["mensagem"]
            await le(uma)
            await pede(outra, semente=5, temperatura=0.5)
            assert (await meu(outra))["tipo"] == "aceito"
            assert (await le(outra))[0] == poema(artefato, 0.5, 5)

    asyncio.run(cena())


@pytest.mark.parametrize("nome", ["a1", None])
def test_quem_pede_que_pare_recebe_o_fim_e_a_vaga_de_volta(artefato: Artefato, nome: str | None) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa, casa.liga() as conexao:
            async with casa.oficina.vez:
                await pede(conexao, nome, temperatura=FRIA)
                await meu(conexao, nome)
                await pede(conexao, "outro", temperatura=0.5, semente=4)
                await meu(conexao, "outro")
                await conexao.send(json.dumps({"tipo": "para", "pedido": nome}))
                texto, fim = await le(conexao, nome)
                assert fim == {"tipo": "fim", "pedido": nome, "deslocamento": len(texto), "motivo": "parado"}
                await pede(conexao, nome, temperatura=FRIA)
                assert (await meu(conexao, nome))["tipo"] == "aceito"
                await conexao.send(json.dumps({"tipo": "para", "pedido": nome}))
            assert (await le(conexao, "outro"))[0] == poema(artefato, 0.5, 4)

    asyncio.run(cena())


def test_um_poema_parado_no_meio_nao_e_mais_escrito(artefato: Artefato, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poema.servico.conversa.LIMITE", 100_000)

    async def cena() -> None:
        async with no_ar(artefato) as casa, casa.liga() as conexao:
            await pede(conexao, temperatura=FRIA)
            assert (await meu(conexao))["tipo"] == "aceito"
            assert (await meu(conexao))["tipo"] == "texto"
            await conexao.send('{"tipo":"para","pedido":"a1"}')
            while (evento := await meu(conexao))["tipo"] == "texto":
                pass
            assert (evento["tipo"], evento["motivo"]) == ("fim", "parado")
            assert evento["deslocamento"] < 100_000
            await ate(lambda: casa.oficina.fila == 0)

    asyncio.run(cena())


def test_parar_o_que_nao_se_pediu_nao_faz_nada(artefato: Artefato) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa, casa.liga() as uma, casa.liga() as outra, casa.oficina.vez:
            await pede(uma, "a")
            await meu(uma, "a")
            await outra.send('{"tipo":"para","pedido":"a"}')
            await uma.send('{"tipo":"para","pedido":"b"}')
            await pede(outra, "x", inicio=7)  # a resposta a esta diz que a de antes já foi ouvida
            assert (await meu(outra, "x"))["tipo"] == "erro"
            await pede(uma, "b", inicio=7)
            assert (await meu(uma, "b"))["tipo"] == "erro"
            await pede(uma, "a")
            assert "ainda está sendo escrito" in (await meu(uma, "a"))["mensagem"]

    asyncio.run(cena())


def test_dois_poemas_ao_mesmo_tempo_nao_podem_ter_o_mesmo_nome(artefato: Artefato) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa, casa.liga() as conexao:
            async with casa.oficina.vez:
                await pede(conexao, temperatura=0.5, semente=1)
                await meu(conexao)
                await pede(conexao, temperatura=0.5, semente=2)
                erro = await meu(conexao)
                assert (erro["tipo"], erro["pedido"]) == ("erro", "a1")
                assert "ainda está sendo escrito" in erro["mensagem"]
            assert (await le(conexao))[0] == poema(artefato, 0.5, 1)
            await pede(conexao, temperatura=0.5, semente=2)  # acabou: o nome está livre
            await meu(conexao)
            assert (await le(conexao))[0] == poema(artefato, 0.5, 2)

    asyncio.run(cena())


def test_uma_mensagem_ruim_recebe_um_erro_e_a_ligacao_continua(artefato: Artefato) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa, casa.liga() as conexao:
            for mensagem, pedido, trecho in (
                ("oi", None, "a mensagem deve ser um objeto JSON. Recebido: 'oi'."),
                (b"\x00\xff", None, "a mensagem deve ser um texto. Recebido: bytes."),
                ('{"tipo":"poema","pedido":"x","temperatura":9}', "x", "temperatura deve ser"),
                ('{"tipo":"poema","pedido":"x","inicio":"\\ud800"}', "x", "inicio deve ser"),
                ('{"tipo":"poema","pedido":"x","inicio":"a 漢"}', "x", "não conhece este caractere: '漢'"),
                ('{"tipo":"poema","pedido":"x","inicio":"\\u0000"}', "x", "não conhece este caractere"),
                ("[" * 2048, None, "a mensagem deve ser um objeto JSON"),
            ):
                await conexao.send(mensagem)
                erro = await proximo(conexao, "erro")
                assert erro["pedido"] == pedido
                assert trecho in erro["mensagem"]
            await pede(conexao, "x", temperatura=0.5, semente=1)
            assert (await meu(conexao, "x"))["tipo"] == "aceito"
            assert (await le(conexao, "x"))[0] == poema(artefato, 0.5, 1)

    asyncio.run(cena())


def test_insistir_em_mensagens_ruins_fecha_a_ligacao_e_so_ela(
    artefato: Artefato, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vagas, "RECUPERA", 0.0)

    async def cena() -> None:
        async with no_ar(artefato) as casa, casa.liga() as insistente, casa.liga() as outra:
            erros = 0
            with suppress(ConnectionClosed):
                while erros < 40:
                    await insistente.send("oi")
                    await proximo(insistente, "erro")
                    erros += 1
            assert await fechamento(insistente) == 1008
            assert erros == 8
            await pede(outra, temperatura=0.5, semente=1)
            await meu(outra)
            assert (await le(outra))[0] == poema(artefato, 0.5, 1)
            assert medida(casa.metricas, "poema_abusos_total") == 1

    asyncio.run(cena())


def test_muitas_mensagens_boas_de_uma_vez_tambem_sao_demais(artefato: Artefato) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa, casa.liga() as conexao:
            with suppress(ConnectionClosed):
                for _ in range(500):
                    await conexao.send('{"tipo":"para","pedido":"x"}')
            assert await fechamento(conexao) == 1008
            await ate(lambda: len(casa.leitores) == 0)
            assert medida(casa.metricas, "poema_abusos_total") == 1

    asyncio.run(cena())


def test_o_que_uma_leitora_de_texto_manda_e_ignorado_mas_tem_limite(
    artefato: Artefato, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vagas, "FOLEGO", 4.0)
    monkeypatch.setattr(vagas, "RECUPERA", 0.0)

    async def cena() -> None:
        async with no_ar(artefato) as casa, casa.liga(eventos=False) as conexao:
            for mensagem in ("oi", b"\x00", '{"tipo":"poema"}', '{"tipo":"poema","inicio":7}'):
                await conexao.send(mensagem)
            texto = ""
            while "\n\n\n" not in texto:
                texto += await conexao.recv()
            assert texto.startswith(poema(artefato, 0.9, 1))
            assert '"' not in texto
            await conexao.send("oi")
            assert await fechamento(conexao) == 1008

    asyncio.run(cena())


def test_quem_pede_um_subprotocolo_que_nao_ha_recebe_so_o_texto(artefato: Artefato) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa:
            endereco_do_palco = f"ws://127.0.0.1:{casa.porta}/ws/"
            async with connect(endereco_do_palco, subprotocols=[Subprotocol("poema.v9")], proxy=None) as de_texto:
                assert de_texto.subprotocol is None
                assert poema(artefato, 0.9, 1).startswith(str(await de_texto.recv()))
            dois = [Subprotocol("poema.v9"), Subprotocol("poema.v1")]
            async with connect(endereco_do_palco, subprotocols=dois, proxy=None) as de_eventos:
                assert de_eventos.subprotocol == "poema.v1"
                await proximo(de_eventos, "ola")

    asyncio.run(cena())


@pytest.mark.parametrize("em_pedacos", [False, True])
def test_uma_mensagem_grande_demais_fecha_a_ligacao(artefato: Artefato, em_pedacos: bool) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa, casa.liga() as conexao:
            await conexao.send("é" * 1024)
            await proximo(conexao, "erro")  # 2048 bytes ainda cabem
            grande = "é" * 1024 + "."
            await conexao.send([grande[:1000], grande[1000:]] if em_pedacos else grande)
            assert await fechamento(conexao) == 1009

    asyncio.run(cena())


def test_um_texto_que_nao_e_utf8_fecha_a_ligacao(artefato: Artefato) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa, casa.liga() as conexao:
            await conexao.send(b'{"tipo":"poema","inicio":"\xe9"}', text=True)
            assert await fechamento(conexao) == 1007

    asyncio.run(cena())


def test_quem_cai_no_meio_do_poema_devolve_a_vaga_e_nao_deixa_nada_para_tras(
    artefato: Artefato, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(vagas, "NO_TOTAL", 2)
    monkeypatch.setattr("poema.servico.conversa.LIMITE", 1_000_000)

    async def cena() -> None:
        async with no_ar(artefato) as casa:
            antes = asyncio.all_tasks()
            async with casa.liga() as conexao:
                for nome in "ab":
                    await pede(conexao, nome, temperatura=FRIA)
                    await meu(conexao, nome)
                await meu(conexao, "b")  # já vem texto
                conexao.transport.abort()
            await ate(lambda: len(casa.leitores) == 0 and casa.oficina.fila == 0)
            await ate(lambda: asyncio.all_tasks() <= antes)
            async with casa.liga() as outra, casa.oficina.vez:
                for nome in "cd":
                    await pede(outra, nome)
                    assert (await meu(outra, nome))["tipo"] == "aceito"
        assert [registro for registro in caplog.records if registro.levelno >= logging.WARNING] == []

    asyncio.run(cena())


def test_quem_cai_devolve_a_vaga_mesmo_que_a_rede_ainda_nao_tenha_comecado(
    artefato: Artefato, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vagas, "NO_TOTAL", 2)

    async def cena() -> None:
        async with no_ar(artefato) as casa:
            async with casa.oficina.vez:
                for _ in range(10):
                    async with casa.liga() as conexao:
                        for nome in "ab":
                            await pede(conexao, nome, temperatura=FRIA)
                            assert (await meu(conexao, nome))["tipo"] == "aceito"
                        conexao.transport.abort()
                    await ate(lambda: len(casa.leitores) == 0)
                    async with casa.liga() as conexao:  # e quem nem esperou a resposta
                        await pede(conexao, "a", temperatura=FRIA)
                        conexao.transport.abort()
                    await ate(lambda: len(casa.leitores) == 0)
            await ate(lambda: casa.oficina.fila == 0)

    asyncio.run(cena())


def test_se_a_rede_falha_no_meio_quem_pediu_fica_sabendo_e_a_casa_segue(
    artefato: Artefato, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(palco, "ESPERA", (0.05, 0.1))
    canta, quebrada = Coro.canta, [True]

    def talvez(coro: Coro, passos: int) -> list[tuple[Voz, str]]:
        if quebrada[0] and any(voz.temperatura == FRIA and voz.escritos > 20 for voz in coro.vozes):
            raise FloatingPointError("a conta não fecha")
        return canta(coro, passos)

    monkeypatch.setattr(Coro, "canta", talvez)

    async def cena() -> None:
        async with no_ar(artefato) as casa, casa.liga() as conexao:
            await pede(conexao, temperatura=FRIA, semente=1)
            assert (await meu(conexao))["tipo"] == "aceito"
            texto, erro = await le(conexao)
            assert poema(artefato, FRIA, 1).startswith(texto)
            assert len(texto) > 20
            assert erro == {
                "tipo": "erro",
                "pedido": "a1",
                "mensagem": "a rede falhou no meio deste poema. Peça outra vez.",
            }
            quebrada[0] = False
            await pede(conexao, temperatura=FRIA, semente=1)
            await meu(conexao)
            assert (await le(conexao))[0] == poema(artefato, FRIA, 1)
            await proximo(conexao, "texto", deslocamento=0)  # no palco, começa mais um
            assert medida(casa.metricas, "poema_falhas_total") == 1

    asyncio.run(cena())
    assert [registro.levelname for registro in caplog.records if registro.levelno >= logging.WARNING] == ["ERROR"]


def ligacao(par: object, *reais: str) -> Any:
    """O que `endereco` olha em uma ligação."""
    cabecalhos = Headers([("X-Real-IP", real) for real in reais])
    return SimpleNamespace(remote_address=par, request=SimpleNamespace(headers=cabecalhos))


@pytest.mark.parametrize(
    ("par", "real", "esperado"),
    [
        (("203.0.113.9", 5), None, "203.0.113.9"),
        (("203.0.113.9", 5), "198.51.100.7", "203.0.113.9"),  # quem vem de fora não escolhe quem é
        (("2001:db8:1:2:3:4:5:6", 5, 0, 0), None, "2001:db8:1:2::/64"),
        (("2001:db8:1:2:3:4:5:6", 5, 0, 0), "198.51.100.7", "2001:db8:1:2::/64"),
        (("::ffff:203.0.113.9", 5, 0, 0), None, "203.0.113.9"),
        (("::ffff:203.0.113.9", 5, 0, 0), "198.51.100.7", "203.0.113.9"),
        (("fe80::1%eth0", 5, 0, 2), None, "fe80::/64"),
        (("127.0.0.1", 5), None, "127.0.0.1"),
        (("127.0.0.1", 5), "198.51.100.7", "198.51.100.7"),
        (("127.0.0.1", 5), "2001:DB8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (("127.0.0.1", 5), "::ffff:203.0.113.9", "203.0.113.9"),
        (("127.8.9.1", 5), "198.51.100.7", "198.51.100.7"),
        (("::1", 5, 0, 0), "198.51.100.7", "198.51.100.7"),
        (("::ffff:127.0.0.1", 5, 0, 0), "198.51.100.7", "198.51.100.7"),  # o nginx, por um socket que é IPv4 e IPv6
        ("", "198.51.100.7", "198.51.100.7"),  # um socket Unix
        (None, "198.51.100.7", "198.51.100.7"),
    ],
)
def test_o_endereco_e_de_quem_fala_ou_o_que_a_propria_maquina_diz(par: object, real: str | None, esperado: str) -> None:
    assert endereco(ligacao(par, *([real] if real else []))) == esperado


@pytest.mark.parametrize(
    "lixo", ["", "unknown", "198.51.100.7, 10.0.0.1", "198.51.100.7:80", "[::1]", "\xff", "a" * 8000]
)
@pytest.mark.parametrize("par", [("127.0.0.1", 5), ""])
def test_um_cabecalho_que_nao_e_um_endereco_nao_derruba_a_ligacao(par: object, lixo: str) -> None:
    assert isinstance(endereco(ligacao(par, lixo)), str)


def test_um_endereco_dito_duas_vezes_nao_e_um_defeito_do_servidor(
    artefato: Artefato, caplog: pytest.LogCaptureFixture
) -> None:
    async def cena() -> None:
        async with no_ar(artefato) as casa:
            with suppress(InvalidStatus):  # recusá-la também serve
                async with casa.liga(additional_headers=[("X-Real-IP", "1.1.1.1"), ("X-Real-IP", "2.2.2.2")]) as dela:
                    await pede(dela, "x", inicio=7)
                    assert (await meu(dela, "x"))["tipo"] == "erro"

    asyncio.run(cena())
    assert [registro for registro in caplog.records if registro.levelno >= logging.WARNING] == []
