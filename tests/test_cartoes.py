import shutil
from pathlib import Path

import pytest

from conftest import TOPO, Roda
from poema import cartoes
from poema.erros import ErroPoema

MODELOS = TOPO / "modelos_treinados"


def test_a_tabela_dos_modelos_que_vem_junto_esta_em_dia() -> None:
    texto = (MODELOS / "README.md").read_text("utf-8")
    assert cartoes.com_tabela(texto, MODELOS) == texto, "rode: just cartoes"


def test_troca_so_o_que_esta_entre_as_marcas(roda: Roda, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for arquivo in MODELOS.glob("poemas-5k.*"):
        shutil.copy(arquivo, tmp_path)
    leiame = tmp_path / "README.md"
    leiame.write_text(f"antes\n{cartoes.COMECO}| velha |\n{cartoes.FIM}depois\n", "utf-8")
    monkeypatch.setattr(cartoes, "MODELOS", tmp_path)
    assert roda(cartoes.main).codigo == 0
    linhas = leiame.read_text("utf-8").splitlines()
    assert (linhas[0], linhas[-1]) == ("antes", "depois")
    assert "| velha |" not in linhas
    assert [linha.split(" | ")[0] for linha in linhas if "poemas-5k" in linha] == ["| `poemas-5k.keras`"]


def test_o_exame_de_outro_modelo_e_recusado(tmp_path: Path, modelo_salvo: Path) -> None:
    shutil.copy(MODELOS / "poemas-5k.json", tmp_path / "outro.json")
    shutil.copy(modelo_salvo, tmp_path / "outro.keras")
    with pytest.raises(ErroPoema, match="não traz o exame deste modelo"):
        cartoes.com_tabela(cartoes.COMECO + cartoes.FIM, tmp_path)


def test_sem_as_marcas_nao_escreve() -> None:
    with pytest.raises(ErroPoema, match="faltam no README"):
        cartoes.com_tabela("nada", MODELOS)
