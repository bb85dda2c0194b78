import numpy as np
import pytest

from conftest import pesos_ao_acaso
from poema.dados.vocabulario import Vocabulario
from poema.geracao import unidades
from poema.geracao.artefato import Artefato
from poema.geracao.raio_x import Leitura
from poema.geracao.unidades import SINAIS, reveladoras


def test_escolhe_doze_unidades_distintas_no_maximo_duas_por_sinal_e_sempre_as_mesmas(artefato: Artefato) -> None:
    escolhidas = reveladoras(artefato)
    assert escolhidas == reveladoras(artefato)
    assert len({unidade.posicao for unidade in escolhidas}) == len(escolhidas) == 12
    sinais = [unidade.sinal for unidade in escolhidas]
    assert sinais == sorted(sinais, key=SINAIS.index)
    assert max(map(sinais.count, sinais)) <= 2
    assert all(unidade.posicao == 16 * (unidade.gru - 1) + unidade.numero for unidade in escolhidas)


@pytest.mark.parametrize("camadas", [1, 2, 3])
def test_serve_a_qualquer_numero_de_grus_e_a_quem_tem_poucas_unidades(vocabulario: Vocabulario, camadas: int) -> None:
    pequeno = Artefato.de_pesos(pesos_ao_acaso(len(vocabulario), unidades=3, camadas=camadas), vocabulario)
    escolhidas = reveladoras(pequeno)
    assert len(escolhidas) == min(3 * camadas, 12)
    assert {unidade.gru for unidade in escolhidas} == set(range(1, camadas + 1))


def test_acha_a_unidade_que_so_olha_se_o_caractere_e_uma_vogal() -> None:
    vocabulario = Vocabulario(("", "\n", " ", *"abcdeç"))
    pesos = [np.zeros_like(peso) for peso in pesos_ao_acaso(len(vocabulario), unidades=4, camadas=1)]
    pesos[2][0, :4] = -20  # z = 0: a memória é só a proposta
    pesos[0][[vocabulario.simbolos.index(vogal) for vogal in "ae"], 8 + 2] = -3  # a proposta da unidade 2
    (unidade,) = reveladoras(Artefato.de_pesos(pesos, vocabulario), quantas=1)
    assert (unidade.sinal, unidade.gru, unidade.numero) == ("leu uma vogal", 1, 2)
    assert unidade.r == pytest.approx(-1, abs=1e-3)


def test_os_sinais_de_um_texto_sao_os_que_se_contam_nos_dedos() -> None:
    vocabulario = Vocabulario(("", "\n", " ", *"élmoau"))
    texto = [[vocabulario.simbolos.index(s)] for s in ("o", " ", "m", "é", "l", "\n", "l", "u", "a", "", "o")]
    sinais = dict(zip(SINAIS, unidades._sinais(np.array(texto), vocabulario)[:, :-1, 0].tolist(), strict=True))
    assert sinais == {
        "lugar no verso": [0, 1, 2, 3, 4, 0, 1, 2, 3, 0],
        "lugar no poema": [0, 1, 2, 3, 4, 5, 6, 7, 8, 0],
        "letras da palavra": [0, 0, 1, 2, 3, 0, 1, 2, 3, 0],
        "leu uma vogal": [1, 0, 0, 1, 0, 0, 0, 1, 1, 0],
        "está entre palavras": [0, 1, 0, 0, 0, 1, 0, 0, 0, 1],
        "a palavra vai acabar": [1, 0, 0, 0, 1, 0, 0, 0, 1, 0],
        "o verso vai acabar": [0, 0, 0, 0, 1, 0, 0, 0, 1, 0],
    }


def test_a_correlacao_e_a_do_numpy_e_vale_zero_para_o_que_nao_muda() -> None:
    acaso = np.random.default_rng(0)
    sinais, memorias = acaso.normal(size=(2, 5, 3)), acaso.normal(size=(5, 3, 4)).astype(np.float32)
    memorias[..., 3] = 0.5
    r = unidades._correlacoes(sinais, memorias)
    esperadas = np.corrcoef(sinais.reshape(2, -1), memorias.reshape(-1, 4)[:, :3].T.astype(float))[:2, 2:]
    np.testing.assert_allclose(r[:, :3], esperadas, atol=1e-6)
    assert r[:, 3].tolist() == [0, 0]


def test_a_memoria_que_se_mede_e_a_de_quem_le_o_que_foi_escrito(artefato: Artefato) -> None:
    textos, memorias = unidades._escreve(artefato)
    simbolos, fronteira = artefato.vocabulario.simbolos, artefato.vocabulario.fronteira
    assert (textos[:200, :3] == fronteira).any()  # há quem acabe um poema e comece outro
    for fluxo in range(3):
        leitura = Leitura(artefato)
        for indice, memoria in zip(textos[:200, fluxo], memorias[:200, fluxo], strict=True):
            if indice == fronteira:
                leitura = Leitura(artefato)
            else:
                np.testing.assert_allclose(memoria, leitura.le(simbolos[indice]).memoria, atol=1e-5)
