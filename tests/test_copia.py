from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poema.avaliacao.copia import Trechos

TREINO = ["o coração é um pássaro\nna gaiola do peito", "a lua 🌙 dorme\n\nno quintal vazio", "não"]
NOVO = "meu coração é um passarinho\na lua 🌙 dorme no quintal"
TEXTO = st.text("aáb\n🌙", max_size=12)


def a_mao(treino: list[str], texto: str, n: int) -> list[bool]:
    return [any(texto[i : i + n] in poema for poema in treino) for i in range(len(texto) - n + 1)]


def maior_a_mao(treino: list[str], textos: list[str]) -> int:
    return max(
        (
            SequenceMatcher(None, poema, texto, autojunk=False).find_longest_match().size
            for poema in treino
            for texto in textos
        ),
        default=0,
    )


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8, 13, 20, 30, 47, 200])
def test_um_trecho_foi_visto_se_esta_em_algum_poema(n: int) -> None:
    assert Trechos(TREINO).vistos(NOVO, n).tolist() == a_mao(TREINO, NOVO, n)


@given(st.lists(TEXTO, max_size=4), TEXTO, st.integers(1, 14))
def test_a_conta_diz_o_mesmo_que_procurar_cada_trecho(treino: list[str], texto: str, n: int) -> None:
    assert Trechos(treino).vistos(texto, n).tolist() == a_mao(treino, texto, n)


def test_um_trecho_maior_que_o_treino_nunca_foi_visto() -> None:
    assert Trechos(["curto"]).vistos("um texto mais comprido", 10).tolist() == [False] * 13


def test_um_texto_menor_que_o_trecho_nao_tem_trecho_algum() -> None:
    assert Trechos(TREINO).vistos("curto", 20).tolist() == []


def test_um_acento_a_mais_ja_e_outro_trecho() -> None:
    assert Trechos(["avô"]).vistos("avó", 3).tolist() == [False]


def test_um_trecho_que_atravessa_dois_poemas_nao_foi_visto() -> None:
    trechos = Trechos(["abc", "def"])
    assert trechos.vistos("abcdef", 3).tolist() == [True, False, False, True]
    assert trechos.maior(["abcdef"]) == 3


def test_o_mesmo_treino_responde_sobre_muitos_tamanhos() -> None:
    trechos = Trechos(TREINO)
    for n in [*range(1, 20), *range(1, 20)]:  # mais tamanhos do que ele guarda
        assert trechos.vistos(NOVO, n).tolist() == a_mao(TREINO, NOVO, n)


def test_o_maior_trecho_e_o_do_difflib() -> None:
    textos = [NOVO, "a lua 🌙 dorme\n\nno chão", "gaiola"]
    assert Trechos(TREINO).maior(textos) == maior_a_mao(TREINO, textos) == len("a lua 🌙 dorme\n\nno ")


@given(st.lists(TEXTO, max_size=3), st.lists(TEXTO, max_size=3))
def test_o_maior_trecho_de_qualquer_texto_e_o_do_difflib(treino: list[str], textos: list[str]) -> None:
    assert Trechos(treino).maior(textos) == maior_a_mao(treino, textos)


def test_um_poema_inteiro_copiado_tem_o_tamanho_dele() -> None:
    assert Trechos(TREINO).maior(["x", TREINO[1]]) == len(TREINO[1])


@pytest.mark.parametrize("textos", [[], [""], ["", ""], ["XYZ"]])
def test_sem_nada_em_comum_o_maior_trecho_e_zero(textos: list[str]) -> None:
    assert Trechos(TREINO).maior(textos) == 0


def test_de_um_treino_vazio_nada_se_copia() -> None:
    assert Trechos([]).maior([NOVO]) == 0
    assert not Trechos([]).vistos(NOVO, 1).any()
    assert not Trechos([]).verso("não")


def test_um_verso_e_o_mesmo_com_espacos_nas_pontas() -> None:
    trechos = Trechos(["  um verso \n\noutro"])
    assert [trechos.verso(v) for v in ("um verso", "\tum verso  ", "outro", "um", "Um verso")] == [
        True,
        True,
        True,
        False,
        False,
    ]


def test_o_verso_mais_proximo_de_um_copiado_e_ele_mesmo() -> None:
    assert Trechos(TREINO).mais_proximo(" na gaiola do peito ") == ("na gaiola do peito", 1.0)


def test_o_verso_mais_proximo_de_um_parecido_e_o_que_menos_muda() -> None:
    achado, quanto = Trechos(TREINO).mais_proximo("na gaiola do preito")
    assert achado == "na gaiola do peito"
    assert quanto == pytest.approx(2 * 18 / (18 + 19))  # uma letra a mais
