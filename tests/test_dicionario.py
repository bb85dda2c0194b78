import pytest

from poema.dados.dicionario import existe, palavras


@pytest.mark.parametrize(
    "palavra", ["coração", "guarda-chuva", "Brasil", "brasil", "é", "cantávamos", "irmãos", "lua-guarda"]
)
def test_conhece_as_palavras_do_portugues(palavra: str) -> None:
    assert existe(palavra)


@pytest.mark.parametrize("palavra", ["xuplim", "florbu", "zorvante", "coraçaum", "xuplim-chuva", "lua-xuplim"])
def test_nao_conhece_as_inventadas(palavra: str) -> None:
    assert not existe(palavra)


def test_as_palavras_vem_em_minusculas_sem_a_pontuacao() -> None:
    assert palavras("Não, não: É — talvez…\nAMANHÃ!") == ["não", "não", "é", "talvez", "amanhã"]


def test_uma_composta_e_uma_palavra_so_e_um_hifen_solto_nao_e_nada() -> None:
    assert palavras("pé-de-moleque - guarda-chuva- -fim") == ["pé-de-moleque", "guarda-chuva", "fim"]


def test_numeros_e_sublinhados_nao_sao_palavras() -> None:
    assert palavras("3 vezes, não_sei, 1984, d'água") == ["vezes", "não", "sei", "d", "água"]


def test_de_um_texto_sem_letras_nao_sai_palavra() -> None:
    assert palavras("… 42 — !\n") == []
