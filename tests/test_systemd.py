"""O socket que já vem aberto, e o que se diz ao systemd, com sockets de verdade."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from poema.erros import ErroPoema
from poema.servico import systemd
from poema.servico.systemd import avisa, socket_herdado

# O que o systemd faz entre o fork e o exec: o socket no descritor 3, e o pid de quem o recebe.
HERDEIRO = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
from poema.servico.systemd import socket_herdado
escuta = socket_herdado()
ligacao, _ = escuta.accept()
ligacao.sendall(f"{escuta.family.name} {escuta.fileno()}".encode())
"""


@pytest.fixture(autouse=True)
def sem_systemd(monkeypatch: pytest.MonkeyPatch) -> None:
    for variavel in ("LISTEN_PID", "LISTEN_FDS", "NOTIFY_SOCKET"):
        monkeypatch.delenv(variavel, raising=False)


@contextmanager
def ouvido(endereco: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ouve:
        ouve.bind(endereco)
        ouve.settimeout(10)
        yield ouve


def test_sem_systemd_nao_ha_socket_herdado() -> None:
    assert socket_herdado() is None


def test_o_socket_que_era_para_outro_processo_nao_e_deste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTEN_PID", str(os.getppid()))
    monkeypatch.setenv("LISTEN_FDS", "1")
    assert socket_herdado() is None


@pytest.mark.parametrize("quantos", ["0", None])
def test_sem_descritores_nao_ha_socket_herdado(quantos: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTEN_PID", str(os.getpid()))
    if quantos:
        monkeypatch.setenv("LISTEN_FDS", quantos)
    assert socket_herdado() is None


@pytest.mark.parametrize("familia", ["AF_INET", "AF_UNIX"])
def test_quem_herda_o_socket_atende_por_ele(familia: str, tmp_path: Path) -> None:
    with socket.socket(socket.AddressFamily[familia]) as escuta:
        escuta.bind(("127.0.0.1", 0) if familia == "AF_INET" else str(tmp_path / "s"))
        escuta.listen()
        numero = escuta.fileno()
        with (
            subprocess.Popen([sys.executable, "-c", HERDEIRO, str(numero)], pass_fds=[numero]) as herdeiro,
            socket.socket(escuta.family) as cliente,
        ):
            cliente.settimeout(20)
            cliente.connect(escuta.getsockname())
            assert cliente.makefile().read() == f"{familia} 3"
        assert herdeiro.returncode == 0


def test_o_aviso_chega_a_quem_iniciou_o_processo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    endereco = str(tmp_path / "aviso")
    monkeypatch.setenv("NOTIFY_SOCKET", endereco)
    with ouvido(endereco) as ouve:
        avisa("READY=1")
        avisa("WATCHDOG=1")
        assert [ouve.recv(100), ouve.recv(100)] == [b"READY=1", b"WATCHDOG=1"]


def test_o_aviso_chega_a_um_endereco_sem_arquivo(monkeypatch: pytest.MonkeyPatch) -> None:
    nome = f"poema-teste-{os.getpid()}"
    monkeypatch.setenv("NOTIFY_SOCKET", f"@{nome}")
    with ouvido(f"\0{nome}") as ouve:
        avisa("STOPPING=1")
        assert ouve.recv(100) == b"STOPPING=1"


def test_se_ninguem_perguntou_nada_se_diz(monkeypatch: pytest.MonkeyPatch) -> None:
    avisa("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", "")
    avisa("READY=1")


def test_quem_perguntou_e_nao_ouve_nao_para_o_servidor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    endereco = str(tmp_path / "aviso")
    monkeypatch.setenv("NOTIFY_SOCKET", endereco)
    avisa("READY=1")  # não há ninguém
    with ouvido(endereco) as ouve:
        for _ in range(2000):  # a fila enche, e ninguém a esvazia
            avisa("WATCHDOG=1")
        assert ouve.recv(100) == b"WATCHDOG=1"


def test_um_socket_prometido_que_nao_veio_e_dito(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTEN_PID", str(os.getpid()))
    monkeypatch.setenv("LISTEN_FDS", "1")
    monkeypatch.setattr(systemd, "PRIMEIRO", 9999)
    with pytest.raises(ErroPoema, match="LISTEN_FDS promete um socket no descritor 9999"):
        socket_herdado()
