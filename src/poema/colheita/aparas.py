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
_GENERO = (
    r"(poema|poesia|haicai|haiku|canção|carta|conversa|quadras?|dísticos|tercetos|sextilha|cordel|lista|história|versos"
    r"|poem)"
)
_CORTESIA = r"(claro( que sim)?|certo|com certeza|com prazer|ok|okay|olá|sure|of course)"
_APRESENTA = r"(aqui (vai|vão|está|estão|segue)|segue(m)?|eis|here is|here's)"
_ABRE_CONVERSA = re.compile(
    rf"\W*({_CORTESIA}\s*[!,.]|({_CORTESIA}[!,.]*\s*)?{_APRESENTA}\b(.{{0,80}}\b{_GENERO}\b.{{0,80}}:|[^.]{{0,20}}[:!])"
    rf"|(um(a)? )?{_GENERO}( (sobre|para|em|de)\b.{{0,60}})?\s*:)\W*",
    re.IGNORECASE,
)
_FECHA_CONVERSA = re.compile(
    r"\W*(espero que ((você|vocês) )?(goste|gostem|tenha gostado)|espero ter ajudado|o que (você )?achou|fim\W*$"
    r"|(quer|queria|deseja|gostaria)( de)? (que eu|outro|mais um|saber)|você gostaria"
    r"|se (você )?quiser,? (posso|outro|eu)|posso (escrever|ajudar|fazer|criar)"
    r"|(este|esse) (poema|haicai|soneto) (fala|usa|tem|foi|segue|é uma?|busca)"
    r"|(um|o) (poema|haicai) (simples|curto|sobre|acima)|i hope).*"
    r"|\W*(nota|obs|observação|observações|explicação|note)\W*:.*",
    re.IGNORECASE,
)
_ROTULO = re.compile(r"\W*((pré-)?refrão|estribilho|coro|verso|estrofe|quadra|ponte)( \d+| final)?\W*", re.IGNORECASE)
_TITULO = re.compile(r"#+ .+|\*{1,2}[^*]+\*{1,2}|_[^_]+_|(título|title)\s*:.*", re.IGNORECASE)
_ENFASE = re.compile(r"(?<!\w)(\*{1,3}|_{1,3})(?=\S)(.+?)(?<=\S)\1(?!\w)")
_COMECO_DE_LISTA = re.compile(r"^[ \t]*(#+|>|[-*•+]|\d{1,2}[.)])[ \t]+", re.MULTILINE)
_SO_ENFEITE = re.compile(r"^[ \t]*(```.*|[-*_=~]{2,})[ \t]*$", re.MULTILINE)


def forma(texto: str) -> str:
    """espaços e quebras de linha sobrando, acentos decompostos, travessões e reticências de imprensa"""
    texto = unicodedata.normalize("NFC", _INVISIVEIS.sub("", texto)).translate(_TROCAS)
    linhas = [re.sub(r"[^\S\n]+", " ", linha).strip() for linha in texto.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(linhas)).strip()


def raciocinio(texto: str) -> str:
    """o que um modelo que raciocina escreve antes de </think>"""
    return re.sub(r"^.*</think>", "", texto, flags=re.DOTALL)


def preambulo(texto: str) -> str:
    """o que o modelo diz antes do poema, como: Claro! Aqui vai um poema:"""
    primeira, _, resto = texto.partition("\n")
    return resto.lstrip() if resto.strip() and _ABRE_CONVERSA.fullmatch(primeira) else texto


def nota(texto: str) -> str:
    """o que o modelo diz depois do poema, como: Espero que goste!"""
    poema, _, ultimo = texto.rpartition("\n\n")
    if poema and _FECHA_CONVERSA.match(ultimo.split("\n")[0]) and ("\n" not in ultimo or ":" in ultimo.split("\n")[0]):
        return poema
    poema, _, ultima = texto.rpartition("\n")
    return poema if poema.strip() and _FECHA_CONVERSA.fullmatch(ultima) else texto


def titulo(texto: str) -> str:
    """a primeira linha quando é um título: em Markdown, anunciado, ou solto e sem pontuação no fim"""
    linhas = texto.split("\n")
    primeira, resto = linhas[0], [linha for linha in linhas[1:] if linha]
    if not resto:
        return texto
    solto = len(primeira) <= 50 and primeira[-1:].isalpha() and len(linhas) > 3 and not linhas[1] and linhas[3]
    marcado = _TITULO.fullmatch(primeira) and not _TITULO.fullmatch(resto[0])
    return "\n".join(linhas[1:]).lstrip() if solto or marcado else texto


def rotulo(texto: str) -> str:
    """linhas que só dizem que parte é aquela, como: (Refrão)"""
    return "\n".join(linha for linha in texto.split("\n") if not _ROTULO.fullmatch(linha))


def markdown(texto: str) -> str:
    """cercas, negritos, itálicos, marcas de lista e de citação: fica o que está dentro"""
    return _COMECO_DE_LISTA.sub("", _ENFASE.sub(r"\2", _SO_ENFEITE.sub("", texto)))


def aspas(texto: str) -> str:
    """aspas, de qualquer feitio"""
    return re.sub('(?<!\\w)["“”„«»]|["“”„«»](?!\\w)', "", texto)


APARAS: dict[str, Callable[[str], str]] = {
    apara.__name__: apara for apara in (forma, raciocinio, preambulo, nota, titulo, rotulo, markdown, aspas)
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
