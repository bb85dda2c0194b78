"""As regras: por que um poema já aparado é recusado.

Cada regra olha uma coisa só e tem um nome. A primeira que recusa decide. As que comparam com outros textos (a semente,
os poemas já aceitos) guardam o que viram em um `Acervo`.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from poema.dados.dicionario import existe, palavras

MINIMO, MAXIMO = 60, 700  # caracteres de um poema
VERSO_MAXIMO = 70  # caracteres de uma linha: mais que isso é prosa
DESCONHECIDAS = 0.01  # fração das palavras que o dicionário pode não conhecer: num poema comum, nenhuma
OUTRA_LINGUA = 0.25  # acima disso não é erro de ortografia, é outra língua
SEMENTE_MINIMA = 500  # poemas da semente, para que as palavras que ela não tem sejam mesmo incomuns
INCOMUNS = 0.12  # fração das palavras que a semente pode nunca ter usado
REPETIDO = 0.3  # fração do poema que pode ser repetição dele mesmo: cabe um refrão
COPIADO = 0.3  # fração do poema que pode estar em outro
LEVES = 60  # as palavras mais comuns da semente: ligam as outras, mas sozinhas não dizem nada
PIOR = 0.1  # a semente dá a medida: pior que os 10% piores dela, não serve
VERSO_PROPRIO = 15  # caracteres: um verso menor pode coincidir por acaso

_ALFABETO = re.compile(r"[a-záàâãéêíóôõúüç \n,.!?:;'()-]*", re.IGNORECASE)

_CONVERSA = re.compile(
    r"\b(desculpe|sinto muito|infelizmente|lamento),? (mas )?(eu )?não posso|como (um )?modelo de linguagem"
    r"|\b(poema|haicai|haiku|soneto|cordel) (sobre|em (verso|quadra|dístico|forma))|quer(es|ia)? que eu (escreva|faça)"
    r"|espero (que (você )?(goste|tenha gostado)|ter ajudado)|posso (escrever|fazer|criar) (outro|um|mais)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Candidato:
    """Um texto recebido: o poema já aparado, o pedido que o gerou, e se o modelo parou por si."""

    texto: str
    pedido: str = ""
    inteiro: bool = True

    @property
    def versos(self) -> list[str]:
        return [linha for linha in self.texto.split("\n") if linha]

    @property
    def palavras(self) -> list[str]:
        return palavras(self.texto)


@dataclass
class Acervo:
    """O que já se tem: os poemas da semente e, conforme entram, os aceitos."""

    comuns: set[str] = field(default_factory=set)  # as palavras da semente
    leves: set[str] = field(default_factory=set)  # as mais comuns delas
    variedade_minima: float = 0
    peso_minimo: float = 0
    alheios: set[str] = field(default_factory=set)  # os versos da semente
    versos: set[str] = field(default_factory=set)  # os versos de todos
    donos: dict[tuple[str, ...], int] = field(default_factory=dict)  # sequência de quatro palavras -> poema
    quantos: int = 0

    @classmethod
    def da_semente(cls, poemas: Iterable[str]) -> "Acervo":
        acervo = cls()
        candidatos = [Candidato(poema) for poema in poemas]
        if not candidatos:
            return acervo
        for poema in candidatos:
            acervo.guarda(poema)
        acervo.alheios = set(acervo.versos)
        vezes = Counter(palavra for poema in candidatos for palavra in poema.palavras)
        if len(candidatos) >= SEMENTE_MINIMA:
            acervo.comuns = set(vezes)
        acervo.leves = {palavra for palavra, _ in vezes.most_common(LEVES)}
        piores = int(len(candidatos) * PIOR)
        acervo.variedade_minima = sorted(map(_variedade, candidatos))[piores]
        acervo.peso_minimo = sorted(acervo.peso(poema) for poema in candidatos)[piores]
        return acervo

    def peso(self, poema: Candidato) -> float:
        """Que fração das palavras do poema não é das leves."""
        return _fracao(poema.palavras, lambda palavra: palavra not in self.leves)

    def guarda(self, poema: Candidato) -> None:
        """Passa a comparar os próximos também com este poema."""
        self.versos.update(map(_reduz, poema.versos))
        for sequencia in _sequencias(poema.palavras, 4):
            self.donos.setdefault(sequencia, self.quantos)
        self.quantos += 1


def vazio(poema: Candidato, acervo: Acervo) -> bool:
    """não sobrou nada depois das aparas"""
    return not poema.palavras


def cortado(poema: Candidato, acervo: Acervo) -> bool:
    """o modelo não parou sozinho: o poema está pela metade ou não acaba"""
    return not poema.inteiro


def eco(poema: Candidato, acervo: Acervo) -> bool:
    """repete uma linha do pedido"""
    pedido = _reduz(poema.pedido)
    return any(len(verso) >= VERSO_PROPRIO and _reduz(verso) in pedido for verso in poema.versos)


def conversa(poema: Candidato, acervo: Acervo) -> bool:
    """o modelo fala de si ou do poema: desculpa-se, explica, oferece outro"""
    return bool(_CONVERSA.search(poema.texto))


def alfabeto(poema: Candidato, acervo: Acervo) -> bool:
    """tem um caractere que não é letra do português nem pontuação simples"""
    return not _ALFABETO.fullmatch(poema.texto)


def curto(poema: Candidato, acervo: Acervo) -> bool:
    """tem menos de 60 caracteres ou de três versos"""
    return len(poema.texto) < MINIMO or len(poema.versos) < 3


def longo(poema: Candidato, acervo: Acervo) -> bool:
    """tem mais de 700 caracteres"""
    return len(poema.texto) > MAXIMO


def prosa(poema: Candidato, acervo: Acervo) -> bool:
    """tem uma linha de mais de 70 caracteres"""
    return any(len(verso) > VERSO_MAXIMO for verso in poema.versos)


def lingua(poema: Candidato, acervo: Acervo) -> bool:
    """está em outra língua: o dicionário não conhece um quarto das palavras"""
    return _desconhecidas(poema) > OUTRA_LINGUA


def dicionario(poema: Candidato, acervo: Acervo) -> bool:
    """mais de 1% das palavras não estão no dicionário"""
    return _desconhecidas(poema) > DESCONHECIDAS


def incomum(poema: Candidato, acervo: Acervo) -> bool:
    """mais de 12% das palavras nunca aparecem na semente"""
    return bool(acervo.comuns) and _fracao(poema.palavras, lambda palavra: palavra not in acervo.comuns) > INCOMUNS


def laco(poema: Candidato, acervo: Acervo) -> bool:
    """dá voltas: mais de 30% dos versos, ou das sequências de três palavras, se repetem nele mesmo"""
    versos = list(map(_reduz, poema.versos))
    return _repeticao(versos) > REPETIDO or _repeticao(_sequencias(poema.palavras, 3)) > REPETIDO


def pobre(poema: Candidato, acervo: Acervo) -> bool:
    """repete mais as palavras que quase todo poema da semente"""
    return _variedade(poema) < acervo.variedade_minima


def ralo(poema: Candidato, acervo: Acervo) -> bool:
    """tem menos palavras que dizem alguma coisa que quase todo poema da semente"""
    return acervo.peso(poema) < acervo.peso_minimo


def copia(poema: Candidato, acervo: Acervo) -> bool:
    """traz um verso inteiro da semente"""
    return any(len(verso) >= VERSO_PROPRIO and _reduz(verso) in acervo.alheios for verso in poema.versos)


def quase_copia(poema: Candidato, acervo: Acervo) -> bool:
    """30% dos versos já existem, ou 30% das sequências de quatro palavras estão num mesmo poema"""
    if _fracao(poema.versos, lambda verso: _reduz(verso) in acervo.versos) > COPIADO:
        return True
    sequencias = _sequencias(poema.palavras, 4)
    donos = Counter(acervo.donos[sequencia] for sequencia in sequencias if sequencia in acervo.donos)
    return bool(donos) and max(donos.values()) > COPIADO * len(sequencias)


_ORDEM = (
    vazio,
    cortado,
    eco,
    conversa,
    alfabeto,
    curto,
    longo,
    prosa,
    lingua,
    dicionario,
    incomum,
    laco,
    pobre,
    ralo,
    copia,
)
REGRAS: dict[str, Callable[[Candidato, Acervo], bool]] = {regra.__name__: regra for regra in (*_ORDEM, quase_copia)}


def recusa(poema: Candidato, acervo: Acervo) -> str | None:
    """Devolve o nome da primeira regra que recusa o poema, ou None se ele passa por todas."""
    return next((nome for nome, regra in REGRAS.items() if regra(poema, acervo)), None)


def _reduz(verso: str) -> str:
    """O verso só com as palavras: pontuação e maiúsculas não fazem um verso novo."""
    return " ".join(palavras(verso))


def _sequencias(lista: list[str], tamanho: int) -> list[tuple[str, ...]]:
    return list(zip(*(lista[i:] for i in range(tamanho)), strict=False))


def _repeticao(coisas: Sequence[object]) -> float:
    return 1 - len(set(coisas)) / len(coisas) if coisas else 0


def _variedade(poema: Candidato) -> float:
    """Quantas palavras diferentes há, para o tamanho do poema: quanto mais longo, mais elas voltam."""
    return float(len(set(poema.palavras)) / max(1, len(poema.palavras)) ** 0.9)


def _fracao(lista: list[str], condicao: Callable[[str], bool]) -> float:
    return sum(map(condicao, lista)) / len(lista) if lista else 0


def _desconhecidas(poema: Candidato) -> float:
    return _fracao(poema.palavras, lambda palavra: not existe(palavra))
