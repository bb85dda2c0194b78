import argparse
import importlib
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from conftest import Roda
from poema import terminal
from poema.erros import ErroPoema
from poema.geracao.artefato import le_artefato
from poema.geracao.web import empacota


def test_um_erro_de_quem_usa_vira_uma_linha_e_codigo_1(roda: Roda) -> None:
    def falha(_: Sequence[str]) -> None:
        raise ErroPoema("acabou o papel. Compre mais.")

    saida = roda(falha)
    assert (saida.codigo, saida.out, saida.err) == (1, "", "erro: acabou o papel. Compre mais.\n")


def test_um_defeito_do_programa_nao_e_escondido(roda: Roda) -> None:
    def quebra(_: Sequence[str]) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        roda(quebra)


def test_ctrl_c_sai_com_o_codigo_de_costume(roda: Roda) -> None:
    def interrompe(_: Sequence[str]) -> None:
        raise KeyboardInterrupt

    saida = roda(interrompe)
    assert (saida.codigo, saida.err) == (130, "")


def test_os_argumentos_chegam_ao_comando(roda: Roda) -> None:
    recebidos: list[str] = []
    assert roda(recebidos.extend, "--a", 1).codigo == 0
    assert recebidos == ["--a", "1"]


@pytest.mark.parametrize(("texto", "valor"), [("0,5", 0.5), ("0.5", 0.5), ("1", 1.0), ("1e-3", 0.001)])
def test_um_numero_se_escreve_com_virgula_ou_ponto(texto: str, valor: float) -> None:
    assert terminal.numero(texto) == valor


@pytest.mark.parametrize("texto", ["", "quente", "0,5,1"])
def test_o_que_nao_e_numero_e_recusado(texto: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=f"Recebido: '{texto}'"):
        terminal.numero(texto)


def test_decimais_se_escrevem_com_virgula() -> None:
    assert terminal.decimal(0.8154) == "0,815"


def test_um_valor_que_falta_ou_sobra_e_dito_em_portugues() -> None:
    opcoes = terminal.Opcoes("teste", "Testa.")
    opcoes.opcao("sim", "liga", action="store_true")
    opcoes.opcao("cor", "pinta")
    for argumentos, mensagem in (
        (["--cor"], "falta o valor de --cor"),
        (["--sim=1"], "--sim não leva valor"),
        (["--nao"], "não conheço a opção --nao"),
        (["solto"], "não conheço a opção solto"),
    ):
        with pytest.raises(ErroPoema, match=mensagem) as erro:
            opcoes.parse_args(argumentos)
        assert "just teste --help" in str(erro.value)


@pytest.mark.parametrize(
    "comando",
    [
        *("amostra", "avalia", "cartoes", "coleta", "compara", "exporta", "infere", "mede", "mede-servidor", "raio-x"),
        *("treina", "websocket"),
    ],
)
def test_a_ajuda_de_todo_comando_esta_em_portugues(roda: Roda, comando: str) -> None:
    ajuda = roda(importlib.import_module(f"poema.{comando.replace('-', '_')}").main, "--help")
    assert ajuda.codigo == 0
    assert f"uso: just {comando}" in ajuda.out
    assert not any(ingles in ajuda.out for ingles in ("usage", "positional", "options", "show this"))


@pytest.fixture
def exportado(modelo_com_relato: Path) -> Path:
    """O `.poema`, em oito bits, ao lado do `.keras` de que saiu."""
    caminho = modelo_com_relato.with_suffix(".int8.poema")
    caminho.write_bytes(empacota(le_artefato(modelo_com_relato), "int8", None))
    return caminho


