import math

import pytest

from poema.avaliacao.ngrama import NGrama


def test_as_probabilidades_de_um_bigrama_feitas_a_mao() -> None:
    """Texto "aab": os alvos são a, a, b e o fim; três símbolos.

    p(a) = (2 + 3·1/3) / (4 + 3) = 3/7. Depois de "a" vieram a e b, uma vez cada:
    p(a | a) = (1 + 2·3/7) / (2 + 2) = 13/28. p(fim | a) = (0 + 2·2/7) / 4 = 1/7.
    """
    modelo = NGrama(2, ["aab"])
    assert modelo.probabilidade("", "a") == pytest.approx(3 / 7)
    assert modelo.probabilidade("a", "a") == pytest.approx(13 / 28)
    assert modelo.probabilidade("a", "\0") == pytest.approx(1 / 7)


@pytest.mark.parametrize("ordem", [1, 2, 5])
def test_as_probabilidades_somam_um_depois_de_qualquer_contexto(ordem: int) -> None:
    modelo = NGrama(ordem, ["o pato nada", "o gato pula", "a pata"])
    simbolos = set("o pato nadagulx") - {"x"} | {"\0"}
    for contexto in ("", "\0", "o p", "pat", "nunca visto"):
        assert sum(modelo.probabilidade(contexto, s) for s in simbolos) == pytest.approx(1)


def test_so_os_ultimos_caracteres_do_contexto_contam() -> None:
    modelo = NGrama(3, ["o pato nada", "o gato nada"])
    assert modelo.probabilidade("um pat", "o") == modelo.probabilidade("at", "o")


def test_os_nats_sao_a_media_sobre_caracteres_e_fronteira() -> None:
    modelo = NGrama(2, ["aab"])
    esperado = -(math.log(modelo.probabilidade("\0", "b")) + math.log(modelo.probabilidade("b", "\0"))) / 2
    assert modelo.nats_por_caractere(["b"]) == pytest.approx(esperado)


def test_prever_bem_o_que_ja_leu_e_melhor_que_prever_o_que_nao_leu() -> None:
    modelo = NGrama(4, ["o pato nada no lago"])
    assert modelo.nats_por_caractere(["o pato nada"]) < modelo.nats_por_caractere(["dona lota o"])
