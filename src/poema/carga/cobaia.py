"""A cobaia: um servidor de verdade, em outro processo, e o que se vê dele de fora.

A memória e o processador vêm do /proc; o resto, das métricas que ele mesmo conta.
"""

import http.client
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from poema.erros import ErroPoema
from poema.servico.vagas import descritores

NASCE_EM = 20.0  # segundos, no máximo
MORRE_EM = 15.0
TIQUES = os.sysconf("SC_CLK_TCK")
RESERVA = 300  # arquivos que um processo usa além das ligações
HERDA = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""

Metricas = dict[str, float]


class Cobaia:
    """Um servidor que vive enquanto durar o bloco `with`.

    Args:
        opcoes: as de `just websocket`.
        escuta: um socket já escutando, que ele herda como herdaria do systemd; nesse caso, não se espera por ele.
    """

    def __init__(self, *opcoes: str, escuta: socket.socket | None = None):
        self._pasta = tempfile.TemporaryDirectory(prefix="poema-mede-")
        self._saida, self._erros = (Path(self._pasta.name) / nome for nome in ("saida", "erros"))
        comando = ["-m", "poema.websocket", "--porta", "0", "--nao-abre", "--endereco", "127.0.0.1", *opcoes]
        if escuta:
            comando = ["-c", HERDA, str(escuta.fileno()), *comando]
        self.nasceu = time.perf_counter()
        with self._saida.open("wb") as saida, self._erros.open("wb") as erros:
            self.processo = _comeca([sys.executable, *comando], saida, erros, escuta)
        self.pid = self.processo.pid
        self.porta: int = escuta.getsockname()[1] if escuta else self._espera_porta()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.termina()

    def termina(self) -> None:
        """Pede ao processo que acabe, se ainda vive; se ele não acaba, à força."""
        self.processo.terminate()
        try:
            self.processo.wait(MORRE_EM)
        except subprocess.TimeoutExpired:
            self.processo.kill()
            self.processo.wait()
        self._pasta.cleanup()

    def metricas(self) -> Metricas:
        """O que `/metricas` diz, pelo nome (com as etiquetas, se há).

        Raises:
            ErroPoema: o servidor não respondeu.
        """
        conexao = http.client.HTTPConnection("127.0.0.1", self.porta, timeout=10)
        try:
            conexao.request("GET", "/metricas")
            linhas = conexao.getresponse().read().decode().splitlines()
        except (OSError, http.client.HTTPException) as erro:
            raise ErroPoema(f"o servidor não mostrou as métricas: {erro!r}.") from None
        finally:
            conexao.close()
        pares = (linha.rpartition(" ") for linha in linhas if not linha.startswith("#"))
        return {nome: float(valor) for nome, _, valor in pares if nome}

    def processador(self) -> float:
        """Segundos de processador que o processo já usou."""
        campos = self._le(f"/proc/{self.pid}/stat").rpartition(")")[2].split()
        return (int(campos[11]) + int(campos[12])) / TIQUES

    def memoria(self) -> int:
        """Memória residente, em bytes."""
        return int(self._le(f"/proc/{self.pid}/status").partition("VmRSS:")[2].split()[0]) * 1024

    def arquivos(self) -> int:
        """Quantos descritores de arquivo estão abertos."""
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    def registro(self) -> str:
        """Tudo o que o servidor escreveu até aqui: o stdout e o stderr."""
        return self._saida.read_text("utf-8", "replace") + self._erros.read_text("utf-8", "replace")

    def _espera_porta(self) -> int:
        while time.perf_counter() < self.nasceu + NASCE_EM:
            if achado := re.search(r"http://127\.0\.0\.1:(\d+)/", self._saida.read_text("utf-8", "replace")):
                return int(achado[1])
            if self.processo.poll() is not None:
                ultima = (self.registro().strip().splitlines() or ["não disse por quê."])[-1]
                raise ErroPoema(f"o servidor não começou: {ultima.removeprefix('erro: ')}")
            time.sleep(0.002)
        self.processo.kill()
        raise ErroPoema(f"o servidor não disse em que porta atende em {NASCE_EM:g} s.")

    def _le(self, arquivo: str) -> str:
        try:
            return Path(arquivo).read_text()
        except OSError:
            raise ErroPoema("o servidor acabou antes da hora.") from None


class Gasto:
    """O processador que se gasta a partir daqui: pela cobaia, por este processo, e pelo resto da máquina.

    O resto diz quanto valem as outras medidas: em uma máquina ocupada, um atraso pode não ser do servidor.
    """

    def __init__(self, cobaia: Cobaia):
        self._cobaia = cobaia
        self._comeco = self._le()

    def ate_agora(self) -> tuple[float, float, float, float]:
        """Em segundos: o tempo que passou, e o de processador da cobaia, deste processo e dos outros."""
        tempo, cobaia, nosso, todos = (agora - antes for agora, antes in zip(self._le(), self._comeco, strict=True))
        return tempo, cobaia, nosso, max(0.0, todos - cobaia - nosso)

    def _le(self) -> tuple[float, float, float, float]:
        tiques = [int(campo) for campo in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        ocupado = (sum(tiques) - tiques[3] - tiques[4]) / TIQUES  # menos idle e iowait
        return time.perf_counter(), self._cobaia.processador(), time.process_time(), ocupado


def _comeca(
    comando: list[str], saida: IO[bytes], erros: IO[bytes], escuta: socket.socket | None
) -> "subprocess.Popen[bytes]":
    herdados = (escuta.fileno(),) if escuta else ()
    return subprocess.Popen(comando, stdin=subprocess.DEVNULL, stdout=saida, stderr=erros, pass_fds=herdados)


def socket_de_escuta() -> socket.socket:
    """Um socket escutando, como o que o systemd abriria e guardaria entre um processo e outro."""
    return socket.create_server(("127.0.0.1", 0), backlog=1024)


def quantil(antes: Metricas, depois: Metricas, nome: str, q: float) -> float:
    """O quantil do que o histograma viu entre duas leituras, como o Prometheus o estima: reto dentro de cada faixa."""
    faixas = []
    for chave, valor in depois.items():
        if achado := re.fullmatch(rf'{nome}_bucket{{le="(.+)"}}', chave):
            faixas.append((float(achado[1]), valor - antes.get(chave, 0.0)))
    faixas.sort()
    if not faixas or not faixas[-1][1]:
        return float("nan")
    alvo, piso, vistos = q * faixas[-1][1], 0.0, 0.0
    for teto, acumulado in faixas:
        if acumulado >= alvo:
            dentro = (alvo - vistos) / (acumulado - vistos) if acumulado > vistos else 1.0
            return piso if teto == float("inf") else piso + (teto - piso) * dentro
        piso, vistos = teto, acumulado
    return piso


def cabem(ligacoes: int) -> bool:
    """Levanta o limite de arquivos deste processo ao máximo e diz se tantas ligações cabem nele."""
    return ligacoes + RESERVA <= descritores()
