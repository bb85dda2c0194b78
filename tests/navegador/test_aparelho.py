"""A página escrevendo por si: sem servidor, com um que cai, com um que está cheio, e porque quem lê prefere."""

import re
import signal
from typing import TYPE_CHECKING

import pytest

from .conftest import LIMITE
from .test_pagina import espera_acabar, espera_tamanho, espera_texto, folhas, texto

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.navegador

EM_CASA = "() => sozinha"
VIVO = "() => servidor.estado === 'vivo'"


def estado(pagina: "Page") -> str:
    return pagina.inner_text("#estado")


def modelo(conteudo: bytes) -> str:
    """A identidade do modelo de um arquivo .poema."""
    achado = re.search(rb'"modelo":"([0-9a-f]{8})"', conteudo)
    assert achado
    return achado[1].decode()


def outro(conteudo: bytes) -> bytes:
    """Os mesmos pesos com outra identidade, como se fosse outro modelo."""
    import zlib

    novo = conteudo.replace(modelo(conteudo).encode(), b"0badcafe", 1)
    return novo[:12] + zlib.crc32(novo[16:]).to_bytes(4, "little") + novo[16:]


# --------------------------------------------------------------------------------------------------- sem servidor


def test_numa_hospedagem_de_arquivos_o_palco_escreve_o_que_o_python_escreveria(abre, estatico, escreve) -> None:
    pagina = abre(estatico)
    espera_tamanho(pagina, 40)
    assert escreve(pagina.evaluate("palco.folha.poema.epoca")).startswith(texto(pagina))
    assert estado(pagina) == "no seu aparelho"
    assert not pagina.is_visible("#ja")
    assert not pagina.is_visible("#onde")


def test_o_palco_do_aparelho_pula_os_poemas_que_o_do_servidor_pula(abre, estatico, escreve) -> None:
    pagina = abre(estatico)
    pagina.wait_for_function(EM_CASA)
    vistos = pagina.evaluate("""async () => {
        const vistos = [];
        for (let epoca = 0, texto; epoca < 90; epoca = seguinte(epoca)) {
            [epoca, texto] = await aparelho.epoca(epoca, '', 0.9);
            vistos.push([epoca, texto]);
        }
        return vistos;
    }""")
    esperados = []
    for epoca in range(vistos[-1][0] + 1):
        texto = escreve(epoca, "", 0.9, inteiro=True)
        if len(texto) < LIMITE:  # acabou sozinho
            esperados.append([epoca, texto])
        elif epoca % 8 == 0:
            esperados.append([epoca, texto.rpartition("\n")[0]])
    assert vistos == esperados
    assert len(vistos) <= vistos[-1][0]  # alguns não acabam, e ficaram para trás


def test_um_link_nao_precisa_de_servidor(abre, estatico, escreve) -> None:
    pagina = abre(estatico + "#semente=7&temperatura=0.8&inicio=a%20lua")
    pagina.wait_for_function(EM_CASA)
    pagina.evaluate("propria.ritmo = 400")
    assert espera_acabar(pagina) == escreve(7, "a lua", 0.8)


def test_sem_servidor_o_primeiro_verso_tambem_e_de_quem_le(abre, estatico, escreve) -> None:
    pagina = abre(estatico)
    pagina.wait_for_function(EM_CASA)
    pagina.evaluate("propria.ritmo = 400")
    pagina.click("#abre")
    pagina.fill("#inicio", "A Lua")
    pagina.keyboard.press("Enter")
    escrito = espera_acabar(pagina)
    semente, temperatura = pagina.evaluate("[proprio.poema.receita.semente, proprio.poema.receita.temperatura]")
    assert escrito == escreve(semente, "a lua", temperatura)


def test_sem_servidor_um_inicio_que_a_rede_nao_le_e_dito_e_pode_ser_corrigido(abre, estatico) -> None:
    pagina = abre(estatico + "#semente=7&inicio=%F0%9F%99%82")
    pagina.wait_for_selector("#oficina:visible")
    assert "não conhece este caractere: '🙂'" in pagina.inner_text("#proprio .recado")


def test_sem_servidor_a_temperatura_e_a_que_o_modelo_sugere(abre, estatico) -> None:
    pagina = abre(estatico)
    pagina.wait_for_function(EM_CASA)
    assert pagina.evaluate("[ola.temperatura, um('temperatura').value]") == [0.5, "0.5"]


