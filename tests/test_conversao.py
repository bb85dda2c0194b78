from pathlib import Path

import numpy as np
import pytest

from conftest import pesos_ao_acaso
from poema.dados.vocabulario import Vocabulario
from poema.erros import ErroPoema
from poema.geracao.artefato import Artefato

pytestmark = [pytest.mark.litert, pytest.mark.usefixtures("exportacao")]


@pytest.mark.parametrize("camadas", [1, 3])
def test_o_passo_gravado_faz_a_conta_do_numpy_com_qualquer_numero_de_camadas(
    tmp_path: Path, vocabulario: Vocabulario, camadas: int
) -> None:
    from poema.geracao.litert import CelulaLiteRT
    from poema.rede.conversao import para_litert

    celula = Artefato.de_pesos(pesos_ao_acaso(len(vocabulario), 12, camadas), vocabulario).celula
    para_litert(celula.pesos, tmp_path / "m.tflite", int8=False)
    outra = CelulaLiteRT(celula, (tmp_path / "m.tflite").read_bytes())
    memorias = celula.memoria(3), outra.memoria(3)
    for indices in np.random.default_rng(0).integers(0, len(vocabulario), (40, 3)):
        de_uma, da_outra = celula.passo(indices, memorias[0]), outra.passo(indices, memorias[1])
        np.testing.assert_allclose(da_outra, de_uma, atol=1e-5)
    for de_uma, da_outra in zip(*memorias, strict=True):
        np.testing.assert_allclose(da_outra, de_uma, atol=1e-5)


def test_nenhuma_operacao_pede_o_tensorflow_inteiro(levado: Path) -> None:
    for exportado in (".tflite", ".int8.tflite"):
        assert b"Flex" not in levado.with_suffix(exportado).read_bytes()


def test_com_outro_motor_por_baixo_do_keras_diz_qual_usar(
    tmp_path: Path, artefato: Artefato, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras

    from poema.rede.conversao import para_litert

    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ErroPoema, match="KERAS_BACKEND=tensorflow"):
        para_litert(artefato.celula.pesos, tmp_path / "m.tflite", int8=False)
    assert list(tmp_path.iterdir()) == []
