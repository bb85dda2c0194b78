"""O palco, com o servidor inteiro em volta e ligações de verdade."""

import asyncio
import json
import logging
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection

from casa import ate, no_ar, proximo
from conftest import pesos_ao_acaso
from poema.configuracao import SEMENTE_MAXIMA
from poema.dados.vocabulario import Vocabulario
from poema.geracao.amostragem import Amostragem
from poema.geracao.artefato import Artefato
from poema.geracao.coro import Coro
from poema.geracao.poeta import LIMITE, SEPARADOR, Poeta
from poema.servico import leitores, palco

TEMPERATURA = 0.9


def que_acabam(artefato: Artefato, primeira: int, quantos: int) -> dict[int, str]:
    """Os primeiros poemas que sobem ao palco, por época: os que acabam sozinhos."""
    poemas: dict[int, str] = {}
    epoca = primeira
    while len(poemas) < quantos:
        texto = "".join(Poeta(artefato).poema(Amostragem(temperatura=TEMPERATURA), epoca, limite=LIMITE))
        if texto and len(texto) < LIMITE:
            poemas[epoca] = texto
        elif epoca % palco.DESISTE == 0:
            poemas[epoca] = texto.rpartition("\n")[0] or texto
        epoca += 1
    return poemas


async def assiste(conexao: ClientConnection, poemas: int) -> list[dict[str, Any]]:
    """Os eventos até que tantos poemas acabem."""
    eventos = []
    async for mensagem in conexao:
        eventos.append(json.loads(mensagem))
        poemas -= eventos[-1]["tipo"] == "fim"
        if not poemas:
            break
    return eventos


def junta(eventos: list[dict[str, Any]], lidos: dict[int, str] | None = None) -> dict[int, str]:
    """O texto de cada época, conferindo que cada pedaço começa onde o anterior acabou."""
    textos = dict(lidos or {})
    for evento in eventos:
        if evento["tipo"] == "texto":
            assert len(textos.setdefault(evento["epoca"], "")) == evento["deslocamento"]
            textos[evento["epoca"]] += evento["texto"]
    return textos


