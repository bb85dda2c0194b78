"""A rede da página faz a conta do Python: os logits, o acaso, o sorteio, o vocabulário, o arquivo; e os mesmos poemas.

É o próprio código de `index.html`: nas contas, rodado em uma aba em branco; nos poemas, no worker que ela abre.
"""

import base64
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from conftest import pesos_ao_acaso
from poema import espelho, navegador
from poema.caminhos import DATASET
from poema.dados.poemas import le_poemas
from poema.dados.vocabulario import Vocabulario
from poema.erros import ErroPoema
from poema.exportacao.certificado import LOGITS, PASSOS
from poema.geracao.amostragem import Amostragem
from poema.geracao.artefato import Artefato, le_artefato
from poema.geracao.poeta import Poeta
from poema.geracao.raio_x import Leitura
from poema.geracao.sorteio import uniformes
from poema.geracao.web import empacota, le_web, tipo_exato

from .conftest import MODELO, PAGINA

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.navegador

(REDE,) = re.findall(r'<script id="rede" type="text/plain">(.*?)</script>', PAGINA.read_text("utf-8"), re.DOTALL)
TIPOS = ("int8", "float16", "float32")
SEMENTES = 200
DIVISA = 1e-5  # dois poemas só podem separar-se onde o número sorteado caiu mais perto que isto de mudar de caractere


@pytest.fixture(scope="module")
def js(chromium: "Browser") -> "Iterator[Page]":
    """Uma aba em branco em que `R` é tudo o que há no código da rede."""
    pagina = chromium.new_page()
    nomes = "Rede, GRU, Matriz, acaso, abre, fazeres, get rede() { return rede; }, set rede(outra) { rede = outra; }"
    pagina.evaluate("fonte => { window.R = new Function(fonte)(); }", f"{REDE}; return {{{nomes}}};")
    yield pagina
    pagina.close()


def abre_nela(js: "Page", conteudo: bytes) -> Any:
    return js.evaluate(
        "texto => R.fazeres.abre({arquivo: Uint8Array.from(atob(texto), letra => letra.charCodeAt(0)).buffer})",
        base64.b64encode(conteudo).decode(),
    )


@pytest.fixture(scope="module")
def modelo() -> Artefato:
    return le_artefato(MODELO)


def ao_acaso(simbolos: str, camadas: int, unidades: int, fronteira: bool = True) -> Artefato:
    """Uma rede que nada aprendeu."""
    vocabulario = Vocabulario((*([""] if fronteira else []), *sorted(simbolos)))
    pesos = pesos_ao_acaso(len(vocabulario), unidades, camadas)
    return replace(Artefato.de_pesos(pesos, vocabulario), resumo="0123abcd")


def lido(artefato: Artefato, tipo: str, pasta: Path) -> tuple[bytes, Artefato]:
    """O arquivo da página, e como o Python o lê."""
    conteudo = empacota(artefato, tipo, 0.5)
    (pasta / "m.poema").write_bytes(conteudo)
    return conteudo, le_web(pasta / "m.poema")


# -------------------------------------------------------------------------------------------------------- os logits


def logits_dela(js: "Page", indices: list[int]) -> np.ndarray:
    """Os logits depois de cada símbolo, sem nunca esquecer; antes do primeiro, ela já leu o índice 0."""
    codigo = "indices => { R.rede.comeca(); return indices.map(i => (R.rede.le(i), Array.from(R.rede.logits))); }"
    return np.array(js.evaluate(codigo, indices))


def logits_daqui(artefato: Artefato, indices: list[int]) -> np.ndarray:
    memoria = artefato.celula.memoria(1)
    return np.array([artefato.celula.passo([indice], memoria)[0] for indice in [0, *indices]])[1:]


def texto_com_acentos(vocabulario: Vocabulario) -> list[int]:
    texto = "\n\n".join(le_poemas(DATASET, minusculas=True).textos)[:PASSOS]
    assert set("ãéçõê") <= set(texto)
    indices: list[int] = vocabulario.codifica(texto).tolist()
    return indices


@pytest.mark.parametrize("tipo", ["float32", "float16"])
def test_os_logits_sao_os_do_numpy_em_dois_mil_simbolos_sem_esquecer(js: "Page", modelo: Artefato, tipo: str) -> None:
    abre_nela(js, empacota(modelo, tipo, 0.5))
    indices = texto_com_acentos(modelo.vocabulario)
    diferenca = np.abs(logits_dela(js, indices) - logits_daqui(modelo, indices)).max()
    assert diferenca <= LOGITS[tipo]


