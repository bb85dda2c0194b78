"""A página num Chromium de verdade. O que o servidor de verdade não faz quando se quer, faz um que obedece ao teste."""

import base64
import gzip
import hashlib
import re
import signal
import struct
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.navegador

PAGINA = Path(__file__).parents[2] / "index.html"
HTML = PAGINA.read_text("utf-8")
PROPRIO = "#semente=17&temperatura=0.5&inicio=a%20lua"

VERSOS = """
(folha) => folha ? Array.from(folha.querySelectorAll('.verso'), v => v.textContent).join('\\n').trimEnd() : ''
"""


def texto(pagina: "Page", secao: str = "palco", ordem: str = "last-child") -> str:
    """O poema que está à vista: o último da seção ou, com outra ordem, outro."""
    lido: str = pagina.evaluate(f"({VERSOS})(document.querySelector('#{secao} .folha:{ordem}'))")
    return lido


def folhas(pagina: "Page", secao: str = "palco") -> list[str]:
    lidas: list[str] = pagina.evaluate(f"Array.from(document.querySelectorAll('#{secao} .folha'), {VERSOS})")
    return lidas


def espera_texto(pagina: "Page", esperado: str, secao: str = "palco") -> None:
    pagina.wait_for_function(
        f"([secao, esperado]) => ({VERSOS})(document.querySelector(`#${{secao}} .folha:last-child`)) === esperado",
        arg=[secao, esperado],
    )


def espera_tamanho(pagina: "Page", tamanho: int, secao: str = "palco") -> None:
    pagina.wait_for_function(
        f"([secao, n]) => ({VERSOS})(document.querySelector(`#${{secao}} .folha:last-child`)).length >= n",
        arg=[secao, tamanho],
    )


def espera_acabar(pagina: "Page") -> str:
    pagina.wait_for_selector("#proprio .colofao")
    return texto(pagina, "proprio")


def fragmento(pagina: "Page") -> dict[str, str]:
    return {nome: valor for nome, (valor,) in parse_qs(urlsplit(pagina.url).fragment).items()}


# ------------------------------------------------------------------------------------------------------------ o palco


def test_o_poema_do_palco_chega_e_cresce_como_o_python_o_escreve(abre, servidor, escreve) -> None:
    pagina = abre(servidor)
    espera_tamanho(pagina, 5)
    antes = texto(pagina)
    espera_tamanho(pagina, len(antes) + 20)
    epoca = pagina.evaluate("palco.folha.poema.epoca")
    assert texto(pagina).startswith(antes)
    assert escreve(epoca).startswith(texto(pagina))


def test_parado_nada_se_escreve_e_ao_continuar_nada_se_perdeu(abre, inicia, escreve) -> None:
    pagina = abre(inicia(semente=10, ritmo=100).url)
    espera_tamanho(pagina, 10)
    pagina.click("text=parar")
    antes = texto(pagina)
    pagina.wait_for_timeout(800)
    assert texto(pagina) == antes
    pagina.click("text=continuar")
    espera_texto(pagina, escreve(10))


def test_quem_para_por_mais_de_um_poema_acaba_o_seu_e_vai_ao_de_agora(abre, falso) -> None:
    pagina = abre(falso.url)
    ligacao = falso.ligacao()
    ligacao.ola()
    ligacao.texto("um verso que ")
    espera_tamanho(pagina, 10)
    pagina.keyboard.press("Space")
    ligacao.texto("continua", 13)
    ligacao.manda("fim", epoca=7, deslocamento=21)
    for epoca in (8, 9):
        ligacao.texto(f"o do meio {epoca}", 0, epoca)
        ligacao.manda("fim", epoca=epoca, deslocamento=11)
    ligacao.texto("o de agora", 0, 12)
    pagina.wait_for_function("() => palco.fila.length === 4")
    pagina.keyboard.press("Space")
    espera_texto(pagina, "o de agor")  # a última letra espera: o que vier ainda pode ser um acento dela
    assert folhas(pagina) == ["um verso que continua", "o de agor"]


def test_a_mesma_velocidade_a_60_e_a_240_quadros_por_segundo(abre, falso) -> None:
    posicoes = abre(falso.url).evaluate("""[60, 240].map(hertz => {
      const mesa = new Mesa(document.createElement('section'), 6), poema = new Poema({inicio: ''});
      mesa.recebe(poema);
      for (let quadro = 0; quadro < 10 * hertz; quadro++) {
        if (quadro % (hertz / 4) === 0) poema.recebe(poema.recebidos, 'verso');
        mesa.passo(1 / hertz);
      }
      return mesa.posicao;
    })""")
    assert posicoes[0] == pytest.approx(posicoes[1], abs=1)
    assert 180 < posicoes[0] < 200


