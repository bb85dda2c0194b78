"""Ver por dentro, na página: o que a rede diz ali de cada letra é o que o Python diz."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from poema.geracao.artefato import le_artefato
from poema.geracao.raio_x import LIMIARES, Leitura, Posicao, visivel
from poema.geracao.web import empacota, tipo_exato

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

pytestmark = pytest.mark.navegador

TOPO = Path(__file__).parents[2]
PAGINA = TOPO / "index.html"
ARTEFATO = le_artefato(TOPO / "modelos_treinados" / "poemas-5k.keras")
MODELO = empacota(ARTEFATO, tipo_exato(ARTEFATO), 0.5)
PROPRIO = "#semente=7&temperatura=0.8&inicio=a%20lua"
COMPRIDO = "#semente=2&temperatura=0.8&inicio=" + "a%20lua%20caiu%0A" * 18
TELEFONE = {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True}
UNIDADES = 256


def escrito(pagina: "Page", ritmo: int = 1000) -> None:
    pagina.evaluate(f"palco.ritmo = propria.ritmo = {ritmo}")
    pagina.wait_for_selector("#proprio .colofao")


def espia(pagina: "Page") -> None:
    pagina.click("#olha")
    pagina.wait_for_selector("#dentro")


@pytest.fixture
def aberta(abre: Callable[..., "Page"], estatico: str) -> Callable[..., "Page"]:
    """Abre um poema próprio, espera que acabe e olha por dentro."""

    def _aberta(receita: str = PROPRIO, preparo: str = "", **opcoes: Any) -> "Page":
        pagina = abre(estatico + receita, preparo, **opcoes)
        escrito(pagina)
        espia(pagina)
        return pagina

    return _aberta


def texto(pagina: "Page") -> str:
    lido: str = pagina.evaluate("proprio.poema.receita.inicio + proprio.poema.texto")
    return lido


def posicoes(texto: str) -> list[Posicao]:
    leitura = Leitura(ARTEFATO)
    return [leitura.le(caractere) for caractere in texto]


def porcento(p: float) -> str:
    return "<1%" if p < 0.01 else f"{int(100 * p + 0.5)}%"


def bits(posicao: Posicao) -> str:
    escritos = f"{posicao.surpresa:.1f}".removesuffix(".0").replace(".", ",")
    return f"{escritos} {'bit' if posicao.surpresa < 1.95 else 'bits'} de surpresa"


def cartao(texto: str, lugar: int) -> tuple[str, list[str]]:
    """O que a página deve dizer de uma letra."""
    posicao = posicoes(texto)[lugar]
    antes = texto[max(0, lugar - 18) : lugar]
    antes = ("…" if lugar > 18 else "") + antes[:-1].replace("\n", "↵") + visivel(antes[-1:])
    depois = f"depois de “{antes}”" if lugar else "no começo"
    veio = f"{depois} veio “{visivel(texto[lugar])}” ({porcento(2**-posicao.surpresa)}): {bits(posicao)}"
    return veio, [f"{visivel(simbolo)} {porcento(p)}" for simbolo, p in posicao.esperados]


def visto(pagina: "Page") -> tuple[str, list[str]]:
    """O que a página diz da letra escolhida."""
    return pagina.inner_text("#veio"), pagina.locator("#esperados li").all_inner_texts()


def onde(pagina: "Page", lugar: int) -> tuple[float, float]:
    caixa = pagina.locator(f'[data-lugar="{lugar}"]').bounding_box()
    assert caixa
    return caixa["x"] + caixa["width"] / 2, caixa["y"] + caixa["height"] / 2


def marcada(pagina: "Page") -> list[int]:
    lugares: list[int] = pagina.eval_on_selector_all(".aqui", "letras => letras.map(l => Number(l.dataset.lugar))")
    return lugares


def tons(pagina: "Page") -> list[str]:
    """A classe da cor de cada letra, na ordem do texto."""
    lidos: list[str] = pagina.eval_on_selector_all("#proprio .letra", "letras => letras.map(l => l.classList[1])")
    return lidos


def a_vista(pagina: "Page") -> bool:
    """A letra escolhida não está debaixo do painel nem do véu."""
    lida: bool = pagina.evaluate("""() => {
      const {top, bottom} = document.querySelector('.aqui').getBoundingClientRect();
      return top >= 0.15 * innerHeight && bottom <= document.querySelector('footer').getBoundingClientRect().top;
    }""")
    return lida


# ------------------------------------------------------------------------------------------- entre o que se escolhia


def test_a_surpresa_e_os_cinco_mais_esperados_de_cada_letra_sao_os_do_python(aberta) -> None:
    pagina = aberta()
    lida, certas = pagina.evaluate("leitura"), posicoes(texto(pagina))
    assert len(certas) > 100
    assert lida["surpresas"] == pytest.approx([posicao.surpresa for posicao in certas], abs=1e-3)
    for esperados, posicao in zip(lida["esperados"], certas, strict=True):
        assert [simbolo for simbolo, _ in esperados] == [simbolo for simbolo, _ in posicao.esperados]
        assert [p for _, p in esperados] == pytest.approx([p for _, p in posicao.esperados], abs=1e-4)


def test_segurar_uma_letra_mostra_entre_o_que_a_rede_escolhia_e_escorregar_passa_as_outras(aberta) -> None:
    pagina = aberta()
    poema = texto(pagina)
    pagina.mouse.move(*onde(pagina, 20))
    pagina.mouse.down()
    assert visto(pagina) == cartao(poema, 20)
    assert marcada(pagina) == [20]
    for lugar in (24, 25, 1):
        pagina.mouse.move(*onde(pagina, lugar))
        assert visto(pagina) == cartao(poema, lugar)
    quebra = poema.index("\n")
    pagina.mouse.move(*onde(pagina, quebra))
    assert visto(pagina) == cartao(poema, quebra)
    pagina.mouse.up()
    pagina.mouse.move(*onde(pagina, 2))
    assert marcada(pagina) == [quebra]
    assert pagina.input_value("#letra") == str(quebra)


def test_segurar_uma_letra_nao_seleciona_o_texto_e_fechado_o_painel_ele_se_seleciona(aberta) -> None:
    pagina = aberta()
    palavra = onde(pagina, 3)
    pagina.mouse.dblclick(*palavra)
    assert pagina.evaluate("String(getSelection())") == ""
    pagina.keyboard.press("Escape")
    pagina.mouse.dblclick(*palavra)
    assert pagina.evaluate("String(getSelection())") == "lua"


def test_os_candidatos_trazem_uma_barra_do_tamanho_da_chance_e_o_que_veio_se_distingue(aberta) -> None:
    pagina = aberta()
    certas = posicoes(texto(pagina))
    lugar = next(i for i, p in enumerate(certas) if i > 5 and p.caractere == p.esperados[1][0])
    pagina.mouse.click(*onde(pagina, lugar))
    pagina.wait_for_function("lugar => escolhida === lugar", arg=lugar)
    larguras, quais, titulos = pagina.evaluate("""() => {
      const itens = [...document.querySelectorAll('#esperados li')];
      const barra = item => getComputedStyle(item).getPropertyValue('--p');
      return [itens.map(barra), itens.map(item => item.className), itens.map(item => item.title)];
    }""")
    assert [float(p) for p in larguras] == pytest.approx([p for _, p in certas[lugar].esperados], abs=1e-4)
    assert quais == ["", "veio", "", "", ""]
    nomes = {" ": "espaço", "\n": "fim do verso", "": "fim do poema"}
    assert titulos == [nomes.get(simbolo, simbolo) for simbolo, _ in certas[lugar].esperados]


def test_no_telefone_toca_se_a_letra_e_o_dedo_escorrega(aberta) -> None:
    pagina = aberta(**TELEFONE)
    poema = texto(pagina)
    pagina.touchscreen.tap(*onde(pagina, 9))
    assert visto(pagina) == cartao(poema, 9)
    dedo = pagina.context.new_cdp_session(pagina)
    for tipo, lugar in (("touchStart", 3), *[("touchMove", n) for n in range(4, 16)]):
        x, y = onde(pagina, lugar)
        dedo.send("Input.dispatchTouchEvent", {"type": tipo, "touchPoints": [{"x": x, "y": y}]})
    pagina.wait_for_function("() => escolhida === 15")
    assert visto(pagina) == cartao(poema, 15)
    dedo.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_pelo_teclado_o_foco_vai_para_a_letra_e_volta_para_o_botao(aberta, abre, estatico) -> None:
    pagina = abre(estatico + PROPRIO)
    escrito(pagina)
    pagina.focus("#olha")
    pagina.keyboard.press("Enter")
    pagina.wait_for_selector("#dentro")
    assert pagina.evaluate("document.activeElement.id") == "letra"
    poema = texto(pagina)
    pagina.keyboard.press("Home")
    assert visto(pagina) == cartao(poema, 0)
    pagina.keyboard.press("ArrowRight")
    assert visto(pagina) == cartao(poema, 1)
    pagina.keyboard.press("End")
    assert visto(pagina) == cartao(poema, len(poema) - 1)
    pagina.keyboard.press("Escape")
    assert not pagina.is_visible("#dentro")
    assert pagina.evaluate("document.activeElement.id") == "olha"


def test_quem_ouve_a_pagina_ouve_a_letra_a_surpresa_e_o_esperado(aberta) -> None:
    pagina = aberta()
    poema = texto(pagina)
    quebra = poema.index("\n")
    certa = posicoes(poema)[quebra]
    pagina.fill("#letra", str(quebra))
    dito = pagina.get_attribute("#letra", "aria-valuetext")
    assert dito.startswith(f"fim do verso, {bits(certa)}; a rede esperava ")
    assert f"fim do verso {porcento(2**-certa.surpresa)}" in dito
    assert not set("␣↵∎") & set(dito)


def test_olhar_por_dentro_nao_repete_o_poema_a_quem_o_ouviu(abre, estatico) -> None:
    pagina = abre(estatico + PROPRIO)
    escrito(pagina)
    ouvidos = pagina.locator("#voz p").all_inner_texts()
    espia(pagina)
    pagina.click("#olha")
    assert pagina.locator("#voz p").all_inner_texts() == ouvidos


def test_abre_na_letra_que_mais_surpreendeu_e_ela_esta_a_vista(aberta) -> None:
    pagina = aberta(viewport={"width": 320, "height": 640})
    maior = int(np.argmax([posicao.surpresa for posicao in posicoes(texto(pagina))]))
    assert visto(pagina) == cartao(texto(pagina), maior)
    assert marcada(pagina) == [maior]
    pagina.wait_for_timeout(300)  # a página ainda podia querer seguir o fim do poema
    assert a_vista(pagina)


def test_a_letra_escolhida_pelo_teclado_nunca_fica_escondida(aberta) -> None:
    pagina = aberta(COMPRIDO, viewport={"width": 390, "height": 800})
    for tecla in ("Home", "End", "Home", *["PageUp"] * 4):
        pagina.keyboard.press(tecla)
        pagina.wait_for_timeout(100)
        assert a_vista(pagina), tecla


# ------------------------------------------------------------------------------------------------------------ as cores


def test_a_cor_e_o_nivel_da_surpresa_e_as_primeiras_palavras_tambem_se_pintam(aberta) -> None:
    pagina = aberta(PROPRIO.replace("a%20lua", "a%20lua%20xz%C3%A3o"))
    certos = [f"t{posicao.nivel}" for posicao in posicoes(texto(pagina))]
    assert tons(pagina) == certos
    assert set(certos) == {"t0", "t1", "t2", "t3", "t4"}
    assert pagina.evaluate("LIMIARES") == list(LIMIARES)
    assert pagina.locator("em .letra").count() == len("a lua xzão")


def test_uma_unidade_pinta_pela_sua_memoria_nas_duas_gru_e_com_os_dois_sinais(aberta) -> None:
    pagina = aberta()
    poema = texto(pagina)
    memoria = np.array([posicao.memoria for posicao in posicoes(poema)])
    assert pagina.get_attribute("#unidade", "max") == str(UNIDADES - 1)
    lida = pagina.evaluate("Array.from(leitura.memoria)")
    assert np.reshape(lida, memoria.shape) == pytest.approx(memoria, abs=1e-4)
    pagina.check("#acende")
    vistos: set[str] = set()
    for unidade in (0, 63, 127, 128, 200, 255):
        pagina.fill("#unidade", str(unidade))
        valores = memoria[:, unidade]
        certos = [f"{'f' if v < 0 else 't'}{min(4, int(5 * abs(v)))}" for v in valores]
        assert tons(pagina) == certos
        vistos |= set(certos)
        lugar = pagina.evaluate("escolhida")
        rotulo = pagina.inner_text("#qual")
        assert rotulo.startswith(f"a {unidade % 128} da GRU {unidade // 128 + 1}: ")
        assert rotulo.endswith(f" depois de “{visivel(poema[lugar])}”")
        assert float(rotulo.split()[5].replace(",", ".")) == pytest.approx(valores[lugar], abs=0.006)
        assert pagina.get_attribute("#unidade", "aria-valuetext") == rotulo
    assert {"t1", "t2", "t3", "t4", "f1", "f2", "f3", "f4"} <= vistos
    pagina.check("text=surpresa (bits)")
    assert tons(pagina) == [f"t{posicao.nivel}" for posicao in posicoes(poema)]


def test_mostra_so_a_escala_do_que_se_pinta(aberta) -> None:
    pagina = aberta()
    assert pagina.locator("#bits i").all_inner_texts() == ["0 a 1", "1 a 2", "2 a 4", "4 a 6", "6 ou mais"]
    assert (pagina.is_visible("#bits"), pagina.is_visible("#unidades")) == (True, False)
    pagina.check("#acende")
    assert (pagina.is_visible("#bits"), pagina.is_visible("#unidades")) == (False, True)
    cores = pagina.eval_on_selector_all("#unidades i", "is => is.map(i => getComputedStyle(i).backgroundColor)")
    assert len(set(cores)) == 9


def test_comeca_pela_unidade_que_mais_acompanha_o_lugar_no_verso_e_guarda_a_que_se_escolhe(aberta) -> None:
    pagina = aberta()
    poema = texto(pagina)
    lugares = [len(poema[: i + 1].rpartition("\n")[2]) for i in range(len(poema))]
    memoria = np.array([posicao.memoria for posicao in posicoes(poema)])
    r = [abs(np.corrcoef(lugares, dela)[0, 1]) for dela in memoria.T]
    assert pagina.input_value("#unidade") == str(int(np.argmax(r)))
    pagina.check("#acende")
    pagina.fill("#unidade", "200")
    pagina.click("#outra")
    pagina.wait_for_function("() => leitura && proprio.receita.semente !== 7")
    assert pagina.input_value("#unidade") == "200"


@pytest.mark.parametrize("tema", ["light", "dark"])
def test_a_tinta_se_le_sobre_qualquer_cor_e_as_cores_se_distinguem(aberta, tema: str) -> None:
    pagina = aberta(color_scheme=tema)
    pagina.check("#acende")
    fundos, tintas = pagina.evaluate("""() => {
      const pincel = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
      const papel = getComputedStyle(document.documentElement).backgroundColor;
      const pinta = (...cores) => {
        for (const cor of cores) Object.assign(pincel, {fillStyle: cor}).fillRect(0, 0, 1, 1);
        return [...pincel.getImageData(0, 0, 1, 1).data].slice(0, 3);
      };
      const estilo = (qual, parte) => getComputedStyle(document.querySelector(qual), parte);
      const letras = [['.escala i'], ['.letra'], ['em .letra'], ['.letra:empty', '::after']];
      const escala = [...document.querySelectorAll('#unidades i')];
      return [
        escala.map(cor => pinta(papel, getComputedStyle(cor).backgroundColor)),
        letras.map(([qual, parte]) => pinta(estilo(qual, parte).color)),
      ];
    }""")

    def luz(cor: list[int]) -> float:
        canais = np.array(cor) / 255
        return float(
            np.where(canais <= 0.04045, canais / 12.92, ((canais + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]
        )

    for tinta in tintas:
        for fundo in fundos:
            claro, escuro = sorted((luz(tinta), luz(fundo)), reverse=True)
            assert (claro + 0.05) / (escuro + 0.05) >= 4.5, (tinta, fundo)
    assert min(np.abs(np.diff(fundos, axis=0)).sum(axis=1)) >= 20


# ------------------------------------------------------------------------------------------------------ abrir e fechar


def test_o_texto_que_se_copia_e_o_mesmo_antes_durante_e_depois(aberta) -> None:
    pagina = aberta(permissions=["clipboard-read", "clipboard-write"])
    certo = texto(pagina).rstrip() + "\n"
    assert "\n" in certo[:-1]
    for fecha in (False, True):
        if fecha:
            pagina.click("#olha")
        assert pagina.is_visible("#dentro") is not fecha
        pagina.evaluate("navigator.clipboard.writeText('')")
        pagina.click("#copia")
        pagina.wait_for_function("async () => await navigator.clipboard.readText() !== ''")
        assert pagina.evaluate("navigator.clipboard.readText()") == certo
    assert pagina.locator(".letra").count() == 0
    assert pagina.locator("em").inner_text() == "a lua"


def test_o_poema_que_ainda_se_escreve_chega_pintado_e_o_painel_acompanha_a_letra(abre, estatico) -> None:
    pagina = abre(estatico + PROPRIO)
    pagina.evaluate("palco.ritmo = propria.ritmo = 60")
    pagina.wait_for_function("() => proprio.acabou && propria.folha.lugar > 8")
    espia(pagina)
    poema = texto(pagina)
    certos = [f"t{posicao.nivel}" for posicao in posicoes(poema)]
    vistas = []
    for tamanho in (30, 60):
        pagina.wait_for_function("tamanho => propria.folha.lugar > tamanho", arg=tamanho)
        lidos, vista, lugar = pagina.evaluate(
            "[[...document.querySelectorAll('.letra')].map(l => l.classList[1]), escolhida, propria.folha.lugar]"
        )
        assert lidos == certos[: len(lidos)]
        assert vista == lugar - 1 == len(lidos) - 1
        vistas.append(vista)
    assert pagina.evaluate("document.activeElement.id") == "olha"  # quem ouve não ouve letra por letra
    pagina.mouse.click(*onde(pagina, 4))
    pagina.wait_for_selector(".colofao")
    assert tons(pagina) == certos
    assert marcada(pagina) == [4]
    assert visto(pagina) == cartao(poema, 4)


def test_a_letra_escolhida_antes_de_chegar_vem_marcada(abre, estatico) -> None:
    pagina = abre(estatico + PROPRIO)
    pagina.wait_for_function("() => proprio.acabou && propria.folha")
    espia(pagina)
    pagina.fill("#letra", "70")
    assert marcada(pagina) == []
    escrito(pagina, 400)
    assert marcada(pagina) == [70]


def test_outra_vez_com_o_painel_aberto_mostra_o_poema_novo_pintado(aberta) -> None:
    pagina = aberta()
    pagina.evaluate("palco.ritmo = propria.ritmo = 60")
    for semente in (16, 14):  # o segundo, com o primeiro ainda a escrever-se
        pagina.evaluate("semente => void (crypto.getRandomValues = numeros => numeros.fill(semente))", semente)
        pagina.click("#outra")
        pagina.wait_for_function("n => leitura && proprio.poema.receita.semente === n && propria.folha", arg=semente)
    escrito(pagina)
    poema = texto(pagina)
    fim = len(poema) - 1
    assert tons(pagina) == [f"t{posicao.nivel}" for posicao in posicoes(poema)]
    assert visto(pagina) == cartao(poema, fim)
    pagina.wait_for_function("() => !quadro")
    pagina.mouse.move(*onde(pagina, fim - 1))
    pagina.mouse.down()
    pagina.mouse.move(*onde(pagina, fim - 5))
    assert visto(pagina) == cartao(poema, fim - 5)
    pagina.mouse.up()
    pagina.mouse.dblclick(*onde(pagina, fim - 5))
    assert pagina.evaluate("String(getSelection())") == ""


def test_enquanto_o_poema_novo_nao_vem_nada_se_diz_do_anterior(aberta) -> None:
    pagina = aberta()
    pagina.evaluate("""() => {
      const pergunta = aparelho.pergunta.bind(aparelho);
      aparelho.pergunta = (faz, ...resto) => faz === 'le' ? new Promise(() => {}) : pergunta(faz, ...resto);
      abreProprio({...proprio.receita, semente: 14});
    }""")
    assert not pagina.is_visible("#dentro")
    escrito(pagina)
    assert set(tons(pagina)) == {None}


def test_um_verso_seu_e_escape_fecham_o_painel(aberta) -> None:
    pagina = aberta()
    pagina.click("#abre")
    assert (pagina.is_visible("#dentro"), pagina.is_visible("#oficina")) == (False, True)
    assert pagina.get_attribute("#olha", "aria-expanded") == "false"
    espia(pagina)
    assert not pagina.is_visible("#oficina")
    assert pagina.get_attribute("#olha", "aria-expanded") == "true"
    pagina.keyboard.press("Escape")
    assert not pagina.is_visible("#dentro")
    assert pagina.locator(".letra, .aberta").count() == 0


def test_no_palco_nao_ha_painel_e_ao_voltar_ao_poema_ele_volta(aberta) -> None:
    pagina = aberta()
    pagina.click("#volta")
    pagina.wait_for_selector("#palco")
    assert not pagina.is_visible("#dentro")
    assert not pagina.is_visible("#olha")
    pagina.go_back()
    pagina.wait_for_selector("#dentro")
    escrito(pagina)
    assert tons(pagina) == [f"t{posicao.nivel}" for posicao in posicoes(texto(pagina))]


def test_o_fim_do_poema_nao_se_esconde_quando_o_painel_abre(abre, estatico) -> None:
    pagina = abre(estatico + COMPRIDO, viewport={"width": 390, "height": 800})
    pagina.evaluate("palco.ritmo = propria.ritmo = 60")
    pagina.wait_for_function("() => proprio.acabou && propria.folha.lugar > 300 && falta() < 30")
    pagina.click("#para")
    espia(pagina)
    assert visto(pagina) == cartao(texto(pagina), pagina.evaluate("propria.folha.lugar") - 1)
    pagina.click("#para")
    escrito(pagina)
    pagina.wait_for_function("() => !quadro")
    fim, painel = (pagina.locator(qual).bounding_box() for qual in (".colofao", "footer"))
    assert fim["y"] + fim["height"] <= painel["y"]
    assert marcada(pagina) == [len(texto(pagina)) - 1]


def test_no_papel_sai_so_o_poema(aberta) -> None:
    pagina = aberta()
    seta = "() => getComputedStyle(document.querySelector('.letra:empty'), '::after').content"
    assert pagina.evaluate(seta) == '"↵"'
    pagina.emulate_media(media="print")
    assert pagina.evaluate(seta) == "none"
    assert not pagina.is_visible("#dentro")


# ---------------------------------------------------------------------------------------------- quando não há o que ver


def do_servidor(abre: Callable[..., "Page"], falso: Any, responde: "Callable[[Route], None]", **texto: Any) -> "Page":
    """Um poema próprio que o servidor escreveu, com um modelo que não é o do arquivo."""
    pagina = abre(falso.url + PROPRIO)
    pagina.route("**/modelo.poema*", responde)
    ligacao = falso.ligacao()
    ligacao.ola()
    nome = ligacao.recebe()["pedido"]
    receita = {"modelo": "91c0ffee", "inicio": "a lua", "temperatura": 0.8, "semente": 7} | texto.pop("receita", {})
    ligacao.manda("aceito", pedido=nome, **receita)
    ligacao.manda("texto", pedido=nome, **({"deslocamento": 0, "texto": " caiu."} | texto))
    ligacao.manda("fim", pedido=nome, deslocamento=6, motivo="fim")
    pagina.wait_for_selector("#proprio .colofao")
    return pagina


def diz_e_fecha(pagina: "Page", porque: str) -> None:
    pagina.click("#olha")
    pagina.wait_for_selector("text=Não dá para ver por dentro")
    assert pagina.inner_text("#aviso") == f"Não dá para ver por dentro: {porque}."
    assert not pagina.is_visible("#dentro")
    assert pagina.get_attribute("#olha", "aria-expanded") == "false"
    assert pagina.locator(".letra, .aberta").count() == 0


def test_o_poema_que_outro_modelo_escreveu_nao_se_ve_por_dentro(abre, falso) -> None:
    pagina = do_servidor(abre, falso, lambda rota: rota.fulfill(body=MODELO))
    diz_e_fecha(pagina, f"quem escreveu este poema foi o modelo 91c0ffee, e o que há aqui é o {ARTEFATO.resumo}")


def test_sem_um_modelo_ao_lado_a_pagina_diz_que_ele_falta(abre, falso) -> None:
    pagina = do_servidor(abre, falso, lambda rota: rota.fulfill(status=404))
    diz_e_fecha(pagina, "não há um modelo ao lado desta página")


def test_de_um_poema_a_que_falta_um_pedaco_nao_se_diz_nada_errado(abre, falso) -> None:
    receita = {"modelo": ARTEFATO.resumo}
    pagina = do_servidor(abre, falso, lambda rota: rota.fulfill(body=MODELO), deslocamento=9, receita=receita)
    diz_e_fecha(pagina, "perdeu-se um pedaço deste poema")


def test_enquanto_a_rede_vem_a_pagina_diz_que_a_traz_e_quem_fecha_nao_ouve_mais_nada(abre, falso) -> None:
    presas: list[Route] = []
    pagina = do_servidor(abre, falso, lambda rota: presas.append(rota))
    pagina.click("#olha")
    assert pagina.inner_text("#aviso") == "Trago a rede para cá…"
    assert not pagina.is_visible("#dentro")
    pagina.click("#olha")
    presas[0].fulfill(status=404)
    pagina.wait_for_function("() => aparelho.preparo.catch(() => true)")
    assert pagina.inner_text("#aviso") == ""


def test_chegando_a_rede_o_aviso_some_e_o_painel_se_abre(abre, falso) -> None:
    presas: list[Route] = []
    pagina = do_servidor(abre, falso, lambda rota: presas.append(rota), receita={"modelo": ARTEFATO.resumo})
    pagina.click("#olha")
    pagina.wait_for_selector("text=Trago a rede")
    presas[0].fulfill(body=MODELO)
    pagina.wait_for_selector("#dentro")
    assert pagina.inner_text("#aviso") == ""
    assert visto(pagina)[0].endswith("de surpresa")


def test_o_modelo_que_o_servidor_troca_nao_estraga_o_que_ja_se_leu(aberta) -> None:
    pagina = aberta()
    pagina.evaluate("aparelho.esquece()")
    pagina.mouse.click(*onde(pagina, 12))
    assert visto(pagina) == cartao(texto(pagina), 12)


# --------------------------------------------------------------------------------------------------- para todo mundo


@pytest.mark.parametrize("modo", ["surpresa", "unidade"])
@pytest.mark.parametrize("tema", ["light", "dark"])
def test_o_axe_nao_encontra_falta_grave_por_dentro(aberta, faltas_graves, tema: str, modo: str) -> None:
    pagina = aberta(color_scheme=tema)
    if modo == "unidade":
        pagina.check("#acende")
    assert faltas_graves(pagina) == []


@pytest.mark.parametrize("modo", ["surpresa", "unidade"])
@pytest.mark.parametrize(
    ("largura", "altura", "resta"),
    [(320, 640, 320), (360, 740, 370), (430, 932, 466), (390, 800, 400), (740, 360, 130)],
)
def test_no_telefone_o_painel_cabe_e_deixa_ver_o_poema(aberta, largura: int, altura: int, resta: int, modo) -> None:
    pagina = aberta(viewport={"width": largura, "height": altura})
    if modo == "unidade":
        pagina.check("#acende")
    rodape, sobra, escondido, comandos = pagina.evaluate("""() => {
      const rodape = document.querySelector('footer'), linhas = nos => new Set([...nos].map(no => no.offsetTop)).size;
      return [
        rodape.offsetHeight,
        [rodape, document.documentElement].map(no => no.scrollWidth - no.clientWidth),
        rodape.scrollHeight - rodape.clientHeight,
        [...document.querySelectorAll('.comandos')].map(grupo => linhas(grupo.children)),
      ];
    }""")
    assert (sobra, escondido, comandos) == ([0, 0], 0, [1, 1])
    assert altura - rodape >= resta
    pagina.fill("#letra", "0")  # o que se diz dela é curto, e o painel não muda de altura
    assert pagina.evaluate("document.querySelector('footer').offsetHeight") == rodape
    fora = pagina.evaluate("""() => [...document.querySelectorAll('#dentro :is(p, li, label, input, i), footer button')]
      .filter(no => no.clientWidth)
      .filter(no => no.getBoundingClientRect().right > innerWidth || no.scrollWidth > no.clientWidth + 1)
      .map(no => no.outerHTML)""")
    assert fora == []
    alturas = pagina.eval_on_selector_all(".escala i", "is => is.map(i => i.offsetHeight).filter(Boolean)")
    assert max(alturas) < 30  # uma linha só
    assert max(pagina.eval_on_selector_all("#esperados li", "lis => lis.map(li => li.offsetHeight)")) < 40  # e a barra


@pytest.mark.parametrize("tema", ["light", "dark"])
def test_com_as_cores_do_sistema_as_que_dizem_algo_ficam(aberta, tema: str) -> None:
    pagina = aberta(forced_colors="active", color_scheme=tema)
    cores = "nos => new Set(nos.map(no => getComputedStyle(no).backgroundColor)).size"
    assert pagina.eval_on_selector_all("#proprio .letra", cores) > 2
    assert pagina.eval_on_selector_all("#bits i", cores) == 5
    assert pagina.evaluate("getComputedStyle(document.querySelector('.letra.aqui')).outlineStyle") == "solid"
    controle = pagina.locator("#letra")
    com_ele = controle.locator("..").screenshot()
    controle.evaluate("no => no.style.visibility = 'hidden'")
    assert controle.locator("..").screenshot() != com_ele  # o controle se vê


def test_um_poema_que_ficou_em_branco_nao_se_abre_e_e_dito(abre, falso, modelo_da_pagina: bytes) -> None:
    falso.modelo = modelo_da_pagina
    pagina = abre(falso.url + "#semente=7&temperatura=1.5")
    ligacao = falso.ligacao()
    ligacao.ola(modelo=ARTEFATO.resumo)
    pedido = ligacao.recebe()["pedido"]
    ligacao.manda("aceito", pedido=pedido, modelo=ARTEFATO.resumo, semente=7, temperatura=1.5, inicio="")
    ligacao.manda("fim", pedido=pedido, deslocamento=0, motivo="fim")
    pagina.wait_for_function("() => proprio.acabou")
    pagina.click("#olha")
    pagina.wait_for_selector("text=Não dá para ver por dentro: ele ficou em branco.")
    assert not pagina.is_visible("#dentro")


def test_sem_movimento_o_poema_chega_pintado_verso_a_verso(abre, estatico) -> None:
    pagina = abre(estatico + PROPRIO, reduced_motion="reduce")
    pagina.evaluate("palco.ritmo = propria.ritmo = 60")
    pagina.wait_for_function("() => proprio.acabou && propria.folha")
    espia(pagina)
    poema = texto(pagina)
    pagina.wait_for_function("() => document.querySelectorAll('#proprio .verso').length > 2")
    chegou, moveis = pagina.evaluate("[propria.folha.lugar, document.getAnimations().length]")
    assert poema[chegou - 1] == "\n"
    assert moveis == 0
    escrito(pagina)
    assert tons(pagina) == [f"t{posicao.nivel}" for posicao in posicoes(poema)]