def test_em_oito_bits_os_logits_sao_os_do_numpy_com_os_mesmos_pesos(
    js: "Page", modelo: Artefato, tmp_path: Path
) -> None:
    conteudo, em_oito_bits = lido(modelo, "int8", tmp_path)
    abre_nela(js, conteudo)
    indices = texto_com_acentos(modelo.vocabulario)
    assert np.abs(logits_dela(js, indices) - logits_daqui(em_oito_bits, indices)).max() <= LOGITS["float32"]


@pytest.mark.parametrize(("camadas", "unidades"), [(1, 16), (1, 13), (3, 7), (3, 22)])
@pytest.mark.parametrize("tipo", TIPOS)
def test_uma_rede_de_qualquer_tamanho_da_os_mesmos_logits(
    js: "Page", camadas: int, unidades: int, tipo: str, tmp_path: Path
) -> None:
    conteudo, artefato = lido(ao_acaso("abcãéç \n", camadas, unidades), tipo, tmp_path)
    assert abre_nela(js, conteudo) == {
        "modelo": artefato.resumo,
        "temperatura": 0.5,
        "camadas": [unidades] * camadas,
    }
    indices = np.random.default_rng(2).integers(len(artefato.vocabulario), size=PASSOS).tolist()
    assert np.abs(logits_dela(js, indices) - logits_daqui(artefato, indices)).max() <= LOGITS["float32"]


def test_a_leitura_de_um_texto_e_a_do_raio_x(js: "Page", modelo: Artefato, tmp_path: Path) -> None:
    conteudo, artefato = lido(modelo, tipo_exato(modelo), tmp_path)
    abre_nela(js, conteudo)
    texto = "a lua caiu no quintal,\nmeu avô não viu."
    dela = js.evaluate(
        "texto => { const lida = R.fazeres.le({texto}); return {...lida, memoria: Array.from(lida.memoria)}; }", texto
    )
    leitura = Leitura(artefato)
    daqui = [leitura.le(letra) for letra in texto]
    assert np.allclose(dela["surpresas"], [posicao.surpresa for posicao in daqui], atol=1e-4)
    assert np.allclose(dela["memoria"], np.concatenate([posicao.memoria for posicao in daqui]), atol=1e-5)
    for nela, posicao in zip(dela["esperados"], daqui, strict=True):
        assert [simbolo for simbolo, _ in nela] == [simbolo for simbolo, _ in posicao.esperados]
        assert np.allclose([p for _, p in nela], [p for _, p in posicao.esperados], atol=1e-5)


# ---------------------------------------------------------------------------------------------- o acaso e o sorteio


def test_os_numeros_ao_acaso_sao_os_mesmos_bit_por_bit(js: "Page") -> None:
    sementes = [0, 1, 2, 3, 7, 200, 65535, 65536, 2**31 - 1, 2**31, 2**31 + 1, 1640531527, 4294967294, 4294967295]
    dela = js.evaluate(
        "sementes => sementes.map(semente => Array.from({length: 5000}, (_, n) => R.acaso(semente, n)))", sementes
    )
    assert np.array_equal(np.array(dela), uniformes(sementes, 0, 5000))


ESCOLHE = """([temperatura, logits, acasos]) => logits.map((linha, i) => {
  const {pesos, escolhe} = R.Rede.prototype;
  return escolhe.call({pesos, logits: Float64Array.from(linha)}, temperatura, acasos[i]);
})"""


@pytest.mark.parametrize("temperatura", [0, 1e-300, 1e-6, 0.01, 0.3, 0.5, 1, 1.5, 2])
def test_o_sorteio_escolhe_o_mesmo_simbolo(js: "Page", temperatura: float) -> None:
    sorteio = np.random.default_rng(3)
    logits = sorteio.normal(0, 6, (3000, 60)).astype(np.float32)
    logits[1000:2000] = np.round(logits[1000:2000])  # com muitos empates, no mais provável também
    logits[2000:2100] = sorteio.normal(0, 1, (100, 1))  # todos iguais: 60 pesos 1
    logits[2100:2200] = sorteio.choice([0.0, -0.0], (100, 60))
    logits[2200:2300] *= 1000  # quase todos os pesos somem
    acaso = sorteio.random(3000)
    acaso[::5] = 0
    acaso[1::5] = 1 - 2**-53
    acaso[2000:2060] = np.arange(60) / 60
    acaso[2100:2150] = np.arange(50) / 64
    dela = js.evaluate(ESCOLHE, [temperatura, logits.tolist(), acaso.tolist()])
    assert dela == Amostragem(temperatura=temperatura).escolhe(logits, acaso).tolist()


