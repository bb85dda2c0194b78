import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Saida
from poema import infere

Roda = Callable[..., Saida]
PYTHON = [sys.executable, "-m", "poema.infere"]


def test_um_poema_comeca_com_as_primeiras_palavras_e_termina(roda: Roda, modelo_salvo: Path) -> None:
    saida = roda(infere.main, "--modelo", modelo_salvo, "--poema", "--inicio", "A Lua", "--semente", 1)
    assert (saida.codigo, saida.err) == (0, "")
    assert saida.out.startswith("a lua")
    assert saida.out.endswith("\n")


def test_a_barra_n_no_inicio_e_uma_quebra_de_linha(roda: Roda, modelo_salvo: Path) -> None:
    assert roda(infere.main, "--modelo", modelo_salvo, "--poema", "--inicio", r"a lua\no sol").out.startswith(
        "a lua\no sol"
    )


def test_caracteres_que_o_modelo_nao_conhece_sao_apontados(roda: Roda, modelo_salvo: Path) -> None:
    saida = roda(infere.main, "--modelo", modelo_salvo, "--inicio", "a lua 日本")
    assert (saida.codigo, saida.out, saida.err.count("\n")) == (1, "", 1)
    assert "'日' '本'" in saida.err


def test_num_pipe_que_fecha_cedo_termina_em_silencio(modelo_salvo: Path, tmp_path: Path) -> None:
    comando = f"'{sys.executable}' -m poema.infere --modelo '{modelo_salvo}' --temperatura 1 | head -c 20000 | wc -c"
    fim = subprocess.run(["bash", "-o", "pipefail", "-c", comando], capture_output=True, text=True, cwd=tmp_path)
    assert (fim.returncode, fim.stdout.strip(), fim.stderr) == (0, "20000", "")


def test_ctrl_c_termina_sem_traceback(modelo_salvo: Path) -> None:
    with subprocess.Popen([*PYTHON, "--modelo", str(modelo_salvo)], stdout=-1, stderr=-1) as processo:
        assert processo.stdout is not None
        processo.stdout.read(1)
        processo.send_signal(signal.SIGINT)
        _, erros = processo.communicate(timeout=20)
    assert (processo.returncode, erros) == (130, b"")


def test_num_terminal_pergunta_a_temperatura_e_as_primeiras_palavras(modelo_salvo: Path) -> None:
    mestre, escravo = pty.openpty()
    comando = [*PYTHON, "--modelo", str(modelo_salvo), "--poema", "--semente", "2"]
    with subprocess.Popen(comando, stdin=escravo, stdout=-1, stderr=-1, text=True) as processo:
        os.write(mestre, b"morna\n0,5\nA lua\n")
        saida, erros = processo.communicate(timeout=20)
    os.close(mestre)
    os.close(escravo)
    assert (processo.returncode, erros) == (0, "")
    assert "deve ser um número, como 0,5. Recebido: 'morna'" in saida
    assert "a lua" in saida


@pytest.mark.parametrize("temperatura", ["0.5", "0,5"])
def test_a_temperatura_aceita_ponto_e_virgula(roda: Roda, modelo_salvo: Path, temperatura: str) -> None:
    saida = roda(infere.main, "--modelo", modelo_salvo, "--temperatura", temperatura, "--poema", "--semente", 5)
    assert saida == roda(infere.main, "--modelo", modelo_salvo, "--temperatura", 0.5, "--poema", "--semente", 5)


def test_nao_depende_da_pasta_em_que_se_esta(tmp_path: Path) -> None:
    fim = subprocess.run([*PYTHON, "--poema"], capture_output=True, text=True, cwd=tmp_path, stdin=subprocess.DEVNULL)
    assert (fim.returncode, fim.stderr) == (0, "")
    assert len(fim.stdout) > 20