@pytest.fixture(autouse=True)
def depressa(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(palco, "QUADRO", 0.01)
    monkeypatch.setattr(palco, "ESPERA", (0.01, 0.02))


@pytest.fixture
def devagar(depressa: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Um palco que não chega ao fim do poema durante o teste."""
    monkeypatch.setattr(palco, "QUADRO", 0.05)


def test_cada_poema_do_palco_e_o_da_sua_semente_e_vem_inteiro(artefato: Artefato) -> None:
    async def teste() -> list[dict[str, Any]]:
        async with no_ar(artefato) as casa, casa.liga() as conexao:
            return await assiste(conexao, 4)

    eventos = asyncio.run(teste())
    assert eventos[0]["tipo"] == "ola"
    assert eventos[0] | {"palco": f"{artefato.resumo}-0.9", "temperatura": 0.9, "ritmo": 4000} == eventos[0]
    esperados = que_acabam(artefato, 1, 4)
    assert junta(eventos) == esperados
    fins = [(e["epoca"], e["deslocamento"]) for e in eventos if e["tipo"] == "fim"]
    assert fins == [(epoca, len(texto)) for epoca, texto in esperados.items()]


def test_sem_subprotocolo_vem_so_o_texto_com_um_silencio_entre_os_poemas(artefato: Artefato) -> None:
    esperado = "".join(texto + SEPARADOR for texto in que_acabam(artefato, 1, 3).values())

    async def teste() -> str:
        recebido = ""
        async with no_ar(artefato) as casa, casa.liga(eventos=False) as conexao:
            while len(recebido) < len(esperado):
                recebido += str(await conexao.recv())
        return recebido

    assert asyncio.run(teste()) == esperado


def test_o_ritmo_e_o_tanto_de_caracteres_de_cada_pedaco(artefato: Artefato, devagar: None) -> None:
    async def teste(ritmo: float) -> list[int]:
        async with no_ar(artefato, ritmo=ritmo) as casa, casa.liga() as conexao:
            return [len((await proximo(conexao, "texto"))["texto"]) for _ in range(4)]

    assert asyncio.run(teste(100)) == [5, 5, 5, 5]
    assert asyncio.run(teste(30)) == [1, 2, 1, 2]


def test_quem_chega_no_meio_recebe_o_poema_ate_ali_e_dai_em_diante_o_mesmo(artefato: Artefato, devagar: None) -> None:
    epoca = next(epoca for epoca, texto in que_acabam(artefato, 1, 30).items() if len(texto) > 120)

    async def teste() -> tuple[dict[int, str], dict[int, str], str]:
        async with no_ar(artefato, ritmo=200, semente=epoca) as casa, casa.liga() as cedo:
            primeiros = [await proximo(cedo, "texto") for _ in range(3)]
            async with casa.liga() as tarde, casa.liga(eventos=False) as simples:
                resto, atrasado = await asyncio.gather(assiste(cedo, 1), assiste(tarde, 1))
                texto = ""
                while not texto.endswith(SEPARADOR):
                    texto += str(await simples.recv())
                return junta(primeiros + resto), junta(atrasado), texto

    cedo, tarde, simples = asyncio.run(teste())
    assert cedo == tarde == que_acabam(artefato, epoca, 1)
    assert simples == next(iter(cedo.values())) + SEPARADOR


def test_quem_chega_na_pausa_recebe_o_poema_que_acabou_de_passar(
    artefato: Artefato, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(palco, "PAUSA", 4000.0)  # um segundo

    async def teste() -> tuple[list[dict[str, Any]], str]:
        async with no_ar(artefato) as casa, casa.liga() as conexao:
            await assiste(conexao, 1)
            async with casa.liga() as outra, casa.liga(eventos=False) as simples:
                return await assiste(outra, 1), str(await simples.recv())

    eventos, simples = asyncio.run(teste())
    ((epoca, texto),) = que_acabam(artefato, 1, 1).items()
    assert junta(eventos) == {epoca: texto}
    assert simples == texto + SEPARADOR


def test_quem_volta_continua_de_onde_parou_sem_perder_nem_repetir(artefato: Artefato) -> None:
    async def teste() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        async with no_ar(artefato) as casa, casa.liga() as fica:
            async with casa.liga() as conexao:
                ola = await proximo(conexao, "ola")
                antes = [await proximo(conexao, "texto")]
            await assiste(fica, 3)  # enquanto isso, o palco anda
            epoca, lidos = antes[0]["epoca"], len(antes[0]["texto"])
            async with casa.liga(f"?palco={ola['palco']}&epoca={epoca}&deslocamento={lidos}") as conexao:
                return antes, await assiste(conexao, 5)

    antes, depois = asyncio.run(teste())
    assert [evento["tipo"] for evento in depois[:2]] == ["ola", "texto"]
    textos = junta(antes + depois)
    assert textos == que_acabam(artefato, antes[0]["epoca"], len(textos))


def test_um_processo_novo_continua_o_poema_que_o_outro_deixou(artefato: Artefato, devagar: None) -> None:
    async def antes() -> tuple[str, list[dict[str, Any]]]:
        async with no_ar(artefato, ritmo=200) as casa, casa.liga() as conexao:
            ola = await proximo(conexao, "ola")
            return ola["palco"], [await proximo(conexao, "texto") for _ in range(3)]

    async def depois(nome: str, epoca: int, lidos: int) -> list[dict[str, Any]]:
        async with (
            no_ar(artefato, ritmo=200, semente=77) as casa,
            casa.liga(f"?palco={nome}&epoca={epoca}&deslocamento={lidos}") as conexao,
        ):
            return await assiste(conexao, 2)

    nome, primeiros = asyncio.run(antes())
    lidos = primeiros[-1]["deslocamento"] + len(primeiros[-1]["texto"])
    seguintes = asyncio.run(depois(nome, primeiros[-1]["epoca"], lidos))
    assert "perdido" not in {evento["tipo"] for evento in seguintes}
    assert junta(primeiros + seguintes) == que_acabam(artefato, 1, 2)


def test_quem_chega_primeiro_a_um_processo_novo_nao_tira_dos_outros_o_poema(artefato: Artefato) -> None:
    """Depois de um reinício vêm, nesta ordem, alguém novo, alguém que ficou para trás, um perdido, e a plateia."""

    async def teste() -> tuple[list[dict[str, Any]], list[dict[str, Any]], str]:
        async with no_ar(artefato, semente=77, ritmo=400, graca=0.5) as casa:
            palco = casa.palco.nome
            pontos = [(1, 5), (900, 5), (2, 11), (2, 30), (2, 7)]
            enderecos = [f"?palco={palco}&epoca={epoca}&deslocamento={lidos}" for epoca, lidos in pontos]
            ligacoes = [await casa.liga(eventos=False), *[await casa.liga(endereco) for endereco in enderecos]]
            simples, atrasada, perdida, _, adiantada, _ = ligacoes
            texto = await simples.recv()
            vistos = await assiste(atrasada, 2), await assiste(adiantada, 1), str(texto)
            assert [json.loads(await perdida.recv())["tipo"] for _ in range(2)] == ["ola", "perdido"]
            for ligacao in ligacoes:
                await ligacao.close()
            return vistos

    poemas = que_acabam(artefato, 1, 2)
    assert list(poemas) == [1, 2]
    atrasada, adiantada, simples = asyncio.run(teste())
    assert junta(atrasada, {1: poemas[1][:5]}) == poemas
    assert junta(adiantada, {2: poemas[2][:30]}) == {2: poemas[2]}
    assert poemas[2].startswith(simples)
    assert len(simples) >= 30


@pytest.mark.parametrize("quando", ["texto", "fim"])
@pytest.mark.parametrize("quantos", [0, 1, 20])
def test_a_quem_estava_so_e_volta_tendo_escrito_no_seu_aparelho_nada_se_repete(
    artefato: Artefato, devagar: None, quando: str, quantos: int
) -> None:
    async def teste() -> tuple[int, list[dict[str, Any]]]:
        async with no_ar(artefato, ritmo=400) as casa:
            async with casa.liga() as sai:
                ola, visto = await proximo(sai, "ola"), await proximo(sai, quando)
            while len(casa.leitores):
                await asyncio.sleep(0.001)
            adiante = list(que_acabam(artefato, visto["epoca"], quantos + 1))[-1]
            lidos = visto["deslocamento"] + len(visto.get("texto", "")) + 1 if quantos == 0 else 3
            async with casa.liga(f"?palco={ola['palco']}&epoca={adiante}&deslocamento={lidos}") as volta:
                return lidos, [await proximo(volta, "ola"), *await assiste(volta, 2)]

    lidos, eventos = asyncio.run(teste())
    assert {evento["tipo"] for evento in eventos} == {"ola", "texto", "fim"}
    primeira = next(evento["epoca"] for evento in eventos if "epoca" in evento)
    poemas = que_acabam(artefato, primeira, 2)
    lidos = min(lidos, len(poemas[primeira]))
    assert junta(eventos, {primeira: poemas[primeira][:lidos]}) == poemas


def test_com_outros_lendo_o_palco_nao_pula_para_onde_um_so_chegou(artefato: Artefato) -> None:
    async def teste() -> list[dict[str, Any]]:
        async with no_ar(artefato) as casa, casa.liga() as fica:
            ola, visto = await proximo(fica, "ola"), await proximo(fica, "texto")
            consulta = f"?palco={ola['palco']}&epoca={visto['epoca'] + 50}&deslocamento=3"
            async with casa.liga(consulta) as adiantado:
                return [await proximo(adiantado, "perdido"), *await assiste(fica, 6)]

    perdido, *eventos = asyncio.run(teste())
    assert perdido["epoca"] < 50
    epocas = list(dict.fromkeys(evento["epoca"] for evento in eventos))
    assert epocas == list(que_acabam(artefato, epocas[0], len(epocas)))


def test_depois_da_ultima_semente_vem_a_zero_e_se_retoma_atraves_dela(artefato: Artefato, devagar: None) -> None:
    ultima = next(e for e in range(SEMENTE_MAXIMA, 0, -1) if list(que_acabam(artefato, e, 1)) == [e])

    async def teste() -> list[dict[str, Any]]:
        async with no_ar(artefato, semente=ultima) as casa, casa.liga() as conexao:
            ola = await proximo(conexao, "ola")
            while (await proximo(conexao, "texto"))["epoca"] > 8:
                pass
            async with casa.liga(f"?palco={ola['palco']}&epoca={ultima}&deslocamento=3") as outra:
                return await assiste(outra, 3)

    eventos = asyncio.run(teste())
    assert "perdido" not in {evento["tipo"] for evento in eventos}
    epocas = list(dict.fromkeys(evento["epoca"] for evento in eventos if "epoca" in evento))
    assert epocas[0] == ultima
    assert epocas[-1] < 8


def test_se_o_modelo_muda_enquanto_se_reescreve_o_passado_o_passado_se_perdeu(
    artefato: Artefato, vocabulario: Vocabulario, monkeypatch: pytest.MonkeyPatch
) -> None:
    relembra = palco.Palco._relembra

    async def muda_no_meio(este: palco.Palco, epoca: int) -> str | None:
        texto = await relembra(este, epoca)
        if este._oficina.artefato is artefato:
            este._oficina.troca(Artefato(artefato.celula, vocabulario, resumo="0badcafe"))
        return texto

    async def teste() -> list[dict[str, Any]]:
        async with no_ar(artefato) as casa, casa.liga() as conexao:
            await assiste(conexao, 2)
            monkeypatch.setattr(palco.Palco, "_relembra", muda_no_meio)
            async with casa.liga(f"?palco={casa.palco.nome}&epoca=1&deslocamento=3") as outra:
                return await assiste(outra, 1)

    eventos = asyncio.run(teste())
    assert [evento["tipo"] for evento in eventos[:2]] == ["ola", "perdido"]
    assert eventos[0]["modelo"] == "0badcafe"


@pytest.mark.parametrize(
    "consulta",
    ["?palco=outro-0.9&epoca=1&deslocamento=3", "?palco={nome}&epoca=4000000000&deslocamento=3"],
)
def test_o_que_nao_se_pode_retomar_e_dito(artefato: Artefato, consulta: str) -> None:
    async def teste() -> list[dict[str, Any]]:
        async with no_ar(artefato) as casa, casa.liga() as conexao:
            await proximo(conexao, "texto")
            async with casa.liga(consulta.format(nome=casa.palco.nome)) as outra:
                return await assiste(outra, 1)

    eventos = asyncio.run(teste())
    assert [evento["tipo"] for evento in eventos[:2]] == ["ola", "perdido"]
    assert eventos[1]["epoca"] == eventos[-1]["epoca"]
    junta(eventos)


def test_depois_de_muitos_poemas_o_que_se_perdeu_e_dito(artefato: Artefato) -> None:
    async def teste() -> list[dict[str, Any]]:
        async with no_ar(artefato) as casa, casa.liga() as conexao:
            primeiro = await proximo(conexao, "texto")
            while (await proximo(conexao, "texto"))["epoca"] <= primeiro["epoca"] + palco.LEMBRA:
                pass
            async with casa.liga(f"?palco={casa.palco.nome}&epoca={primeiro['epoca']}&deslocamento=2") as outra:
                return await assiste(outra, 1)

    assert [evento["tipo"] for evento in asyncio.run(teste())[:2]] == ["ola", "perdido"]


def test_um_deslocamento_absurdo_nao_derruba_ninguem(artefato: Artefato) -> None:
    async def teste() -> dict[int, str]:
        async with no_ar(artefato) as casa:
            consulta = f"?palco={casa.palco.nome}&epoca=1&deslocamento={10**30}"
            async with casa.liga(consulta) as absurda, casa.liga() as conexao:
                await proximo(absurda, "fim")
                return junta([await proximo(conexao, "texto", deslocamento=0)])

    assert asyncio.run(teste())


def test_sem_ninguem_lendo_nada_e_escrito(artefato: Artefato) -> None:
    async def teste() -> tuple[bytes, bytes, bytes]:
        async with no_ar(artefato) as casa:
            await asyncio.sleep(0.05)
            vazio = casa.metricas.texto()
            async with casa.liga() as conexao:
                await proximo(conexao, "fim")
            while len(casa.leitores):
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.05)
            depois = casa.metricas.texto()
            await asyncio.sleep(0.2)
            return vazio, depois, casa.metricas.texto()

    def escritos(texto: bytes) -> str:
        return next(linha for linha in texto.decode().split("\n") if linha.startswith("poema_caracteres_total"))

    vazio, depois, bem_depois = map(escritos, asyncio.run(teste()))
    assert vazio == "poema_caracteres_total 0.0"
    assert vazio != depois == bem_depois


def test_um_modelo_que_nunca_acaba_sobe_ao_palco_e_e_cortado_no_fim_de_um_verso(vocabulario: Vocabulario) -> None:
    pesos = pesos_ao_acaso(len(vocabulario))
    pesos[-1][0] = -1000  # a fronteira nunca é escolhida
    artefato = Artefato.de_pesos(pesos, vocabulario)

    async def teste() -> list[dict[str, Any]]:
        async with no_ar(artefato) as casa, casa.liga() as conexao:
            return await assiste(conexao, 2)

    textos = junta(asyncio.run(teste()))
    assert [epoca % palco.DESISTE for epoca in textos] == [0, 0]
    for epoca, texto in textos.items():
        inteiro = "".join(Poeta(artefato).poema(Amostragem(temperatura=0.9), epoca, limite=LIMITE))
        assert inteiro[len(texto)] == "\n"
        assert "\n" not in inteiro[len(texto) + 1 :]
        assert inteiro.startswith(texto)


def test_uma_falha_e_dita_uma_vez_e_o_palco_continua(
    artefato: Artefato, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "poema")
    canta, falhas = Coro.canta, iter(range(3))

    def canta_mal(coro: Coro, passos: int) -> Any:
        if next(falhas, None) is not None:
            raise FloatingPointError("deu ruim")
        return canta(coro, passos)

    monkeypatch.setattr(Coro, "canta", canta_mal)

    async def teste() -> dict[int, str]:
        async with no_ar(artefato) as casa, casa.liga() as conexao:
            return junta(await assiste(conexao, 1))

    textos = asyncio.run(teste())
    assert textos == que_acabam(artefato, min(textos), 1)
    ditos = [registro.levelname for registro in caplog.records if "falh" in registro.message]
    assert ditos == ["ERROR"]
    assert "a rede voltou a escrever" in caplog.text


def test_um_modelo_novo_entra_entre_dois_poemas(artefato: Artefato, vocabulario: Vocabulario) -> None:
    outro = Artefato(artefato.celula, vocabulario, resumo="0badcafe")
    novos = iter([None, outro])

    async def teste() -> list[dict[str, Any]]:
        async with no_ar(artefato, modelo_novo=lambda: next(novos, None)) as casa, casa.liga() as conexao:
            return await assiste(conexao, 2)

    eventos = asyncio.run(teste())
    primeiro, segundo = junta(eventos)
    marcos = [(evento["tipo"], evento.get("epoca", evento.get("modelo"))) for evento in eventos]
    assert [modelo for tipo, modelo in marcos if tipo == "ola"] == [artefato.resumo, "0badcafe"]
    assert marcos.index(("fim", primeiro)) < marcos.index(("ola", "0badcafe")) < marcos.index(("texto", segundo))


def test_o_que_as_ligacoes_encerradas_deixam_e_recolhido_entre_dois_poemas_se_for_muito(
    artefato: Artefato, monkeypatch: pytest.MonkeyPatch
) -> None:
    recolhidas: list[int] = []
    monkeypatch.setattr(leitores, "RESTOS", 3)
    monkeypatch.setattr(leitores.gc, "collect", lambda: recolhidas.append(1))

    async def teste() -> tuple[int, int]:
        async with no_ar(artefato) as casa, casa.liga() as conexao:
            await assiste(conexao, 2)
            poucas = len(recolhidas)
            for _ in range(5):
                await (await casa.liga()).close()
            await ate(lambda: len(casa.leitores) == 1)
            await assiste(conexao, 2)
            return poucas, len(recolhidas)

    assert asyncio.run(teste()) == (0, 1)
