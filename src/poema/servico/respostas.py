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

SEMPRE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # O resto da política está dentro da página, que assim a leva a qualquer servidor; isto, só um cabeçalho pode dizer.
    "Content-Security-Policy": "frame-ancestors 'none'",
}


class Pagina:
    """A página, lida uma vez e comprimida uma vez.

    Raises:
        ErroPoema: o arquivo não pode ser lido.
    """

    def __init__(self, caminho: Path):
        try:
            self._inteira = caminho.read_bytes()
        except OSError as erro:
            raise ErroPoema(f"não consegui ler a página {caminho}: {erro.strerror}. Copie o arquivo de novo.") from None
        self._comprimida = gzip.compress(self._inteira, mtime=0)
        self._etiqueta = f'W/"{hashlib.sha256(self._inteira).hexdigest()[:16]}"'

    def responde(self, pedido: Request) -> Response:
        """Devolve a página, ou 304 se quem pede já a tem."""
        cabecalhos = {"ETag": self._etiqueta, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if self._etiqueta in pedido.headers.get("If-None-Match", ""):
            return Response(HTTPStatus.NOT_MODIFIED, "Not Modified", Headers(SEMPRE | cabecalhos))
        corpo = self._inteira
        if "gzip" in pedido.headers.get("Accept-Encoding", ""):
            corpo, cabecalhos["Content-Encoding"] = self._comprimida, "gzip"
        return resposta(HTTPStatus.OK, corpo, "text/html; charset=utf-8", cabecalhos)


def resposta(
    estado: HTTPStatus,
    corpo: bytes = b"",
    tipo: str = "text/plain; charset=utf-8",
    cabecalhos: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    """Devolve uma resposta HTTP com os cabeçalhos que todas têm."""
    todos = {"Content-Type": tipo, "Content-Length": str(len(corpo)), "Connection": "close"} | SEMPRE | dict(cabecalhos)
    return Response(estado.value, estado.phrase, Headers(todos), corpo)
