import hashlib
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from conftest import Roda, disco_cheio
from poema import exporta
from poema.caminhos import PAGINA
from poema.erros import ErroPoema
from poema.exportacao import certificado
from poema.geracao.artefato import le_artefato
from poema.geracao.web import le_web

pytestmark = [pytest.mark.litert, pytest.mark.usefixtures("exportacao")]

TAMANHOS = {".tflite": 728, ".int8.tflite": 230, ".onnx": 728, ".f16.poema": 360, ".int8.poema": 190}  # KB, no máximo
DIFERENCAS = {  # de um logit, a maior
    ".tflite": (1e-7, 1e-4),
    ".int8.tflite": (1e-2, 1),
    ".onnx": (1e-7, 1e-4),
    ".f16.poema": (1e-4, 1e-2),
    ".int8.poema": (0, 0),
}


@pytest.mark.parametrize("sufixo", TAMANHOS)
def test_cada_formato_do_modelo_que_vem_junto_cabe_no_seu_tamanho_e_traz_certificado(levado: Path, sufixo: str) -> None:
    exportado = levado.with_suffix(sufixo)
    assert exportado.stat().st_size <= 1000 * TAMANHOS[sufixo]
    dito = json.loads(exportado.with_name(f"{exportado.name}.json").read_text("utf-8"))
    assert dito["modelo"] == le_artefato(levado).resumo
    assert (dito["arquivo"], dito["bytes"]) == (exportado.name, exportado.stat().st_size)
    assert dito["sha256"] == hashlib.sha256(exportado.read_bytes()).hexdigest()
    paridade = dito["paridade"]
    assert (paridade["passos"], paridade["poemas"]) == (2000, 200)
    assert paridade["nats_por_caractere_exportado"] - paridade["nats_por_caractere"] <= 0.001
    # A conta é mesmo a do arquivo: difere um pouco da do NumPy, a não ser a do que o próprio NumPy lê de volta, igual.
    pouco, muito = DIFERENCAS[sufixo]
    assert pouco <= paridade["maior_diferenca_de_logits"] <= muito
    assert {"python", "poema"} < set(dito["versoes"])


def test_a_pasta_so_tem_os_exportados_e_os_seus_certificados(levado: Path) -> None:
    esperados = {levado.name, levado.with_suffix(".json").name}
    for sufixo in TAMANHOS:
        esperados |= {levado.with_suffix(sufixo).name, f"{levado.with_suffix(sufixo).name}.json"}
    assert {arquivo.name for arquivo in levado.parent.iterdir()} == esperados


def test_o_arquivo_da_pagina_le_de_volta_o_modelo_e_a_temperatura_sugerida(levado: Path) -> None:
    artefato = le_artefato(levado)
    for sufixo, o_mesmo in ((".f16.poema", False), (".int8.poema", True)):  # o que vem junto já está em oito bits
        lido = le_web(levado.with_suffix(sufixo))
        assert lido.vocabulario == artefato.vocabulario
        assert (lido.resumo == artefato.resumo) == o_mesmo
        assert b'"temperatura":0.6' in levado.with_suffix(sufixo).read_bytes()[:2000]
        for antes, depois in zip(artefato.celula.pesos, lido.celula.pesos, strict=True):
            assert np.abs(antes - depois).max() <= (0 if o_mesmo else 2**-11 * np.abs(antes).max())
    certificado = json.loads(levado.with_name(f"{levado.stem}.int8.poema.json").read_text("utf-8"))
    assert certificado["paridade"]["maior_diferenca_de_logits"] == 0


def test_o_arquivo_da_pagina_tambem_se_exporta_e_da_o_mesmo(roda: Roda, levado: Path, tmp_path: Path) -> None:
    shutil.copy(levado.with_suffix(".int8.poema"), tmp_path)
    shutil.copy(levado.with_suffix(".json"), tmp_path)
    saida = roda(exporta.main, "--modelo", tmp_path / "poemas-5k.int8.poema", "--formato", "onnx")
    assert (saida.codigo, saida.err) == (0, "")
    assert (tmp_path / "poemas-5k.onnx").read_bytes() == levado.with_suffix(".onnx").read_bytes()


