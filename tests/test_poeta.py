import itertools

import numpy as np
import pytest

from poema.dados.vocabulario import Vocabulario
from poema.erros import ErroPoema
from poema.geracao.amostragem import Amostragem
from poema.geracao.artefato import Artefato
from poema.geracao.celula import GRU, Celula
from poema.geracao.poeta import SEPARADOR, Poeta

MORNA = Amostragem(temperatura=0.8)


@pytest.fixture(scope="module")
def poeta(artefato: Artefato) -> Poeta:
    return Poeta(artefato)


@pytest.fixture(scope="module")
def decorado() -> Poeta:
    """Uma rede feita à mão que, na temperatura 0, escreve sempre "pão" e para.

    A memória copia o caractere lido (z = 0, proposta = tanh de um one-hot), e a Dense aponta o seguinte.
    """
    vocabulario = Vocabulario.de_textos(["pão"])  # fronteira, o, p, ã
    n = len(vocabulario)
    zeros, eu = np.zeros((n, n), np.float32), 9 * np.eye(n, dtype=np.float32)
    w = np.concatenate([zeros, zeros, eu], axis=1)
    b = np.concatenate([np.full(n, -99), np.zeros(2 * n)]).astype(np.float32)
    seguinte = np.zeros((n, n), np.float32)
    for atual, depois in itertools.pairwise(vocabulario.codifica("pão")):
        seguinte[atual, depois] = 1
    seguinte[0, vocabulario.codifica("p")[0]] = seguinte[vocabulario.codifica("o")[0], 0] = 1
    gru = GRU(w, np.zeros((n, 3 * n), np.float32), b, np.zeros(3 * n, np.float32))
    return Poeta(Artefato(Celula((gru,), seguinte, np.zeros(n, np.float32)), vocabulario))


def test_a_mesma_semente_da_o_mesmo_poema(poeta: Poeta) -> None:
    primeiro = "".join(poeta.poema(MORNA, 7, "a lua", limite=300))
    assert primeiro == "".join(poeta.poema(MORNA, 7, "a lua", limite=300))
    assert primeiro != "".join(poeta.poema(MORNA, 8, "a lua", limite=300))


def test_em_lote_ou_sozinho_o_poema_e_o_mesmo(poeta: Poeta) -> None:
    inicios = ["", "o pão", "a canção não diz nada à noite", "v"]
    sementes = [1, 2, 3, 4]
    juntos = poeta.poemas(MORNA, sementes, inicios, limite=200)
    assert juntos == ["".join(poeta.poema(MORNA, s, i, limite=200)) for s, i in zip(sementes, inicios, strict=True)]


def test_o_poema_para_onde_a_rede_o_termina(decorado: Poeta) -> None:
    assert "".join(decorado.poema(Amostragem(temperatura=0), 0)) == "pão"
    assert decorado.poemas(Amostragem(temperatura=0), [0, 1], ["", "pã"]) == ["pão", "o"]


def test_o_texto_sem_fim_recomeca_do_nada_depois_de_cada_poema(decorado: Poeta) -> None:
    pedacos = itertools.islice(decorado.sem_fim(Amostragem(temperatura=0), 0), 8)
    assert "".join(pedacos) == f"pão{SEPARADOR}pão{SEPARADOR}"


def test_a_memoria_do_poema_anterior_nao_passa_para_o_seguinte(poeta: Poeta) -> None:
    """Depois da fronteira, os logits são os de quem acaba de começar."""
    fluxo = poeta.fluxos(MORNA, [1])
    escolhidos = [int(indices[0]) for indices in itertools.islice(fluxo, 4000)]
    fim = escolhidos.index(0)
    depois = escolhidos[fim + 1 :]
    memoria = poeta.artefato.celula.memoria(1)
    logits = poeta.artefato.celula.passo([0], memoria)
    from poema.geracao.sorteio import uniformes

    for posicao, indice in enumerate(depois[:50], fim + 1):
        assert MORNA.escolhe(logits, uniformes([1], posicao, 1)[0])[0] == indice
        if indice == 0:
            break
        logits = poeta.artefato.celula.passo([indice], memoria)


def test_o_limite_vale_para_quem_nao_termina_sozinho(poeta: Poeta) -> None:
    longo = "".join(poeta.poema(MORNA, 0, limite=500))
    assert "".join(poeta.poema(MORNA, 0, limite=5)) == longo[:5]
    assert poeta.poemas(MORNA, [0, 0], ["", ""], limite=5) == [longo[:5]] * 2


def test_um_inicio_longo_muda_o_que_se_escreve_desde_o_comeco_dele(poeta: Poeta) -> None:
    cauda = " não diz nada" * 4
    continuacoes = {"".join(poeta.poema(MORNA, 3, quem + cauda, limite=80)) for quem in ("o gato", "a lua")}
    assert len(continuacoes) == 2


def test_um_inicio_desconhecido_e_apontado(poeta: Poeta) -> None:
    with pytest.raises(ErroPoema, match="'日'"):
        next(poeta.poema(MORNA, 0, "日"))


def test_um_modelo_sem_fronteira_escreve_ate_o_limite(artefato: Artefato) -> None:
    sem_fronteira = Vocabulario(("\n", *artefato.vocabulario.simbolos[1:-1], "z"))
    poeta = Poeta(Artefato(artefato.celula, sem_fronteira))
    assert len("".join(poeta.poema(MORNA, 0, limite=120))) == 120
    assert [len(p) for p in poeta.poemas(MORNA, [0, 1], ["", ""], limite=70)] == [70, 70]
