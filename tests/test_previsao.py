from itertools import pairwise

import numpy as np
import pytest

from poema.avaliacao.previsao import nats_por_caractere, preve
from poema.configuracao import Configuracao
from poema.dados.vocabulario import Vocabulario
from poema.erros import ErroPoema
from poema.geracao.artefato import Artefato


def test_concorda_com_a_loss_que_o_keras_mede(
    poemas: list[str], vocabulario: Vocabulario, pequena: Configuracao
) -> None:
    from poema.rede import modelo, treino

    rede = modelo.constroi(vocabulario, pequena)
    lotes, _ = treino.lotes_de(poemas, poemas, vocabulario, pequena)
    do_keras = treino.mede(rede, lotes)
    artefato = Artefato.de_pesos(rede.get_weights(), vocabulario)
    assert nats_por_caractere(artefato, poemas) == pytest.approx(do_keras, abs=1e-5)


def test_uma_rede_que_nada_sabe_gasta_o_logaritmo_do_vocabulario(vocabulario: Vocabulario) -> None:
    from conftest import pesos_ao_acaso

    zeros = Artefato.de_pesos([0 * p for p in pesos_ao_acaso(len(vocabulario))], vocabulario)
    assert nats_por_caractere(zeros, ["o pão", "a lua"]) == pytest.approx(np.log(len(vocabulario)))


def test_muitos_poemas_dao_a_media_de_cada_um_pesada_pelo_tamanho(artefato: Artefato, poemas: list[str]) -> None:
    muitos = poemas * 8  # mais de um grupo
    soma = sum(nats_por_caractere(artefato, [p]) * (len(p) + 1) for p in poemas)
    assert nats_por_caractere(artefato, muitos) == pytest.approx(soma / sum(len(p) + 1 for p in poemas))


def test_um_caractere_desconhecido_e_apontado(artefato: Artefato) -> None:
    with pytest.raises(ErroPoema, match="'Z'"):
        nats_por_caractere(artefato, ["Z"])


def a_mao(artefato: Artefato, poema: str) -> list[float]:
    """Um caractere por vez: -ln p de cada um e, por fim, do símbolo 0, a fronteira."""
    indices = [0, *artefato.vocabulario.codifica(poema), 0]
    memoria = artefato.celula.memoria(1)
    nats = []
    for lido, alvo in pairwise(indices):
        logits = artefato.celula.passo([lido], memoria)[0].astype(np.float64)
        nats.append(float(-np.log(np.exp(logits[alvo]) / np.exp(logits).sum())))
    return nats


def test_cada_poema_gasta_o_que_a_definicao_diz(artefato: Artefato, poemas: list[str]) -> None:
    previsao = preve(artefato, poemas[:5])
    for i, poema in enumerate(poemas[:5]):
        *caracteres, fronteira = a_mao(artefato, poema)
        assert previsao.caracteres[i] == pytest.approx(sum(caracteres), rel=1e-5)
        assert previsao.fronteiras[i] == pytest.approx(fronteira, rel=1e-5)


def test_a_conta_toda_e_a_dos_caracteres_mais_a_da_fronteira(artefato: Artefato, poemas: list[str]) -> None:
    previsao = preve(artefato, poemas)
    caracteres, quantos = sum(map(len, poemas)), len(poemas)
    soma = previsao.so_caracteres.valor * caracteres + previsao.so_fronteira.valor * quantos
    assert previsao.por_caractere.valor == pytest.approx(soma / (caracteres + quantos))
    assert previsao.por_caractere.de < previsao.por_caractere.valor < previsao.por_caractere.ate


def test_um_modelo_sem_fronteira_nao_e_cobrado_por_ela(artefato: Artefato, poemas: list[str]) -> None:
    sem_fronteira = Artefato(artefato.celula, Vocabulario(("#", *artefato.vocabulario.simbolos[1:])))
    com, sem = preve(artefato, poemas), preve(sem_fronteira, poemas)
    assert not sem.fecha
    assert sem.caracteres == pytest.approx(com.caracteres)  # a mesma rede, que começa do mesmo índice
    assert not sem.fronteiras.any()
    assert sem.por_caractere == sem.so_caracteres
    assert sem.por_caractere.valor == pytest.approx(com.so_caracteres.valor)
    assert np.isnan(sem.so_fronteira.valor)


@pytest.mark.parametrize("fluxos", [1, 3, 256])
def test_os_poemas_ficam_na_ordem_em_que_vieram(
    fluxos: int, artefato: Artefato, poemas: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poema.avaliacao.previsao.FLUXOS", fluxos)
    alguns = [poemas[0], "a", f"{poemas[1]}\n{poemas[2]}", "", "o pão", poemas[3], "a"]
    previsao = preve(artefato, alguns)
    assert previsao.tamanhos.tolist() == [len(poema) for poema in alguns]
    assert previsao.nats == pytest.approx([preve(artefato, [poema]).nats[0] for poema in alguns], rel=1e-5)