def test_um_grafema_nunca_aparece_partido(abre, falso) -> None:
    vistos = """
      window.vistos = new Set();
      new MutationObserver(() => vistos.add(document.querySelector('.versos')?.textContent)).observe(
        document, {subtree: true, childList: true, characterData: true});
    """
    pagina = abre(falso.url, vistos)
    ligacao = falso.ligacao()
    ligacao.ola()
    familia = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}"
    partes = ["cafe", "\u0301 e \N{MAN}", "\u200d\N{WOMAN}\u200d", "\N{GIRL}.", "."]
    inicio = 0
    for parte in partes:
        ligacao.texto(parte, inicio)
        inicio += len(parte)
        pagina.wait_for_timeout(120)
    ligacao.manda("fim", epoca=7, deslocamento=inicio)
    espera_texto(pagina, f"cafe\u0301 e {familia}..")
    vistos = set(pagina.evaluate("[...vistos]"))
    assert not {visto for visto in vistos if visto and visto.endswith(("e", "\N{MAN}", "\u200d", "\N{WOMAN}"))} - {
        "cafe\u0301 e"
    }


def test_sem_intl_segmenter_os_grafemas_sao_os_mesmos(abre, falso) -> None:
    preparo = "if (new URLSearchParams(location.search).has('antigo')) delete Intl.Segmenter;"
    amostra = ["cafe\u0301", "não\r\né", "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL} ok", "\N{WAVING HAND SIGN}\U0001f3fd!"]
    novo, antigo = (
        abre(falso.url + busca, preparo).evaluate("amostra => amostra.map(grafemas)", amostra)
        for busca in ("", "?antigo")
    )
    assert novo == antigo


def test_a_pagina_nao_rola_quem_subiu_para_reler_e_acompanha_quem_esta_no_fim(abre, falso) -> None:
    pagina = abre(falso.url)
    ligacao = falso.ligacao()
    ligacao.ola(ritmo=1000)
    versos = "".join(f"este é o verso de número {n}\n" for n in range(24))
    ligacao.texto(versos)
    pagina.wait_for_function("() => scrollY > 300 && falta() < 1")
    pagina.mouse.move(600, 300)
    pagina.mouse.wheel(0, -400)
    pagina.wait_for_function("() => !seguindo")
    pagina.wait_for_timeout(300)  # a roda do mouse desliza
    altura = pagina.evaluate("scrollY")
    ligacao.texto(versos, len(versos))
    espera_tamanho(pagina, 2 * len(versos) - 20)
    assert pagina.evaluate("scrollY") == altura
    pagina.mouse.wheel(0, 9000)
    pagina.wait_for_function("() => seguindo")
    altura = pagina.evaluate("scrollY")
    ligacao.texto(versos * 2, 2 * len(versos))
    pagina.wait_for_function("antes => scrollY > antes + 100", arg=altura)


def test_o_palco_guarda_so_os_ultimos_poemas_e_o_de_agora_fica_a_vista(abre, falso) -> None:
    pagina = abre(falso.url)
    ligacao = falso.ligacao()
    ligacao.ola(ritmo=1000)
    for epoca in range(1, 7):
        versos = "".join(f"o verso {n} do poema {epoca}\n" for n in range(8))
        ligacao.texto(versos, 0, epoca)
        ligacao.manda("fim", epoca=epoca, deslocamento=len(versos))
        espera_texto(pagina, versos.rstrip())
    assert [folha[-7:] for folha in folhas(pagina)] == [f"poema {epoca}" for epoca in range(3, 7)]
    pagina.wait_for_function("() => falta() < 1")
    topo, altura = pagina.evaluate("[palco.folha.no.getBoundingClientRect().top, innerHeight]")
    assert 0 < topo < altura / 2


def test_uma_selecao_continua_enquanto_o_poema_cresce(abre, falso) -> None:
    pagina = abre(falso.url)
    ligacao = falso.ligacao()
    ligacao.ola()
    ligacao.texto("a lua caiu no quintal")
    espera_tamanho(pagina, 20)
    pagina.evaluate("""() => {
      const letra = document.querySelector('.verso').firstChild;
      getSelection().setBaseAndExtent(letra, 2, letra, 10);
    }""")
    ligacao.texto(" e ficou\nlá", 21)
    espera_tamanho(pagina, 31)
    assert pagina.evaluate("String(getSelection())") == "lua caiu"


