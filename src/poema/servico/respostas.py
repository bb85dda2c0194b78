"""O que a mesma porta responde a quem não vem pelo WebSocket."""

import gzip
import hashlib
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType

from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from poema.erros import ErroPoema
from poema.geracao.artefato import Artefato
from poema.geracao.web import empacota, tipo_exato

SEMPRE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # O resto da política está dentro da página, que assim a leva a qualquer servidor; isto, só um cabeçalho pode dizer.
    "Content-Security-Policy": "frame-ancestors 'none'",
}


class Arquivo:
    """O que se entrega sempre igual, comprimido uma vez.

    Args:
        conteudo: os bytes.
        tipo: o `Content-Type`.
    """

    def __init__(self, conteudo: bytes, tipo: str):
        self._inteiro, self._tipo = conteudo, tipo
        self._comprimido = gzip.compress(conteudo, mtime=0)
        self._etiqueta = f'W/"{hashlib.sha256(conteudo).hexdigest()[:16]}"'

    def responde(self, pedido: Request) -> Response:
        """Devolve o arquivo, ou 304 se quem pede já o tem."""
        cabecalhos = {"ETag": self._etiqueta, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if self._etiqueta in pedido.headers.get("If-None-Match", ""):
            return Response(HTTPStatus.NOT_MODIFIED, "Not Modified", Headers(SEMPRE | cabecalhos))
        corpo = self._inteiro
        if "gzip" in pedido.headers.get("Accept-Encoding", ""):
            corpo, cabecalhos["Content-Encoding"] = self._comprimido, "gzip"
        return resposta(HTTPStatus.OK, corpo, self._tipo, cabecalhos)


def pagina(caminho: Path) -> Arquivo:
    """Lê a página.

    Raises:
        ErroPoema: o arquivo não pode ser lido.
    """
    try:
        return Arquivo(caminho.read_bytes(), "text/html; charset=utf-8")
    except OSError as erro:
        raise ErroPoema(f"não consegui ler a página {caminho}: {erro.strerror}. Copie o arquivo de novo.") from None


def modelo(artefato: Artefato, temperatura: float) -> Arquivo:
    """Empacota o modelo, sem mudar peso nenhum, para que a página escreva os mesmos poemas sozinha."""
    return Arquivo(empacota(artefato, tipo_exato(artefato), temperatura), "application/octet-stream")


def resposta(
    estado: HTTPStatus,
    corpo: bytes = b"",
    tipo: str = "text/plain; charset=utf-8",
    cabecalhos: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    """Devolve uma resposta HTTP com os cabeçalhos que todas têm."""
    todos = {"Content-Type": tipo, "Content-Length": str(len(corpo)), "Connection": "close"} | SEMPRE | dict(cabecalhos)
    return Response(estado.value, estado.phrase, Headers(todos), corpo)
