"""Formato, estilo e tipos, como em `just verifica`."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("ferramenta", [["ruff", "format", "--check"], ["ruff", "check"], ["mypy"]], ids=" ".join)
def test_o_codigo_passa_sem_ressalvas(ferramenta: list[str]) -> None:
    topo = Path(__file__).parents[1]
    fim = subprocess.run([sys.executable, "-m", *ferramenta], cwd=topo, capture_output=True, text=True)
    assert fim.returncode == 0, fim.stdout + fim.stderr