def test_um_pedaco_perdido_e_dito_e_o_poema_segue(abre, falso) -> None:
    pagina = abre(falso.url)
    ligacao = falso.ligacao()
    ligacao.ola()
    ligacao.texto("a lua")
    ligacao.texto("no quintal.", 40)
    ligacao.manda("fim", epoca=7, deslocamento=51)
    espera_texto(pagina, "a lua\n(…)\nno quintal.")
    assert "Perdeu-se um pedaço" in pagina.inner_text("#aviso")
    ligacao.manda("perdido", epoca=7)  # a mesma época, mas de outro palco
    ligacao.texto("outro poema.")
    ligacao.manda("fim", epoca=7, deslocamento=12)
    espera_texto(pagina, "outro poema.")
    assert "sigo com o poema de agora" in pagina.inner_text("#aviso")
    assert len(folhas(pagina)) == 2


def test_um_pedaco_repetido_e_ignorado(abre, falso) -> None:
    pagina = abre(falso.url)
    ligacao = falso.ligacao()
    ligacao.ola()
    ligacao.texto("é a lua ")
    ligacao.texto("é a ", 0)
    ligacao.texto("lua caiu", 4)
    ligacao.manda("fim", epoca=7, deslocamento=12)
    ligacao.texto("", 12)
    ligacao.manda("fim", epoca=7, deslocamento=12)
    espera_texto(pagina, "é a lua caiu")
    assert len(folhas(pagina)) == 1


def test_a_pagina_diz_quantos_leem(abre, inicia) -> None:
    url = inicia().url
    pagina = abre(url)
    pagina.wait_for_selector("text=ao vivo, só você lendo")
    abre(url)
    pagina.wait_for_selector("text=ao vivo, 2 pessoas lendo")


# --------------------------------------------------------------------------------------------------- um poema próprio


def test_o_primeiro_verso_de_quem_le_vira_um_poema_e_ha_volta_ao_palco(abre, servidor, escreve) -> None:
    pagina = abre(servidor)
    pagina.click("text=um verso seu")
    pagina.fill("#inicio", "A lua no quintal")
    pagina.click("text=escrever")
    lido = espera_acabar(pagina)
    campos = fragmento(pagina)
    assert lido == escreve(int(campos["semente"]), "a lua no quintal")
    assert campos["inicio"] == "A lua no quintal"
    assert pagina.title() == "A lua no quintal · Poema"
    assert not pagina.is_visible("#palco")
    pagina.click("text=voltar ao palco")
    pagina.wait_for_selector("#palco .folha")
    assert not pagina.is_visible("#proprio")
    assert urlsplit(pagina.url).fragment == ""
    tamanho = len(texto(pagina))
    pagina.wait_for_function(f"() => palco.folha.texto.length !== {tamanho}")


def test_outra_vez_e_a_mesma_receita_com_outra_semente(abre, servidor, escreve) -> None:
    pagina = abre(servidor + PROPRIO)
    primeiro = espera_acabar(pagina)
    pagina.click("text=outra vez")
    pagina.wait_for_function("() => !location.hash.includes('semente=17&')")
    pagina.wait_for_function("() => !document.querySelector('#proprio .colofao')")
    segundo = espera_acabar(pagina)
    assert segundo == escreve(int(fragmento(pagina)["semente"]), "a lua") != primeiro


def test_um_link_traz_o_mesmo_poema_que_o_python_escreve(abre, servidor, escreve) -> None:
    for _ in range(2):
        pagina = abre(servidor + PROPRIO.replace("0.5", "0.8"))
        assert espera_acabar(pagina) == escreve(17, "a lua", 0.8)
    assert fragmento(pagina)["modelo"] == pagina.evaluate("ola.modelo")


def test_o_poema_do_palco_tambem_tem_um_link(abre, servidor, escreve) -> None:
    pagina = abre(servidor, permissions=["clipboard-read", "clipboard-write"])
    espera_tamanho(pagina, 10)
    epoca = pagina.evaluate("palco.folha.poema.epoca")
    pagina.click("text=link")
    pagina.wait_for_selector("text=Link copiado")
    link = pagina.evaluate("navigator.clipboard.readText()")
    assert link.startswith(f"{servidor}#semente={epoca}&temperatura=0.5&modelo=")
    assert espera_acabar(abre(link)) == escreve(epoca)


def test_o_link_de_outro_modelo_e_dito_e_mostra_o_que_o_de_agora_escreve(abre, servidor, escreve) -> None:
    pagina = abre(f"{servidor}{PROPRIO}&modelo=91c0ffee")
    pagina.wait_for_selector("text=Este poema foi escrito por outro modelo (91c0ffee)")
    assert espera_acabar(pagina) == escreve(17, "a lua")
    assert fragmento(pagina)["modelo"] == "91c0ffee"


