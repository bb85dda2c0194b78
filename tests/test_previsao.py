import numpy as np
import pytest

from poema.avaliacao.previsao import nats_por_caractere
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
