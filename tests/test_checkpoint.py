from pathlib import Path

import keras
import numpy as np
import pytest

from poema.configuracao import Configuracao
from poema.dados.vocabulario import Vocabulario
from poema.erros import ErroPoema
from poema.geracao.artefato import le_artefato
from poema.geracao.web import tipo_exato
from poema.precisao import arredonda
from poema.rede import checkpoint, modelo
from poema.rede.checkpoint import Historico


@pytest.fixture(params=["poema", "classica"])
def rede(request: pytest.FixtureRequest, vocabulario: Vocabulario, pequena: Configuracao) -> keras.Sequential:
    """Uma rede em que nenhum peso é zero, nem os bias."""
    rede = modelo.constroi(vocabulario, pequena.com(receita=request.param))
    acaso = np.random.default_rng(0)
    rede.set_weights([acaso.normal(0, 0.4, peso.shape).astype(np.float32) for peso in rede.get_weights()])
    return rede


def test_no_arquivo_as_matrizes_estao_em_oito_bits_e_os_bias_como_eram(rede: keras.Sequential, tmp_path: Path) -> None:
    checkpoint.salva(rede, tmp_path / "m.keras")
    celula = le_artefato(tmp_path / "m.keras").celula
    w1, u1, b1, w2, u2, b2, w, b = rede.get_weights()
    esperados = [arredonda(w1), arredonda(u1), b1, arredonda(w2), arredonda(u2), b2, arredonda(w), b]
    for gravado, esperado in zip(celula.pesos, esperados, strict=True):
        np.testing.assert_array_equal(gravado, esperado)
    assert not any(np.array_equal(*par) for par in zip(celula.pesos[:2], (w1, u1), strict=True))
    assert tipo_exato(le_artefato(tmp_path / "m.keras")) == "int8"


def test_o_keras_abre_o_arquivo_com_os_mesmos_pesos(rede: keras.Sequential, tmp_path: Path) -> None:
    checkpoint.salva(rede, tmp_path / "m.keras")
    aberta = keras.saving.load_model(tmp_path / "m.keras")
    for do_keras, nosso in zip(aberta.get_weights(), le_artefato(tmp_path / "m.keras").celula.pesos, strict=True):
        np.testing.assert_array_equal(do_keras, nosso)


def test_quem_grava_continua_com_a_rede_que_tinha(rede: keras.Sequential, tmp_path: Path) -> None:
    antes = rede.get_weights()
    checkpoint.salva(rede, tmp_path / "m.keras")
    for peso, de_antes in zip(rede.get_weights(), antes, strict=True):
        np.testing.assert_array_equal(peso, de_antes)


@pytest.mark.parametrize("falha", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_quem_nao_consegue_gravar_tambem(
    rede: keras.Sequential, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, falha: BaseException
) -> None:
    def recusa(*_: object) -> None:
        raise falha

    monkeypatch.setattr(keras.Sequential, "save", recusa)
    antes = rede.get_weights()
    with pytest.raises((ErroPoema, KeyboardInterrupt)):
        checkpoint.salva(rede, tmp_path / "m.keras")
    for peso, de_antes in zip(rede.get_weights(), antes, strict=True):
        np.testing.assert_array_equal(peso, de_antes)
    assert not list(tmp_path.iterdir())


def test_gravar_no_meio_do_treino_nao_muda_o_treino(
    vocabulario: Vocabulario, pequena: Configuracao, tmp_path: Path
) -> None:
    x = np.random.default_rng(0).integers(len(vocabulario), size=(8, 12))

    def treina(grava: bool) -> list[np.ndarray]:
        rede = modelo.constroi(vocabulario, pequena.com(dropout=0.3, taxa=0.01))
        for passo in range(6):
            rede.train_on_batch(x[:, :-1], x[:, 1:])
            if grava and passo % 2:
                checkpoint.salva(rede, tmp_path / "m.keras")
        return [np.array(v) for v in (*rede.variables, *rede.optimizer.variables)]

    for sem, com in zip(treina(False), treina(True), strict=True):
        np.testing.assert_array_equal(sem, com)


def test_a_retomada_guarda_os_pesos_inteiros(rede: keras.Sequential, tmp_path: Path) -> None:
    checkpoint.salva(rede, tmp_path / "m.keras")
    checkpoint.salva_retomada(rede, Historico([1.0], [1.0], [1.0]), tmp_path / "m.npz")
    antes = rede.get_weights()
    rede.set_weights([np.zeros_like(peso) for peso in antes])
    checkpoint.le_retomada(tmp_path / "m.npz", rede)
    for peso, de_antes in zip(rede.get_weights(), antes, strict=True):
        np.testing.assert_array_equal(peso, de_antes)