def test_voltar_e_avancar_do_navegador_trocam_de_poema(abre, servidor, escreve) -> None:
    pagina = abre(servidor)
    pagina.evaluate(f"location.hash = '{PROPRIO}'")
    espera_acabar(pagina)
    pagina.go_back()
    pagina.wait_for_selector("#palco")
    pagina.go_forward()
    assert espera_acabar(pagina) == escreve(17, "a lua")


@pytest.mark.parametrize(
    ("torto", "regra"),
    [
        ("semente=abc", "a semente deve ser"),
        ("semente=4294967296", "a semente deve ser"),
        ("semente=-1", "a semente deve ser"),
        ("semente=1&temperatura=2.5", "a temperatura deve ser"),
        ("semente=1&temperatura=quente", "a temperatura deve ser"),
        ("semente=1&modelo=<b>", "o modelo são oito dígitos"),
        (f"inicio={'a' * 301}", "o início deve ter até 300"),
        ("%F0%28", "não diz que poema é"),
    ],
)
def test_um_link_torto_e_dito_e_fica_o_palco(abre, falso, torto: str, regra: str) -> None:
    pagina = abre(f"{falso.url}#{torto}")
    pagina.wait_for_selector(f"text=Este link não está inteiro: {regra}")
    assert not pagina.is_visible("#proprio")


def test_quem_nao_cabe_espera_a_sua_vez_e_a_pagina_pede_de_novo(abre, falso) -> None:
    pagina = abre(falso.url + PROPRIO)
    ligacao = falso.ligacao()
    ligacao.ola()
    pedido = ligacao.recebe()
    assert pedido == {"tipo": "poema", "pedido": "p1", "semente": 17, "temperatura": 0.5, "inicio": "a lua"} | {
        "pedido": pedido["pedido"]
    }
    ligacao.manda("ocupado", pedido=pedido["pedido"], espera=0.5, mensagem="há muita gente pedindo poemas agora.")
    pagina.wait_for_selector("text=Há muita gente pedindo poemas agora. Tento de novo por você em 1 s.")
    de_novo = ligacao.recebe()
    assert de_novo | {"pedido": ""} == pedido | {"pedido": ""}
    receita = {"modelo": "91c0ffee", "inicio": "a lua", "temperatura": 0.5, "semente": 17}
    ligacao.manda("aceito", pedido=de_novo["pedido"], **receita)
    ligacao.manda("texto", pedido=de_novo["pedido"], deslocamento=0, texto=" caiu.")
    ligacao.manda("fim", pedido=de_novo["pedido"], deslocamento=6, motivo="fim")
    assert espera_acabar(pagina) == "a lua caiu."
    assert not pagina.is_visible("#proprio > .recado")


def test_um_inicio_que_o_modelo_nao_le_e_dito_e_pode_ser_corrigido(abre, servidor) -> None:
    pagina = abre(servidor + "#inicio=lua%20%E5%AD%97")
    pagina.wait_for_selector("#oficina")
    assert "字" in pagina.inner_text("#proprio > .recado")
    assert pagina.input_value("#inicio") == "lua 字"
    pagina.fill("#inicio", "lua")
    pagina.keyboard.press("Enter")
    assert espera_acabar(pagina).startswith("lua")


def test_um_poema_proprio_que_a_queda_cortou_e_pedido_de_novo_e_continua(abre, falso) -> None:
    pagina = abre(falso.url + PROPRIO)
    receita = {"modelo": "91c0ffee", "inicio": "a lua", "temperatura": 0.5, "semente": 17}
    ligacao = falso.ligacao()
    ligacao.ola()
    nome = ligacao.recebe()["pedido"]
    ligacao.manda("aceito", pedido=nome, **receita)
    ligacao.manda("texto", pedido=nome, deslocamento=0, texto=" não diz")
    espera_tamanho(pagina, 11, "proprio")
    ligacao.fecha(1012)
    ligacao = falso.ligacao()
    ligacao.ola()
    pedido = ligacao.recebe()
    assert (pedido["semente"], pedido["inicio"]) == (17, "a lua")
    ligacao.manda("aceito", pedido=pedido["pedido"], **receita)
    ligacao.manda("texto", pedido=pedido["pedido"], deslocamento=0, texto=" não diz nada.")
    ligacao.manda("fim", pedido=pedido["pedido"], deslocamento=14, motivo="fim")
    assert espera_acabar(pagina) == "a lua não diz nada."
    assert len(folhas(pagina, "proprio")) == 1


