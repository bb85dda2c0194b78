import os
import pty
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from conftest import Roda
from poema import infere
from poema.caminhos import MODELOS
from poema.geracao.amostragem import Amostragem
from poema.geracao.artefato import le_artefato
from poema.geracao.poeta import Poeta

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


def test_um_poema_que_nao_acaba_para_no_limite_e_diz_que_foi_cortado(roda: Roda) -> None:
    modelo, amostragem = MODELOS / "poemas-5k.keras", Amostragem(temperatura=0.3)
    poeta = Poeta(le_artefato(modelo))
    longos = (s for s in range(100) if len("".join(poeta.poema(amostragem, s, "a lua ", 601))) == 601)
    semente = next(longos)
    saida = roda(
        infere.main, "--modelo", modelo, "--poema", "--inicio", "a lua ", "--temperatura", 0.3, "--semente", semente
    )
    assert saida.out == f"a lua {''.join(poeta.poema(amostragem, semente, 'a lua ', 600))}\n[…]\n"


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


def no_terminal(teclado: bytes, *opcoes: str) -> tuple[int, str]:
    """Roda o comando em um terminal de mentira: código de saída e o que apareceu na tela."""
    mestre, escravo = pty.openpty()
    with subprocess.Popen([*PYTHON, *opcoes], stdin=escravo, stdout=escravo, stderr=escravo) as processo:
        os.close(escravo)
        os.write(mestre, teclado)
        tela = b""
        with suppress(OSError):  # no Linux, ler de um terminal que fechou dá EIO
            while pedaco := os.read(mestre, 4096):
                tela += pedaco
    os.close(mestre)
    return processo.returncode, tela.decode().replace("\r\n", "\n")


def test_num_terminal_pergunta_a_temperatura_e_as_primeiras_palavras(modelo_salvo: Path) -> None:
    opcoes = ("--modelo", str(modelo_salvo), "--poema", "--semente", "2", "--top-k", "1")
    codigo, tela = no_terminal(b"morna\n0,5\nA lua\n", *opcoes)
    assert codigo == 0
    assert "deve ser um número, como 0,5. Recebido: 'morna'" in tela
    assert tela.split("nenhuma): ")[1].startswith("a lua")


def test_ctrl_d_na_pergunta_sai_sem_traceback(modelo_salvo: Path) -> None:
    codigo, tela = no_terminal(b"\x04", "--modelo", str(modelo_salvo))
    assert codigo == 130
    assert "Traceback" not in tela


def test_com_a_saida_num_pipe_nao_pergunta_nada(modelo_salvo: Path) -> None:
    mestre, escravo = pty.openpty()
    comando = [*PYTHON, "--modelo", str(modelo_salvo), "--poema", "--semente", "2"]
    fim = subprocess.run(comando, stdin=escravo, capture_output=True, text=True, timeout=20)
    os.close(mestre)
    os.close(escravo)
    assert (fim.returncode, fim.stderr) == (0, "")
    assert "temperatura" not in fim.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="só o Linux tem /dev/full")
@pytest.mark.parametrize("comando", ["infere", "amostra"])
def test_saida_em_disco_cheio_da_uma_linha_e_codigo_1(modelo_salvo: Path, comando: str) -> None:
    with Path("/dev/full").open("w") as cheio:
        fim = subprocess.run(
            [sys.executable, "-m", f"poema.{comando}", "--modelo", modelo_salvo],
            stdin=subprocess.DEVNULL,
            stdout=cheio,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert fim.returncode == 1
    assert fim.stderr.startswith("erro: não consegui escrever a saída")
    assert fim.stderr.count("\n") == 1


def test_num_terminal_que_nao_e_utf8_escreve_o_que_pode(modelo_salvo: Path) -> None:
    ambiente = os.environ | {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    for comando in ("amostra", "infere"):
        argumentos = [sys.executable, "-m", f"poema.{comando}", "--modelo", modelo_salvo, "--semente", "1"]
        argumentos += ["--poema"] if comando == "infere" else []
        fim = subprocess.run(argumentos, env=ambiente, capture_output=True, stdin=subprocess.DEVNULL)
        assert (fim.returncode, fim.stderr) == (0, b"")


def test_entradas_e_saidas_fechadas_nao_dao_traceback(modelo_salvo: Path) -> None:
    comando = f"'{sys.executable}' -m poema.infere --modelo '{modelo_salvo}' --poema <&- >&-"
    fim = subprocess.run(["bash", "-c", comando], capture_output=True, text=True)
    assert (fim.returncode, fim.stderr) == (0, "")


@pytest.mark.parametrize("temperatura", ["0.5", "0,5"])
def test_a_temperatura_aceita_ponto_e_virgula(roda: Roda, modelo_salvo: Path, temperatura: str) -> None:
    saida = roda(infere.main, "--modelo", modelo_salvo, "--temperatura", temperatura, "--poema", "--semente", 5)
    assert saida == roda(infere.main, "--modelo", modelo_salvo, "--temperatura", 0.5, "--poema", "--semente", 5)


def test_o_raio_x_escreve_o_mesmo_poema_e_depois_a_tabela(roda: Roda, modelo_salvo: Path) -> None:
    opcoes = ("--modelo", modelo_salvo, "--poema", "--inicio", "A Lua", "--semente", 1)
    poema, por_dentro = roda(infere.main, *opcoes), roda(infere.main, *opcoes, "--raio-x")
    assert (por_dentro.codigo, por_dentro.err) == (0, "")
    assert por_dentro.out.startswith(f"{poema.out}\nbits por caractere, em {len(poema.out) - 1}:")
    assert "a rede esperava" in por_dentro.out


@pytest.mark.parametrize(("ambiente", "com_cores"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_o_raio_x_pinta_num_terminal_a_nao_ser_com_no_color(
    modelo_salvo: Path, monkeypatch: pytest.MonkeyPatch, ambiente: dict[str, str], com_cores: bool
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    for nome, valor in ambiente.items():
        monkeypatch.setenv(nome, valor)
    opcoes = ("--modelo", str(modelo_salvo), "--poema", "--semente", "2", "--top-k", "1", "--temperatura", "0.5")
    codigo, tela = no_terminal(b"A lua\n", *opcoes, "--raio-x")
    assert codigo == 0
    assert ("\x1b[38;5;" in tela) == com_cores
    assert "a rede esperava" in tela


def test_nao_depende_da_pasta_em_que_se_esta(tmp_path: Path) -> None:
    fim = subprocess.run(
        [*PYTHON, "--poema", "--semente", "1"], capture_output=True, text=True, cwd=tmp_path, stdin=subprocess.DEVNULL
    )
    assert (fim.returncode, fim.stderr) == (0, "")
    assert len(fim.stdout) > 20