@pytest.mark.parametrize("como", ["parada", "escondida"])
def test_parada_ou_escondida_a_pagina_nao_escreve(abre, estatico, como: str) -> None:
    pagina = abre(estatico)
    espera_tamanho(pagina, 10)

    def alterna(sim: bool) -> None:
        if como == "parada":
            pagina.keyboard.press("Space")
        else:
            pagina.evaluate(
                "sim => (Object.defineProperty(document, 'hidden', {value: sim, configurable: true}),"
                "document.dispatchEvent(new Event('visibilitychange')))",
                sim,
            )

    alterna(True)
    pagina.wait_for_timeout(300)
    antes = pagina.evaluate("palco.fila.at(-1).recebidos")
    pagina.wait_for_timeout(900)
    assert pagina.evaluate("palco.fila.at(-1).recebidos") == antes
    alterna(False)
    pagina.wait_for_function(f"() => palco.fila.at(-1).recebidos > {antes}")


def test_se_um_servidor_aparece_a_pagina_vai_a_ele(abre, falso, modelo_da_pagina) -> None:
    falso.modelo, falso.aceita = modelo_da_pagina, False
    pagina = abre(falso.url)
    espera_tamanho(pagina, 5)
    falso.aceita = True
    pagina.evaluate("servidor.liga()")
    ligacao = falso.ligacao()
    ligacao.ola()
    ligacao.manda("perdido", epoca=900)
    ligacao.texto("um verso do servidor", 0, 900)
    pagina.wait_for_function("() => palco.fila.at(-1).epoca === 900")
    assert "ao vivo" in estado(pagina)
    espera_texto(pagina, "um verso do servido")
    assert pagina.inner_text("#aviso") == ""  # nada se perdeu: o que se escrevia aqui acabou
    assert pagina.evaluate("document.querySelector('#palco .folha').querySelector('.colofao') !== null")


def test_a_pagina_que_comecou_antes_do_servidor_acaba_o_seu_verso_e_diz_onde_esta(
    abre, falso, modelo_da_pagina, escreve
) -> None:
    falso.modelo = modelo_da_pagina
    pagina = abre(falso.url, "crypto.getRandomValues = n => n.fill(13)")  # um poema que acaba sozinho
    mudo = falso.ligacao()  # aceita, e não diz nada: está acordando
    pagina.wait_for_function(EM_CASA)
    espera_tamanho(pagina, 5)
    epoca = pagina.evaluate("palco.folha.poema.epoca")
    mudo.ola(modelo=modelo(modelo_da_pagina), palco=f"{modelo(modelo_da_pagina)}-0.5")
    ligacao = falso.ligacao()
    assert f"epoca={epoca}" in ligacao.caminho
    ligacao.ola(modelo=modelo(modelo_da_pagina), palco=f"{modelo(modelo_da_pagina)}-0.5")
    ligacao.manda("perdido", epoca=900)
    ligacao.texto("um verso do servidor", 0, 900)
    pagina.wait_for_function("() => palco.folha?.poema.epoca === 900")
    assert folhas(pagina)[0] == escreve(epoca)
    assert "metade" not in pagina.inner_text("#palco .folha:first-child .colofao")
    assert pagina.inner_text("#aviso") == ""


# ------------------------------------------------------------------------------------------- um servidor que cai


def test_o_servidor_morre_no_meio_do_poema_e_em_dois_segundos_a_pagina_segue(abre, inicia, escreve) -> None:
    servidor = inicia(semente=13, ritmo=60)
    pagina = abre(servidor.url)
    pagina.wait_for_function("() => aparelho.rede")
    espera_tamanho(pagina, 10)
    servidor.acaba(signal.SIGKILL)
    recebidos = pagina.evaluate("palco.fila.at(-1).recebidos")
    pagina.wait_for_function(f"() => palco.fila.at(-1).recebidos > {recebidos}", timeout=2000)
    assert pagina.evaluate("palco.fila.length") == 1  # é o mesmo poema
    assert estado(pagina) == "no seu aparelho, por ora"
    espera_texto_de(pagina, escreve(13))


def espera_texto_de(pagina: "Page", esperado: str) -> None:
    """Espera que a primeira folha acabe, e seja esta."""
    pagina.wait_for_selector("#palco .folha:first-child .colofao", timeout=60_000)
    assert folhas(pagina)[0] == esperado


