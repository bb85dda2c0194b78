"""O que se tira em volta de um poema."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import POEMAS
from poema.colheita.aparas import APARAS, apara
from poema.dados.dicionario import palavras

POEMA = "A lua caiu no balde.\nO gato bebeu devagar.\n\nNinguém contou ao céu."


@pytest.mark.parametrize(
    ("nome", "recebido"),
    [
        ("forma", f"\n\n  {POEMA}  \r\n"),
        ("forma", POEMA.replace("\n\n", "\n \t\n\n\n")),
        ("raciocinio", f"<think>\nO tema é a lua.\n</think>\n{POEMA}"),
        ("preambulo", f"Claro! Aqui vai um poema sobre a lua:\n\n{POEMA}"),
        ("preambulo", f"Aqui está:\n{POEMA}"),
        ("preambulo", f"Segue abaixo:\n{POEMA}"),
        ("preambulo", f"Claro que sim! Aqui está uma canção sobre a lua:\n\n{POEMA}"),
        ("preambulo", f"Olá! Aqui está:\n\n{POEMA}"),
        ("preambulo", f"Here's a poem about the moon:\n\n{POEMA}"),
        ("preambulo", f"Um poema sobre a lua:\n\n{POEMA}"),
        ("preambulo", f"Haicai:\n\n{POEMA}"),
        ("preambulo", f"**Poema:**\n\n{POEMA}"),
        ("raciocinio", f"O usuário quer a lua.\n</think>\n\n{POEMA}"),
        ("nota", f"{POEMA}\n\nEspero que goste!"),
        ("nota", f"{POEMA}\nEspero que goste!"),
        ("nota", f"{POEMA}\n\nEspero que goste!\n\nQuer outro?"),
        ("nota", f"{POEMA}\n\nQuer que eu escreva mais um?"),
        ("nota", f"{POEMA}\n\nVocê gostaria de outro tema?"),
        ("nota", f"{POEMA}\n\n**Explicação:**\n* A lua é a avó.\n* O balde é o mundo."),
        ("nota", f"{POEMA}\n\nEste haicai segue a forma de três versos."),
        ("nota", f"{POEMA}\n\n(Um poema simples sobre a lua.)"),
        ("nota", f"{POEMA}\n\nFim."),
        ("rotulo", f"(Refrão)\n{POEMA}\n\n**Verso 2:**"),
        ("nota", f"{POEMA}\n\n(Nota: usei palavras simples.)"),
        ("nota", f"{POEMA}\n\nDeseja que eu escreva outro?"),
        ("titulo", f"# O balde\n\n{POEMA}"),
        ("titulo", f"**O balde**\n{POEMA}"),
        ("titulo", f"Título: O balde\n{POEMA}"),
        ("titulo", f"O balde\n\n{POEMA}"),
        ("titulo", f"*O balde*\n{POEMA}"),
        ("markdown", f"```\n{POEMA}\n```"),
        ("markdown", "\n".join(f"> {linha}" if linha else "" for linha in POEMA.split("\n"))),
        ("markdown", POEMA.replace("gato", "**gato**").replace("céu", "*céu*")),
        ("markdown", f"---\n{POEMA}\n---"),
        ("aspas", f"“{POEMA}”"),
        ("aspas", POEMA.replace("devagar", '"devagar"')),
    ],
)
def test_cada_apara_deixa_so_o_poema(nome: str, recebido: str) -> None:
    poema, aparas = apara(recebido)
    assert poema == POEMA
    assert nome in aparas


def test_um_embrulho_completo_sai_inteiro() -> None:
    recebido = f'Com prazer! Aqui vai:\n\n**O balde**\n\n"{POEMA}"\n\nEspero que goste! Quer outro?'
    assert apara(recebido)[0] == POEMA


@pytest.mark.parametrize(
    "poema",
    [
        POEMA,
        "Aqui a chuva não passa,\ne o rio, sem pressa, espera.",  # começa como um preâmbulo
        "Claro que eu sei do mar.\nClaro que ele sabe de mim.",
        "Um gato,\n\ndois telhados.",  # a primeira estrofe é um verso só, mas pontuado
        "Chuva na janela\n\nO gato dorme\n\nA lua vem\n\nE fim de tarde",  # versos soltos, sem pontuação
        "Segue o rio como um poema.\nEis a lua, eis meus versos.\nCerto.",
        f"{POEMA}\n\nEspero que a chuva passe\ne que você volte cedo.",
        f"{POEMA}\n\nSe quiser, entra sem bater.\nA casa é tua.",
        f"{POEMA}\n\nNota por nota,\na saudade aprende a andar.",
        f"{POEMA}\n\nEste poema é teu,\nmesmo que não leias.",
        "Disse o sal para o açúcar:\nvocê é doce demais.",
        "guarda-chuva - quem te guarda?\nmeia-lua, meia noite",
    ],
)
def test_um_poema_limpo_fica_como_esta(poema: str) -> None:
    assert apara(poema) == (poema, [])


def test_reticencias_apostrofos_e_travessoes_ficam_simples() -> None:
    assert apara("Espera\u2026\n\u2014 Já vou,\ndisse o mar d\u2019Ana.")[0] == "Espera...\nJá vou,\ndisse o mar d'Ana."


linha = st.one_of(
    st.text(alphabet="aáçe ,.!?:;'\"“”*_#>-`—…\t\u200b", max_size=30),
    st.sampled_from(["Claro! Aqui vai:", "Espero que goste!", "# Lua", "**Lua**", "```", "---", "- um", "1. dois", ""]),
)
textos = st.lists(linha, max_size=12).map("\n".join)


@given(textos)
def test_aparar_de_novo_nao_muda_nada(texto: str) -> None:
    aparado, _ = apara(texto)
    assert apara(aparado) == (aparado, [])


@given(st.lists(st.sampled_from(POEMAS), min_size=3, max_size=6), st.sampled_from([",", ".", ""]))
def test_de_um_poema_sem_embrulho_nao_se_perde_uma_palavra(versos: list[str], fim: str) -> None:
    poema = f"{fim}\n".join(versos)
    assert palavras(apara(poema)[0]) == palavras(poema)


@given(textos)
def test_aparar_nunca_inventa_um_verso(texto: str) -> None:
    inteiras = [" ".join(palavras(recebida)) for recebida in texto.replace("\u200b", "").splitlines()]
    for verso in apara(texto)[0].split("\n"):
        assert any(" ".join(palavras(verso)) in inteira for inteira in [*inteiras, ""])


def test_toda_apara_se_explica_em_uma_linha() -> None:
    assert all((tira.__doc__ or "").strip() and "\n" not in str(tira.__doc__) for tira in APARAS.values())
