"""O comando `just websocket`, como processo, e o que ele decide antes de o servidor começar."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from conftest import Roda
from poema import caminhos, websocket
from poema.geracao.amostragem import Amostragem
from poema.geracao.artefato import le_artefato
from poema.geracao.poeta import Poeta

# no lugar do systemd: põe o socket no descritor 3, diz para quem é, e vira o servidor
HERDA = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ |= {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}
os.execv(sys.executable, sys.argv[2:])
"""

Inicia = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def inicia() -> Iterator[Inicia]:
    """Inicia o comando em um processo; o que sobrar no fim é morto."""
    processos = []

    def _inicia(*opcoes: object, antes: tuple[str, ...] = (), **detalhes: Any) -> "subprocess.Popen[str]":
        comando = [*antes, sys.executable, "-m", "poema.websocket", "--nao-abre", *map(str, opcoes)]
        processo = subprocess.Popen(comando, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **detalhes)
        processos.append(processo)
        return processo

    yield _inicia
    for processo in processos:
        processo.kill()
        processo.communicate()


def endereco(processo: "subprocess.Popen[str]") -> str:
    assert processo.stdout
    linha = processo.stdout.readline()
    achado = re.match(r"http://(127\.0\.0\.1:\d+)/ · \S+\.keras \([0-9a-f]{8}\) · temperatura 0,5 · Ctrl\+C", linha)
    assert achado, linha
    return achado[1]


@pytest.mark.parametrize("sinal", [signal.SIGTERM, signal.SIGINT])
def test_diz_onde_esta_serve_a_pagina_e_o_texto_e_termina_em_paz(inicia: Inicia, sinal: signal.Signals) -> None:
    processo = inicia("--porta", 0, "--semente", 10, "--ritmo", 2000)
    onde = endereco(processo)
    with urllib.request.urlopen(f"http://{onde}/") as resposta:
        assert resposta.read() == caminhos.PAGINA.read_bytes()
    poeta = Poeta(le_artefato(caminhos.MODELOS / "poemas-5k.keras"))
    texto = ""
    with connect(f"ws://{onde}/ws/", proxy=None) as conexao:
        while "\n\n\n" not in texto:
            texto += str(conexao.recv(timeout=10))
        processo.send_signal(sinal)
        with pytest.raises(ConnectionClosed):
            for _ in iter(conexao.recv, None):
                pass
        assert conexao.close_code == 1012
    assert texto.startswith("".join(poeta.poema(Amostragem(temperatura=0.5), 10, limite=600)) + "\n\n\n")
    _, erros = processo.communicate(timeout=10)
    assert (processo.returncode, erros) == (0, "até logo: aviso 1 e termino\n")


def test_com_um_socket_herdado_nenhuma_visita_e_recusada_entre_um_processo_e_outro(inicia: Inicia) -> None:
    with socket.create_server(("127.0.0.1", 0)) as escuta:
        onde = f"127.0.0.1:{escuta.getsockname()[1]}"

        def um() -> "subprocess.Popen[str]":
            antes = (sys.executable, "-c", HERDA, str(escuta.fileno()))
            processo = inicia(antes=antes, pass_fds=(escuta.fileno(),))
            assert endereco(processo) == onde
            return processo

        primeiro = um()
        with connect(f"ws://{onde}/ws/", subprotocols=["poema.v1"], proxy=None) as conexao:
            assert '"ola"' in str(conexao.recv(timeout=10))
            primeiro.terminate()
            assert primeiro.wait(10) == 0
        espera = socket.create_connection(("127.0.0.1", escuta.getsockname()[1]))  # entre os dois, alguém bate à porta
        espera.sendall(b"GET /saude HTTP/1.1\r\nHost: x\r\n\r\n")
        segundo = um()
        assert espera.recv(100).startswith(b"HTTP/1.1 200")
        espera.close()
        segundo.kill()
        segundo.wait(10)
        um()
        with connect(f"ws://{onde}/ws/", proxy=None) as conexao:
            assert conexao.recv(timeout=10)


def test_um_modelo_trocado_no_disco_e_usado_sem_reiniciar(inicia: Inicia, modelo_salvo: Path, tmp_path: Path) -> None:
    modelo = tmp_path / "meu.keras"
    shutil.copy(caminhos.MODELOS / "poemas-5k.keras", modelo)
    processo = inicia("--porta", 0, "--ritmo", 5000, "--modelo", modelo)
    with connect(f"ws://{endereco(processo)}/ws/", subprotocols=["poema.v1"], proxy=None) as conexao:
        assert '"ola"' in str(conexao.recv(timeout=10))
        novo = tmp_path / "outro.keras"
        shutil.copy(modelo_salvo, novo)
        novo.replace(modelo)
        resumo = le_artefato(modelo_salvo).resumo
        while f'"modelo":"{resumo}"' not in str(conexao.recv(timeout=20)):
            pass
    processo.terminate()
    assert f"agora escreve meu.keras ({resumo})\n" in processo.communicate(timeout=10)[1]