def test_quando_o_servidor_volta_nada_se_perdeu_nem_se_repete(abre, inicia, escreve) -> None:
    primeiro = inicia(semente=13, ritmo=60)
    pagina = abre(primeiro.url)
    pagina.wait_for_function("() => aparelho.rede")
    espera_tamanho(pagina, 10)
    primeiro.acaba(signal.SIGKILL)
    pagina.wait_for_function(EM_CASA)
    inicia(porta=primeiro.porta, semente=99, ritmo=60)
    pagina.evaluate("servidor.liga()")
    pagina.wait_for_function(VIVO)
    assert not pagina.evaluate("sozinha")
    espera_texto_de(pagina, escreve(13))
    assert pagina.inner_text("#aviso") == ""


def test_o_servidor_tem_um_segundo_para_voltar_antes_que_a_pagina_escreva(abre, falso, modelo_da_pagina) -> None:
    falso.modelo = modelo_da_pagina
    pagina = abre(falso.url)
    ligacao = falso.ligacao()
    ligacao.ola(modelo=modelo(modelo_da_pagina))
    ligacao.texto("um verso")
    pagina.wait_for_function("() => aparelho.rede")
    ligacao.fecha(1012)
    falso.ligacao().ola(modelo=modelo(modelo_da_pagina))
    pagina.wait_for_function(VIVO)
    pagina.wait_for_timeout(1300)
    assert not pagina.evaluate("sozinha")
    assert "no seu aparelho" not in pagina.inner_text("#voz")


def test_um_poema_proprio_que_a_queda_cortou_continua_no_aparelho(abre, falso, modelo_da_pagina, escreve) -> None:
    falso.modelo = modelo_da_pagina
    identidade = modelo(modelo_da_pagina)
    pagina = abre(falso.url + "#semente=7&temperatura=0.5&inicio=a%20lua")
    ligacao = falso.ligacao()
    ligacao.ola(modelo=identidade)
    pedido = ligacao.recebe()["pedido"]
    ligacao.manda("aceito", pedido=pedido, modelo=identidade, semente=7, temperatura=0.5, inicio="a lua")
    comeco = escreve(7, "a lua").removeprefix("a lua")[:20]
    ligacao.manda("texto", pedido=pedido, deslocamento=0, texto=comeco)
    pagina.wait_for_function("() => aparelho.rede")
    falso.aceita = False
    ligacao.fecha()
    assert espera_acabar(pagina) == escreve(7, "a lua")
    assert len(folhas(pagina, "proprio")) == 1


def test_o_que_se_perdeu_antes_da_queda_nao_parte_o_poema_seguinte(abre, falso, modelo_da_pagina) -> None:
    falso.modelo = modelo_da_pagina
    ola = {"modelo": modelo(modelo_da_pagina), "palco": f"{modelo(modelo_da_pagina)}-0.5"}
    pagina = abre(falso.url)
    ligacao = falso.ligacao()
    ligacao.ola(**ola)
    ligacao.texto("um verso qualquer", 0, 7)
    pagina.wait_for_function("() => aparelho.rede")
    ligacao.manda("perdido", epoca=90)
    falso.aceita = False
    ligacao.fecha()
    pagina.wait_for_function("() => palco.folha?.poema.epoca === 8")
    assert folhas(pagina)[0] == "um verso qualquer"
    assert "(…)" not in pagina.inner_text("#palco")


def test_se_a_rede_para_no_meio_a_pagina_volta_a_chamar_o_servidor_sem_esperar(abre, falso, modelo_da_pagina) -> None:
    falso.modelo, falso.aceita = modelo_da_pagina, False
    pagina = abre(falso.url, "Math.random = () => 0.999999")
    espera_tamanho(pagina, 5)
    pagina.evaluate("servidor.tentativas = 12, servidor.liga()")  # a próxima seria daqui a cinco minutos
    pagina.wait_for_function("() => servidor.estado === 'esperando'")
    falso.aceita = True
    # O operário morre com a próxima pergunta na mão.
    pagina.evaluate("() => { aparelho.operario.postMessage = () => setTimeout(aparelho.operario.onerror) }")
    pagina.evaluate("() => { sozinha = false; assume() }")
    falso.ligacao().ola()
    pagina.wait_for_function(VIVO)
    assert not pagina.evaluate("sozinha")


