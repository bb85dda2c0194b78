import pytest

from poema.avaliacao.escrita import DO_TREINO, MEDIDAS, Escrito, Referencia, mede

TREINO = ["a lua canta", "o gato dorme e canta", "que dorme\na lua canta\n\no so"]
TEXTO = "a lua canta\no xuplim dorme\na lua canta\n\no sol"  # 45 caracteres, 11 palavras, 4 versos

ESPERADO = {
    "palavras_inexistentes": (1, 11),  # xuplim
    "palavras_novas": (2, 11),  # xuplim e sol
    "pares_novos": (8, 44),  # " x", "xu", "up", "pl", "li", "im", "m " e "ol"
    "versos_repetidos": (1, 4),
    "versos_de_outros": (2, 4),
    "distinct_2": (7, 10),  # "a lua", "lua canta" e "canta o" vêm duas vezes
    "versos_copiados": (2, 4),
    "ineditos_20": (21, 26),  # " dorme\na lua canta\n\no so" tem 24 caracteres: 5 trechos já vistos
    "ineditos_30": (16, 16),
    "ineditos_40": (6, 6),
    "terminados": (1, 1),
    "versos": (4, 1),
    "caracteres": (11 + 14 + 11 + 5, 4),
    "estrofes": (2, 1),
}


@pytest.fixture(scope="module")
def referencia() -> Referencia:
    return Referencia(TREINO)


@pytest.mark.parametrize("chave", MEDIDAS)
def test_cada_medida_de_um_poema_feita_a_mao(chave: str, referencia: Referencia) -> None:
    assert MEDIDAS[chave].conta(Escrito(TEXTO, donos={"a lua canta": 2, "o sol": 1}), referencia) == ESPERADO[chave]


@pytest.mark.parametrize(
    ("chave", "esperado"),
    [
        ("palavras_inexistentes", (1, 9)),
        ("palavras_novas", (1, 9)),  # "sol" podia ser o começo de "solto"
        ("distinct_2", (6, 8)),
        ("terminados", (0, 1)),
    ],
)
def test_de_um_texto_cortado_a_primeira_palavra_e_a_ultima_nao_contam(
    chave: str, esperado: tuple[int, int], referencia: Referencia
) -> None:
    assert MEDIDAS[chave].conta(Escrito(TEXTO, inteiro=False), referencia) == esperado


@pytest.mark.parametrize("texto", ["", "a", "a lua"])
def test_um_texto_cortado_com_poucas_palavras_fica_sem_nenhuma(texto: str) -> None:
    assert Escrito(texto, inteiro=False).palavras == []


@pytest.mark.parametrize("n", [20, 30, 40])
def test_um_trecho_e_inedito_se_nenhum_poema_o_tem(n: int, poemas: list[str]) -> None:
    texto = f"{poemas[3]}\n{poemas[7]}"
    trechos = [texto[i : i + n] for i in range(len(texto) - n + 1)]
    esperado = sum(not any(trecho in poema for poema in poemas) for trecho in trechos), len(trechos)
    assert esperado[0] > 0
    assert MEDIDAS[f"ineditos_{n}"].conta(Escrito(texto), Referencia(poemas)) == esperado


@pytest.mark.parametrize(
    ("texto", "estrofes"),
    [("um", 1), ("um\ndois", 1), ("um\n\ndois", 2), ("um\n\n\n\ndois", 2), ("\n\num\n \ndois\n\n", 2), ("", 0)],
)
def test_uma_estrofe_tem_versos(texto: str, estrofes: int, referencia: Referencia) -> None:
    assert MEDIDAS["estrofes"].conta(Escrito(texto), referencia) == (estrofes, 1)


def test_um_poema_de_treino_copia_tudo_e_nada_inventa(poemas: list[str]) -> None:
    medidas = mede([Escrito(poema) for poema in poemas], Referencia(poemas))
    assert {chave: medidas[chave].valor for chave in DO_TREINO if chave != "ineditos_40"} == {
        "palavras_novas": 0,
        "pares_novos": 0,
        "versos_copiados": 1,
        "ineditos_20": 0,
        "ineditos_30": 0,
    }
    assert medidas["palavras_inexistentes"].valor == 0


def test_muitos_poemas_somam_o_de_cima_e_o_de_baixo(referencia: Referencia) -> None:
    medidas = mede([Escrito(TEXTO), Escrito("o gato"), Escrito("xuplim")], referencia)
    assert medidas.keys() == MEDIDAS.keys()
    assert medidas["palavras_inexistentes"].valor == (1 + 0 + 1) / (11 + 2 + 1)
    assert medidas["versos"].valor == (4 + 1 + 1) / 3


def test_de_um_poema_vazio_so_se_mede_a_forma(referencia: Referencia) -> None:
    medidas = mede([Escrito("")], referencia)
    assert {chave for chave, razao in medidas.items() if razao.valor == razao.valor} == {
        "terminados",
        "versos",
        "estrofes",
    }


def test_o_que_se_compara_com_o_treino_muda_com_ele_e_o_resto_nao() -> None:
    com, sem = (mede([Escrito(TEXTO)], Referencia(treino)) for treino in (TREINO, ["zzz"]))
    assert {chave for chave in MEDIDAS if com[chave] != sem[chave]} <= set(DO_TREINO)
    assert {chave for chave in MEDIDAS if com[chave] == sem[chave]} >= set(MEDIDAS) - set(DO_TREINO)


def test_um_verso_que_vem_em_dois_poemas_conta_nos_dois(referencia: Referencia) -> None:
    medidas = mede([Escrito("a lua\no sol\na lua"), Escrito("o sol\no mar"), Escrito("a rua")], referencia)
    assert medidas["versos_de_outros"].valor == 2 / 6


def test_o_que_nunca_apareceu_ainda_pode_aparecer_tres_vezes_em_n(referencia: Referencia) -> None:
    medidas = mede([Escrito("a lua"), Escrito("o sol canta")], referencia)
    assert (medidas["palavras_inexistentes"].de, medidas["palavras_inexistentes"].ate) == (0, 3 / 5)
