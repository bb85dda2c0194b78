import json
from pathlib import Path

import pytest

from conftest import POEMAS, Roda
from poema import compara


@pytest.fixture(autouse=True)
def depressa(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compara, "SEGUNDOS", 0.01)


def test_a_primeira_linha_e_o_n_grama_e_depois_vem_cada_modelo(roda: Roda, modelo_com_relato: Path) -> None:
    saida = roda(compara.main, modelo_com_relato, modelo_com_relato)
    assert (saida.codigo, saida.err) == (0, "")
    cabecalho, ngrama, um, outro, *_ = saida.out.splitlines()
    assert cabecalho.split()[0] == "modelo"
    assert ngrama.split()[0] == "7-grama"
    assert um.split()[0] == outro.split()[0] == modelo_com_relato.name
    assert um.split()[:4] == outro.split()[:4]
    assert len({len(linha) for linha in (cabecalho, ngrama, um, outro)}) == 1


def test_em_json_e_em_markdown_estao_os_mesmos_numeros(roda: Roda, modelo_com_relato: Path) -> None:
    linhas = json.loads(roda(compara.main, modelo_com_relato, "--json").out)["linhas"]
    markdown = roda(compara.main, modelo_com_relato, "--markdown").out.splitlines()
    assert [len(linha.split("|")) for linha in markdown[:4]] == [9] * 4
    assert f"{linhas[1]['nats']:.3f}".replace(".", ",") in markdown[3]
    assert linhas[0]["nats"] < linhas[1]["nats"]  # a rede nada aprendeu
    assert all(linha["caracteres_por_segundo"] > 0 for linha in linhas)


def test_um_modelo_sem_texto_de_treino_entra_sem_as_medidas_que_dependem_dele(
    roda: Roda, modelo_salvo: Path, dataset: Path
) -> None:
    saida = roda(compara.main, modelo_salvo, "--dataset", dataset, "--json")
    (linha,) = json.loads(saida.out)["linhas"]
    assert linha["versos_copiados"] is None
    assert linha["nats"] > 0
    assert "não sei que texto ele leu" in saida.err


@pytest.mark.parametrize(
    ("argumentos", "mensagem"),
    [
        ([], "falta MODELO"),
        (["nada.keras"], "o modelo nada.keras não existe"),
        (["nada.keras", "--temperatura", "-2"], "a temperatura deve estar entre 0 e 10"),
    ],
)
def test_pedido_impossivel_da_uma_linha(roda: Roda, argumentos: list[str], mensagem: str) -> None:
    saida = roda(compara.main, *argumentos)
    assert (saida.codigo, saida.out) == (1, "")
    assert mensagem in saida.err
    assert saida.err.count("\n") == 1


def test_um_modelo_como_os_do_projeto_original_entra_ao_lado_dos_daqui(
    roda: Roda, modelo_com_relato: Path, dataset: Path, tmp_path: Path
) -> None:
    import keras

    simbolos = len(set("".join(POEMAS)))
    camadas = [keras.Input((60, simbolos)), keras.layers.GRU(4, return_sequences=True), keras.layers.GRU(4)]
    original = tmp_path / "original.keras"
    keras.Sequential([*camadas, keras.layers.Dense(simbolos, activation="softmax")]).save(original)
    for modelos in ([original, modelo_com_relato], [modelo_com_relato, original]):
        saida = roda(compara.main, *modelos, "--treino", dataset, "--json")
        assert saida.codigo == 0, saida.err
        nomes = [linha["modelo"] for linha in json.loads(saida.out)["linhas"]]
        assert nomes == ["7-grama", *(modelo.name for modelo in modelos)]
        assert "original.keras: não há um .json que se entenda" in saida.err
        assert "original.keras: ATENÇÃO: o modelo já leu" in saida.err