@pytest.mark.parametrize("simbolos", [4, 64])
def test_na_divisa_exata_entre_dois_simbolos_fica_o_segundo(js: "Page", simbolos: int) -> None:
    logits, acaso = np.full((simbolos, simbolos), 1.5, np.float32), np.arange(simbolos) / simbolos
    dela = js.evaluate(ESCOLHE, [0.7, logits.tolist(), acaso.tolist()])
    assert dela == list(range(simbolos)) == Amostragem(temperatura=0.7).escolhe(logits, acaso).tolist()


# ---------------------------------------------------------------------------------------------------- o vocabulário

ESTRANHOS = [
    *("", " ", "\n", "a lua", "A LUA CAIU NO QUINTAL", "Ação, Ômega e ÇÃO", "à è ì ò ù", "ÀÈÌÒÙ", "ñ Ñ ü Ü ï ÿ Ÿ"),
    *(
        "a\u0303 e\u0301 c\u0327",
        "A\u0303\u0301",
        "\u0303",
        "a\u0303\u0303",
        "e\u0301\u0323",
        "o\u0302\u0301",
        "\u1ed1",
    ),
    *("linha\r\noutra\r\n", "só\rassim", "\r\n\r\n", "\r\r\n", "tab\taqui", "\0", "\x07\x1b[31m", "\x7f", "\x85\xa0"),
    *("🙂", "\U0001f469\u200d\U0001f467", "\U0001f3f3\ufe0f", "🇧🇷", "a🙂b🙂c", "é🙂É", "\U000e0061", "\U0010ffff"),
    *(
        "ß",
        "ẞ",
        "İ",
        "\u0131",
        "I\u0307",
        "\u017f",
        "ŉ",
        "ǅ Ǆ ǆ",
        "\u212a \u212b Å",
        "Σ ς σ ΣΑΣ",
        "Ω \u2126",
        "µ \u03bc",
    ),
    *("ﬁ ﬂ ﬀ ﬃ", "Œ œ Æ æ", "ĳ Ĳ", "ª º", "½ ²", "…", "\u2014\u2013\u2010-", "“aspas”", "\u2018simples\u2019", "«»"),
    *("l'água", "'", '"', "`", "\\", "\\n", "a\\b'c", "<b>&amp;</b>", "${a}", "!?;:()[]{}@#%*+=/|~^", "0123456789"),
    *("\u200b\u200c\u2060\ufeff", "\u2028\u2029", "\u00ad", "\u3000", "\ufffd", "\ue000", "\uf8ff\U0001d49c", "\ufdfa"),
    *("日本語", "한국어", "\u1112\u1161\u11ab", "עברית", "العربية", "ไทย", "हिन्दी", "Ελληνικά", "Кириллица", "ё Ё"),
    *("\uff41\uff22\uff43", "①", "\u0344", "\u0958", "\u2adc", "\ufb1d", "\U0001d157\U0001d165", "\U0001d54f"),
    *("\ud83d", "\udc00a", "a\ud800", "\udbff\udbff", "ok \udfff fim"),  # metades de um par, sem a outra
    *("x" * 300, "çÇ" * 100, "zyxwvutsrqponmlkjihgfedcba", "ZYX🙂WVU", "\ue000\U0001d49c\ud800b"),
]


def unidades(texto: str) -> list[int]:
    """Em UTF-16: meio par não viaja de outro jeito."""
    codificado = texto.encode("utf-16-le", "surrogatepass")
    return list(struct.unpack(f"<{len(codificado) // 2}H", codificado))


DOBRA = """textos => textos.map(unidades => {
  const daqui = texto => Array.from({length: texto.length}, (_, i) => texto.charCodeAt(i));
  const dobrado = R.rede.dobra(String.fromCharCode(...unidades));
  try {
    return [daqui(dobrado), R.rede.codifica(dobrado), null];
  } catch (erro) {
    return [daqui(dobrado), null, daqui(erro.message)];
  }
})"""


