"""A limpeza de um diário inteiro."""

from hypothesis import given
from hypothesis import strategies as st

from poema.caminhos import DATASET
from poema.colheita.aparas import APARAS
from poema.colheita.limpeza import Limpeza, explica
from poema.colheita.regras import REGRAS
from poema.dados.poemas import le_poemas

SEMENTE = le_poemas(DATASET, minusculas=False).textos
POEMA = (
    "A chuva parou na janela.\nMinha avó abriu a porta da rua,\nolhou o céu, chamou o gato\n"
    "e pôs mais um prato na mesa."
)


def test_conta_o_que_cada_regra_recusou_e_cada_apara_tirou() -> None:
    limpeza = Limpeza(SEMENTE)
    for texto in (f"# Chuva\n\n{POEMA}", POEMA, "", "Oi."):
        limpeza.examina({"texto": texto})
    assert limpeza.aceitos == [POEMA]
    assert limpeza.recusados == {"quase_copia": 1, "vazio": 1, "curto": 1}
    assert limpeza.aparados == {"titulo": 1}
    assert limpeza.recebidos == 4
    relato = limpeza.relato()
    assert relato["regras"]["curto"]["recusou"] == relato["aparas"]["titulo"]["aparou"] == 1


def test_a_tabela_tem_uma_linha_explicada_por_regra_e_por_apara() -> None:
    linhas = Limpeza(SEMENTE[:10]).tabela().splitlines()
    for nome in (*REGRAS, *APARAS):
        assert sum(linha.split()[:2] == [nome, "0"] and linha.endswith(explica(nome)) for linha in linhas) == 1


@given(st.lists(st.sampled_from([*SEMENTE[:20], POEMA, "a lua\n" * 9, ""]), max_size=12))
def test_limpar_o_que_ja_esta_limpo_nao_tira_mais_nada(textos: list[str]) -> None:
    def limpa(recebidos: list[str]) -> list[str]:
        limpeza = Limpeza(())
        for texto in recebidos:
            limpeza.examina({"texto": texto})
        return limpeza.aceitos

    uma_vez = limpa(textos)
    assert limpa(uma_vez) == uma_vez
    assert set(uma_vez) <= set(textos)
