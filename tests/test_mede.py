import json

import pytest

from conftest import Roda
from poema import mede


def test_mede_tudo_e_termina_com_uma_linha_de_json(roda: Roda, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mede, "SEGUNDOS", 0.05)
    monkeypatch.setattr(mede, "TEXTOS", (500, 700, 2_000))
    saida = roda(mede.main)
    assert saida.codigo == 0, saida.err
    medidas = json.loads(saida.out.splitlines()[-1])
    assert all(valor > 0 for nome, valor in medidas.items() if "além" not in nome)
    assert len(medidas) == 18
