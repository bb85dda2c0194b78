"""O que se entende do que um servidor responde, e do que ele deixa de responder."""

import asyncio

import pytest

from poema.colheita import servidor as sala
from poema.colheita.pedidos import INSTRUCAO, Pedido
from poema.colheita.servidor import FalhaPassageira, Servidor
from poema.colheita.servidor import Resposta as Lida
from poema.erros import ErroPoema
from servidor_falso import (
    Atendente,
    Resposta,
    demora,
    diz,
    em_ordem,
    entorta,
    interrompe,
    nao_acaba,
    recusa,
    servidor_falso,
)

CONVERSA = Pedido(0, "Escreva sobre a lua.", 7, INSTRUCAO)
CONTINUACAO = Pedido(0, "a lua\n@\n", 7, instrucao=None)


def pede(responde: Resposta, pedido: Pedido = CONTINUACAO) -> Lida:
    async def uma() -> Lida:
        cliente = Servidor(falso.url, "llama3.1", 0.8)
        try:
            return await cliente.pede(pedido)
        finally:
            await cliente.fecha()

    with servidor_falso(responde) as falso:
        return asyncio.run(uma())


@pytest.mark.parametrize("pedido", [CONVERSA, CONTINUACAO])
def test_a_resposta_vem_inteira_nos_dois_modos(pedido: Pedido) -> None:
    assert pede(diz("a lua caiu no quintal"), pedido) == Lida("a lua caiu no quintal", inteira=True)


def test_a_conversa_manda_a_instrucao_e_a_continuacao_manda_parar_no_terminador() -> None:
    async def ambos() -> None:
        cliente = Servidor(falso.url, "llama3.1", 0.8)
        await cliente.pede(CONVERSA)
        await cliente.pede(CONTINUACAO)
        await cliente.fecha()

    with servidor_falso(diz("a lua")) as falso:
        asyncio.run(ambos())
    conversa, continuacao = falso.pedidos
    assert conversa["caminho"] == "/v1/chat/completions"
    assert [m["content"] for m in conversa["messages"]] == [INSTRUCAO, "Escreva sobre a lua."]
    assert continuacao["caminho"] == "/v1/completions"
    assert (continuacao["prompt"], continuacao["stop"]) == ("a lua\n@\n", ["@"])
    assert all((p["model"], p["seed"], p["temperature"]) == ("llama3.1", 7, 0.8) for p in falso.pedidos)


def test_um_texto_vazio_e_uma_resposta() -> None:
    assert pede(diz("")) == Lida("", inteira=True)


def test_quem_para_no_limite_nao_acabou_o_poema() -> None:
    assert pede(diz("a lua caiu", fim="length")) == Lida("a lua caiu", inteira=False)


def test_um_texto_que_nao_acaba_e_cortado() -> None:
    lida = pede(nao_acaba)
    assert sala.TRANSBORDO < len(lida.texto) < sala.TRANSBORDO + 100
    assert not lida.inteira


@pytest.mark.parametrize("status", [429, 500, 503])
def test_ocupado_ou_com_defeito_e_tentado_de_novo(status: int) -> None:
    assert pede(em_ordem(recusa(status), recusa(status), diz("enfim"))).texto == "enfim"


def test_quem_so_falha_e_uma_falha_passageira() -> None:
    with pytest.raises(FalhaPassageira, match="HTTP 500"):
        pede(recusa(500))


def manda(dados: str) -> Resposta:
    def responde(atendente: Atendente, _: int) -> None:
        atendente.abre_fluxo()
        atendente.evento(dados)

    return responde


ESQUISITOS = ['{"choices": null}', '{"id": "1"}', "null", "[1]", '"oi"', '{"choices": [{"delta": null}]}', "{", ""]


@pytest.mark.parametrize("defeito", [interrompe, entorta, *map(manda, ESQUISITOS)])
@pytest.mark.parametrize("pedido", [CONVERSA, CONTINUACAO])
def test_uma_resposta_interrompida_ou_torta_e_uma_falha_passageira(defeito: Resposta, pedido: Pedido) -> None:
    with pytest.raises(FalhaPassageira):
        pede(defeito, pedido)


def test_um_emoji_partido_em_dois_pedacos_se_junta_e_a_metade_sozinha_nao_derruba() -> None:
    def responde(atendente: Atendente, _: int) -> None:
        atendente.abre_fluxo()
        for pedaco in ("a lua \ud83c", "\udf19 e \ud83c", " fim"):
            atendente.pedaco(pedaco)
        atendente.pedaco("", "stop")

    assert pede(responde).texto == "a lua \U0001f319 e \ufffd fim"


def test_quem_abre_a_resposta_e_nao_diz_nada_tem_um_prazo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sala, "PRAZO", 0.5)
    with pytest.raises(FalhaPassageira, match="sem resposta"):
        pede(demora)


def test_um_pedido_recusado_nao_se_tenta_de_novo() -> None:
    with pytest.raises(ErroPoema, match=r"recusou o pedido: HTTP 400.*não converso.*--continuacao"):
        pede(recusa(400, "não converso"))


@pytest.mark.parametrize("status", [401, 403])
def test_uma_chave_recusada_diz_onde_se_poe_a_chave(status: int) -> None:
    with pytest.raises(ErroPoema, match="OPENAI_API_KEY"):
        pede(recusa(status))


def confere(modelo: str, modelos: object, caminho: str = "") -> None:
    async def uma() -> None:
        cliente = Servidor(falso.url.removesuffix(caminho), modelo, 0.8)
        try:
            await cliente.confere()
        finally:
            await cliente.fecha()

    with servidor_falso(diz(""), modelos) as falso:
        asyncio.run(uma())


@pytest.mark.parametrize("modelo", ["llama3.1", "llama3.1:latest", "outro"])
def test_o_modelo_que_o_servidor_tem_e_aceito_com_ou_sem_latest(modelo: str) -> None:
    confere(modelo, ("llama3.1:latest", "outro"))


def test_o_modelo_que_falta_e_dito_com_os_que_ha() -> None:
    with pytest.raises(ErroPoema, match=r"não tem o modelo 'x'.*um, dois.*ollama pull x"):
        confere("x", ("um", "dois"))


def test_um_servidor_sem_modelo_algum_nao_e_confundido_com_servidor_nenhum() -> None:
    with pytest.raises(ErroPoema, match=r"não tem o modelo 'x'.*nenhum, por ora"):
        confere("x", None)


@pytest.mark.parametrize("lista", [["x"], [{"name": "x"}], 3, "oi"])
def test_uma_lista_de_modelos_que_nao_se_entende_da_uma_linha(lista: object) -> None:
    with pytest.raises(ErroPoema, match="não "):
        confere("x", lista)


def test_um_endereco_sem_v1_e_dito() -> None:
    with pytest.raises(ErroPoema, match=r"Falta /v1"):
        confere("x", (), caminho="/v1")


def test_sem_servidor_a_mensagem_ensina_a_ligar_o_ollama() -> None:
    with servidor_falso(diz("")) as falso:
        url = falso.url

    async def uma() -> None:
        cliente = Servidor(url, "llama3.1", 0.8)
        try:
            await cliente.confere()
        finally:
            await cliente.fecha()

    with pytest.raises(ErroPoema, match=r"não há um modelo de linguagem.*ollama serve.*ollama pull llama3\.1"):
        asyncio.run(uma())