def test_outro_modelo_nao_continua_o_poema_de_ninguem(abre, falso, modelo_da_pagina) -> None:
    falso.modelo = outro(modelo_da_pagina)
    pagina = abre(falso.url)
    ligacao = falso.ligacao()
    ligacao.ola()
    ligacao.texto("um verso que fica", 0, 7)
    pagina.wait_for_function("() => aparelho.rede")
    falso.aceita = False
    ligacao.fecha()
    pagina.wait_for_function("() => palco.folha?.poema.epoca === 8")
    assert len(folhas(pagina)) == 2
    assert folhas(pagina)[0] == "um verso que fica"
    assert "ficou pela metade" in pagina.inner_text("#palco .folha:first-child .colofao")
    assert pagina.evaluate("palco.folha.poema.receita.modelo") == "0badcafe"


def test_se_o_modelo_do_servidor_muda_a_pagina_traz_o_novo(abre, falso, modelo_da_pagina) -> None:
    falso.modelo = modelo_da_pagina
    pagina = abre(falso.url)
    ligacao = falso.ligacao()
    ligacao.ola(modelo=modelo(modelo_da_pagina))
    pagina.wait_for_function("() => aparelho.rede")
    falso.modelo = outro(modelo_da_pagina)
    ligacao.ola(modelo="0badcafe", palco="0badcafe-0.5")
    pagina.wait_for_function("() => aparelho.rede?.modelo === '0badcafe'")
    assert falso.pedidos_do_modelo == 2


def test_se_vem_o_modelo_que_o_servidor_ja_nao_usa_a_pagina_pede_de_novo(abre, falso, modelo_da_pagina) -> None:
    falso.modelo = outro(modelo_da_pagina)  # um intermediário guardou o anterior
    pagina = abre(falso.url)
    falso.ligacao().ola(modelo=modelo(modelo_da_pagina))
    pagina.wait_for_function("() => aparelho.rede?.modelo === '0badcafe'")
    falso.modelo = modelo_da_pagina
    pagina.wait_for_function(f"() => aparelho.rede?.modelo === '{modelo(modelo_da_pagina)}'")
    assert falso.pedidos_do_modelo == 2


def test_o_que_se_pedia_a_rede_antiga_nao_fica_sem_resposta(abre, estatico) -> None:
    pagina = abre(estatico)
    pagina.wait_for_function(EM_CASA)
    dito = pagina.evaluate("""async () => {
        const pergunta = aparelho.pergunta('dobra', {texto: 'a'});
        aparelho.esquece();
        return pergunta.catch(erro => erro.message);
    }""")
    assert dito == "o modelo mudou no meio; peça outra vez"


# -------------------------------------------------------------------------------------- um servidor que não chega


def test_na_casa_cheia_a_pagina_escreve_por_si(abre, falso, modelo_da_pagina, escreve) -> None:
    falso.modelo, falso.aceita = modelo_da_pagina, False
    pagina = abre(falso.url)
    espera_tamanho(pagina, 10)
    assert escreve(pagina.evaluate("palco.folha.poema.epoca")).startswith(texto(pagina))


def test_sem_vaga_no_servidor_o_poema_proprio_sai_do_aparelho(abre, falso, modelo_da_pagina, escreve) -> None:
    falso.modelo = modelo_da_pagina
    pagina = abre(falso.url + "#semente=7&temperatura=0.5&inicio=a%20lua")
    ligacao = falso.ligacao()
    ligacao.ola(modelo=modelo(modelo_da_pagina))
    ligacao.manda("ocupado", pedido=ligacao.recebe()["pedido"], espera=300, mensagem="não há vaga agora.")
    assert espera_acabar(pagina) == escreve(7, "a lua")
    assert not pagina.evaluate("sozinha")  # o palco continua a vir do servidor


# ---------------------------------------------------------------------------------------- porque quem lê prefere


def test_no_meu_aparelho_a_pagina_deixa_o_servidor_e_a_qualquer_hora_volta(abre, inicia, escreve) -> None:
    pagina = abre(inicia(semente=13, ritmo=150).url)
    espera_tamanho(pagina, 10)
    pagina.click("text=no meu aparelho")
    pagina.wait_for_function(EM_CASA)
    assert estado(pagina) == "no seu aparelho"
    assert pagina.evaluate("servidor.soquete") is None
    for evento in ("online", "pageshow"):
        pagina.evaluate(f"dispatchEvent(new Event('{evento}'))")
    assert pagina.evaluate("servidor.soquete") is None  # ninguém a chama de volta
    pagina.wait_for_selector("#palco .folha:nth-child(2)")  # e o servidor, sem ninguém lendo, ficou no primeiro
    pagina.click("#onde >> text=ao vivo")
    pagina.wait_for_function(VIVO)
    assert not pagina.evaluate("sozinha")
    pagina.wait_for_selector("#palco .folha:nth-child(4)")
    primeiro, *seguintes, _ = folhas(pagina)
    assert primeiro == escreve(13)
    assert len({primeiro, *seguintes}) == 3  # ninguém leu duas vezes o mesmo poema
    assert pagina.inner_text("#aviso") == ""
    assert "metade" not in pagina.inner_text("#palco")