@pytest.mark.parametrize("simbolos", [None, "abcçdeéiILOo'\\\n\t \x07\u200b🙂\ufb01ßs", 'AÃKΣ\u0131-"\ue000'])
def test_o_vocabulario_dobra_codifica_e_recusa_como_o_python(
    js: "Page", modelo: Artefato, simbolos: str | None
) -> None:
    artefato = modelo if simbolos is None else ao_acaso(simbolos, 1, 4)
    abre_nela(js, empacota(artefato, "int8", None))
    vocabulario = artefato.vocabulario
    for texto, (dobrado, indices, erro) in zip(
        ESTRANHOS, js.evaluate(DOBRA, [unidades(texto) for texto in ESTRANHOS]), strict=True
    ):
        esperado = vocabulario.dobra(texto)
        assert dobrado == unidades(esperado), ascii(texto)
        if indices is not None:
            assert indices == vocabulario.codifica(esperado).tolist(), ascii(texto)
            continue
        with pytest.raises(ErroPoema) as recusa:
            vocabulario.codifica(esperado)
        assert erro == unidades(str(recusa.value)), ascii(texto)


# -------------------------------------------------------------------------------------------------------- o arquivo

ESTRAGOS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "vazio": (lambda inteiro: b"", "o arquivo que veio não é um modelo"),
    "cortado no começo": (lambda inteiro: inteiro[:15], "o arquivo que veio não é um modelo"),
    "só o começo": (lambda inteiro: inteiro[:16], "o modelo chegou estragado"),
    "cortado no cabeçalho": (lambda inteiro: inteiro[:200], "o modelo chegou estragado"),
    "cortado no fim": (lambda inteiro: inteiro[:-1], "o modelo chegou estragado"),
    "com sobra": (lambda inteiro: inteiro + b"\0", "o modelo chegou estragado"),
    "um byte do meio": (lambda inteiro: inteiro[:900] + bytes([inteiro[900] ^ 1]) + inteiro[901:], "o modelo chegou"),
    "um byte do tamanho": (lambda inteiro: inteiro[:9] + b"\xff" + inteiro[10:], "o modelo chegou estragado"),
    "um byte do crc": (lambda inteiro: inteiro[:12] + bytes([inteiro[12] ^ 1]) + inteiro[13:], "o modelo chegou"),
    "versão antiga": (lambda inteiro: b"POEMA\x01" + inteiro[6:], "o arquivo que veio não é um modelo"),
    "um .keras": (lambda inteiro: MODELO.read_bytes(), "o arquivo que veio não é um modelo"),
    "uma página": (lambda inteiro: PAGINA.read_bytes(), "o arquivo que veio não é um modelo"),
    "um cabeçalho que não é JSON": (lambda inteiro: com_crc(inteiro[:16] + b"x" + inteiro[17:]), "o modelo chegou"),
    "uma matriz a menos": (lambda inteiro: com_crc(inteiro.replace(b'"gru1.u"', b'"gru9.u"')), "o modelo chegou"),
}


def com_crc(conteudo: bytes) -> bytes:
    """O mesmo arquivo, com o CRC do que agora está nele."""
    return conteudo[:12] + struct.pack("<I", zlib.crc32(conteudo[16:])) + conteudo[16:]


@pytest.mark.parametrize("estrago", ESTRAGOS)
def test_um_arquivo_estragado_e_recusado_com_uma_frase(js: "Page", estrago: str) -> None:
    estraga, frase = ESTRAGOS[estrago]
    conteudo = estraga(empacota(ao_acaso("abc", 2, 4), "int8", None))
    erro = js.evaluate(
        "texto => { try { return R.abre(Uint8Array.from(atob(texto), letra => letra.charCodeAt(0)).buffer) && null; }"
        "catch (erro) { return erro.message; } }",
        base64.b64encode(conteudo).decode(),
    )
    assert erro
    assert erro.startswith(frase)


def test_uma_pagina_no_lugar_do_modelo_e_dita_a_quem_le(abre) -> None:
    with navegador.hospeda(PAGINA.read_bytes(), PAGINA.read_bytes()) as endereco:
        pagina = abre(endereco)
        pagina.wait_for_selector("text=não posso escrever daqui: o arquivo que veio não é um modelo.")


