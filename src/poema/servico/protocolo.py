"""O que vai e o que vem nas ligações `poema.v1`. O README desta pasta diz o porquê de cada campo.

Aqui não há rede: texto entra, pedido sai, ou um erro que diz o que estava errado.
"""

import json
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import parse_qs, urlsplit

from poema.configuracao import SEMENTE_MAXIMA
from poema.erros import ErroPoema

SUBPROTOCOLO = "poema.v1"
INICIO_MAXIMO = 300
TEMPERATURA_MAXIMA = 2.0
NOME_MAXIMO = 40


class ErroDeProtocolo(ErroPoema):
    """Uma mensagem que não se entende. `pedido` é o nome que ela trazia, se trazia um."""

    def __init__(self, mensagem: str, pedido: str | None = None):
        super().__init__(mensagem)
        self.pedido = pedido


@dataclass(frozen=True)
class PedeUmPoema:
    """Quem lê quer um poema seu. `None` onde não escolheu."""

    pedido: str | None
    inicio: str
    temperatura: float | None
    semente: int | None


@dataclass(frozen=True)
class PedeQuePare:
    """Quem lê já não quer o poema que pediu."""

    pedido: str | None


@dataclass(frozen=True)
class Ponto:
    """Onde quem lê parou."""

    palco: str
    epoca: int
    deslocamento: int


def evento(tipo: str, **campos: Any) -> str:
    """Devolve um evento como vai pela rede."""
    return json.dumps({"tipo": tipo, **campos}, ensure_ascii=False, separators=(",", ":"))


def le(mensagem: str | bytes) -> PedeUmPoema | PedeQuePare:
    """Devolve o pedido que há em uma mensagem.

    Raises:
        ErroDeProtocolo: a mensagem não se entende, ou traz um valor impossível.
    """
    if isinstance(mensagem, bytes):
        raise ErroDeProtocolo("a mensagem deve ser um texto. Recebido: bytes.")
    try:
        campos = json.loads(mensagem, parse_constant=_recusa)
    except (ValueError, RecursionError):
        campos = None
    if not isinstance(campos, dict):
        raise ErroDeProtocolo(f"a mensagem deve ser um objeto JSON. Recebido: {_curto(mensagem)}.")
    pedido = campos.get("pedido")
    if pedido is not None and not (_texto(pedido) and len(pedido) <= NOME_MAXIMO):
        raise ErroDeProtocolo(f"pedido deve ser um texto de até {NOME_MAXIMO} caracteres. Recebido: {_curto(pedido)}.")
    if campos.get("tipo") == "para":
        return PedeQuePare(pedido)
    if campos.get("tipo") == "poema":
        return _poema(pedido, campos)
    raise ErroDeProtocolo(f"tipo deve ser 'poema' ou 'para'. Recebido: {_curto(campos.get('tipo'))}.", pedido)


def le_ponto(caminho: str) -> Ponto | None:
    """Devolve onde quem lê parou, conforme o endereço a que se ligou; `None` se não diz, ou se não se entende."""
    try:
        campos = parse_qs(urlsplit(caminho).query, max_num_fields=8)
        (palco,), (epoca,), (deslocamento,) = (campos[nome] for nome in ("palco", "epoca", "deslocamento"))
        if not (epoca + deslocamento).isascii() or not (epoca.isdigit() and deslocamento.isdigit()):
            return None  # int() aceitaria espaços, sublinhados e algarismos de outras escritas
        ponto = Ponto(palco, int(epoca), int(deslocamento))
    except (KeyError, ValueError):
        return None
    return ponto if ponto.epoca <= SEMENTE_MAXIMA else None


def _poema(pedido: str | None, campos: dict[str, Any]) -> PedeUmPoema:
    inicio = campos.get("inicio", "")
    if not (_texto(inicio) and len(inicio) <= INICIO_MAXIMO):
        raise ErroDeProtocolo(
            f"inicio deve ser um texto de até {INICIO_MAXIMO} caracteres. Recebido: {_curto(inicio)}.", pedido
        )
    temperatura = campos.get("temperatura")
    if temperatura is not None and not (_numero(temperatura) and 0 <= temperatura <= TEMPERATURA_MAXIMA):
        raise ErroDeProtocolo(
            f"temperatura deve ser um número de 0 a {TEMPERATURA_MAXIMA:g}. Recebido: {_curto(temperatura)}.", pedido
        )
    semente = campos.get("semente")
    if semente is not None and not (type(semente) is int and 0 <= semente <= SEMENTE_MAXIMA):
        raise ErroDeProtocolo(
            f"semente deve ser um inteiro de 0 a {SEMENTE_MAXIMA}. Recebido: {_curto(semente)}.", pedido
        )
    return PedeUmPoema(pedido, inicio, None if temperatura is None else float(temperatura), semente)


def _texto(valor: object) -> bool:
    """Um texto que se pode escrever em UTF-8: o JSON deixa passar metades de um par de surrogates."""
    return isinstance(valor, str) and not any("\ud800" <= caractere <= "\udfff" for caractere in valor)


def _numero(valor: object) -> bool:
    return type(valor) in (int, float)


def _recusa(constante: str) -> NoReturn:
    """NaN e Infinity não são JSON, embora o Python os leia."""
    raise ValueError(constante)


def _curto(valor: object) -> str:
    texto = repr(valor)
    return texto if len(texto) <= 60 else f"{texto[:60]}…"
