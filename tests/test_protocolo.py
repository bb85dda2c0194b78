"""O que se entende do que vem pela rede, e o que se diz do que não se entende."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poema.servico.protocolo import ErroDeProtocolo, PedeQuePare, PedeUmPoema, Ponto, evento, le, le_ponto

CAMPOS = ("tipo", "pedido", "inicio", "temperatura", "semente")
# O JSON deixa escrever metades de um par de surrogates, que não existem em UTF-8.
TEXTOS_DO_JSON = st.text(st.characters(exclude_categories=()))
VALORES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | TEXTOS_DO_JSON
    | st.sampled_from(["poema", "para", "a lua", 0.5, 2, 2**32 - 1, 2**32]),
    lambda valores: st.lists(valores) | st.dictionaries(TEXTOS_DO_JSON, valores),
    max_leaves=8,
)


def poema(**campos: Any) -> str:
    return json.dumps({"tipo": "poema"} | campos)


def recusa(mensagem: str | bytes) -> ErroDeProtocolo:
    with pytest.raises(ErroDeProtocolo) as erro:
        le(mensagem)
    return erro.value


def confere(mensagem: str | bytes) -> None:
    """Ou é um pedido, ou um erro; um e outro podem voltar pela rede."""
    try:
        pedido = le(mensagem)
    except ErroDeProtocolo as erro:
        campos = {"pedido": erro.pedido, "mensagem": str(erro)}
    else:
        campos = vars(pedido)
    volta = json.loads(evento("erro", **campos).encode("utf-8"))
    assert volta == {"tipo": "erro", **campos}


def test_so_o_tipo_e_obrigatorio() -> None:
    assert le('{"tipo":"poema"}') == PedeUmPoema(pedido=None, inicio="", temperatura=None, semente=None)
    assert le('{"tipo":"para"}') == PedeQuePare(pedido=None)


def test_um_pedido_completo_e_lido_como_veio() -> None:
    assert le('{"tipo":"poema","pedido":"a1","inicio":"a lua\\né","temperatura":0.5,"semente":7}') == PedeUmPoema(
        "a1", "a lua\né", 0.5, 7
    )
    assert le(' { "pedido" : "a1", "tipo" : "para" } ') == PedeQuePare("a1")


def test_nulo_e_o_mesmo_que_nao_escolher_mas_o_inicio_ou_e_texto_ou_nao_vem() -> None:
    assert le(poema(pedido=None, temperatura=None, semente=None)) == le(poema())
    assert str(recusa(poema(inicio=None))) == "inicio deve ser um texto de até 300 caracteres. Recebido: None."


def test_os_limites_ainda_valem_e_um_passo_alem_deles_nao() -> None:
    assert le(poema(temperatura=0)).temperatura == 0
    assert le(poema(temperatura=2)).temperatura == 2
    assert le(poema(semente=0)).semente == 0
    assert le(poema(semente=4294967295)).semente == 4294967295
    assert le(poema(inicio="é" * 300)).inicio == "é" * 300
    assert le(poema(pedido="🌙" * 40)).pedido == "🌙" * 40
    for demais in (
        {"temperatura": 2.0000001},
        {"temperatura": -1e-9},
        {"semente": -1},
        {"semente": 4294967296},
        {"inicio": "é" * 301},
        {"pedido": "🌙" * 41},
    ):
        recusa(poema(**demais))


def test_a_temperatura_lida_e_sempre_um_numero_com_virgula() -> None:
    assert isinstance(le(poema(temperatura=1)).temperatura, float)


def test_campos_desconhecidos_sao_ignorados() -> None:
    assert le(poema(pedido="a", cor="azul", inicios=["a"])) == le(poema(pedido="a"))
    assert le('{"tipo":"para","pedido":"a","inicio":3}') == PedeQuePare("a")


@pytest.mark.parametrize(
    ("campos", "mensagem"),
    [
        ('"temperatura":2.5', "temperatura deve ser um número de 0 a 2. Recebido: 2.5."),
        ('"temperatura":"0.5"', "temperatura deve ser um número de 0 a 2. Recebido: '0.5'."),
        ('"temperatura":true', "temperatura deve ser um número de 0 a 2. Recebido: True."),
        ('"temperatura":1e999', "temperatura deve ser um número de 0 a 2. Recebido: inf."),
        ('"temperatura":-1e999', "temperatura deve ser um número de 0 a 2. Recebido: -inf."),
        ('"temperatura":[0.5]', "temperatura deve ser um número de 0 a 2. Recebido: [0.5]."),
        ('"semente":1.0', "semente deve ser um inteiro de 0 a 4294967295. Recebido: 1.0."),
        ('"semente":false', "semente deve ser um inteiro de 0 a 4294967295. Recebido: False."),
        ('"semente":"7"', "semente deve ser um inteiro de 0 a 4294967295. Recebido: '7'."),
        ('"semente":{}', "semente deve ser um inteiro de 0 a 4294967295. Recebido: {}."),
        ('"inicio":7', "inicio deve ser um texto de até 300 caracteres. Recebido: 7."),
        ('"inicio":["a"]', "inicio deve ser um texto de até 300 caracteres. Recebido: ['a']."),
        ('"inicio":"a\\ud800"', r"inicio deve ser um texto de até 300 caracteres. Recebido: 'a\ud800'."),
        ('"inicio":"\\udfff\\ud800"', r"inicio deve ser um texto de até 300 caracteres. Recebido: '\udfff\ud800'."),
        ('"inicio":"\\udfff"', r"inicio deve ser um texto de até 300 caracteres. Recebido: '\udfff'."),
        ('"inicio":"\\udc00a"', r"inicio deve ser um texto de até 300 caracteres. Recebido: '\udc00a'."),
    ],
)
def test_um_valor_errado_e_dito_com_a_regra_o_que_veio_e_o_nome_do_pedido(campos: str, mensagem: str) -> None:
    erro = recusa(f'{{"tipo":"poema","pedido":"a1",{campos}}}')
    assert str(erro) == mensagem
    assert erro.pedido == "a1"


@pytest.mark.parametrize("pedido", ["7", "true", '["a1"]', '"\\ud800"', '"' + "a" * 41 + '"', "{}"])
@pytest.mark.parametrize("tipo", ["poema", "para", "outro"])
def test_um_nome_que_nao_serve_nao_volta_no_erro(tipo: str, pedido: str) -> None:
    erro = recusa(f'{{"tipo":"{tipo}","pedido":{pedido}}}')
    assert str(erro).startswith("pedido deve ser um texto de até 40 caracteres. Recebido: ")
    assert erro.pedido is None


@pytest.mark.parametrize("tipo", ['"Poema"', '"ola"', '""', "null", "7", '["poema"]', '{"poema":1}'])
def test_um_tipo_desconhecido_e_recusado_pelo_nome(tipo: str) -> None:
    erro = recusa(f'{{"tipo":{tipo},"pedido":"a1"}}')
    assert str(erro) == f"tipo deve ser 'poema' ou 'para'. Recebido: {json.loads(tipo)!r}."
    assert erro.pedido == "a1"


def test_sem_tipo_nao_se_adivinha_o_que_se_quer() -> None:
    assert "tipo deve ser 'poema' ou 'para'" in str(recusa('{"inicio":"a lua"}'))


@pytest.mark.parametrize(
    "mensagem",
    [
        "",
        "oi",
        "null",
        "7",
        '"poema"',
        '[{"tipo":"poema"}]',
        '{"tipo":"poema"',
        '{"tipo":"poema"}{}',
        "{'tipo':'poema'}",
        '{"tipo":"poema","temperatura":NaN}',
        '{"tipo":"poema","temperatura":Infinity}',
        '{"tipo":"poema","temperatura":-Infinity}',
        '{"tipo":"poema","inicio":"a\x00"}',
        "\x00",
        "\ufeff{}",
    ],
)
def test_o_que_nao_e_um_objeto_json_e_recusado_e_mostrado(mensagem: str) -> None:
    erro = recusa(mensagem)
    assert str(erro) == f"a mensagem deve ser um objeto JSON. Recebido: {mensagem!r}."
    assert erro.pedido is None


def test_bytes_nao_sao_uma_mensagem() -> None:
    assert str(recusa(b'{"tipo":"poema"}')) == "a mensagem deve ser um texto. Recebido: bytes."


def test_um_nul_escrito_como_o_json_manda_e_um_caractere_como_outro() -> None:
    assert le('{"tipo":"poema","inicio":"\\u0000"}').inicio == "\0"  # quem o recusa é o vocabulário


def test_o_que_e_comprido_aparece_encurtado() -> None:
    for mensagem in ("x" * 2000, poema(pedido="p" * 2000), poema(inicio="i" * 2000), poema(semente=10**1900)):
        erro = str(recusa(mensagem))
        assert len(erro) < 200
        assert erro.endswith("….")


@pytest.mark.parametrize("abre_fecha", ["[]", '{"a":}'])
@pytest.mark.parametrize("campo", [None, *CAMPOS])
def test_o_que_e_fundo_demais_e_recusado_em_qualquer_profundidade(campo: str | None, abre_fecha: str) -> None:
    abre, fecha = abre_fecha[:-1], abre_fecha[-1]
    for fundo in (*range(1, 1024, 7), 2048, 100_000):
        valor = abre * fundo + "1" + fecha * fundo
        recusa(valor if campo is None else f'{{"{campo}":{valor}}}')
    recusa(abre * 2048)


@pytest.mark.parametrize("digitos", [400, 1900, 5000])
def test_um_inteiro_imenso_e_recusado_em_qualquer_campo(digitos: int) -> None:
    for campo in CAMPOS:
        recusa(f'{{"tipo":"poema","{campo}":1{"0" * digitos}}}')


@given(st.text() | st.binary())
def test_qualquer_mensagem_e_um_pedido_ou_um_erro_que_pode_voltar_pela_rede(mensagem: str | bytes) -> None:
    confere(mensagem)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(CAMPOS, VALORES)), st.booleans())
def test_qualquer_valor_em_qualquer_campo_da_um_pedido_ou_um_erro(campos: dict[str, Any], de_poema: bool) -> None:
    confere(json.dumps(campos | ({"tipo": "poema"} if de_poema else {})))


@given(st.text())
def test_um_evento_e_uma_linha_so_e_volta_igual(texto: str) -> None:
    enviado = evento("texto", epoca=7, deslocamento=0, texto=texto)
    assert "\n" not in enviado
    assert json.loads(enviado.encode("utf-8")) == {"tipo": "texto", "epoca": 7, "deslocamento": 0, "texto": texto}


def test_um_evento_nao_gasta_bytes_com_espacos_nem_com_acentos() -> None:
    assert evento("texto", texto="não há") == '{"tipo":"texto","texto":"não há"}'


def test_o_endereco_diz_onde_quem_le_parou() -> None:
    assert le_ponto("/ws/?palco=91c0ffee-0.5&epoca=1017&deslocamento=42") == Ponto("91c0ffee-0.5", 1017, 42)
    assert le_ponto("/ws/?deslocamento=0&de=fora&epoca=4294967295&palco=x") == Ponto("x", 4294967295, 0)


@given(st.text(st.characters(codec="utf-8"), min_size=1), st.integers(0, 2**32 - 1), st.integers(0, 10**6))
def test_o_que_a_pagina_guarda_volta_igual_pelo_endereco(palco: str, epoca: int, deslocamento: int) -> None:
    consulta = urlencode({"palco": palco, "epoca": epoca, "deslocamento": deslocamento})
    assert le_ponto(f"/ws/?{consulta}") == Ponto(palco, epoca, deslocamento)


@pytest.mark.parametrize(
    "caminho",
    [
        "/ws/",
        "/ws/?",
        "/ws/?palco=a&epoca=1",
        "/ws/?palco=a&deslocamento=1",
        "/ws/?epoca=1&deslocamento=1",
        "/ws/?palco=&epoca=1&deslocamento=1",
        "/ws/?palco=a&palco=a&epoca=1&deslocamento=1",
        "/ws/?palco=a&epoca=1&epoca=2&deslocamento=1",
        "/ws/?palco=a&epoca=1&deslocamento=1&deslocamento=1",
        "/ws/?palco=a&epoca=-1&deslocamento=1",
        "/ws/?palco=a&epoca=1&deslocamento=-1",
        "/ws/?palco=a&epoca=4294967296&deslocamento=1",
        "/ws/?palco=a&epoca=x&deslocamento=1",
        "/ws/?palco=a&epoca=1&deslocamento=1.0",
        "/ws/?palco=a&epoca=1e3&deslocamento=1",
        "/ws/?palco=a&epoca=0x1&deslocamento=1",
        "/ws/?palco=a&epoca=1&deslocamento=" + "9" * 5000,
        "/ws/?palco=a&epoca=1&deslocamento=1" + "&a=1" * 20,
        "/ws/#palco=a&epoca=1&deslocamento=1",
        "//[",
    ],
)
def test_um_endereco_que_nao_se_entende_e_o_de_quem_chega_agora(caminho: str) -> None:
    assert le_ponto(caminho) is None


@pytest.mark.parametrize(
    "numero", ["\u0661\u0662", "%D9%A1", "1_000", "%2B12", "+12", "12%20", "\uff11\uff12", "%0A12"]
)
def test_so_os_algarismos_de_sempre_fazem_um_numero(numero: str) -> None:
    assert le_ponto(f"/ws/?palco=a&epoca={numero}&deslocamento=1") is None
    assert le_ponto(f"/ws/?palco=a&epoca=1&deslocamento={numero}") is None