def test_um_modelo_novo_que_nao_se_le_e_dito_e_fica_o_que_havia(
    modelo_salvo: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    modelo = tmp_path / "meu.keras"
    shutil.copy(modelo_salvo, modelo)
    olha = websocket._olheiro(modelo, None, "numpy", modelo)
    assert olha() is None
    modelo.write_bytes(b"nada")
    assert olha() is None
    assert olha() is None
    assert len(caplog.records) == 1
    assert "fico com o modelo que tenho" in caplog.text
    modelo.unlink()
    assert olha() is None
    assert olha() is None
    assert len(caplog.records) == 2


def test_o_modelo_mais_novo_da_pasta_e_que_vale(
    modelo_salvo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caminhos, "SAIDA", tmp_path)
    antigo, novo = tmp_path / "a.keras", tmp_path / "b.keras"
    shutil.copy(modelo_salvo, antigo)
    os.utime(antigo, (1, 1))
    olha = websocket._olheiro(None, None, "numpy", antigo)
    assert olha() is None
    shutil.copy(caminhos.MODELOS / "poemas-5k.keras", novo)
    artefato = olha()
    assert artefato
    assert artefato.resumo == le_artefato(novo).resumo
    assert olha() is None


@pytest.mark.parametrize(
    ("opcoes", "mensagem"),
    [
        (["--porta", "70000"], "--porta deve ser um número de 0 a 65535. Recebido: 70000."),
        (["--porta", "oito"], "deve ser um número inteiro. Recebido: 'oito'"),
        (["--ritmo", "0"], "--ritmo deve estar entre"),
        (["--ritmo", "nan"], "--ritmo deve estar entre"),
        (["--temperatura", "-1"], "--temperatura deve estar entre 0 e 2. Recebido: -1"),
        (["--semente", "-1"], "deve ser um inteiro de 0 a 4294967295. Recebido: -1"),
        (["--modelo", "/nao/existe.keras"], "/nao/existe.keras não existe"),
        (
            ["--endereco", "300.1.1.1", "--porta", "0"],
            "não consegui abrir a porta 0 de 300.1.1.1: Name or service not known. Confira o --endereco.",
        ),
    ],
)
def test_opcao_absurda_da_uma_linha_e_codigo_1(roda: Roda, opcoes: list[str], mensagem: str) -> None:
    saida = roda(websocket.main, "--nao-abre", *opcoes)
    assert (saida.codigo, saida.out, saida.err.count("\n")) == (1, "", 1)
    assert mensagem in saida.err


def test_porta_ocupada_da_uma_linha_e_codigo_1(roda: Roda) -> None:
    with socket.create_server(("127.0.0.1", 0)) as ocupada:
        porta = ocupada.getsockname()[1]
        saida = roda(websocket.main, "--nao-abre", "--porta", porta)
    assert (saida.codigo, saida.out, saida.err.count("\n")) == (1, "", 1)
    assert f"não consegui abrir a porta {porta} de 127.0.0.1" in saida.err
    assert "--porta" in saida.err


def test_modelo_que_nao_se_le_da_uma_linha_e_codigo_1(roda: Roda, tmp_path: Path) -> None:
    ruim = tmp_path / "ruim.keras"
    ruim.write_text("isto não é um modelo")
    saida = roda(websocket.main, "--nao-abre", "--porta", 0, "--modelo", ruim)
    assert (saida.codigo, saida.out, saida.err.count("\n")) == (1, "", 1)
    assert "ruim.keras" in saida.err


def test_sem_os_pacotes_do_servidor_a_mensagem_diz_como_instalar(roda: Roda, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    saida = roda(websocket.main, "--nao-abre", "--porta", 0)
    assert saida.codigo == 1
    assert "falta o pacote threadpoolctl" in saida.err
    assert "[servidor]" in saida.err


@pytest.mark.parametrize(
    ("ambiente", "abre"), [({}, False), ({"DISPLAY": ":0"}, True), ({"WAYLAND_DISPLAY": "wayland-0"}, True)]
)
def test_so_abre_a_pagina_onde_ha_tela(monkeypatch: pytest.MonkeyPatch, ambiente: dict[str, str], abre: bool) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for nome in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(nome, raising=False)
    for nome, valor in ambiente.items():
        monkeypatch.setenv(nome, valor)
    assert websocket._ha_tela() is abre


@pytest.mark.litert
def test_com_o_litert_o_palco_mostra_o_mesmo_poema(inicia: Inicia, levado: Path) -> None:
    processo = inicia("--porta", 0, "--semente", 10, "--ritmo", 2000, "--modelo", levado, "--motor", "litert")
    poeta, texto = Poeta(le_artefato(levado)), ""
    with connect(f"ws://{endereco(processo)}/ws/", proxy=None) as conexao:
        while "\n\n\n" not in texto:
            texto += str(conexao.recv(timeout=10))
    assert texto.startswith("".join(poeta.poema(Amostragem(temperatura=0.5), 10, limite=600)) + "\n\n\n")
    processo.send_signal(signal.SIGTERM)
    assert processo.communicate(timeout=10)[1] == "até logo: aviso 0 e termino\n"


@pytest.mark.litert
def test_um_modelo_novo_sem_o_seu_tflite_nao_entra_no_palco(
    levado: Path, tmp_path: Path, modelo_salvo: Path, caplog: pytest.LogCaptureFixture
) -> None:
    modelo = Path(shutil.copy(levado, tmp_path))
    olha = websocket._olheiro(modelo, None, "litert", modelo)
    shutil.copy(modelo_salvo, modelo)
    assert olha() is None
    assert "fico com o modelo que tenho: o motor litert pede" in caplog.text
    assert f"just exporta --formato litert --modelo {modelo}" in caplog.text
    shutil.copy(levado, modelo)
    for exportado in ("poemas-5k.tflite", "poemas-5k.tflite.json"):
        shutil.copy(levado.with_name(exportado), tmp_path)
    assert olha() is not None  # quem fez o que se pediu não precisa mexer no modelo outra vez
    assert olha() is None
