"""O que dataset/README.md afirma dos textos que vêm com o projeto."""

import hashlib
import json
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from conftest import TOPO
from poema.caminhos import DATASET
from poema.dados.dicionario import existe
from poema.dados.poemas import le_poemas

COLECOES = {quantos: TOPO / "dataset" / f"poemas-{quantos // 1000}k.txt" for quantos in (3000, 5022)}
VERO = 0.01  # fração das palavras que o dicionário pode não conhecer


@pytest.fixture(params=COLECOES)
def quantos(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def caminho(quantos: int) -> Path:
    return COLECOES[quantos]


@pytest.fixture
def poemas(caminho: Path) -> tuple[str, ...]:
    return le_poemas(caminho, minusculas=False).textos


def palavras(texto: str) -> list[str]:
    return re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", texto.lower())


def test_sao_milhares_de_poemas_em_utf8_normalizado_cada_um_com_o_seu_terminador(
    caminho: Path, poemas: tuple[str, ...], quantos: int
) -> None:
    texto = caminho.read_text("utf-8")
    assert len(poemas) == quantos
    assert unicodedata.normalize("NFC", texto) == texto
    assert "".join(f"{poema}\n@\n" for poema in poemas) == texto


def test_o_menor_comeca_o_maior_e_o_maior_vem_com_o_comando() -> None:
    menor, maior = (caminho.read_bytes() for caminho in COLECOES.values())
    assert maior.startswith(menor)
    assert COLECOES[5022] == DATASET


def test_o_json_diz_de_onde_veio_cada_parte() -> None:
    relato = json.loads(DATASET.with_suffix(".json").read_text("utf-8"))
    assert relato["sha256"] == hashlib.sha256(DATASET.read_bytes()).hexdigest()
    assert sum(parte["poemas"] for parte in relato["partes"]) == relato["poemas"] == 5022


def test_so_ha_letras_do_portugues_e_pontuacao_simples(poemas: tuple[str, ...]) -> None:
    assert set("".join(poemas).lower()) <= set("abcdefghijklmnopqrstuvwxyzáàâãéêíóôõúç \n,.!?:;-")


def test_cada_poema_tem_de_59_a_700_caracteres_e_a_media_fica_perto_de_270(poemas: tuple[str, ...]) -> None:
    tamanhos = [len(poema) for poema in poemas]
    assert min(tamanhos) >= 59
    assert max(tamanhos) <= 700
    assert sum(tamanhos) / len(tamanhos) == pytest.approx(270, abs=15)


def test_nenhuma_estrofe_esta_em_dois_poemas_e_97_por_cento_dos_versos_sao_unicos(poemas: tuple[str, ...]) -> None:
    estrofes = Counter(estrofe for poema in poemas for estrofe in set(poema.lower().split("\n\n")))
    assert max(estrofes.values()) == 1
    versos = [verso.lower() for poema in poemas for verso in poema.split("\n") if verso]
    assert len(set(versos)) / len(versos) >= 0.97


def test_nenhum_verso_de_abertura_aparece_mais_de_tres_vezes(poemas: tuple[str, ...]) -> None:
    assert max(Counter(poema.split("\n")[0].lower() for poema in poemas).values()) <= 3


def test_o_vocabulario_e_pequeno_usado_por_inteiro_e_esta_no_dicionario(poemas: tuple[str, ...]) -> None:
    vezes = Counter(palavra for poema in poemas for palavra in palavras(poema))
    assert len(vezes) <= 3500
    assert sum(n for _, n in vezes.most_common(1000)) / vezes.total() >= 0.92
    assert sum(n for palavra, n in vezes.items() if not existe(palavra)) / vezes.total() <= VERO
