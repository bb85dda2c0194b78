"""As aparas: o que se tira em volta de um poema sem mexer nele.

Um modelo que conversa embrulha o poema: cumprimenta, dá título, põe aspas, explica no fim. Cada apara é uma função
pequena que recebe o texto e o devolve sem uma dessas coisas. Nenhuma acrescenta nem troca palavras.
"""

import re
import unicodedata
from collections.abc import Callable

_INVISIVEIS = re.compile("[\u200b-\u200f\u2028\u2029\u2060\ufeff\u00ad]")
_TROCAS = str.maketrans(
    {
        "\u00a0": " ",
        "\u2026": "...",
        "\u2013": "-",
        "\u2014": "-",
        **dict.fromkeys("\u00b4\u2018\u2019", "'"),
    }
)
_CORTESIA = r"(claro|certo|com certeza|com prazer|sure|of course)\b[!.,:]?"
_ABRE_CONVERSA = re.compile(
    rf"{_CORTESIA}|({_CORTESIA}\s*)?(aqui (vai|está|estão|segue)|segue|eis|here is)\b"
    r"(.*\b(poema|poesia|versos|haicai|quadras?|sextilha|canção|cordel|poem)\b.*[:!.]|\s*:)|poema:",
    re.IGNORECASE,
)
_FECHA_CONVERSA = re.compile(
    r"\W*(espero que|nota\b|obs\b|observação|este poema|esse poema|o poema acima|deseja\b.*\?|gostaria\b.*\?|se quiser"
    r"|posso (escrever|ajudar|fazer)|i hope|note:)",
    re.IGNORECASE,
)
_TITULO = re.compile(r"#+ .+|\*\*[^*]+\*\*|_[^_]+_|(título|title)\s*:.*", re.IGNORECASE)
_ENFASE = re.compile(r"(?<!\w)(\*{1,3}|_{1,3})(?=\S)(.+?)(?<=\S)\1(?!\w)")
_COMECO_DE_LISTA = re.compile(r"^[ \t]*(#+|>|[-*•+]|\d{1,2}[.)])[ \t]+", re.MULTILINE)
_SO_ENFEITE = re.compile(r"^[ \t]*(```.*|[-*_=~]{2,})[ \t]*$", re.MULTILINE)


def forma(texto: str) -> str:
    """espaços e quebras de linha sobrando, acentos decompostos, travessões e reticências de imprensa"""
    texto = unicodedata.normalize("NFC", _INVISIVEIS.sub("", texto)).translate(_TROCAS)
    linhas = [re.sub(r"[^\S\n]+", " ", linha).strip() for linha in texto.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(linhas)).strip()


def raciocinio(texto: str) -> str:
    """o que um modelo que raciocina escreve entre <think> e </think>"""
    return re.sub(r"<think>.*?</think>", "", texto, flags=re.DOTALL)


def preambulo(texto: str) -> str:
    """o que o modelo diz antes do poema, como: Claro! Aqui vai um poema:"""
    primeira, _, resto = texto.partition("\n")
    return resto.lstrip() if resto and _ABRE_CONVERSA.fullmatch(primeira.strip()) else texto


def nota(texto: str) -> str:
    """o que o modelo diz depois do poema, como: Espero que goste!"""
    poema, quebra, ultima = texto.rpartition("\n\n")
    return poema if quebra and _FECHA_CONVERSA.match(ultima) else texto


def titulo(texto: str) -> str:
    """a primeira linha quando é um título: em Markdown, anunciado, ou solto e sem pontuação no fim"""
    primeira, _, resto = texto.partition("\n")
    solto = resto.startswith("\n") and len(primeira) <= 50 and primeira[-1:] not in tuple(".,;:!?")
    return resto.lstrip() if resto.strip() and (solto or _TITULO.fullmatch(primeira.strip())) else texto


def markdown(texto: str) -> str:
    """cercas, negritos, itálicos, marcas de lista e de citação: fica o que está dentro"""
    return _COMECO_DE_LISTA.sub("", _ENFASE.sub(r"\2", _SO_ENFEITE.sub("", texto)))


def aspas(texto: str) -> str:
    """aspas, de qualquer feitio"""
    return re.sub('(?<!\\w)["“”„«»]|["“”„«»](?!\\w)', "", texto)


APARAS: dict[str, Callable[[str], str]] = {
    apara.__name__: apara for apara in (forma, raciocinio, preambulo, nota, titulo, markdown, aspas)
}


def apara(texto: str) -> tuple[str, list[str]]:
    """Devolve o texto depois de todas as aparas, até que nenhuma ache o que tirar, e os nomes das que acharam."""
    usadas: list[str] = []
    while True:
        antes = texto
        for nome, tira in APARAS.items():
            depois = tira(texto)
            if depois != texto and nome not in usadas:
                usadas.append(nome)
            texto = depois
        if texto == antes:
            return texto, usadas
