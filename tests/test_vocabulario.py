import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poema.dados.vocabulario import FRONTEIRA, Vocabulario
from poema.erros import ErroPoema

PORTUGUES = Vocabulario.de_textos(["a canção não é só à toa,\nfé e pão"])


def test_a_fronteira_vem_antes_dos_caracteres_em_ordem() -> None:
    assert Vocabulario.de_textos(["ba", "cá"]).simbolos == (FRONTEIRA, "a", "b", "c", "á")


def test_um_vocabulario_sem_fronteira_diz_que_nao_a_tem() -> None:
    assert (PORTUGUES.fronteira, Vocabulario(("\n", "a")).fronteira) == (0, -1)


@given(st.text(PORTUGUES.simbolos[1:]))
def test_decodificar_desfaz_codificar(texto: str) -> None:
    indices = PORTUGUES.codifica(texto)
    assert indices.dtype == np.int32
    assert PORTUGUES.decodifica(indices) == texto


def test_a_fronteira_nao_se_escreve() -> None:
    assert PORTUGUES.decodifica([0, 0]) == ""


def test_caracteres_desconhecidos_sao_apontados_pelo_nome() -> None:
    with pytest.raises(ErroPoema, match=r"estes caracteres: 'Z' '日'"):
        PORTUGUES.codifica("a Z 日")


@pytest.mark.parametrize(
    ("escrito", "dobrado"),
    [
        ("A CANÇÃO", "a canção"),
        (unicodedata.normalize("NFD", "não"), "não"),
        ("ó Ó", "ó ó"),
        ("Á", "a"),  # nem Á nem á são conhecidos; a é
        ("é", "é"),
        ("日", "日"),
    ],
)
def test_dobrar_troca_o_desconhecido_por_um_parente(escrito: str, dobrado: str) -> None:
    assert PORTUGUES.dobra(escrito) == dobrado


def test_um_byte_perdido_na_linha_de_comando_e_apontado_como_outro_qualquer() -> None:
    with pytest.raises(ErroPoema, match=r"udcff"):
        PORTUGUES.codifica(PORTUGUES.dobra("a \udcff"))
