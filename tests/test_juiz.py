"""O juiz: o que ele lê, o que se aceita que responda, e quando merece confiança."""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from poema.avaliacao import juiz
from poema.avaliacao.juiz import TENTATIVAS, Julgamento, embaralha, julga, le_notas
from poema.avaliacao.razao import Razao
from poema.caminhos import DATASET
from poema.colheita import servidor as sala
from poema.colheita.servidor import Servidor
from poema.dados.poemas import le_poemas
from poema.erros import ErroPoema
from servidor_falso import Atendente, Resposta, demora, diz, em_ordem, interrompe, recusa, servidor_falso

REAIS = [f"verso {n} que fala da lua,\ne do gato no quintal\n\nque espera a chuva {n}" for n in range(12)]
GERADOS = [f"a lua {n} caiu\nno colo do mar" for n in range(5)]


@pytest.fixture(autouse=True)
def sem_espera(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(juiz, "ESPERA", 0.01)


def lido(falso: Any, n: int) -> str:
    """O poema que foi no pedido de número n."""
    return str(falso.pedidos[n]["messages"][1]["content"]).removesuffix(juiz.LEMBRETE)


def notas(coesao: int, coerencia: int) -> Resposta:
    return diz(json.dumps({"coesao": coesao, "coerencia": coerencia}))


def resultado(
    responde: Resposta, semente: int = 0, paralelos: int = 3, avisa: Callable[[], None] = lambda: None
) -> tuple[Julgamento, list[dict[str, Any]]]:
    """O julgamento dos poemas acima por um servidor de mentira, e os pedidos que ele recebeu."""
    with servidor_falso(responde) as falso:
        servidor = Servidor(falso.url, "llama3.1", 0.0, "--juiz-modelo")
        return asyncio.run(julga(servidor, GERADOS, REAIS, semente, paralelos, avisa)), falso.pedidos


def quem_sabe_ler(atendente: Atendente, n: int) -> None:
    """9 e 7 para poemas de verdade, 2 e 0 para embaralhados, 5 e 3 para os gerados."""
    poema = lido(atendente.server, n)
    responde = notas(9, 7) if poema in REAIS else notas(5, 3) if poema in GERADOS else notas(2, 0)
    responde(atendente, n)


@pytest.mark.parametrize("coesao", [0, 10])
def test_o_json_pedido_e_lido_com_espacos_e_em_qualquer_ordem(coesao: int) -> None:
    assert le_notas(f'\n{{ "coerencia": 3, "coesao": {coesao} }} ') == (coesao, 3)


@pytest.mark.parametrize(
    "resposta",
    [
        "",
        "Coesão 7, coerência 8.",
        'Claro! {"coesao": 7, "coerencia": 8}',
        '```json\n{"coesao": 7, "coerencia": 8}\n```',
        '{"coesao": 7, "coerencia": 8} Espero ter ajudado.',
        '{"coesao": 7, "coerencia": 8',
        '{"coesao": 7}',
        '{"coesao": 7, "coerencia": 8, "beleza": 9}',
        '{"Coesao": 7, "coerencia": 8}',
        '{"coesao": 11, "coerencia": 8}',
        '{"coesao": 7, "coerencia": -1}',
        '{"coesao": 7.5, "coerencia": 8}',
        '{"coesao": 7.0, "coerencia": 8}',
        '{"coesao": true, "coerencia": 8}',
        '{"coesao": "7", "coerencia": 8}',
        '{"coesao": null, "coerencia": 8}',
        '{"coesao": NaN, "coerencia": 8}',
        '{"coesao": [7], "coerencia": 8}',
        "[7, 8]",
        "7",
        "null",
        "[" * 4000,
    ],
)
def test_qualquer_outra_resposta_nao_da_nota(resposta: str) -> None:
    assert le_notas(resposta) is None


def test_o_embaralhado_tem_as_mesmas_palavras_e_tantas_em_cada_verso() -> None:
    poema = "a lua, a lua caiu\nno quintal\n\ndo meu avô que já  dorme"
    solto = embaralha(poema, random.Random(1))
    assert solto != poema
    assert Counter(solto.split()) == Counter(poema.split())
    assert [len(verso.split()) for verso in solto.split("\n")] == [5, 2, 0, 6]


def test_quem_da_notas_maiores_aos_poemas_de_verdade_serve() -> None:
    feitos: list[None] = []
    julgamento, _ = resultado(quem_sabe_ler, avisa=lambda: feitos.append(None))
    assert julgamento.apto
    assert julgamento.parou is None
    assert julgamento.grupos["modelo"].coesao == Razao(5, 5, 5)
    assert julgamento.grupos["modelo"].coerencia == Razao(3, 3, 3)
    assert julgamento.grupos["reais"].coesao == Razao(9, 9, 9)
    assert julgamento.grupos["embaralhados"].coerencia == Razao(0, 0, 0)
    assert julgamento.separacao == Razao(7, 7, 7)
    assert [(g.poemas, g.julgados, g.falhas) for g in julgamento.grupos.values()] == [
        (5, 5, 0),
        (12, 12, 0),
        (12, 12, 0),
    ]
    assert len(feitos) == 5 + 12 + 12
    assert julgamento.linhas() == [
        "              julgados      falhas  coesão                 coerência",
        "modelo        5 de 5        0       5,0 (de 5,0 a 5,0)     3,0 (de 3,0 a 3,0)",
        "reais         12 de 12      0       9,0 (de 9,0 a 9,0)     7,0 (de 7,0 a 7,0)",
        "embaralhados  12 de 12      0       2,0 (de 2,0 a 2,0)     0,0 (de 0,0 a 0,0)",
        "o juiz serve: separa poemas de verdade dos embaralhados por 7,0 (de 7,0 a 7,0) pontos",
    ]


def test_quem_da_a_mesma_nota_a_tudo_nao_serve() -> None:
    julgamento, _ = resultado(notas(8, 8))
    assert not julgamento.apto
    assert julgamento.linhas()[-1] == (
        "o juiz não serve: a diferença entre poemas de verdade e embaralhados, 0,0 (de 0,0 a 0,0), "
        "não está toda acima de 0; desconsidere as notas"
    )


def test_quem_da_notas_ao_acaso_nao_serve() -> None:
    acaso = random.Random(3)
    julgamento, _ = resultado(lambda a, n: notas(acaso.randint(0, 10), acaso.randint(0, 10))(a, n), paralelos=1)
    assert julgamento.separacao.de < 0 < julgamento.separacao.ate
    assert not julgamento.apto


def test_com_poucos_pares_ninguem_serve() -> None:
    poucas = {(grupo, n): nota for grupo, nota in (("reais", (9, 9)), ("embaralhados", (0, 0))) for n in range(9)}
    julgamento = Julgamento.de_notas({"modelo": 0, "reais": 9, "embaralhados": 9}, poucas, None)
    assert julgamento.separacao.de == 9
    assert not julgamento.apto
    assert "de 9 poemas leu o verdadeiro e o embaralhado, e são precisos 10" in julgamento.linhas()[-1]


def test_uma_resposta_ruim_e_pedida_de_novo_com_outra_semente_e_um_lembrete() -> None:
    julgamento, pedidos = resultado(em_ordem(diz("Gostei!"), notas(7, 7)), paralelos=1)
    assert sum(grupo.falhas for grupo in julgamento.grupos.values()) == 0
    assert len(pedidos) == 29 + 1
    antes, depois = (pedido["messages"][1]["content"] for pedido in pedidos[:2])
    assert depois == antes + juiz.LEMBRETE
    assert len({pedido["seed"] for pedido in pedidos}) == len(pedidos)


def test_quem_so_responde_bobagem_tem_todas_as_falhas_contadas() -> None:
    julgamento, pedidos = resultado(diz("Que lindo poema!"))
    assert len(pedidos) == 29 * TENTATIVAS
    assert [(grupo.julgados, grupo.falhas) for grupo in julgamento.grupos.values()] == [(0, 5), (0, 12), (0, 12)]
    assert julgamento.parou is None
    assert julgamento.linhas()[1] == "modelo        0 de 5        5       sem notas              sem notas"
    assert "o juiz não serve: de 0 poemas" in julgamento.linhas()[-1]


def test_o_juiz_nao_sabe_de_quem_e_cada_poema() -> None:
    _, pedidos = resultado(quem_sabe_ler, paralelos=1)
    instrucoes = {pedido["messages"][0]["content"] for pedido in pedidos}
    assert instrucoes == {juiz.INSTRUCAO}
    assert all(len(pedido["messages"]) == 2 for pedido in pedidos)
    enviado = json.dumps([{**pedido, "model": ""} for pedido in pedidos], ensure_ascii=False).lower()
    assert not any(pista in enviado for pista in ("modelo", "reais", "real", "embaralha", "gerado", "humano"))
    textos = [pedido["messages"][1]["content"] for pedido in pedidos]
    ordem = ["real" if t in REAIS else "gerado" if t in GERADOS else "solto" for t in textos]
    assert Counter(ordem) == {"real": 12, "gerado": 5, "solto": 12}
    trocas = sum(um != outro for um, outro in pairwise(ordem))
    assert trocas > 10  # em blocos seriam 2


def test_a_semente_decide_a_ordem_e_o_embaralhamento() -> None:
    def textos(semente: int) -> list[str]:
        return [pedido["messages"][1]["content"] for pedido in resultado(quem_sabe_ler, semente, 1)[1]]

    assert textos(2**32 - 1) == textos(2**32 - 1) != textos(1)


def test_o_formato_da_resposta_vai_no_pedido() -> None:
    _, pedidos = resultado(quem_sabe_ler)
    for pedido in pedidos:
        assert pedido["temperature"] == 0
        assert 0 <= pedido["seed"] < 2**31
        esquema = pedido["response_format"]["json_schema"]["schema"]
        assert esquema["required"] == ["coesao", "coerencia"]
        assert esquema["additionalProperties"] is False


@pytest.mark.parametrize(
    ("defeito", "motivo"),
    [
        (interrompe, "parou de responder"),
        (recusa(500), "HTTP 500"),
        (recusa(400, "cansei"), "recusou o pedido: HTTP 400"),
    ],
)
def test_se_o_servidor_para_no_meio_as_notas_obtidas_ficam_e_o_motivo_e_dito(defeito: Resposta, motivo: str) -> None:
    julgamento, _ = resultado(em_ordem(*[notas(8, 6)] * 20, defeito), paralelos=1)
    assert julgamento.parou is not None
    assert motivo in julgamento.parou
    assert "\n" not in julgamento.parou
    assert sum(grupo.julgados for grupo in julgamento.grupos.values()) == 20
    assert all(grupo.coesao == Razao(8, 8, 8) for grupo in julgamento.grupos.values() if grupo.julgados)


def test_um_pedido_recusado_cita_a_opcao_do_juiz() -> None:
    julgamento, pedidos = resultado(recusa(400, "não sei JSON"), paralelos=1)
    assert len(pedidos) == 1
    assert str(julgamento.parou).endswith("Confira --juiz-modelo; ele precisa responder em JSON.")


def test_uma_falha_que_passa_nao_para_o_juiz() -> None:
    julgamento, _ = resultado(em_ordem(interrompe, notas(8, 8), interrompe, interrompe, notas(8, 8)), paralelos=1)
    assert julgamento.parou is None
    assert sum(grupo.julgados for grupo in julgamento.grupos.values()) == 29


def test_um_servidor_que_abre_a_resposta_e_nao_diz_nada_para_o_juiz(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sala, "PRAZO", 0.3)
    julgamento, _ = resultado(demora)
    assert "parou de responder (sem resposta em" in str(julgamento.parou)
    assert not julgamento.apto


def test_um_servidor_lento_mas_dentro_do_prazo_e_esperado() -> None:
    def com_calma(atendente: Atendente, n: int) -> None:
        time.sleep(0.1)
        quem_sabe_ler(atendente, n)

    julgamento, _ = resultado(com_calma, paralelos=8)
    assert julgamento.apto


def test_um_servidor_ausente_da_uma_linha() -> None:
    with servidor_falso(diz("")) as falso:
        url = falso.url
    with pytest.raises(ErroPoema, match="não há um modelo de linguagem") as erro:
        asyncio.run(julga(Servidor(url, "llama3.1", 0.0, "--juiz-modelo"), GERADOS, REAIS, 0, 3, lambda: None))
    assert "\n" not in str(erro.value)


def test_um_modelo_que_o_servidor_nao_tem_cita_a_opcao_do_juiz() -> None:
    with (
        servidor_falso(diz(""), ("um", "dois")) as falso,
        pytest.raises(ErroPoema, match="Escolha em --juiz-modelo um"),
    ):
        asyncio.run(julga(Servidor(falso.url, "x", 0.0, "--juiz-modelo"), GERADOS, REAIS, 0, 3, lambda: None))


def test_o_dicionario_vai_para_um_json_sem_nan() -> None:
    julgamento, _ = resultado(diz("não"))
    dicionario = json.loads(json.dumps(julgamento.como_dicionario(), allow_nan=False))
    assert dicionario["apto"] is False
    assert dicionario["parou"] is None
    assert dicionario["pares"] == 0
    assert dicionario["grupos"]["modelo"] == {
        "poemas": 5,
        "julgados": 0,
        "falhas": 5,
        "coesao": {"valor": None, "de": None, "ate": None},
        "coerencia": {"valor": None, "de": None, "ate": None},
    }


@pytest.mark.modelo_de_linguagem
@pytest.mark.timeout(900)  # a máquina pode estar ocupada
def test_um_modelo_de_linguagem_de_verdade_da_notas_ou_falha_em_todos(gemma: str) -> None:
    curtos = sorted(le_poemas(DATASET, minusculas=True).textos, key=len)[:4]
    servidor = Servidor(gemma, "gemma", 0.0, "--juiz-modelo")
    julgamento = asyncio.run(julga(servidor, curtos[:2], curtos[2:], 0, 2, lambda: None))
    assert julgamento.parou is None
    for grupo in julgamento.grupos.values():
        assert grupo.julgados + grupo.falhas == grupo.poemas == 2
    print("\n".join(julgamento.linhas()))
