"""As salas e quem pode importar quem."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACOTE = Path(__file__).parents[1] / "src" / "poema"
COMUNS = {"erros", "configuracao", "caminhos", "precisao", "silencio"}
PODE = {  # o que cada sala importa do projeto, além dos comuns e de si mesma
    "dados": set(),
    "rede": {"dados"},
    "geracao": {"dados.vocabulario"},
    "avaliacao": {"geracao", "dados", "colheita"},
    "colheita": {"dados"},
    "exportacao": {"geracao", "avaliacao", "dados"},
    "servico": {"geracao"},
    "carga": {"servico"},
}
PESADOS = {"keras", "tensorflow", "jax", "torch"}


def importados(arquivo: Path) -> set[str]:
    nomes = set()
    for no in ast.walk(ast.parse(arquivo.read_text("utf-8"))):
        if isinstance(no, ast.Import):
            nomes |= {alias.name for alias in no.names}
        elif isinstance(no, ast.ImportFrom):
            nomes |= {f"{no.module}.{alias.name}" for alias in no.names} | {str(no.module)}
    return nomes


@pytest.mark.parametrize("sala", PODE)
def test_uma_sala_so_importa_as_salas_permitidas(sala: str) -> None:
    for arquivo in (PACOTE / sala).glob("*.py"):
        for nome in importados(arquivo):
            if nome.startswith("poema."):
                interno = nome.removeprefix("poema.")
                permitidos = COMUNS | PODE[sala] | {sala}
                assert any(f"{interno}.".startswith(f"{p}.") for p in permitidos), f"{arquivo.name} importa {nome}"


def test_so_a_rede_importa_keras_e_companhia() -> None:
    for arquivo in PACOTE.rglob("*.py"):
        if arquivo.parent.name != "rede":
            assert not {nome.split(".")[0] for nome in importados(arquivo)} & PESADOS, arquivo


@pytest.mark.parametrize("comando", ["amostra", "infere", "raio_x", "websocket"])
def test_quem_escreve_nao_carrega_o_keras(comando: str) -> None:
    codigo = f"import sys, poema.{comando}; print(sorted({{m.split('.')[0] for m in sys.modules}}))"
    saida = subprocess.run([sys.executable, "-c", codigo], capture_output=True, text=True, check=True).stdout
    assert not set(ast.literal_eval(saida)) & (PESADOS | {"ai_edge_litert", "matplotlib", "onnx", "tqdm"})
