from pathlib import Path

import keras
import numpy as np

from poema.configuracao import RECEITAS, Configuracao
from poema.dados.vocabulario import Vocabulario
from poema.rede.modelo import constroi


def test_sao_179772_pesos_nas_duas_receitas_quando_ha_60_simbolos() -> None:
    vocabulario = Vocabulario(("", *map(chr, range(97, 156))))
    assert {constroi(vocabulario, c).count_params() for c in RECEITAS.values()} == {179_772}


def test_a_saida_sao_logits_de_toda_posicao_ou_probabilidades_da_ultima(
    vocabulario: Vocabulario, pequena: Configuracao
) -> None:
    x = np.zeros((2, 9), np.int32)
    assert constroi(vocabulario, pequena)(x).shape == (2, 9, len(vocabulario))
    ultima = keras.ops.convert_to_numpy(constroi(vocabulario, pequena.com(receita="classica"))(x))
    assert ultima.shape == (2, len(vocabulario))
    np.testing.assert_allclose(ultima.sum(axis=1), 1, atol=1e-5)


def test_a_mesma_semente_da_os_mesmos_pesos_iniciais(vocabulario: Vocabulario, pequena: Configuracao) -> None:
    um, mesmo, outro = (constroi(vocabulario, pequena.com(semente=s)).get_weights()[0] for s in (1, 1, 2))
    np.testing.assert_array_equal(um, mesmo)
    assert not np.array_equal(um, outro)


def test_a_ultima_posicao_das_duas_receitas_e_a_mesma_conta(vocabulario: Vocabulario, pequena: Configuracao) -> None:
    poema, classica = (constroi(vocabulario, pequena.com(receita=r)) for r in ("poema", "classica"))
    classica.set_weights(poema.get_weights())
    x = np.arange(20, dtype=np.int32).reshape(2, 10)
    logits = keras.ops.convert_to_numpy(poema(x))[:, -1]
    esperadas = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(classica(x)), esperadas, atol=1e-5)


def test_o_keras_abre_o_modelo_gravado_com_vocabulario_e_hiperparametros(
    modelo_salvo: Path, vocabulario: Vocabulario, pequena: Configuracao
) -> None:
    camada = keras.saving.load_model(modelo_salvo).layers[0]
    assert tuple(camada.simbolos) == vocabulario.simbolos
    assert camada.configuracao == pequena.como_dicionario()
