"""Um texto pequeno e um modelo de mentira, para que cada teste seja rápido e não dependa de treino algum."""

import itertools
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest
from hypothesis import settings

from poema.configuracao import Configuracao
from poema.dados.vocabulario import Vocabulario
from poema.geracao.artefato import Artefato
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
def pequena() -> Configuracao:
    """Um treino de segundos."""
    return Configuracao(unidades=8, lote=8, epocas=2, validacao=0.2)


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