def test_um_link_sem_temperatura_fica_com_a_do_primeiro_pedido(abre, falso) -> None:
    pagina = abre(falso.url + "#semente=17&inicio=a%20lua")
    ligacao = falso.ligacao()
    ligacao.ola()
    pedido = ligacao.recebe()
    assert "temperatura" not in pedido
    ligacao.manda("aceito", pedido=pedido["pedido"], modelo="91c0ffee", semente=17, temperatura=0.5, inicio="a lua")
    pagina.wait_for_function("() => location.hash.includes('temperatura=0.5')")
    ligacao.fecha(1012)
    ligacao = falso.ligacao()
    ligacao.ola(temperatura=0.9, palco="91c0ffee-0.9")
    assert ligacao.recebe()["temperatura"] == 0.5


def test_trocar_de_poema_interrompe_o_que_ainda_era_escrito(abre, falso) -> None:
    pagina = abre(falso.url + PROPRIO)
    ligacao = falso.ligacao()
    ligacao.ola()
    nome = ligacao.recebe()["pedido"]
    pagina.click("text=voltar ao palco")
    assert ligacao.recebe() == {"tipo": "para", "pedido": nome}


def test_a_temperatura_diz_em_palavras_o_que_faz(abre, falso) -> None:
    pagina = abre(falso.url)
    pagina.click("text=um verso seu")
    ditas = {}
    for graus in (0, 0.3, 0.5, 0.8, 1, 1.5):
        pagina.fill("#temperatura", str(graus))
        ditas[graus] = pagina.inner_text("#palavras")
        assert pagina.get_attribute("#temperatura", "aria-valuetext").endswith(ditas[graus])
    assert ditas[0.3] == "prudente: repete o que sabe"
    assert ditas[1] == "ousada: inventa palavras"
    assert len(set(ditas.values())) == 6


# ---------------------------------------------------------------------------------------------------------- a ligação


@pytest.mark.parametrize("sinal", [signal.SIGKILL, signal.SIGTERM], ids=lambda sinal: sinal.name)
def test_quando_o_servidor_reinicia_nada_se_perde_nem_se_repete(abre, inicia, escreve, sinal) -> None:
    primeiro = inicia(semente=27, ritmo=150)
    pagina = abre(primeiro.url)
    espera_tamanho(pagina, 60)
    primeiro.acaba(sinal)
    inicia(porta=primeiro.porta, semente=99, ritmo=400)
    pagina.wait_for_selector("#palco .folha:nth-child(2) .colofao")
    links = pagina.eval_on_selector_all("#palco .colofao a", "links => links.map(link => link.hash)")
    sementes = [int(re.findall(r"semente=(\d+)", link)[0]) for link in links]
    assert sementes[0] == 27  # o poema que a queda cortou
    assert folhas(pagina)[:2] == [escreve(semente) for semente in sementes[:2]]
    assert pagina.inner_text("#aviso") == ""
    assert pagina.inner_text("#estado").startswith("ao vivo")


def test_a_pagina_retoma_de_onde_parou(abre, falso) -> None:
    pagina = abre(falso.url + "uma/pasta/")
    ligacao = falso.ligacao()
    assert ligacao.caminho == "/uma/pasta/ws/"
    ligacao.ola()
    ligacao.texto("não é a lua", epoca=1017)
    espera_tamanho(pagina, 10)
    ligacao.fecha(1012)
    assert falso.ligacao().caminho == "/uma/pasta/ws/?palco=91c0ffee-0.5&epoca=1017&deslocamento=11"


def test_sem_servidor_a_pagina_diz_e_continua_chamando(abre, falso) -> None:
    falso.aceita = False
    pagina = abre(falso.url, "Math.random = () => 0.999999")
    pagina.wait_for_selector("text=O poeta não atendeu, e não posso escrever daqui")
    pagina.evaluate("servidor.tentativas = 7")
    pagina.wait_for_selector("text=sem conexão: tento de novo em 30 s")
    falso.aceita = True
    pagina.click("text=tentar já")
    falso.ligacao().ola()
    pagina.wait_for_selector("text=ao vivo")
    assert not pagina.query_selector("#espera")


def test_uma_ligacao_que_emudece_e_trocada_por_outra(abre, falso) -> None:
    pagina = abre(falso.url)
    falso.ligacao().ola(ritmo=20)
    pagina.wait_for_selector("text=ao vivo")
    assert pagina.evaluate("servidor.paciencia") == 15
    pagina.evaluate("servidor.paciencia = 0.2; servidor.vigia()")
    assert falso.ligacao().caminho == "/ws/"


