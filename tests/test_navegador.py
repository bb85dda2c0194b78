import os
import shutil
import sys
import urllib.request
from pathlib import Path
from urllib.error import HTTPError

import pytest

from conftest import Roda, pesos_ao_acaso
from poema import mede, navegador
from poema.dados.vocabulario import Vocabulario
from poema.erros import ErroPoema
from poema.geracao.amostragem import Amostragem
from poema.geracao.artefato import Artefato
from poema.geracao.poeta import Poeta


@pytest.fixture
def chromium() -> None:
    """Pula o teste se falta o navegador, ou o que o conduz; na CI não podem faltar."""
    try:
        with navegador.chromium():
            pass
    except ErroPoema as falta:
        if os.environ.get("CI"):
            pytest.fail(str(falta))
        pytest.skip(str(falta))


@pytest.mark.navegador
def test_mede_a_pagina_ao_lado_do_numpy(chromium: None, roda: Roda, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mede, "SEGUNDOS", 0.1)
    monkeypatch.setattr(mede, "SEMENTES", 4)
    monkeypatch.setattr(navegador, "RODADAS", 1)
    saida = roda(mede.main, "--pagina")
    assert (saida.codigo, saida.err) == (0, "")
    linhas = saida.out.splitlines()
    assert len(linhas) >= 13
    for trecho in ("página: de abrir à primeira letra", "página / numpy", "modelo: tamanho, gzip", "caracteres/s"):
        assert trecho in saida.out
    iguais = [linha for linha in linhas if linha.startswith("poemas iguais")]
    assert len(iguais) == 3
    assert all(" 4 de 4, de uns " in linha for linha in iguais)


@pytest.mark.navegador
def test_um_modelo_que_a_pagina_nao_abre_e_dito(chromium: None) -> None:
    with (
        navegador.chromium() as aberto,
        navegador.hospeda(navegador.PAGINA.read_bytes(), b"nada") as endereco,
        pytest.raises(ErroPoema, match=r"a página não abriu a rede: .*não é um modelo"),
    ):
        navegador.abre(aberto, endereco)


@pytest.mark.navegador
def test_um_chromium_que_nao_abre_da_uma_linha(
    chromium: None, roda: Roda, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
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


def test_as_primeiras_palavras_sao_so_as_que_o_modelo_conhece() -> None:
    vocabulario = Vocabulario.de_textos(["a lua"])
    artefato = Artefato.de_pesos(pesos_ao_acaso(len(vocabulario)), vocabulario)
    assert {inicio for _, inicio in navegador.pedidos_de(artefato, 8)} == {"", "a lua "}


def test_a_divisa_diz_quao_perto_o_sorteio_esteve_de_outro_caractere(artefato: Artefato) -> None:
    """Troca-se um caractere do poema pelo vizinho: a distância é a do sorteio à divisa entre os dois."""
    semente, poema = 7, "".join(Poeta(artefato).poema(Amostragem(temperatura=1), 7, "a lua", 40))
    assert len(poema) > 20
    simbolos, distancias = artefato.vocabulario.simbolos, []
    for lugar, certo in enumerate(poema):
        indice = simbolos.index(certo)
        outros = [poema[:lugar] + simbolos[i] for i in (indice - 1, indice + 1) if i < len(simbolos)]
        distancias += [navegador.divisa(artefato, 1, semente, "a lua", poema, outro) for outro in outros]
    assert 0 < min(distancias) < 0.01
    assert 0.1 < max(distancias) < 1
    fim = navegador.divisa(artefato, 1, semente, "a lua", poema, poema[:3])  # um acaba onde o outro continua
    ((linha, longe),) = navegador.diferencas(
        artefato, 1, [(semente, "a lua"), (6, "")], [poema, "igual"], [poema[:3], "igual"]
    )
    assert longe == fim
    assert linha.startswith("semente 7, início 'a lua', depois de 3 caracteres: o número sorteado ficou a ")
