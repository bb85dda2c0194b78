import os
import shutil
import sys
import urllib.request
from pathlib import Path
from urllib.error import HTTPError

import pytest

from conftest import Roda
from poema import mede, navegador
from poema.caminhos import PAGINA
from poema.erros import ErroPoema


@pytest.mark.navegador
def test_um_modelo_que_a_pagina_nao_abre_e_dito(com_chromium: None) -> None:
    with (
        navegador.chromium() as aberto,
        navegador.hospeda(PAGINA.read_bytes(), b"nada") as endereco,
        pytest.raises(ErroPoema, match=r"a página não abriu a rede: .*não é um modelo"),
    ):
        navegador.abre(aberto, endereco)


@pytest.mark.navegador
def test_um_chromium_que_nao_abre_da_uma_linha(
    com_chromium: None, roda: Roda, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    falso = tmp_path / "chromium"
    falso.write_text("#!/bin/sh\nexit 1\n")
    falso.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    saida = roda(mede.main, "--pagina")
    assert (saida.codigo, saida.err.count("\n")) == (1, 1)
    assert f"{falso} não abre" in saida.err


def test_sem_o_playwright_ou_sem_o_chromium_uma_linha_diz_o_que_instalar(
    roda: Roda, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as sem:
        sem.setitem(sys.modules, "playwright.sync_api", None)
        saida = roda(mede.main, "--pagina")
    assert (saida.codigo, saida.err.count("\n")) == (1, 1)
    assert "uv sync --group servidor-real" in saida.err
    pytest.importorskip("playwright")
    monkeypatch.setattr(shutil, "which", lambda _: None)
    saida = roda(mede.main, "--pagina")
    assert (saida.codigo, saida.err.count("\n")) == (1, 1)
    assert "apt install chromium" in saida.err


def test_a_hospedagem_so_tem_a_pagina_e_o_modelo() -> None:
    with navegador.hospeda(b"<!doctype html>", b"POEMA") as endereco:
        for caminho, conteudo in {"": b"<!doctype html>", "modelo.poema?0123abcd": b"POEMA"}.items():
            with urllib.request.urlopen(endereco + caminho) as resposta:
                assert resposta.read() == conteudo
        with pytest.raises(HTTPError, match="404") as erro:
            urllib.request.urlopen(endereco + "ws/")
        erro.value.close()
