"""O diário da coleta sobrevive ao que acontece com arquivos."""

from pathlib import Path

import pytest

from conftest import disco_cheio
from poema.colheita.diario import Diario, le_diario
from poema.erros import ErroDeDados, ErroPoema


@pytest.fixture
def caminho(tmp_path: Path) -> Path:
    return tmp_path / "pasta" / "poemas.jsonl"


def registro(numero: int) -> dict[str, object]:
    return {"numero": numero, "texto": "a lua\nno balde — é"}


def test_cada_registro_esta_no_arquivo_assim_que_chega(caminho: Path) -> None:
    with Diario(caminho) as diario:
        for numero in range(3):
            diario.acrescenta(registro(numero))
            assert le_diario(caminho)[-1] == registro(numero)
    assert caminho.read_text("utf-8").count("\n") == 3


def test_aberto_de_novo_continua_depois_do_que_havia(caminho: Path) -> None:
    with Diario(caminho) as diario:
        diario.acrescenta(registro(0))
    with Diario(caminho) as diario:
        assert (diario.registros, diario.emendado) == ([registro(0)], False)
        diario.acrescenta(registro(1))
    assert le_diario(caminho) == [registro(0), registro(1)]


@pytest.mark.parametrize("resto", ['{"numero": 1, "tex', '{"numero": 1, "texto": "a"}', "\xff"])
def test_a_ultima_linha_pela_metade_sai_e_isso_se_sabe(caminho: Path, resto: str) -> None:
    with Diario(caminho) as diario:
        diario.acrescenta(registro(0))
    with caminho.open("a", encoding="latin1") as arquivo:
        arquivo.write(resto)
    assert le_diario(caminho) == [registro(0)]
    with Diario(caminho) as diario:
        assert (diario.registros, diario.emendado) == ([registro(0)], True)
        diario.acrescenta(registro(1))
    assert le_diario(caminho) == [registro(0), registro(1)]


@pytest.mark.parametrize(
    "linha",
    ["isto não é JSON", "[1]", '{"numero": 1}', "3", '{"numero": 1, "texto": null}', '{"numero": "1", "texto": ""}'],
)
def test_uma_linha_estragada_no_meio_e_apontada(caminho: Path, linha: str) -> None:
    caminho.parent.mkdir()
    caminho.write_text(f'{{"numero": 0, "texto": ""}}\n{linha}\n', "utf-8")
    with pytest.raises(ErroDeDados, match="a linha 2 de"):
        Diario(caminho)


def test_duas_coletas_nao_escrevem_no_mesmo_diario(caminho: Path) -> None:
    with Diario(caminho), pytest.raises(ErroPoema, match="outra coleta"):
        Diario(caminho)
    with Diario(caminho):
        pass  # a primeira acabou: agora pode


def test_disco_cheio_no_meio_de_uma_linha_nao_deixa_meia_linha(caminho: Path) -> None:
    with Diario(caminho) as diario:
        diario.acrescenta(registro(0))
        tamanho = caminho.stat().st_size
        # cabe um pedaço da próxima linha
        with disco_cheio(tamanho + 10), pytest.raises(ErroPoema, match="continua de onde parou"):
            diario.acrescenta(registro(1))
        assert caminho.stat().st_size == tamanho
        diario.acrescenta(registro(2))
    assert le_diario(caminho) == [registro(0), registro(2)]


def test_uma_pasta_em_que_nao_se_escreve_e_dita(tmp_path: Path) -> None:
    (tmp_path / "arquivo").write_text("")
    with pytest.raises(ErroPoema, match="não posso escrever"):
        Diario(tmp_path / "arquivo" / "poemas.jsonl")
