import itertools
import tracemalloc

import numpy as np
import pytest

from poema.dados.lotes import IGNORA, LotesDeJanelas, LotesDePoemas
from poema.dados.vocabulario import Vocabulario
from poema.erros import ErroDeDados


def licoes(lotes: LotesDePoemas, vocabulario: Vocabulario) -> list[tuple[str, list[int]]]:
    """Cada linha dos lotes: o que a rede lê e o que deve adivinhar, sem o preenchimento."""
    linhas = []
    for i in range(len(lotes)):
        for x, y in zip(*lotes[i], strict=True):
            dentro = y != IGNORA
            linhas.append((vocabulario.decodifica(x[dentro]), y[dentro].tolist()))
    return linhas


def test_cada_poema_abre_e_fecha_com_a_fronteira_e_toda_posicao_e_licao() -> None:
    vocabulario = Vocabulario.de_textos(["ab", "b"])
    lotes = LotesDePoemas(["ab", "b"], vocabulario, tamanho=2, maximo=100, semente=0)
    x, y = lotes[0]
    linhas = sorted(zip(x.tolist(), y.tolist(), strict=True))
    assert linhas == [([0, 1, 2], [1, 2, 0]), ([0, 2, 0], [2, 0, IGNORA])]


def test_uma_epoca_passa_por_todos_os_poemas_uma_vez(poemas: list[str], vocabulario: Vocabulario) -> None:
    lotes = LotesDePoemas(poemas, vocabulario, tamanho=7, maximo=1000, semente=0)
    for epoca in range(3):
        lotes.embaralha(epoca)
        assert sorted(lido for lido, _ in licoes(lotes, vocabulario)) == sorted(poemas)


def test_um_poema_longo_e_ensinado_em_pedacos_que_se_emendam(vocabulario: Vocabulario) -> None:
    poema = "o gato dorme no quintal e a lua espera o pão"
    lotes = LotesDePoemas([poema], vocabulario, tamanho=1, maximo=10, semente=0)
    pedacos = licoes(lotes, vocabulario)
    alvos = [vocabulario.decodifica(y) for _, y in pedacos]
    inteiro = vocabulario.codifica(poema).tolist()
    assert sorted(itertools.chain.from_iterable(y for _, y in pedacos)) == sorted([*inteiro, 0])
    assert all(alvo in poema for alvo in alvos)
    assert max(len(y) for _, y in pedacos) == 10


def test_a_ordem_depende_so_da_semente_e_da_epoca(poemas: list[str], vocabulario: Vocabulario) -> None:
    def ordem(semente: int, epoca: int) -> list[bytes]:
        lotes = LotesDePoemas(poemas, vocabulario, tamanho=4, maximo=1000, semente=semente)
        lotes.embaralha(epoca)
        return [lotes[i][0].tobytes() for i in range(len(lotes))]

    assert ordem(0, 5) == ordem(0, 5)
    assert ordem(0, 5) != ordem(0, 6)
    assert ordem(0, 5) != ordem(1, 5)


def test_poemas_de_tamanho_parecido_ficam_juntos(vocabulario: Vocabulario) -> None:
    textos = ["a" * n for n in range(10, 410)]
    lotes = LotesDePoemas(textos, vocabulario, tamanho=16, maximo=1000, semente=0)
    alvos = np.concatenate([lotes[i][1].ravel() for i in range(len(lotes))])
    assert (alvos != IGNORA).mean() > 0.9


def test_por_epoca_gira_pelo_texto_e_cada_passada_ve_cada_poema_uma_vez(
    poemas: list[str], vocabulario: Vocabulario
) -> None:
    lotes = LotesDePoemas(poemas, vocabulario, tamanho=4, maximo=1000, semente=0, por_epoca=15)
    vistos: list[str] = []
    for epoca in range(8):  # 8 épocas de 15 são 3 passadas por 40 poemas
        lotes.embaralha(epoca)
        da_vez = [lido for lido, _ in licoes(lotes, vocabulario)]
        assert len(da_vez) == 15
        vistos += da_vez
    assert [sorted(vistos).count(poema) for poema in poemas] == [3] * len(poemas)
    assert set(vistos[:15]).isdisjoint(vistos[15:30])


def test_por_epoca_maior_que_o_texto_e_o_texto_todo(poemas: list[str], vocabulario: Vocabulario) -> None:
    lotes = LotesDePoemas(poemas, vocabulario, tamanho=4, maximo=1000, semente=0, por_epoca=10**6)
    assert sorted(lido for lido, _ in licoes(lotes, vocabulario)) == sorted(poemas)


def test_montar_os_lotes_custa_poucos_bytes_por_caractere(vocabulario: Vocabulario) -> None:
    """Cem mil poemas são 28 MB: com até 7 bytes por caractere, ficam abaixo de 200 MB."""
    textos = ["o gato dorme no quintal " * 11] * 10_000
    caracteres = sum(map(len, textos))
    for monta in (
        lambda: LotesDePoemas(textos, vocabulario, 64, 1000, 0),
        lambda: LotesDeJanelas(textos, vocabulario, 128, 60, 3, 0),
    ):
        tracemalloc.start()
        lotes = monta()
        _, pico = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(lotes) > 100
        assert pico < 7 * caracteres


def test_o_tempo_de_um_lote_pode_ser_completado_ate_um_multiplo(poemas: list[str], vocabulario: Vocabulario) -> None:
    lotes = LotesDePoemas(poemas, vocabulario, tamanho=7, maximo=1000, semente=0, multiplo=32)
    assert {lotes[i][0].shape[1] % 32 for i in range(len(lotes))} == {0}
    assert sorted(lido for lido, _ in licoes(lotes, vocabulario)) == sorted(poemas)


def test_janelas_sao_trechos_do_texto_corrido_com_o_caractere_seguinte() -> None:
    vocabulario = Vocabulario.de_textos(["abcdefgh"])
    lotes = LotesDeJanelas(["abcdefgh", "ab"], vocabulario, tamanho=10, janela=4, passo=3, semente=0)
    x, y = lotes[0]
    lidos = {vocabulario.decodifica(a): vocabulario.simbolos[b] for a, b in zip(x, y, strict=True)}
    assert x.shape == (3, 4)
    assert lidos == {"abc": "d", "cdef": "g", "fgh": "a"}


def test_texto_menor_que_a_janela_e_explicado(vocabulario: Vocabulario) -> None:
    with pytest.raises(ErroDeDados, match="mais de 60 caracteres"):
        LotesDeJanelas(["pão"], vocabulario, tamanho=2, janela=60, passo=3, semente=0)


def test_os_lotes_sao_inteiros_de_32_bits(poemas: list[str], vocabulario: Vocabulario) -> None:
    for lotes in (
        LotesDePoemas(poemas, vocabulario, 4, 1000, 0),
        LotesDeJanelas(poemas, vocabulario, 4, 60, 3, 0),
    ):
        assert [a.dtype for a in lotes[0]] == [np.int32, np.int32]