@pytest.mark.parametrize(
    ("comando", "opcoes"),
    [
        ("amostra", ["--semente", 3, "--dataset", "dataset"]),
        ("infere", ["--semente", 3, "--poema", "--inicio", "a lua"]),
        ("avalia", ["--json", "--temperaturas", "0.5"]),
        ("raio_x", ["a lua canta"]),
    ],
)
def test_o_poema_da_pagina_da_o_mesmo_que_o_keras(
    roda: Roda, exportado: Path, dataset: Path, tmp_path: Path, comando: str, opcoes: list[object]
) -> None:
    main = importlib.import_module(f"poema.{comando}").main
    figura = {"avalia": "--grafico", "raio_x": "--saida"}.get(comando)
    opcoes = [dataset if opcao == "dataset" else opcao for opcao in opcoes]
    opcoes += [figura, tmp_path / "figura.png"] if figura else []
    do_keras, do_poema = (
        roda(main, *opcoes, "--modelo", modelo) for modelo in (exportado.with_name("modelo.keras"), exportado)
    )
    assert (do_keras.codigo, do_keras.err) == (0, "")
    assert do_poema.out.replace("modelo.int8.poema", "modelo.keras") == do_keras.out
    assert (do_poema.codigo, do_poema.err) == (0, "")


def test_o_poema_da_pagina_entra_em_compara_ao_lado_do_keras(
    roda: Roda, exportado: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poema.compara.SEGUNDOS", 0.01)
    from poema import compara

    saida = roda(compara.main, exportado, exportado.with_name("modelo.keras"), "--json")
    _, um, outro = json.loads(saida.out)["linhas"]
    assert (um["modelo"], outro["modelo"]) == ("modelo.int8.poema", "modelo.keras")
    assert um["kb"] < outro["kb"]
    for medida in ("parametros", "nats", "palavras_inexistentes", "versos_copiados"):
        assert um[medida] == outro[medida]


@pytest.mark.parametrize(
    "conteudo", [b"", b"POEMA\x02\x00\x00", b"POEMA\x01\x00\x00" + b"\0" * 99, "truncado", "trocado"]
)
@pytest.mark.parametrize(
    "comando", ["amostra", "infere", "raio-x", "avalia", "compara", "exporta", "mede", "websocket"]
)
def test_um_poema_da_pagina_estragado_da_uma_linha_em_todo_comando(
    roda: Roda, exportado: Path, tmp_path: Path, comando: str, conteudo: bytes | str
) -> None:
    inteiro = exportado.read_bytes()
    if isinstance(conteudo, str):
        conteudo = inteiro[:-1] + (b"" if conteudo == "truncado" else bytes([inteiro[-1] ^ 1]))
    exportado.write_bytes(conteudo)
    argumentos: list[object] = [exportado] if comando == "compara" else ["--modelo", exportado]
    argumentos += ["a lua", "--saida", tmp_path / "x.png"] if comando == "raio-x" else []
    saida = roda(importlib.import_module(f"poema.{comando.replace('-', '_')}").main, *argumentos)
    assert (saida.codigo, saida.out, saida.err.count("\n")) == (1, "", 1)
    assert str(exportado) in saida.err


def test_um_poema_da_pagina_longe_do_seu_relato_pede_o_que_lhe_falta(
    roda: Roda, exportado: Path, dataset: Path, tmp_path: Path, exportacao: None
) -> None:
    from poema import amostra, avalia, compara, exporta, treina

    so = tmp_path / "so" / "m.poema"
    so.parent.mkdir()
    so.write_bytes(exportado.read_bytes())
    for comando, argumentos, mensagem in (
        (treina, ["--continua", so], "--continua quer um arquivo .keras que você treinou"),
        (exporta, ["--modelo", so, "--formato", "onnx"], "não sei que poemas m.poema nunca viu"),
        (avalia, ["--modelo", so], "dê alguns em --dataset"),
        (compara, [so], "dê alguns em --dataset"),
        (amostra, ["--modelo", so, "--motor", "litert"], f"pede {so.with_suffix('.tflite')}, que não existe"),
    ):
        saida = roda(comando.main, *argumentos)
        assert (saida.codigo, saida.out, saida.err.count("\n")) == (1, "", 1)
        assert mensagem in saida.err
    saida = roda(exporta.main, "--modelo", so, "--formato", "onnx", "--dataset", dataset)
    assert (saida.codigo, saida.err) == (0, "")
    assert so.with_suffix(".onnx").is_file()
