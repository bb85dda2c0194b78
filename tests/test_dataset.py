"""O que dataset/README.md afirma do texto que vem com o projeto."""

import re
import unicodedata
from collections import Counter

import pytest

from poema.caminhos import DATASET
from poema.dados.poemas import le_poemas

TEXTO = DATASET.read_text("utf-8")
POEMAS = le_poemas(DATASET, minusculas=False)
VERSOS = [verso for poema in POEMAS.textos for verso in poema.split("\n") if verso]


def palavras(texto: str) -> list[str]:
    return re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", texto.lower())


def test_sao_tres_mil_poemas_em_utf8_normalizado_cada_um_com_o_seu_terminador() -> None:
    assert len(POEMAS.textos) == 3000
    assert POEMAS.repetidos == 0
    assert unicodedata.normalize("NFC", TEXTO) == TEXTO
    assert "".join(f"{poema}\n@\n" for poema in POEMAS.textos) == TEXTO


def test_so_ha_letras_do_portugues_e_pontuacao_simples() -> None:
    assert set(TEXTO.lower()) <= set("abcdefghijklmnopqrstuvwxyzáàâãéêíóôõúç \n,.!?:;-@")


def test_cada_poema_tem_de_60_a_700_caracteres_e_a_media_fica_perto_de_270() -> None:
    tamanhos = [len(poema) for poema in POEMAS.textos]
    assert min(tamanhos) >= 60
    assert max(tamanhos) <= 700
    assert sum(tamanhos) / len(tamanhos) == pytest.approx(270, abs=15)


def test_nenhuma_estrofe_esta_em_dois_poemas_e_97_por_cento_dos_versos_sao_unicos() -> None:
    estrofes = Counter(estrofe for poema in POEMAS.textos for estrofe in set(poema.lower().split("\n\n")))
    assert max(estrofes.values()) == 1
    assert len({verso.lower() for verso in VERSOS}) / len(VERSOS) >= 0.97


def test_nenhum_verso_de_abertura_aparece_mais_de_tres_vezes() -> None:
    assert max(Counter(poema.split("\n")[0].lower() for poema in POEMAS.textos).values()) <= 3


def test_o_vocabulario_e_pequeno_e_usado_por_inteiro() -> None:
    vezes = Counter(palavras(TEXTO))
    assert len(vezes) <= 3500
    assert sum(n for _, n in vezes.most_common(1000)) / vezes.total() >= 0.92
