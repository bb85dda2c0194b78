import json
from pathlib import Path

import pytest

from conftest import Roda
from poema import cronometro, mede


def test_mede_tudo_e_termina_com_uma_linha_de_json(roda: Roda, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mede, "SEGUNDOS", 0.05)
    monkeypatch.setattr(mede, "TEXTOS", (500, 700, 2_000))
    saida = roda(mede.main)
    assert saida.codigo == 0, saida.err
    medidas = json.loads(saida.out.splitlines()[-1])
    assert all(valor > 0 for nome, valor in medidas.items() if "além" not in nome)
    assert len(medidas) == 18


@pytest.mark.litert
def test_os_motores_lado_a_lado_em_cada_lote(roda: Roda, levado: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mede, "SEGUNDOS", 0.02)
    monkeypatch.setattr(cronometro, "RODADAS", 1)
    saida = roda(mede.main, "--modelo", levado, "--motores")
    assert (saida.codigo, saida.err) == (0, "")
    assert len(saida.out.splitlines()) == (3 + 2) * 5 + 2 * 2  # ritmos e vezes o NumPy; e o começo do comando
    assert "litert, int8: 1 por vez, sem o sorteio / numpy" in saida.out


@pytest.mark.litert
def test_sem_os_exportados_os_motores_pedem_que_se_exporte(roda: Roda, modelo_salvo: Path, exportacao: None) -> None:
    saida = roda(mede.main, "--modelo", modelo_salvo, "--motores")
    assert (saida.codigo, saida.err.count("\n")) == (1, 1)
    assert "just exporta --formato litert" in saida.err
