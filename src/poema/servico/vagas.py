"""Quantas ligações cabem, quantos poemas próprios, para cada um e no total, e quanta insistência se tolera."""

import resource
from collections import Counter
from contextlib import suppress
from time import monotonic

MUITOS = 65_536  # descritores de arquivo: mais ligações que isso um processo só não atende
POR_LIGACAO = 2
POR_ENDERECO = 16  # atrás de um só endereço pode haver um bairro inteiro
NO_TOTAL = 64

FOLEGO = 40.0  # mensagens seguidas
RECUPERA = 2.0  # mensagens por segundo
ERRO = 4.0  # quanto uma mensagem ruim pesa a mais


def descritores() -> int:
    """Devolve quantos arquivos este processo pode ter abertos, depois de pedir ao sistema todos os que ele dá."""
    atual, maximo = (
        MUITOS if limite == resource.RLIM_INFINITY else limite for limite in resource.getrlimit(resource.RLIMIT_NOFILE)
    )
    if atual < min(maximo, MUITOS):
        with suppress(OSError, ValueError):  # há sistemas que prometem mais do que dão
            resource.setrlimit(resource.RLIMIT_NOFILE, (maximo, maximo))
            atual = maximo
    return atual


class SemVaga(Exception):
    """Não cabe mais um poema agora."""


class Vagas:
    """Os poemas próprios que estão sendo escritos."""

    def __init__(self) -> None:
        self._ligacoes: Counter[object] = Counter()
        self._enderecos: Counter[object] = Counter()

    def ocupa(self, ligacao: object, endereco: str) -> None:
        """Ocupa uma vaga, até que `libera` a devolva.

        Raises:
            SemVaga: não há; a mensagem é para quem pediu.
        """
        if self._ligacoes[ligacao] >= POR_LIGACAO:
            raise SemVaga(f"você já tem {POR_LIGACAO} poemas sendo escritos. Espere um acabar.")
        if self._enderecos[endereco] >= POR_ENDERECO:
            raise SemVaga("há muitos pedidos vindos da sua rede. Tente daqui a pouco.")
        if self._ligacoes.total() >= NO_TOTAL:
            raise SemVaga("há muita gente pedindo poemas agora. Tente daqui a pouco.")
        self._ligacoes[ligacao] += 1
        self._enderecos[endereco] += 1

    def libera(self, ligacao: object, endereco: str) -> None:
        """Devolve a vaga."""
        for contas, dono in ((self._ligacoes, ligacao), (self._enderecos, endereco)):
            contas[dono] -= 1
            if not contas[dono]:
                del contas[dono]


class Folego:
    """A tolerância com uma ligação: um balde que enche devagar e que cada mensagem esvazia um pouco."""

    def __init__(self) -> None:
        self._resta, self._quando = FOLEGO, monotonic()

    def gasta(self, quanto: float) -> bool:
        """Desconta, e devolve se ainda há fôlego."""
        agora = monotonic()
        self._resta = min(FOLEGO, self._resta + (agora - self._quando) * RECUPERA) - quanto
        self._quando = agora
        return self._resta >= 0
