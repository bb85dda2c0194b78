import math
from collections import Counter
from itertools import pairwise

import pytest

from poema.avaliacao.ngrama import NGramas
from poema.geracao.amostragem import Amostragem

TEXTOS = ["o pato nada", "o gato pula", "a pata", "o pato nada no lago"]


def a_mao(ordem: int, textos: list[str], contexto: str, caractere: str) -> float:
    """A definição, contada de novo a cada pergunta: `contexto` começa com a fronteira se o poema começa ali."""
    inteiros = [f"\0{texto}\0" for texto in textos]
    p = 1 / len(set("".join(inteiros)))
    for tamanho in range(ordem):
        if tamanho > len(contexto):
            break
        sufixo = contexto[len(contexto) - tamanho :]
        vezes = Counter(texto[i] for texto in inteiros for i in range(1, len(texto)) if texto[:i].endswith(sufixo))
        if vezes:
            p = (vezes[caractere] + len(vezes) * p) / (vezes.total() + len(vezes))
    return p


def test_as_probabilidades_de_um_bigrama_feitas_a_mao() -> None:
    """Texto "aab": os alvos são a, a, b e o fim; três símbolos.

    p(a) = (2 + 3·1/3) / (4 + 3) = 3/7, p(b) = p(fim) = 2/7. Depois de "a" vieram a e b, uma vez cada:
    p(a | a) = (1 + 2·3/7) / (2 + 2) = 13/28. p(fim | a) = (0 + 2·2/7) / 4 = 1/7. Depois de abrir só veio a:
    p(a | abre) = (1 + 1·3/7) / (1 + 1) = 5/7.
    """
    um, dois = NGramas(2, ["aab"]).nats(["aa"])[0]
    assert um == pytest.approx(-math.log(3 / 7 * 3 / 7 * 2 / 7))
    assert dois == pytest.approx(-math.log(5 / 7 * 13 / 28 * 1 / 7))


@pytest.mark.parametrize("poema", ["o pato nada", "a gata nada", "xô, pato", "ooo", ""])
def test_cada_ordem_soma_o_que_a_definicao_diz(poema: str) -> None:
    nats = NGramas(6, TEXTOS).nats([poema])[0]
    inteiro = f"\0{poema}\0"
    for ordem in range(1, 7):
        esperado = -sum(math.log(a_mao(ordem, TEXTOS, inteiro[:i], inteiro[i])) for i in range(1, len(inteiro)))
        assert nats[ordem - 1] == pytest.approx(esperado)


def test_os_nats_por_caractere_contam_a_fronteira_que_fecha() -> None:
    modelo = NGramas(3, TEXTOS)
    assert modelo.nats_por_caractere(["pato", "lua"])[3] == pytest.approx(modelo.nats(["pato", "lua"])[:, 2].sum() / 9)


def test_prever_o_que_ja_leu_e_melhor_que_prever_o_que_nao_leu() -> None:
    modelo = NGramas(4, TEXTOS)
    assert modelo.nats_por_caractere(["o pato nada"])[4] < modelo.nats_por_caractere(["dona lota o"])[4]


def test_na_temperatura_um_escreve_com_as_probabilidades_que_aprendeu() -> None:
    textos = ["ab", "ab", "ac", "b"]
    escritos = NGramas(3, textos).poemas(Amostragem(temperatura=1), range(4000), 20)
    comecos = Counter(poema[:1] for poema in escritos)
    for caractere in ("a", "b", "c"):
        assert comecos[caractere] / 4000 == pytest.approx(a_mao(3, textos, "\0", caractere), abs=0.03)


def test_na_temperatura_zero_so_escreve_pares_que_ja_leu() -> None:
    (poema,) = NGramas(4, TEXTOS).poemas(Amostragem(temperatura=0), [1], 200)
    vistos = {par for texto in TEXTOS for par in pairwise(texto)}
    assert set(pairwise(poema)) <= vistos
    assert len(poema) > 3


def test_guarda_uma_contagem_por_n_grama_visto() -> None:
    inteiros = [f"\0{texto}\0" for texto in TEXTOS]
    unicos = {texto[i : i + n] for texto in inteiros for n in (1, 2, 3) for i in range(len(texto) - n + 1)}
    assert NGramas(3, TEXTOS).parametros == len(unicos)
