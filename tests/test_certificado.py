import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from conftest import POEMAS
from poema.erros import ErroPoema
from poema.exportacao import certificado
from poema.geracao.artefato import Artefato
from poema.geracao.celula import Celula, Matriz


def mexido(artefato: Artefato, quanto: float) -> Artefato:
    """O mesmo modelo, com um logit empurrado."""
    empurrao = np.zeros_like(artefato.celula.b)
    empurrao[5] = quanto
    return replace(artefato, celula=replace(artefato.celula, b=artefato.celula.b + empurrao))


def test_um_modelo_nao_difere_de_si_mesmo(artefato: Artefato) -> None:
    paridade = certificado.compara(artefato, artefato, POEMAS)
    assert (paridade.passos, paridade.poemas, paridade.maior_diferenca_de_logits) == (2000, 40, 0)
    assert paridade.nats_por_caractere == paridade.nats_por_caractere_exportado
    for tipo in ("float32", "float16", "int8"):
        paridade.confere(tipo, "m")


def test_le_uns_poucos_poemas_espalhados_se_ha_muitos(artefato: Artefato, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificado, "POEMAS", 7)
    assert certificado.compara(artefato, artefato, POEMAS).poemas == 7


class Vigiada(Celula):
    """Anota cada símbolo que lê e, se pedido, erra um logit em um só passo."""

    def __init__(self, celula: Celula, erra_no: int = -1):
        super().__init__(celula.grus, celula.w, celula.b)
        self.lidos, self.erra_no = [], erra_no

    def passo(self, indices: Sequence[int], memoria: list[Matriz]) -> Matriz:
        logits = super().passo(indices, memoria)
        self.lidos.extend(indices)
        if len(self.lidos) == self.erra_no:
            logits[0, 3] += 0.5
        return logits


def test_os_dois_leem_os_poemas_espalhados_cada_um_depois_da_fronteira_ate_dar_os_passos(
    artefato: Artefato, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificado, "POEMAS", 2)
    um, outro = (replace(artefato, celula=Vigiada(artefato.celula)) for _ in range(2))
    certificado.compara(um, outro, POEMAS)
    volta = [0, *artefato.vocabulario.codifica(POEMAS[0]), 0, *artefato.vocabulario.codifica(POEMAS[20])]
    esperados = (volta * 2000)[:2000]
    assert um.celula.lidos[:2000] == outro.celula.lidos[:2000] == esperados


def test_um_erro_em_um_passo_so_tambem_aparece(artefato: Artefato) -> None:
    errado = replace(artefato, celula=Vigiada(artefato.celula, erra_no=700))
    assert certificado.compara(artefato, errado, POEMAS).maior_diferenca_de_logits == pytest.approx(0.5, abs=1e-3)


def test_um_erro_que_so_aparece_com_a_memoria_cheia_tambem(artefato: Artefato) -> None:
    primeira, *outras = artefato.celula.grus
    torta = replace(primeira, u=primeira.u * np.float32(1.1))  # no primeiro passo a memória é zero, e nada muda
    errado = replace(artefato, celula=replace(artefato.celula, grus=(torta, *outras)))
    assert certificado.compara(artefato, errado, POEMAS).maior_diferenca_de_logits > 1e-4


@pytest.mark.parametrize(
    ("tipo", "passa", "nao_passa", "mensagem"),
    [
        ("float32", 5e-5, 5e-4, r"os logits diferem 0.0005, e o limite é 0.0001"),
        ("float16", 5e-3, 5e-2, r"os logits diferem 0.05, e o limite é 0.01"),
        ("int8", 1e-2, 3.0, r"a loss piora .*, e o limite é 0.01"),
        ("int8", 1e-2, float("nan"), r"a loss piora nan"),
        ("float32", 5e-5, float("nan"), r"os logits diferem nan"),
    ],
)
def test_quem_se_afasta_alem_do_limite_e_recusado(
    artefato: Artefato, tipo: str, passa: float, nao_passa: float, mensagem: str
) -> None:
    certificado.compara(artefato, mexido(artefato, passa), POEMAS).confere(tipo, "m.x")
    with pytest.raises(ErroPoema, match=rf"m.x não foi gravado: nele {mensagem}"):
        certificado.compara(artefato, mexido(artefato, nao_passa), POEMAS).confere(tipo, "m.x")


def test_um_int8_que_preve_melhor_passa(artefato: Artefato) -> None:
    paridade = certificado.Paridade(2000, 3.0, 40, 1.20, 1.15)
    paridade.confere("int8", "m")


def test_o_certificado_diz_o_que_e_de_quem_e_com_que_versoes(artefato: Artefato, tmp_path: Path) -> None:
    exportado = tmp_path / ".1-m.onnx"
    exportado.write_bytes(b"123")
    paridade = certificado.compara(artefato, artefato, POEMAS)
    deste = replace(artefato, resumo="0123abcd")
    certificado.grava(exportado, tmp_path / "m.onnx", "float32", Path("x/m.keras"), deste, paridade, ["numpy"])
    dito = json.loads((tmp_path / "m.onnx.json").read_text("utf-8"))
    assert (dito["arquivo"], dito["de"], dito["modelo"], dito["bytes"]) == ("m.onnx", "m.keras", "0123abcd", 3)
    assert dito["sha256"].startswith("a665a459")
    assert dito["vocabulario"] == list(artefato.vocabulario.simbolos)
    assert set(dito["versoes"]) == {"python", "poema", "numpy"}
    assert dito["paridade"]["maior_diferenca_de_logits"] == 0
