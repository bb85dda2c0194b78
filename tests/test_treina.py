import json
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest

from conftest import Roda
from poema import treina
from poema.geracao.artefato import le_artefato

RAPIDO = ("--epocas", 2, "--unidades", 8)


def test_treina_de_verdade_e_grava_modelo_relato_grafico_e_retomada(roda: Roda, dataset: Path, tmp_path: Path) -> None:
    saida = roda(treina.main, "--dataset", dataset, "--saida", tmp_path / "meus", *RAPIDO)
    assert (saida.codigo, saida.err) == (0, "")
    (modelo,) = (tmp_path / "meus").glob("*.keras")
    assert modelo.stem[:8].isdigit()
    assert modelo.with_suffix(".png").read_bytes()[:4] == b"\x89PNG"
    relato = json.loads(modelo.with_suffix(".json").read_text())
    assert relato["dataset"]["poemas"] == 40
    assert relato["val_loss"] > 0
    # o exame mede o que se gravou, em oito bits; a val_loss, a rede inteira: aqui diferem em um décimo de milésimo
    assert relato["exame"]["nats"]["valor"] == pytest.approx(relato["val_loss"], abs=1e-3)
    assert relato["exame"]["resumo"] == le_artefato(modelo).resumo
    assert modelo.with_suffix(".temperaturas.png").read_bytes()[:4] == b"\x89PNG"
    assert le_artefato(modelo).celula.grus[0].unidades == 8
    for dito in ("40 poemas", "CPU", "época   2", "val_loss", "falta", str(modelo)):
        assert dito in saida.out


def test_continua_de_onde_parou_ate_as_mesmas_losses(roda: Roda, dataset: Path, tmp_path: Path) -> None:
    def historico(pasta: str) -> dict[str, list[float]]:
        (relato,) = (tmp_path / pasta).glob("*.json")
        lido: dict[str, list[float]] = json.loads(relato.read_text())["historico"]
        return lido

    comum = ("--dataset", dataset, "--unidades", 8, "--por-epoca", 15)
    roda(treina.main, *comum, "--saida", tmp_path / "inteiro", "--epocas", 2)
    roda(treina.main, *comum, "--saida", tmp_path / "partido", "--epocas", 1)
    (modelo,) = (tmp_path / "partido").glob("*.keras")
    saida = roda(treina.main, "--continua", modelo, "--epocas", 2)
    assert saida.codigo == 0, saida.err
    assert "época   2" in saida.out
    assert "época   1" not in saida.out
    # a taxa da primeira época é a mesma com 1 ou 2 épocas; daí em diante tudo se repete
    assert historico("partido")["val_loss"] == historico("inteiro")["val_loss"]


def test_resumo_mostra_a_rede_e_nao_treina(roda: Roda, dataset: Path, tmp_path: Path) -> None:
    saida = roda(treina.main, "--dataset", dataset, "--saida", tmp_path / "nada", "--resumo")
    assert saida.codigo == 0
    assert saida.out.count("(GRU)") == 2
    assert "Total params" in saida.out
    assert not list((tmp_path / "nada").glob("*"))


def test_ajuda_descreve_cada_opcao_em_portugues(roda: Roda) -> None:
    ajuda = roda(treina.main, "--help")
    assert ajuda.codigo == 0
    opcoes = {"dataset", "saida", "epocas", "minutos", "paciencia", "semente", "receita", "unidades", "camadas"}
    assert opcoes | {"por-epoca", "continua", "resumo", "help"} == set(re.findall(r"--([a-z-]+) ", ajuda.out))
    assert "usage" not in ajuda.out
    assert "show this" not in ajuda.out


