"""Um servidor de mentira que fala a língua da OpenAI e erra quando se manda, numa porta livre."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Atendente(BaseHTTPRequestHandler):
    """O que cada resposta pode fazer com a conexão."""

    protocol_version = "HTTP/1.1"
    server: "ServidorFalso"

    def log_message(self, *_: object) -> None:
        """Em silêncio."""

    def do_GET(self) -> None:
        if not self.path.startswith("/v1/"):
            self.json(404, {"error": {"message": "não há nada aqui"}})
            return
        modelos = self.server.modelos
        if isinstance(modelos, tuple):
            modelos = [{"id": nome, "object": "model", "created": 0, "owned_by": "eu"} for nome in modelos]
        self.json(200, {"object": "list", "data": modelos})

    def do_POST(self) -> None:
        pedido = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.tranca:
            self.server.pedidos.append({"caminho": self.path, **pedido})
            n = len(self.server.pedidos) - 1
        with suppress(BrokenPipeError, ConnectionResetError):  # quem pediu desligou
            self.server.responde(self, n)

    def json(self, status: int, corpo: Any, **cabecalhos: str) -> None:
        conteudo = json.dumps(corpo).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(conteudo)))
        for nome, valor in cabecalhos.items():
            self.send_header(nome.replace("_", "-"), valor)
        self.end_headers()
        self.wfile.write(conteudo)

    def abre_fluxo(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def evento(self, dados: str) -> None:
        self.wfile.write(f"data: {dados}\n\n".encode())
        self.wfile.flush()

    def pedaco(self, texto: str, fim: str | None = None) -> None:
        escolha: dict[str, Any] = {"index": 0, "finish_reason": fim}
        if self.path.endswith("chat/completions"):
            escolha["delta"] = {"content": texto}
        else:
            escolha["text"] = texto
        self.evento(json.dumps({"id": "1", "object": "x", "created": 0, "model": "m", "choices": [escolha]}))


Resposta = Callable[[Atendente, int], None]


class ServidorFalso(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, responde: Resposta, modelos: object):
        super().__init__(("127.0.0.1", 0), Atendente)
        self.responde, self.modelos = responde, modelos
        self.pedidos: list[dict[str, Any]] = []
        self.tranca = threading.Lock()

    def handle_error(self, *_: object) -> None:
        """Quem pediu desligou sem avisar: em silêncio."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


@contextmanager
def servidor_falso(responde: Resposta, modelos: object = ("llama3.1:latest",)) -> Iterator[ServidorFalso]:
    servidor = ServidorFalso(responde, modelos)
    threading.Thread(target=servidor.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield servidor
    finally:
        servidor.shutdown()
        servidor.server_close()


def diz(texto: str, fim: str = "stop") -> Resposta:
    """Responde este texto, em dois pedaços."""

    def responde(atendente: Atendente, _: int) -> None:
        atendente.abre_fluxo()
        atendente.pedaco(texto[:10])
        atendente.pedaco(texto[10:])
        atendente.pedaco("", fim)
        atendente.evento("[DONE]")

    return responde


def recusa(status: int, mensagem: str = "não") -> Resposta:
    """Responde um erro, e pede que se tente de novo já."""
    return lambda atendente, _: atendente.json(status, {"error": {"message": mensagem}}, retry_after_ms="1")


def interrompe(atendente: Atendente, _: int) -> None:
    """Desliga no meio do poema."""
    atendente.abre_fluxo()
    atendente.pedaco("a lua caiu no")


def entorta(atendente: Atendente, _: int) -> None:
    """Manda o que não é JSON."""
    atendente.abre_fluxo()
    atendente.evento('{"choices": [{"text": "a lua')


def nao_acaba(atendente: Atendente, _: int) -> None:
    """Escreve até desligarem."""
    atendente.abre_fluxo()
    while True:
        atendente.pedaco("a lua e o gato e a chuva ")


def demora(atendente: Atendente, _: int) -> None:
    """Abre a resposta e não diz nada."""
    atendente.abre_fluxo()
    for _ in range(100):
        time.sleep(0.1)
        atendente.wfile.write(b": ainda nada\n\n")
        atendente.wfile.flush()


def em_ordem(*respostas: Resposta) -> Resposta:
    """A primeira resposta ao primeiro pedido, e assim por diante; a última a todos os outros."""
    return lambda atendente, n: respostas[min(n, len(respostas) - 1)](atendente, n)