def test_no_meu_aparelho_um_poema_proprio_nao_passa_pelo_servidor(abre, falso, modelo_da_pagina, escreve) -> None:
    falso.modelo = modelo_da_pagina
    pagina = abre(falso.url)
    ligacao = falso.ligacao()
    ligacao.ola(modelo=modelo(modelo_da_pagina))
    pagina.wait_for_function(VIVO)
    pagina.click("text=no meu aparelho")
    pagina.wait_for_function(EM_CASA)
    pagina.evaluate("location.hash = '#semente=7&temperatura=0.5&inicio=a%20lua'")
    assert espera_acabar(pagina) == escreve(7, "a lua")


# ------------------------------------------------------------------------------------------ um modelo que não vem


ESTRAGOS = {
    "um byte trocado": (lambda inteiro: inteiro[:-9] + bytes([inteiro[-9] ^ 1]) + inteiro[-8:], "chegou estragado"),
    "cortado": (lambda inteiro: inteiro[:50_000], "chegou estragado"),
    "outra coisa": (lambda inteiro: b"<!doctype html><title>404</title>", "não é um modelo"),
    "nada": (lambda inteiro: None, "não há um modelo ao lado desta página"),
}


@pytest.mark.parametrize("estrago", ESTRAGOS)
def test_um_modelo_estragado_e_dito_e_a_pagina_segue_com_o_servidor(
    abre, falso, modelo_da_pagina, estrago: str
) -> None:
    estraga, mensagem = ESTRAGOS[estrago]
    falso.modelo, falso.aceita = estraga(modelo_da_pagina), False
    pagina = abre(falso.url)
    pagina.wait_for_function(f"() => document.querySelector('#espera')?.textContent.includes({mensagem!r})")
    assert pagina.inner_text("#espera").startswith("O poeta não atendeu, e não posso escrever daqui: ")
    falso.aceita = True
    pagina.evaluate("servidor.liga()")
    ligacao = falso.ligacao()
    ligacao.ola()
    ligacao.texto("um verso do servidor.")
    espera_texto(pagina, "um verso do servidor")
    assert pagina.query_selector("#espera") is None
    pagina.click("text=no meu aparelho")
    pagina.wait_for_function(f"() => um('aviso').textContent.includes({mensagem!r})")
    assert "ao vivo" in estado(pagina)
    ligacao.texto(" e outro.\n", 21)
    espera_texto(pagina, "um verso do servidor. e outro.")
    assert falso.pedidos_do_modelo == 2  # um antes do servidor, e outro que ele poderia ter consertado; e só


def test_sem_servidor_nem_modelo_quem_veio_por_um_link_sabe_por_que_espera(abre, falso) -> None:
    falso.aceita = False
    pagina = abre(falso.url + "#semente=7&inicio=a%20lua")
    esperado = "Sem conexão agora, e não posso escrever daqui: não há um modelo ao lado desta página."
    pagina.wait_for_function(f"() => document.querySelector('#proprio .recado')?.textContent.startsWith({esperado!r})")
    for _ in range(3):
        pagina.wait_for_function("() => servidor.estado === 'esperando'")
        pagina.evaluate("servidor.liga()")
    pagina.wait_for_timeout(500)
    assert pagina.inner_text("#proprio .recado").startswith(esperado)
    assert pagina.inner_text("#voz").count(esperado) == 1  # quem ouve não ouve outra vez a cada tentativa
    falso.aceita = True
    pagina.evaluate("servidor.liga()")
    ligacao = falso.ligacao()
    ligacao.ola()
    assert ligacao.recebe()["semente"] == 7


