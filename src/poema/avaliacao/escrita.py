"""Como um texto foi escrito: o que inventa, o que repete, o que copia, que forma tem."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise
from typing import Any

from poema.avaliacao.copia import Trechos
from poema.avaliacao.razao import Razao
from poema.dados.dicionario import existe, palavras
from poema.dados.poemas import versos


@dataclass(frozen=True)
class Escrito:
    """Um poema a medir."""

    texto: str
    inteiro: bool = True  # começa e acaba por si; um texto cortado pode ter as palavras das pontas pela metade
    donos: Mapping[str, int] = field(default_factory=dict)  # em quantos poemas do conjunto está cada verso

    @property
    def palavras(self) -> list[str]:
        todas = palavras(self.texto)
        return todas if self.inteiro else todas[1:-1]


class Referencia:
    """O texto de treino, pronto para se comparar com ele."""

    def __init__(self, poemas: Sequence[str]):
        self.pares = {par for poema in poemas for par in pairwise(poema)}
        self.palavras = {palavra for poema in poemas for palavra in palavras(poema)}
        self.trechos = Trechos(poemas)


@dataclass(frozen=True)
class Medida:
    """Uma conta que se faz em cada poema: uma razão, somada sobre todos."""

    nome: str
    conta: Callable[[Escrito, Referencia], tuple[float, float]]
    fracao: bool = True  # mostra-se em porcentagem; as outras são médias


def _fracao(itens: Sequence[Any], fora: Callable[[Any], bool]) -> tuple[float, float]:
    return sum(map(fora, itens)), len(itens)


def _unicos(itens: Iterable[object]) -> tuple[float, float]:
    lista = list(itens)
    return len(set(lista)), len(lista)


def _ineditos(escrito: Escrito, referencia: Referencia, n: int) -> tuple[float, float]:
    vistos = referencia.trechos.vistos(escrito.texto, n)
    return float((~vistos).sum()), len(vistos)


def _repetidos(escrito: Escrito, _: Referencia) -> tuple[float, float]:
    unicos, quantos = _unicos(versos(escrito.texto))
    return quantos - unicos, quantos


def _estrofes(texto: str) -> int:
    """Os grupos de versos seguidos, sem linha em branco no meio."""
    return sum(ha_verso for ha_verso, _ in groupby(texto.split("\n"), lambda linha: bool(linha.strip())))


MEDIDAS = {
    "palavras_inexistentes": Medida(
        "palavras que não existem no dicionário", lambda e, r: _fracao(e.palavras, lambda p: not existe(p))
    ),
    "palavras_novas": Medida(
        "palavras que o texto de treino não tem", lambda e, r: _fracao(e.palavras, lambda p: p not in r.palavras)
    ),
    "pares_novos": Medida(
        "pares de caracteres que o treino não tem",
        lambda e, r: _fracao(list(pairwise(e.texto)), lambda par: par not in r.pares),
    ),
    "versos_repetidos": Medida("versos repetidos no mesmo poema", _repetidos),
    "versos_de_outros": Medida(
        "versos que vieram também em outro poema",
        lambda e, r: _fracao(versos(e.texto), lambda verso: e.donos.get(verso, 0) > 1),
    ),
    "distinct_2": Medida(
        "pares de palavras distintos no poema (distinct-2)", lambda e, r: _unicos(pairwise(e.palavras))
    ),
    "versos_copiados": Medida("versos iguais aos do treino", lambda e, r: _fracao(versos(e.texto), r.trechos.verso)),
    "ineditos_20": Medida("trechos de 20 caracteres inéditos", lambda e, r: _ineditos(e, r, 20)),
    "ineditos_30": Medida("trechos de 30 caracteres inéditos", lambda e, r: _ineditos(e, r, 30)),
    "ineditos_40": Medida("trechos de 40 caracteres inéditos", lambda e, r: _ineditos(e, r, 40)),
    "terminados": Medida("poemas que acabam sozinhos", lambda e, r: (e.inteiro, 1)),
    "versos": Medida("versos por poema", lambda e, r: (len(versos(e.texto)), 1), fracao=False),
    "caracteres": Medida(
        "caracteres por verso",
        lambda e, r: (sum(map(len, versos(e.texto))), len(versos(e.texto))),
        fracao=False,
    ),
    "estrofes": Medida("estrofes por poema", lambda e, r: (_estrofes(e.texto), 1), fracao=False),
}

DO_TREINO = ("palavras_novas", "pares_novos", "versos_copiados", "ineditos_20", "ineditos_30", "ineditos_40")


def mede(escritos: Sequence[Escrito], referencia: Referencia) -> dict[str, Razao]:
    """Devolve cada uma das MEDIDAS dos poemas, com o seu intervalo."""
    donos = Counter(verso for escrito in escritos for verso in set(versos(escrito.texto)))
    escritos = [replace(escrito, donos=donos) for escrito in escritos]
    return {
        chave: Razao.de_poemas((medida.conta(escrito, referencia) for escrito in escritos), contagem=medida.fracao)
        for chave, medida in MEDIDAS.items()
    }