@pytest.mark.parametrize("formato", exporta.FORMATOS)
def test_um_modelo_pequeno_exporta_para_a_pasta_pedida_e_diz_o_que_mediu(
    roda: Roda, modelo_com_relato: Path, tmp_path: Path, formato: str
) -> None:
    pasta = tmp_path / "nova"
    saida = roda(exporta.main, "--modelo", modelo_com_relato, "--formato", formato, "--saida", pasta)
    assert (saida.codigo, saida.err) == (0, "")
    for nome in exporta.FORMATOS[formato].arquivos:
        assert str(pasta / nome.format("modelo")) in saida.out
        assert (pasta / f"{nome.format('modelo')}.json").is_file()
    assert "em 2000 símbolos" in saida.out
    assert "nats por caractere em 8 poemas" in saida.out
    assert [arquivo for arquivo in pasta.iterdir() if arquivo.name.startswith(".")] == []


@pytest.mark.parametrize("formato", exporta.FORMATOS)
def test_o_que_nao_passa_no_limite_nao_fica_na_pasta(
    roda: Roda, modelo_com_relato: Path, tmp_path: Path, formato: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificado, "LOGITS", {"float32": -1.0, "float16": -1.0})
    monkeypatch.setattr(certificado, "NATS", -1.0)
    saida = roda(exporta.main, "--modelo", modelo_com_relato, "--formato", formato, "--saida", tmp_path / "nova")
    assert (saida.codigo, saida.out, saida.err.count("\n")) == (1, "", 1)
    assert "não foi gravado" in saida.err
    assert list((tmp_path / "nova").iterdir()) == []


def test_a_pasta_estatica_tem_a_pagina_e_o_modelo_sem_que_peso_nenhum_mude(
    roda: Roda, modelo_com_relato: Path, tmp_path: Path
) -> None:
    pasta = tmp_path / "nova"
    roda(exporta.main, "--modelo", modelo_com_relato, "--formato", "estatico", "--saida", pasta)
    assert {arquivo.name for arquivo in pasta.iterdir()} == {"index.html", "modelo.poema", "modelo.poema.json"}
    assert (pasta / "index.html").read_bytes() == PAGINA.read_bytes()
    artefato, lido = le_artefato(modelo_com_relato), le_web(pasta / "modelo.poema")
    assert (lido.resumo, lido.vocabulario) == (artefato.resumo, artefato.vocabulario)
    assert all(map(np.array_equal, artefato.celula.pesos, lido.celula.pesos))
    certificado = json.loads((pasta / "modelo.poema.json").read_text("utf-8"))
    assert (certificado["tipo"], certificado["paridade"]["maior_diferenca_de_logits"]) == ("int8", 0)


def test_um_modelo_sem_relato_se_confere_nos_poemas_dados(
    roda: Roda, modelo_salvo: Path, dataset: Path, tmp_path: Path
) -> None:
    saida = roda(exporta.main, "--modelo", modelo_salvo, "--formato", "web", "--saida", tmp_path)
    assert (saida.codigo, saida.out, saida.err.count("\n")) == (1, "", 1)
    assert "não sei que poemas modelo.keras nunca viu" in saida.err
    assert "--dataset" in saida.err
    opcoes = ("--formato", "web", "--saida", tmp_path, "--dataset", dataset)
    assert "em 40 poemas" in roda(exporta.main, "--modelo", modelo_salvo, *opcoes).out
    assert b'"temperatura":null' in (tmp_path / "modelo.int8.poema").read_bytes()[:2000]


