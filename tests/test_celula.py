import warnings
from pathlib import Path

import numpy as np
import pytest

from poema.dados.vocabulario import Vocabulario
from poema.geracao.artefato import Artefato, le_artefato
from poema.geracao.celula import Celula, sigmoide

VERSO = "a canção já não é você,\nmeu avô dorme no quintal"


def logits_passo_a_passo(celula: Celula, textos: np.ndarray) -> np.ndarray:
    """(lote, tempo) -> (lote, tempo, vocabulário)"""
    memoria = celula.memoria(len(textos))
    return np.stack([celula.passo(coluna, memoria) for coluna in textos.T], axis=1)


@pytest.mark.parametrize("fluxos", [1, 33])
def test_os_logits_sao_os_do_keras(modelo_salvo: Path, fluxos: int) -> None:
    import keras

    artefato = le_artefato(modelo_salvo)
    conhecidos = "".join(c for c in VERSO if c in artefato.vocabulario.simbolos)
    verso = artefato.vocabulario.codifica(conhecidos)
    textos = np.stack([np.roll(verso, giro) for giro in range(fluxos)])
    do_keras = keras.saving.load_model(modelo_salvo).predict(textos, verbose=0)
    assert set("çãáéê") & set(conhecidos)
    np.testing.assert_allclose(logits_passo_a_passo(artefato.celula, textos), do_keras, atol=1e-5)


def test_um_passo_e_a_formula_da_gru_em_precisao_dupla(artefato: Artefato) -> None:
    gru = artefato.celula.grus[0]
    n, acaso = gru.unidades, np.random.default_rng(0)
    x, h = acaso.normal(size=(3, gru.w.shape[0])), acaso.normal(size=(3, n))
    wz, wr, wn = np.split(gru.w.astype(float), 3, axis=1)
    uz, ur, un = np.split(gru.u.astype(float), 3, axis=1)
    bz, br, bn = np.split(gru.b.astype(float), 3)
    cz, cr, cn = np.split(gru.c.astype(float), 3)
    z = 1 / (1 + np.exp(-(x @ wz + bz + h @ uz + cz)))
    r = 1 / (1 + np.exp(-(x @ wr + br + h @ ur + cr)))
    esperada = z * h + (1 - z) * np.tanh(x @ wn + bn + r * (h @ un + cn))
    obtida = gru.passo((x @ gru.w + gru.b).astype(np.float32), h.astype(np.float32))
    np.testing.assert_allclose(obtida, esperada, atol=1e-6)


def test_muitos_fluxos_dao_o_mesmo_que_um_de_cada_vez(artefato: Artefato, vocabulario: Vocabulario) -> None:
    textos = np.random.default_rng(0).integers(0, len(vocabulario), (9, 30))
    juntos = logits_passo_a_passo(artefato.celula, textos)
    um_a_um = np.concatenate([logits_passo_a_passo(artefato.celula, texto[None]) for texto in textos])
    np.testing.assert_allclose(juntos, um_a_um, atol=1e-5)


def test_a_conta_fica_em_precisao_simples(artefato: Artefato) -> None:
    memoria = artefato.celula.memoria(2)
    assert artefato.celula.passo([0, 1], memoria).dtype == np.float32
    assert [h.dtype for h in memoria] == [np.float32, np.float32]


def test_a_sigmoide_nao_transborda_em_valores_extremos() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert sigmoide(np.array([-1e9, 0, 1e9], np.float32)).tolist() == [0, 0.5, 1]


def test_conta_os_pesos_da_rede_do_projeto() -> None:
    from conftest import pesos_ao_acaso

    vocabulario = Vocabulario(tuple(map(chr, range(60))))
    assert Artefato.de_pesos(pesos_ao_acaso(60, unidades=128), vocabulario).celula.parametros == 179_772
