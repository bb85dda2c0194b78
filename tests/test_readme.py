"""O que o README manda fazer funciona como está escrito."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOPO = Path(__file__).parents[1]
README = (TOPO / "README.md").read_text("utf-8")


def test_o_programa_de_exemplo_roda_e_escreve_um_poema(tmp_path: Path) -> None:
    (codigo,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    fim = subprocess.run([sys.executable, "-c", codigo], capture_output=True, text=True, cwd=TOPO)
    assert (fim.returncode, fim.stderr) == (0, "")
    assert len(fim.stdout) > 40


def test_cada_arquivo_do_pacote_esta_na_arvore_do_readme() -> None:
    arvore = README.split("```")[1]
    arquivos = {arquivo.name for arquivo in (TOPO / "src" / "poema").rglob("*.py")} - {"__init__.py"}
    assert {nome for nome in arquivos if nome not in arvore} == set()


@pytest.fixture(scope="module")
def just() -> str:
    caminho = shutil.which("just")
    if caminho is None:
        if os.environ.get("CI"):
            pytest.fail("a CI precisa do just, que vem no grupo dev")
        pytest.skip("sem just")
    return str(caminho)


def test_toda_receita_do_readme_existe_e_tem_explicacao(just: str) -> None:
    lista = subprocess.run([just, "--list"], capture_output=True, text=True, cwd=TOPO, check=True).stdout
    receitas = dict(re.findall(r"^ {4}([\w-]+).*# (.+)$", lista, re.MULTILINE))
    assert set(re.findall(r"just ([\w-]+)", README)) <= set(receitas)


def test_as_opcoes_chegam_inteiras_ao_comando_de_qualquer_pasta(just: str, tmp_path: Path) -> None:
    falso = tmp_path / "uv"  # no lugar do uv, um programa que mostra o que recebeu
    falso.write_text('#!/bin/sh\npwd\nprintf "[%s]" "$@"\n')
    falso.chmod(0o755)
    fim = subprocess.run(
        [just, "--justfile", TOPO / "justfile", "infere", "--inicio", "a  lua"],
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    )
    assert fim.stdout == f"{tmp_path}\n[run][--project][{TOPO}][python][-m][poema.infere][--inicio][a  lua]"