@pytest.mark.parametrize("tipo", TIPOS)
def test_todo_tipo_abre_e_um_modelo_sem_fronteira_escreve_ate_o_limite(js: "Page", tipo: str, tmp_path: Path) -> None:
    conteudo, artefato = lido(ao_acaso("\n aãbcç", 2, 10, fronteira=False), tipo, tmp_path)
    abre_nela(js, conteudo)
    pedido = {"semente": 4, "temperatura": 0.8, "inicio": "aça", "limite": 100}
    dela = js.evaluate("pedido => R.fazeres.escreve(pedido, () => {})", pedido)
    daqui = "".join(Poeta(artefato).poema(Amostragem(temperatura=0.8), 4, "aça", 100))
    assert len(daqui) == 100
    assert dela == {"texto": daqui, "motivo": "limite"}


# -------------------------------------------------------------------------------------------------------- os poemas


@pytest.fixture(scope="module")
def vitrine(chromium: "Browser", modelo: Artefato) -> "Iterator[Page]":
    """A página de verdade, com o modelo que vem junto, sem servidor de poemas."""
    conteudo = empacota(modelo, tipo_exato(modelo), 0.5)
    with navegador.hospeda(PAGINA.read_bytes(), conteudo) as endereco:
        pagina = navegador.abre(chromium, endereco)
        yield pagina
        pagina.close()


@pytest.mark.parametrize("temperatura", espelho.TEMPERATURAS)
def test_uma_semente_um_poema_no_terminal_e_na_pagina(
    vitrine: "Page", modelo: Artefato, temperatura: float, record_property: Callable[[str, object], None]
) -> None:
    pedidos = espelho.pedidos_de(modelo, SEMENTES)
    assert len({inicio for _, inicio in pedidos}) == 3
    dela = espelho.escreve(vitrine, temperatura, pedidos)
    daqui = espelho.escreve_aqui(modelo, temperatura, pedidos)
    diferentes = espelho.diferencas(modelo, temperatura, pedidos, dela, daqui)
    explicacao = "\n".join(linha for linha, _ in diferentes)
    record_property("diferentes", explicacao)
    assert len(diferentes) <= SEMENTES // 200, explicacao
    assert all(longe < DIVISA for _, longe in diferentes), explicacao


def test_o_mais_provavel_e_o_mesmo_sem_sorteio(vitrine: "Page", modelo: Artefato) -> None:
    pedidos = [(0, ""), (9, "a lua "), (1, "meu avô")]
    assert espelho.escreve(vitrine, 0, pedidos) == espelho.escreve_aqui(modelo, 0, pedidos)


PEDE = """async pedido => {
  let pedacos = '';
  return [await aparelho.pergunta('escreve', pedido, pedaco => pedacos += pedaco), pedacos];
}"""


@pytest.mark.parametrize(("semente", "inicio", "passo"), [(11, "", 1), (12, "a lua ", 7), (13, "", 13)])
def test_continuar_de_qualquer_corte_da_o_mesmo_poema(vitrine: "Page", semente: int, inicio: str, passo: int) -> None:
    limite = 120 if passo == 1 else 600
    pedido = {"semente": semente, "temperatura": 0.6, "inicio": inicio, "limite": limite}
    inteiro, _ = vitrine.evaluate(PEDE, pedido)
    assert len(inteiro["texto"]) > 100
    for corte in range(0, len(inteiro["texto"]) + 1, passo):
        ja, resto = inteiro["texto"][:corte], inteiro["texto"][corte:]
        assert vitrine.evaluate(PEDE, {**pedido, "ja": ja}) == [{**inteiro, "texto": resto}, resto], corte


def test_um_pedido_que_falha_nao_estraga_o_seguinte(vitrine: "Page", modelo: Artefato) -> None:
    recusa = vitrine.evaluate("aparelho.pergunta('dobra', {texto: 'Lua🙂'}).then(() => null, erro => erro.message)")
    with pytest.raises(ErroPoema) as erro:
        modelo.vocabulario.codifica("lua🙂")
    assert recusa == str(erro.value)
    assert vitrine.evaluate("aparelho.pergunta('dobra', {texto: 'LUÃ\\r\\n'})") == modelo.vocabulario.dobra("LUÃ\r\n")