def test_sem_servidor_nem_modelo_quem_ouve_a_pagina_sabe_por_que_espera_e_nao_perde_o_foco(abre, falso) -> None:
    falso.aceita = False
    pagina = abre(falso.url)
    esperado = "O poeta não atendeu, e não posso escrever daqui: não há um modelo ao lado desta página."
    pagina.wait_for_function(f"() => um('voz').textContent.includes({esperado!r})")
    pagina.focus("#ja")
    for _ in range(3):
        pagina.evaluate("servidor.liga()")
        pagina.wait_for_function("() => servidor.estado === 'esperando'")
        assert pagina.evaluate("document.activeElement.id") == "ja"
    assert pagina.inner_text("#voz").count(esperado) == 1


def test_de_um_servidor_que_recusa_nao_se_espera_o_que_se_espera_de_um_mudo(abre, estatico) -> None:
    surdo = "{ const tarde = setTimeout; setTimeout = (faz, ms, ...a) => tarde(faz, ms === 3000 ? 1e8 : ms, ...a); }"
    espera_tamanho(abre(estatico, surdo), 5)


def test_onde_nao_ha_poema_nem_o_por_dentro_nem_o_link_fingem_que_ha(abre, estatico) -> None:
    pagina = abre(estatico + "#semente=7&inicio=%F0%9F%99%82")
    pagina.wait_for_selector("#oficina:visible")
    for comando in ("#olha", "#link"):
        pagina.evaluate("avisa('')")
        pagina.click(comando)
        assert pagina.inner_text("#aviso") == "Ainda não há um poema aqui."
    assert pagina.get_attribute("#olha", "aria-expanded") == "false"
    assert pagina.is_visible("#oficina")  # o verso ainda está lá, para ser corrigido
    pagina.click("#volta")
    pagina.wait_for_selector("#palco")
    assert not pagina.is_visible("#oficina")


def test_quem_gira_o_telefone_continua_a_acompanhar_o_poema(abre, estatico) -> None:
    pagina = abre(estatico, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    pagina.evaluate("palco.ritmo = 100")
    pagina.wait_for_selector("#palco .folha:nth-child(2)")
    pagina.wait_for_function("() => scrollY > 300")
    pagina.set_viewport_size({"width": 844, "height": 390})
    pagina.wait_for_timeout(500)
    assert pagina.evaluate("seguindo")
    pagina.wait_for_function("() => Math.abs(falta()) < 48")


def test_numa_rede_lenta_a_pagina_diz_quanto_veio_e_nao_trava(abre, estatico, modelo_da_pagina) -> None:
    pagina = abre("about:blank")
    rede = pagina.context.new_cdp_session(pagina)
    rede.send("Network.enable")
    tres_segundos = len(modelo_da_pagina) / 3
    rede.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 100, "downloadThroughput": tres_segundos, "uploadThroughput": tres_segundos},
    )
    pagina.goto(estatico)
    pagina.wait_for_function("() => /daqui mesmo: [1-9]\\d* KB/.test(document.querySelector('#espera')?.textContent)")
    assert not pagina.evaluate("sozinha")
    pagina.click("#abre")  # enquanto isso, a página obedece
    assert pagina.is_visible("#oficina")
    pagina.keyboard.press("Escape")
    espera_tamanho(pagina, 5)
    assert pagina.query_selector("#espera") is None


def test_um_modelo_que_para_no_caminho_nao_prende_a_pagina(abre, falso, modelo_da_pagina) -> None:
    falso.aceita = False
    pressa = "const de_verdade = setTimeout; setTimeout = (f, ms, ...a) => de_verdade(f, ms === 20000 ? 500 : ms, ...a)"
    pagina = abre("about:blank", pressa)
    pagina.route("**/modelo.poema*", lambda rota: None)  # nunca responde
    pagina.goto(falso.url)
    pagina.wait_for_function("() => document.querySelector('#espera')?.textContent.includes('não chegou até aqui')")
    pagina.unroute("**/modelo.poema*")
    falso.modelo = modelo_da_pagina
    espera_tamanho(pagina, 5)  # daquela vez não veio; desta, veio


def test_quem_poupa_dados_so_traz_o_modelo_quando_precisa(abre, falso, modelo_da_pagina) -> None:
    falso.modelo = modelo_da_pagina
    pagina = abre(falso.url, "Object.defineProperty(navigator, 'connection', {value: {saveData: true}})")
    ligacao = falso.ligacao()
    ligacao.ola(modelo=modelo(modelo_da_pagina))
    pagina.wait_for_timeout(1500)
    assert falso.pedidos_do_modelo == 0
    falso.aceita = False
    ligacao.fecha()
    pagina.wait_for_function(EM_CASA)
    assert falso.pedidos_do_modelo == 1
