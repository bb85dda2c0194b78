import os
from pathlib import Path

import pytest

from poema import caminhos
from poema.erros import ErroPoema


def test_num_clone_valem_as_pastas_do_topo() -> None:
    topo = Path(__file__).parents[1]
    assert topo / "dataset" / "poemas-5k.txt" == caminhos.DATASET
    assert topo / "modelos_treinados" / "temp" == caminhos.SAIDA


def test_o_modelo_mais_novo_e_o_seu_ultimo_ou_o_que_vem_junto(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seus, junto = tmp_path / "temp", tmp_path / "junto"
    monkeypatch.setattr(caminhos, "SAIDA", seus)
    monkeypatch.setattr(caminhos, "MODELOS", junto)
    with pytest.raises(ErroPoema, match="just treina"):
        caminhos.modelo_mais_novo()
    junto.mkdir()
    (junto / "poemas.keras").touch()
    assert caminhos.modelo_mais_novo() == junto / "poemas.keras"
    seus.mkdir()
    for nome, quando in (("b.keras", 2), ("a.keras", 3), (".7-c.keras", 4), ("a.json", 5)):
        (seus / nome).touch()
        os.utime(seus / nome, (quando, quando))
    (seus / "z.keras").symlink_to(tmp_path / "nao-existe")
    assert caminhos.modelo_mais_novo() == seus / "a.keras"


@pytest.mark.parametrize(
    ("modelo", "esperado"),
    [
        ("m/a.keras", "m/a.json"),
        ("m/a.poema", "m/a.json"),
        ("m/a.int8.poema", "m/a.json"),
        ("m/a.f16.poema", "m/a.json"),
        ("m/um.nome.com.pontos.poema", "m/um.nome.com.pontos.json"),
        ("m/a.int8.keras", "m/a.int8.json"),
        ("a", "a.json"),
    ],
)
def test_o_que_fica_ao_lado_de_um_modelo_tem_o_nome_dele_sem_o_tipo(modelo: str, esperado: str) -> None:
    assert caminhos.ao_lado(Path(modelo), ".json") == Path(esperado)


def escreve_e_falha(destino: Path, falha: Exception) -> None:
    with caminhos.escreve_inteiro(destino) as provisorio:
        provisorio.write_text("pela metade")
        raise falha


def test_quem_falha_no_meio_nao_deixa_nada_e_nao_estraga_o_que_havia(tmp_path: Path) -> None:
    destino = tmp_path / "x.txt"
    destino.write_text("velho")
    with pytest.raises(RuntimeError):
        escreve_e_falha(destino, RuntimeError())
    assert destino.read_text() == "velho"
    assert list(tmp_path.iterdir()) == [destino]


def test_disco_cheio_vira_uma_mensagem(tmp_path: Path) -> None:
    with pytest.raises(ErroPoema, match="não consegui escrever"):
        escreve_e_falha(tmp_path / "x", OSError(28, "No space left on device"))
    assert not list(tmp_path.iterdir())
