"""Por que um poema é recusado."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poema.caminhos import DATASET
from poema.colheita.regras import REGRAS, Acervo, Candidato, recusa
from poema.dados.poemas import le_poemas

SEMENTE = le_poemas(DATASET, minusculas=False).textos
POEMA = (
    "A chuva parou na janela.\nMinha avó abriu a porta da rua,\nolhou o céu, chamou o gato\n"
    "e pôs mais um prato na mesa."
)


@pytest.fixture(scope="module")
def acervo() -> Acervo:
    return Acervo.da_semente(SEMENTE)


def test_um_poema_simples_passa_por_todas(acervo: Acervo) -> None:
    assert recusa(Candidato(POEMA), acervo) is None


@pytest.mark.parametrize(
    ("regra", "texto"),
    [
        ("vazio", " \n"),
        ("vazio", "..."),
        ("alfabeto", POEMA.replace("gato", "кот")),
        ("alfabeto", POEMA.replace("um prato", "1 prato")),
        ("alfabeto", POEMA.replace("chuva", "雨")),
        ("curto", "A chuva parou.\nO gato dormiu.\nE só."),
        ("curto", "A chuva parou na janela e a minha avó abriu a porta da rua,\nolhou o céu e pôs a mesa."),
        ("longo", "\n".join(f"{POEMA}\nE a rua, que não dorme, viu {quem}." for quem in ("o pai", "a mãe") * 4)),
        (
            "conversa",
            "Desculpe, mas não posso escrever esse poema.\nPosso fazer outro, se quiser.\nÉ só me dizer o que quer.",
        ),
        ("conversa", f"{POEMA}\nEspero que goste, e que a chuva passe."),
        ("prosa", POEMA.replace("da rua,", "da rua, que estava cheia de água até a esquina,")),
        (
            "lingua",
            "The rain has stopped at my window.\nGrandmother opened the street door,\nlooked at the sky and smiled.",
        ),
        ("lingua", "La lluvia se detuvo en mi ventana.\nLa abuela abrió la puerta, miró el cielo\ny llamó al gato."),
        ("dicionario", POEMA.replace("gato", "gatto")),
        ("dicionario", POEMA.replace("olhou", "oliou")),
        (
            "incomum",
            POEMA.replace("mesa", "alcova")
            .replace("gato", "querubim")
            .replace("prato", "epitáfio")
            .replace("porta", "aldrava"),
        ),
        ("laco", "A chuva cai na janela.\nA chuva cai na janela.\nA chuva cai na janela.\nO gato olha a rua."),
        ("laco", "E o que eu queria era o mesmo,\nque o que eu queria era o mesmo,\ne o que eu queria era meu."),
        ("pobre", "A casa é a casa do pai,\no pai é o pai da casa,\ne a casa do pai é dele."),
        ("ralo", "Eu não sei quem é ele,\nnem se ela já tem outro por lá.\nDisse que só vai quando a mãe diz sim."),
    ],
)
def test_cada_regra_recusa_o_que_diz_recusar(acervo: Acervo, regra: str, texto: str) -> None:
    assert recusa(Candidato(texto), acervo) == regra


def test_um_poema_que_o_modelo_nao_acabou_e_recusado(acervo: Acervo) -> None:
    assert recusa(Candidato(POEMA, inteiro=False), acervo) == "cortado"


def test_quem_repete_uma_linha_do_pedido_e_recusado(acervo: Acervo) -> None:
    pedido = "Escreva um poema sobre: a chuva.\nMinha avó abriu a porta da rua!"
    assert recusa(Candidato(POEMA, pedido), acervo) == "eco"


def test_quem_repete_a_instrucao_em_pedacos_tambem(acervo: Acervo) -> None:
    pedido = "Você é um poeta. Escreva com palavras simples, orações curtas e imagens concretas, só o poema."
    texto = f"{POEMA}\nEscreva com palavras simples,\norações curtas"
    assert recusa(Candidato(texto, pedido), acervo) == "eco"


def test_uma_cancao_com_refrao_nao_e_um_laco() -> None:
    refrao = "Canta, menino, na rua,\nque o sol já vai embora."
    cancao = (
        "Minha mãe abriu a janela\ne viu o gato no muro,\no pai chegou do trabalho\ncom o chapéu no escuro.\n\n"
        f"{refrao}"
        f"\n\nO trem passou na cidade\nlevando o meu irmão,\na avó ficou na calçada\ncom um lenço na mão.\n\n{refrao}"
    )
    assert recusa(Candidato(cancao), Acervo()) is None


def test_um_verso_inteiro_da_semente_e_copia_mesmo_com_outra_pontuacao(acervo: Acervo) -> None:
    alheio = next(verso for verso in SEMENTE[3].split("\n") if len(verso) > 20)
    assert recusa(Candidato(f"{POEMA}\n{alheio.upper()}!"), acervo) == "copia"


def test_trocar_duas_palavras_de_um_poema_aceito_ainda_e_quase_copia() -> None:
    acervo = Acervo.da_semente(SEMENTE)
    acervo.guarda(Candidato(POEMA))
    parecido = POEMA.replace("gato", "cachorro").replace("janela", "telha")
    assert recusa(Candidato(POEMA), acervo) == "quase_copia"
    assert recusa(Candidato(parecido), acervo) == "quase_copia"


def test_tres_em_quatro_poemas_bons_passam_quando_a_semente_sao_os_outros() -> None:
    metade = len(SEMENTE) // 2
    acervo = Acervo.da_semente(SEMENTE[:metade])
    outros = SEMENTE[metade:]
    assert sum(recusa(Candidato(poema), acervo) is None for poema in outros) / len(outros) > 0.75


@given(st.text(alphabet="aábcdeêgilmnoõprstuv\n ,.", max_size=200))
def test_nenhum_texto_derruba_as_regras(texto: str) -> None:
    assert recusa(Candidato(texto), Acervo()) in {None, *REGRAS}


def test_toda_regra_se_explica_em_uma_linha() -> None:
    assert all((regra.__doc__ or "").strip() and "\n" not in str(regra.__doc__) for regra in REGRAS.values())