def test_a_espera_para_religar_e_sorteada_ate_um_teto_que_dobra(abre, falso) -> None:
    pagina = abre(falso.url, "Math.random = () => 0.999999")
    falso.ligacao().ola()
    pagina.wait_for_function("servidor.estado === 'vivo'")
    dez = "servidor.tentativas = 0, Array.from({length: 12}, () => servidor.espera(1006))"
    assert pagina.evaluate(dez) == pytest.approx([0.25, 0.5, 1, 2, 4, 8, 16, 30, 30, 30, 30, 30], rel=1e-3)
    pagina.evaluate("jaViveu = false")  # onde nunca houve um servidor, não há por que insistir tanto
    assert pagina.evaluate(dez)[-4:] == pytest.approx([64, 128, 256, 300], rel=1e-3)
    pagina.evaluate("jaViveu = true")
    assert pagina.evaluate("servidor.espera(1012)") < 1
    assert pagina.evaluate("servidor.tentativas = 0, servidor.espera(1008)") > 10
    assert pagina.evaluate("Math.random = () => 0, servidor.espera(1006)") == 0


def test_escondida_a_pagina_nao_religa_e_ao_ser_vista_religa(abre, falso) -> None:
    pagina = abre(falso.url)
    ligacao = falso.ligacao()
    ligacao.ola()
    mostra = "valor => (Object.defineProperty(document, 'hidden', {value: valor, configurable: true}),"
    mostra += "document.dispatchEvent(new Event('visibilitychange')))"
    pagina.evaluate(mostra, True)
    ligacao.fecha(1012)
    pagina.wait_for_function("() => servidor.estado === 'esperando'")
    pagina.wait_for_timeout(1000)
    assert falso.ligacoes.empty()
    pagina.evaluate(mostra, False)
    falso.ligacao()


def test_quando_a_rede_volta_a_pagina_religa_na_hora(abre, falso) -> None:
    pagina = abre(falso.url, "Math.random = () => 0.999999")
    ligacao = falso.ligacao()
    ligacao.ola()
    pagina.wait_for_selector("text=ao vivo")
    pagina.evaluate("servidor.tentativas = 7")
    ligacao.fecha(1011)
    pagina.wait_for_selector("text=sem conexão: tento de novo em 30 s")
    pagina.evaluate("dispatchEvent(new Event('online'))")
    falso.ligacao()


# --------------------------------------------------------------------------------------------------- para todo mundo


@pytest.mark.parametrize("onde", ["palco", "forma", "proprio"])
@pytest.mark.parametrize("tema", ["light", "dark"])
def test_o_axe_nao_encontra_falta_grave(abre, servidor, faltas_graves, tema: str, onde: str) -> None:
    pagina = abre(servidor + (PROPRIO if onde == "proprio" else ""), color_scheme=tema)
    if onde == "proprio":
        espera_acabar(pagina)
    espera_tamanho(pagina, 20, "proprio" if onde == "proprio" else "palco")
    if onde == "forma":
        pagina.click("text=um verso seu")
    assert faltas_graves(pagina) == []


