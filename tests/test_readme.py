"""O que o README manda fazer funciona como está escrito."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
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


@pytest.fixture
def chama(just: str, tmp_path: Path) -> Callable[..., str]:
    """Chama uma receita de outra pasta, com um programa que mostra o que recebeu no lugar do uv."""
    falso = tmp_path / "uv"
    falso.write_text('#!/bin/sh\npwd\nprintf "[%s]" "$@"\n')
    falso.chmod(0o755)

    def _chama(*argumentos: str) -> str:
        return subprocess.run(
            [just, "--justfile", TOPO / "justfile", *argumentos],
            env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            cwd=tmp_path,
            check=True,
        ).stdout

    return _chama


def test_as_opcoes_chegam_inteiras_ao_comando_de_qualquer_pasta(chama: Callable[..., str], tmp_path: Path) -> None:
    recebido = chama("infere", "--inicio", "a  lua")
    assert recebido == f"{tmp_path}\n[run][--project][{TOPO}][python][-m][poema.infere][--inicio][a  lua]"


def test_so_quem_mede_a_pagina_instala_quem_conduz_o_navegador(chama: Callable[..., str]) -> None:
    assert "[--group][servidor-real][python][-m][poema.mede][--pagina]" in chama("mede", "--pagina")
    assert "[--extra][treino][python][-m][poema.mede]" in chama("mede")
