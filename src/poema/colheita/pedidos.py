"""O que se pede ao modelo de linguagem, de dois modos.

- Conversa, para modelos que seguem instruções: diz o que se quer, e gira temas, formas e vozes.
- Continuação, para modelos que só continuam texto: mostra alguns poemas e deixa que ele escreva o próximo.

O pedido de número `n` depende só de `n`, da semente e dos exemplos: uma coleta interrompida sabe o que falta pedir.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from poema.dados.poemas import TERMINADOR

INSTRUCAO = (
    "Você é um poeta brasileiro. Escreva em português do Brasil, com palavras simples, orações curtas e imagens "
    "concretas. Responda só com o poema: sem título, sem introdução, sem comentários, sem aspas e sem Markdown. "
    "O poema tem de 4 a 16 versos curtos, todos diferentes, e termina numa frase completa."
)
TEMAS = (
    """
a chuva na janela; o mar; o rio da infância; uma ponte; a pesca; o farol; a sede; o ônibus cheio; a fila; o elevador;
a rua de madrugada; a feira; o pão; o café; a mesa da família; a panela no fogo; a avó; o pai que fala pouco; a mãe que
costura; o irmão mais novo; um filho que nasce; o vizinho; a casa vazia; a chave; a mala; o relógio; o espelho; um
sapato velho; a bicicleta; a pipa; a bola; o recreio; a professora; a primeira letra; o livro; o primeiro beijo; a
espera; a carta; a despedida; a volta; a saudade; a amizade; uma mentira; um segredo; o medo do escuro; a lua; as
estrelas; o vento; a sombra; o frio; o sol do meio-dia; a seca; a flor do mandacaru; o milho; o cavalo; o cachorro; o
gato; a formiga; o passarinho; a borboleta; a árvore do quintal; a semente; a floresta; a canoa; a onça; a estrada; o
caminhão; o trem; o trabalho; as mãos do pedreiro; a costureira; o pescador; o domingo; o aniversário; o carnaval; a
fogueira de junho; o violão; a dança; o circo; a reza; o silêncio; a velhice; a morte de um amigo; um sonho; a esperança
""".replace("\n", " ")
    .strip()
    .split("; ")
)
FORMAS = (
    "um poema em versos livres",
    "um poema em duas quadras rimadas",
    "um poema em três quadras",
    "um poema em tercetos",
    "um poema em dísticos",
    "uma canção com refrão curto",
    "uma conversa entre dois, em versos",
    "uma sextilha de cordel",
    "um poema que conta uma pequena história",
    "um poema que é uma lista",
    "um poema em forma de carta",
)
VOZES = (
    "em primeira pessoa",
    "falando com alguém",
    "em terceira pessoa",
    "com a voz de uma criança",
    "com humor",
    "com calma",
    "com uma surpresa no último verso",
)
EXEMPLOS = 6  # poemas mostrados em cada pedido de continuação
MESMOS_EXEMPLOS = 32  # pedidos seguidos com os mesmos exemplos: o servidor só lê a parte comum uma vez
EXEMPLO_MAXIMO = 320  # caracteres de um exemplo: os curtos deixam ver mais vezes onde um poema acaba


@dataclass(frozen=True)
class Pedido:
    """Um pedido pronto para ir ao servidor."""

    numero: int
    texto: str  # o que o modelo lê
    semente: int  # do sorteio no servidor
    instrucao: str | None  # o que o modelo deve ser, numa conversa; None, numa continuação
    formato: dict[str, Any] | None = None  # o JSON que a resposta deve ser, como a API o descreve; None, texto livre


def de_conversa(numero: int, semente: int) -> Pedido:
    """Devolve o pedido `numero` a um modelo que segue instruções.

    Temas, formas e vozes giram juntos: como as quantidades não têm divisor comum, toda combinação aparece.
    """
    tema, forma, voz = (lista[(numero + semente) % len(lista)] for lista in (TEMAS, FORMAS, VOZES))
    return Pedido(numero, f"Escreva {forma}, {voz}, sobre: {tema}.", _semente(numero, semente), INSTRUCAO)


def de_continuacao(numero: int, semente: int, exemplos: Sequence[str]) -> Pedido:
    """Devolve o pedido `numero` a um modelo que continua texto: alguns exemplos, cada um com o seu terminador."""
    curtos = [exemplo for exemplo in exemplos if len(exemplo) <= EXEMPLO_MAXIMO] or exemplos
    acaso = random.Random(f"{semente}/{numero // MESMOS_EXEMPLOS}")
    escolhidos = acaso.sample(curtos, min(EXEMPLOS, len(curtos)))
    texto = "".join(f"{exemplo}\n{TERMINADOR}\n" for exemplo in escolhidos)
    return Pedido(numero, texto, _semente(numero, semente), instrucao=None)


def _semente(numero: int, semente: int) -> int:
    return random.Random(f"{semente}:{numero}").getrandbits(31)