def test_um_modelo_de_outro_projeto_exporta_com_o_seu_texto(roda: Roda, tmp_path: Path) -> None:
    import keras

    texto = tmp_path / "texto.txt"
    texto.write_text("um pato\nno lago\n@\numa pata\n@\n")
    tamanho = len(set("um pato\nno lago\numa pata"))
    camadas = [keras.Input((59, tamanho)), keras.layers.GRU(8), keras.layers.Dense(tamanho, activation="softmax")]
    keras.Sequential(camadas).save(tmp_path / "original.keras")
    saida = roda(exporta.main, "--modelo", tmp_path / "original.keras", "--formato", "onnx")
    assert (saida.codigo, saida.err.count("\n")) == (1, 1)
    assert "não traz o seu vocabulário" in saida.err
    for formato in exporta.FORMATOS:
        opcoes = ("--modelo", tmp_path / "original.keras", "--dataset", texto, "--formato", formato)
        opcoes += ("--saida", tmp_path / "pagina") if formato == "estatico" else ()
        saida = roda(exporta.main, *opcoes)
        assert (saida.codigo, saida.err) == (0, "")


def test_sem_dizer_a_pasta_a_pagina_vai_para_estatico(
    roda: Roda, modelo_com_relato: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in "de", "novo":
        assert roda(exporta.main, "--modelo", modelo_com_relato, "--formato", "estatico").codigo == 0
    assert {arquivo.name for arquivo in (tmp_path / "estatico").iterdir()} > {"index.html", "modelo.poema"}


def test_a_pagina_de_outra_coisa_nao_e_trocada(roda: Roda, modelo_com_relato: Path, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.html").write_text("o meu site")
    saida = roda(exporta.main, "--modelo", modelo_com_relato, "--formato", "estatico", "--saida", tmp_path / "docs")
    assert (saida.codigo, saida.out, saida.err.count("\n")) == (1, "", 1)
    assert "index.html já existe, e sem um modelo ao lado" in saida.err
    assert [arquivo.read_text() for arquivo in (tmp_path / "docs").iterdir()] == ["o meu site"]


def test_o_que_outro_modelo_da_pasta_exportou_nao_e_trocado(roda: Roda, levado: Path, tmp_path: Path) -> None:
    for nome in ("poemas-5k.f16.poema", "poemas-5k.f16.poema.json", "poemas-5k.onnx", "poemas-5k.onnx.json"):
        shutil.copy(levado.with_name(nome), tmp_path)
    shutil.copy(levado.with_suffix(".json"), tmp_path)
    antes = {arquivo: arquivo.read_bytes() for arquivo in tmp_path.iterdir()}
    for formato in ("web", "onnx"):
        saida = roda(exporta.main, "--modelo", tmp_path / "poemas-5k.f16.poema", "--formato", formato)
        assert (saida.codigo, saida.out, saida.err.count("\n")) == (1, "", 1)
        assert "já existe e saiu de poemas-5k.keras, que é outro modelo. Diga outra pasta em --saida." in saida.err
    assert {arquivo: arquivo.read_bytes() for arquivo in tmp_path.iterdir()} == antes


def test_a_temperatura_sugerida_e_so_a_do_exame_deste_modelo(
    roda: Roda, modelo_com_relato: Path, tmp_path: Path
) -> None:
    relato = json.loads(modelo_com_relato.with_suffix(".json").read_text("utf-8"))
    for exame, esperada in (
        ({"resumo": le_artefato(modelo_com_relato).resumo, "temperatura": 0.7}, b"0.7"),
        ({"resumo": "00000000", "temperatura": 0.7}, b"null"),
        (None, b"null"),
    ):
        modelo_com_relato.with_suffix(".json").write_text(json.dumps({**relato, "exame": exame}), "utf-8")
        saida = roda(exporta.main, "--modelo", modelo_com_relato, "--formato", "web", "--saida", tmp_path / "web")
        assert (saida.codigo, saida.err) == (0, "")
        assert b'"temperatura":' + esperada in (tmp_path / "web" / "modelo.int8.poema").read_bytes()[:2000]


def test_quem_mede_no_que_o_modelo_ja_leu_e_avisado(
    roda: Roda, modelo_com_relato: Path, dataset: Path, tmp_path: Path
) -> None:
    opcoes = ("--modelo", modelo_com_relato, "--formato", "web", "--saida", tmp_path / "web", "--dataset", dataset)
    saida = roda(exporta.main, *opcoes)
    assert (saida.codigo, saida.err.count("\n")) == (0, 1)
    assert saida.err.startswith("aviso: ATENÇÃO: o modelo já leu 32 dos 40 poemas")


@pytest.mark.parametrize("formato", exporta.FORMATOS)
def test_com_o_disco_cheio_uma_linha_e_nada_fica_pela_metade(
    roda: Roda, modelo_com_relato: Path, tmp_path: Path, formato: str
) -> None:
    pasta = tmp_path / "nova"
    with disco_cheio(1000):
        saida = roda(exporta.main, "--modelo", modelo_com_relato, "--formato", formato, "--saida", pasta)
    assert (saida.codigo, saida.out, saida.err.count("\n")) == (1, "", 1)
    assert "Libere espaço" in saida.err
    assert list(pasta.iterdir()) == []


def test_sem_lugar_para_o_certificado_o_exportado_nao_fica(
    roda: Roda, modelo_com_relato: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def grava(*_: object) -> None:
        raise ErroPoema("não consegui escrever o certificado")

    monkeypatch.setattr(certificado, "grava", grava)
    saida = roda(exporta.main, "--modelo", modelo_com_relato, "--formato", "web", "--saida", tmp_path / "nova")
    assert (saida.codigo, saida.out, saida.err.count("\n")) == (1, "", 1)
    assert list((tmp_path / "nova").iterdir()) == []


@pytest.mark.parametrize(
    ("opcoes", "mensagem"),
    [
        (["--formato", "mp3"], "--formato: deve ser litert, int8, onnx, web ou estatico. Recebido: 'mp3'."),
        (["--modelo", "nada.keras"], "nada.keras não existe"),
        (["--modelo", "texto.keras"], "texto.keras não é um modelo .keras inteiro"),
        (["--modelo", "m.keras", "--dataset", "nada.txt"], "nada.txt não existe"),
        (["--modelo", "m.keras", "--dataset", "poemas.txt", "--saida", "m.keras"], "--saida"),
    ],
)
def test_um_pedido_impossivel_da_uma_linha_e_codigo_1(
    roda: Roda,
    modelo_salvo: Path,
    dataset: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    opcoes: list[str],
    mensagem: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(modelo_salvo, "m.keras")
    Path("texto.keras").write_text("não sou um modelo")
    saida = roda(exporta.main, *opcoes)
    assert (saida.codigo, saida.out, saida.err.count("\n")) == (1, "", 1)
    assert mensagem in saida.err


@pytest.mark.parametrize(
    ("formato", "modulo", "extra"),
    [
        ("litert", "ai_edge_litert.interpreter", "litert"),
        ("int8", "ai_edge_litert.interpreter", "litert"),
        ("onnx", "onnx", "onnx"),
        ("onnx", "onnxruntime", "onnx"),
        ("litert", "keras", "treino"),
    ],
)
def test_sem_o_pacote_diz_como_instalar(
    roda: Roda, modelo_com_relato: Path, monkeypatch: pytest.MonkeyPatch, formato: str, modulo: str, extra: str
) -> None:
    for nosso in ("geracao.litert", "exportacao.grafo", "rede.conversao"):
        monkeypatch.delitem(sys.modules, f"poema.{nosso}", raising=False)
    monkeypatch.setitem(sys.modules, modulo, None)
    saida = roda(exporta.main, "--modelo", modelo_com_relato, "--formato", formato)
    assert (saida.codigo, saida.out, saida.err.count("\n")) == (1, "", 1)
    assert f"falta o pacote {modulo.split('.')[0]}" in saida.err
    assert f"[{extra}]" in saida.err
    assert not list(modelo_com_relato.parent.glob(".*"))