def luz(cor: str) -> float:
    """A luminância relativa de uma cor, como a define a WCAG."""
    canais = [int(cor[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    vermelho, verde, azul = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in canais]
    return 0.2126 * vermelho + 0.7152 * verde + 0.0722 * azul


@pytest.mark.parametrize("tema", ["light", "dark"])
def test_a_tinta_se_le_sobre_o_papel(abre, falso, tema: str) -> None:
    cores = abre(falso.url, color_scheme=tema).evaluate(
        "['--papel', '--tinta', '--lapis', '--barro'].map(n => getComputedStyle(document.body).getPropertyValue(n))"
    )
    papel, *sobre = (luz(cor.strip()) for cor in cores)
    contrastes = [(max(papel, cor) + 0.05) / (min(papel, cor) + 0.05) for cor in sobre]
    assert contrastes[0] >= 12
    assert min(contrastes) >= 4.5


def test_quem_ouve_recebe_versos_inteiros_e_nao_letras(abre, falso) -> None:
    pagina = abre(falso.url)
    ligacao = falso.ligacao()
    ligacao.ola()
    ligacao.texto("a lua caiu\no ga")
    espera_tamanho(pagina, 13)
    assert pagina.eval_on_selector_all("#voz p", "ps => ps.map(p => p.textContent)") == ["a lua caiu"]
    ligacao.texto("to viu", 15)
    ligacao.manda("fim", epoca=7, deslocamento=21)
    pagina.wait_for_selector(".colofao")
    assert pagina.eval_on_selector_all("#voz p", "ps => ps.map(p => p.textContent)") == ["a lua caiu", "o gato viu"]
    assert pagina.get_attribute(".versos", "aria-hidden") == "true"
    assert pagina.get_attribute("#voz", "aria-live") == "polite"


def test_sem_movimento_o_poema_vem_verso_a_verso_e_o_cursor_nao_pisca(abre, falso) -> None:
    pagina = abre(falso.url, reduced_motion="reduce")
    ligacao = falso.ligacao()
    ligacao.ola()
    ligacao.texto("a lua caiu")
    pagina.wait_for_function("() => palco.posicao > 8")
    assert texto(pagina) == ""
    ligacao.texto(" aqui\no gato", 10)
    espera_texto(pagina, "a lua caiu aqui")
    ligacao.manda("fim", epoca=7, deslocamento=22)
    espera_texto(pagina, "a lua caiu aqui\no gato")
    nomes = pagina.evaluate("document.getAnimations().length")
    assert nomes == 0


def test_tudo_se_faz_pelo_teclado(abre, servidor) -> None:
    pagina = abre(servidor)
    espera_tamanho(pagina, 5)
    pagina.keyboard.press("Space")
    assert pagina.inner_text("#para") == "continuar"
    pagina.keyboard.press("Space")
    assert pagina.inner_text("#para") == "parar"
    vistos: list[str] = []
    while not vistos or vistos[-1] != "abre":
        pagina.keyboard.press("Tab")
        foco, contorno = pagina.evaluate(
            "[document.activeElement.id, getComputedStyle(document.activeElement).outlineStyle]"
        )
        assert contorno == "solid", foco
        vistos.append(foco)
    assert vistos[-5:] == ["para", "copia", "imagem", "link", "abre"]
    pagina.keyboard.press("Enter")
    assert pagina.evaluate("document.activeElement.id") == "inicio"
    pagina.keyboard.press("Escape")
    assert pagina.evaluate("document.activeElement.id") == "abre"
    pagina.keyboard.press("Enter")
    pagina.keyboard.type("o gato e a lua")  # os espaços são do texto
    assert pagina.inner_text("#para") == "parar"
    pagina.keyboard.press("Tab")
    antes = pagina.inner_text("#grau")
    pagina.keyboard.press("ArrowRight")
    assert pagina.inner_text("#grau") != antes
    pagina.keyboard.press("Shift+Tab")
    pagina.keyboard.press("Enter")
    assert espera_acabar(pagina).startswith("o gato e a lua")
    pagina.keyboard.press("Tab")
    pagina.keyboard.press("Tab")
    assert pagina.evaluate("document.activeElement.id") == "onde"
    pagina.keyboard.press("Tab")
    assert pagina.evaluate("document.activeElement.id") == "volta"
    pagina.keyboard.press("Enter")
    pagina.wait_for_selector("#palco")


def test_o_espaco_em_um_botao_aciona_o_botao_e_nao_para_o_poema(abre, falso) -> None:
    pagina = abre(falso.url)
    pagina.focus("#abre")
    pagina.keyboard.press("Space")
    assert pagina.is_visible("#oficina")
    assert pagina.inner_text("#para") == "parar"


def test_o_que_a_pagina_poe_no_endereco_ela_le_de_volta(abre, falso) -> None:
    pagina = abre(falso.url)
    for receita in (
        {"semente": 0, "temperatura": 0.0000001, "inicio": "", "modelo": ""},
        {"semente": 7, "temperatura": 2, "inicio": "a+b & c = d%\n#", "modelo": "91c0ffee"},
    ):
        assert pagina.evaluate("receita => leFragmento(fragmento(receita))", receita) == receita
    semente, temperatura = pagina.evaluate("(r => [r.semente, r.temperatura])(leFragmento('#semente=&temperatura='))")
    assert isinstance(semente, int)  # sorteada: o que está vazio é o que não foi dito
    assert temperatura is None


@pytest.mark.parametrize(("largura", "altura"), [(320, 568), (360, 640), (1440, 900), (2560, 1440)])
def test_a_pagina_cabe_na_tela_e_o_texto_cresce_com_ela(abre, falso, largura: int, altura: int) -> None:
    pagina = abre(falso.url + PROPRIO, viewport={"width": largura, "height": altura})
    ligacao = falso.ligacao()
    ligacao.ola()
    nome = ligacao.recebe()["pedido"]
    ligacao.manda("aceito", pedido=nome, modelo="91c0ffee", inicio="a lua", temperatura=0.5, semente=17)
    comprido = " e um verso que não acaba nunca porque quem escreve não quer parar nem que a folha acabe\ncurto"
    ligacao.manda("texto", pedido=nome, deslocamento=0, texto=comprido + "a" * 80)
    ligacao.manda("fim", pedido=nome, deslocamento=len(comprido) + 80, motivo="fim")
    espera_acabar(pagina)
    pagina.click("text=um verso seu")
    assert pagina.evaluate("document.documentElement.scrollWidth") <= largura
    assert pagina.evaluate("document.querySelector('footer').scrollWidth") <= largura
    vaos = """() => [...document.querySelectorAll('.pontas > *')].map(no => no.getBoundingClientRect())
      .flatMap((dele, i, todos) => i ? [dele.left - todos[i - 1].right] : [])"""
    assert min(pagina.evaluate(vaos)) >= 8  # uma palavra não cola na outra
    corpo = pagina.evaluate("parseFloat(getComputedStyle(document.querySelector('.verso')).fontSize)")
    assert corpo >= 19 if largura < 1000 else corpo >= 24 if largura < 2000 else corpo >= 40


# ------------------------------------------------------------------------------------------------- levar para casa


def test_copiar_leva_o_poema_inteiro(abre, servidor, escreve) -> None:
    pagina = abre(servidor + PROPRIO, permissions=["clipboard-read", "clipboard-write"])
    espera_acabar(pagina)
    pagina.click("text=copiar")
    pagina.wait_for_selector("text=Poema copiado.")
    assert pagina.evaluate("navigator.clipboard.readText()") == escreve(17, "a lua") + "\n"


def test_onde_o_navegador_nao_tem_clipboard_copia_se_do_jeito_antigo(abre, servidor) -> None:
    pagina = abre(servidor + PROPRIO, "delete Navigator.prototype.clipboard; ")
    espera_acabar(pagina)
    pagina.click("text=copiar")
    pagina.wait_for_selector("text=Poema copiado.")
    assert pagina.evaluate("document.activeElement.id") == "copia"


def test_a_imagem_e_um_png_do_tamanho_de_um_telefone(abre, servidor, tmp_path: Path) -> None:
    pagina = abre(servidor + PROPRIO)  # um poema que cabe em uma tela
    espera_acabar(pagina)
    with pagina.expect_download() as baixa:
        pagina.click("text=imagem")
    assert baixa.value.suggested_filename == "poema-17.png"
    baixa.value.save_as(tmp_path / "poema.png")
    png = (tmp_path / "poema.png").read_bytes()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", png[16:24]) == (1080, 1350)


# ---------------------------------------------------------------------------------------------------- o que há dentro


@pytest.mark.parametrize("marca", ["script", "style"])
def test_a_politica_de_seguranca_conhece_o_que_a_pagina_traz(marca: str) -> None:
    (dentro,) = re.findall(rf"<{marca}>(.*?)</{marca}>", HTML, re.DOTALL)
    certo = "sha256-" + base64.b64encode(hashlib.sha256(dentro.encode()).digest()).decode()
    (escrito,) = re.findall(rf"{marca}-src '([^']*)'", HTML)
    assert escrito == certo, f"o hash de <{marca}> mudou; na CSP de index.html, ponha: {marca}-src '{certo}'"


def test_a_politica_de_seguranca_nao_deixa_mais_nada() -> None:
    (politica,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', HTML)
    sem_hashes = re.sub(r"sha256-[^']*", "…", politica)
    assert sem_hashes == (
        "default-src 'none'; script-src '…'; style-src '…'; connect-src 'self'; img-src data: blob:; worker-src blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def test_a_pagina_nao_traz_nada_de_fora_nem_escreve_html() -> None:
    assert re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", HTML) == []
    assert re.findall(r'\s(?:style|on\w+)="', HTML) == []
    assert set(re.findall(r"https?://[^\s'\"]+", HTML)) == {"http://www.w3.org/2000/svg"}
    assert re.findall(r"<(?:script|link|img|iframe)[^>]*\ssrc=", HTML) == []


def test_a_pagina_comprimida_cabe_em_25_kb() -> None:
    assert len(gzip.compress(PAGINA.read_bytes())) < 25_000


def test_a_visita_inteira_so_pede_a_pagina_e_o_modelo(abre, servidor: str) -> None:
    pagina = abre("about:blank")
    pedidos: list[str] = []
    pagina.on("request", lambda pedido: pedidos.append(pedido.url))
    pagina.goto(servidor + PROPRIO)
    espera_acabar(pagina)
    pagina.wait_for_function("() => aparelho.rede")
    de_fora = [url for url in pedidos if not url.startswith(("data:", "blob:"))]
    assert de_fora == [servidor, servidor + "modelo.poema"]
