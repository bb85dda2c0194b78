from pathlib import Path

import numpy as np
import pytest

from conftest import pesos_ao_acaso
from poema.dados.vocabulario import Vocabulario
from poema.geracao.artefato import Artefato

pytestmark = [pytest.mark.litert, pytest.mark.usefixtures("exportacao")]


@pytest.mark.parametrize("camadas", [1, 2, 3])
@pytest.mark.parametrize("fluxos", [1, 33])
def test_o_grafo_faz_a_conta_do_numpy(tmp_path: Path, vocabulario: Vocabulario, camadas: int, fluxos: int) -> None:
    from poema.exportacao.grafo import CelulaONNX, grafo

    celula = Artefato.de_pesos(pesos_ao_acaso(len(vocabulario), 12, camadas), vocabulario).celula
    (tmp_path / "m.onnx").write_bytes(grafo(celula).SerializeToString())
    outra = CelulaONNX(celula, tmp_path / "m.onnx")
    memorias = celula.memoria(fluxos), outra.memoria(fluxos)
    for indices in np.random.default_rng(0).integers(0, len(vocabulario), (40, fluxos)):
        de_uma, da_outra = celula.passo(indices, memorias[0]), outra.passo(indices, memorias[1])
        np.testing.assert_allclose(da_outra, de_uma, atol=1e-5)


def test_as_entradas_e_saidas_tem_nome_e_o_lote_e_livre(artefato: Artefato) -> None:
    from poema.exportacao.grafo import grafo

    desenho = grafo(artefato.celula).graph
    assert [entrada.name for entrada in desenho.input] == ["simbolos", "h1", "h2"]
    assert [saida.name for saida in desenho.output] == ["logits", "h1_nova", "h2_nova"]
    for porta in (*desenho.input, *desenho.output):
        assert porta.type.tensor_type.shape.dim[1].dim_param == "lote"