@pytest.mark.parametrize(
    ("argumentos", "mensagem"),
    [
        (["--epocas", "0", "--minutos", "5"], "epocas deve ser um inteiro positivo. Recebido: 0"),
        (["--epocas", "0"], "epocas deve ser um inteiro positivo. Recebido: 0"),
        (["--epocas", "muitas"], "deve ser um número inteiro. Recebido: 'muitas'"),
        (["--minutos", "-1"], "minutos deve ser um número positivo. Recebido: -1"),
        (["--unidades", "-3"], "unidades deve ser um inteiro positivo. Recebido: -3"),
        (["--semente", "-1"], "semente: deve ser um inteiro de 0 a 4294967295. Recebido: -1"),
        (["--receita", "bolo"], "deve ser poema ou classica. Recebido: 'bolo'"),
        (["--bolo"], "não conheço a opção --bolo"),
        (["--epocas"], "falta o valor de --epocas"),
        (["--dataset", "/nao/existe.txt"], "/nao/existe.txt não existe"),
        (["--continua", "/nao/existe.keras"], "/nao/existe.json não existe"),
        (["--saida", "/proc/poema"], "não consegui criar a pasta /proc/poema"),
    ],
)
def test_pedido_impossivel_da_uma_linha_e_codigo_1(roda: Roda, argumentos: list[str], mensagem: str) -> None:
    saida = roda(treina.main, *argumentos)
    assert saida.codigo == 1
    assert saida.err.startswith("erro: ")
    assert mensagem in saida.err
    assert saida.err.count("\n") == 1


def test_texto_de_um_poema_so_e_recusado_e_nada_fica(roda: Roda, tmp_path: Path) -> None:
    (tmp_path / "um.txt").write_text("sozinho\n@\n")
    saida = roda(treina.main, "--dataset", tmp_path / "um.txt", "--saida", tmp_path / "meus")
    assert (saida.codigo, saida.err.count("\n")) == (1, 1)
    assert "pelo menos 2 poemas" in saida.err
    assert not (tmp_path / "meus").exists()


@pytest.mark.parametrize(
    ("conteudo", "mensagem"),
    [(b"", "vazio"), (b"a\0b", "binário"), ("é".encode("latin1"), "UTF-8")],
)
def test_texto_que_nao_serve_da_uma_linha_e_codigo_1(
    roda: Roda, tmp_path: Path, conteudo: bytes, mensagem: str
) -> None:
    (tmp_path / "x.txt").write_bytes(conteudo)
    saida = roda(treina.main, "--dataset", tmp_path / "x.txt")
    assert (saida.codigo, saida.out, saida.err.count("\n")) == (1, "", 1)
    assert mensagem in saida.err


def test_pasta_sem_permissao_e_recusada_antes_de_treinar(
    roda: Roda, dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporario = tempfile.TemporaryFile

    def sem_permissao(**opcoes: Any) -> Any:
        if opcoes.get("dir") == dataset.parent:
            raise PermissionError(13, "Permission denied")
        return temporario(**opcoes)

    monkeypatch.setattr(tempfile, "TemporaryFile", sem_permissao)
    saida = roda(treina.main, "--dataset", dataset, "--saida", dataset.parent, *RAPIDO)
    assert (saida.codigo, saida.err.count("\n")) == (1, 1)
    assert "não posso escrever na pasta" in saida.err


def test_um_treino_que_acabou_diz_como_ir_alem(roda: Roda, dataset: Path, tmp_path: Path) -> None:
    roda(treina.main, "--dataset", dataset, "--saida", tmp_path, *RAPIDO)
    (modelo,) = tmp_path.glob("*.keras")
    saida = roda(treina.main, "--continua", modelo)
    assert (saida.codigo, saida.err.count("\n")) == (1, 1)
    assert "--epocas ou --minutos maiores" in saida.err


def test_nao_continua_com_outro_texto_nem_com_outra_rede(roda: Roda, dataset: Path, tmp_path: Path) -> None:
    relato = {"configuracao": {}, "dataset": {"arquivo": str(dataset), "sha256": "outro"}}
    (tmp_path / "m.json").write_text(json.dumps(relato))
    saida = roda(treina.main, "--continua", tmp_path / "m.keras")
    assert "não é mais o texto" in saida.err
    saida = roda(treina.main, "--continua", tmp_path / "m.keras", "--unidades", "9")
    assert "--unidades não pode mudar" in saida.err
    for ruim in ("{", "[]", '{"configuracao": [], "dataset": {}}', '{"configuracao": {}, "dataset": {"sha256": ""}}'):
        (tmp_path / "m.json").write_text(ruim)
        saida = roda(treina.main, "--continua", tmp_path / "m.keras")
        assert (saida.codigo, saida.err.count("\n")) == (1, 1)
        assert "não consegui entender" in saida.err
    assert "quer um arquivo .keras" in roda(treina.main, "--continua", tmp_path / "m.json").err
