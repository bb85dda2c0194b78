"""Lê um .txt de poemas: separa em "@", normaliza, tira os repetidos e divide em treino e validação."""

import hashlib
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from poema.erros import ErroDeDados

TERMINADOR = "@"  # sozinho numa linha, depois de cada poema
TRECHO = 400  # caracteres de cada trecho, aproximadamente, quando o texto é contínuo (sem "@")


@dataclass(frozen=True)
class Poemas:
    """Os poemas de um arquivo, sem repetição, na ordem em que aparecem."""

    textos: tuple[str, ...]
    repetidos: int  # quantos poemas iguais a um anterior foram deixados de fora
    continuo: bool  # o arquivo não tinha "@": os textos são trechos dele
    sha256: str  # dos bytes do arquivo, tal como lidos

    def divide(self, fracao: float, semente: int) -> tuple[list[str], list[str]]:
        """Devolve (treino, validação): `fracao` dos poemas, ao menos um, sorteados para a validação.

        A divisão é por poema, nunca no meio de um, e depende só da semente e da quantidade de poemas.

        Raises:
            ErroDeDados: há menos de dois poemas, e a divisão deixaria um dos lados vazio.
        """
        quantos = len(self.textos)
        if quantos < 2:
            raise ErroDeDados(
                f"são precisos pelo menos 2 poemas, um para treinar e outro para validar. Recebido: {quantos}. "
                f'Termine cada poema com uma linha que só tem "{TERMINADOR}".'
            )
        reservados = min(max(1, round(quantos * fracao)), quantos - 1)
        sorteio = np.random.default_rng(semente).permutation(quantos)
        validacao = set(sorteio[:reservados].tolist())
        return (
            [texto for i, texto in enumerate(self.textos) if i not in validacao],
            [texto for i, texto in enumerate(self.textos) if i in validacao],
        )


def le_poemas(caminho: Path, minusculas: bool = True) -> Poemas:
    """Lê um arquivo UTF-8 de poemas.

    Aceita BOM, quebras de linha do Windows, acentos decompostos (NFD), poemas em branco e a falta do último
    terminador. Um arquivo sem nenhum "@" é um texto contínuo: é cortado em trechos, nos fins de linha.

    Args:
        caminho: o arquivo.
        minusculas: se o texto vai todo para minúsculas, o que encolhe o vocabulário.

    Raises:
        ErroDeDados: o arquivo não existe, não pode ser lido, está vazio, é binário ou não está em UTF-8.
    """
    conteudo = _le_bytes(caminho)
    sha256 = hashlib.sha256(conteudo).hexdigest()
    texto = _decodifica(conteudo, caminho).replace("\r\n", "\n").replace("\r", "\n")
    del conteudo  # um texto de cem mil poemas tem 28 MB: cada cópia que fica faz falta
    partes = re.split(rf"^[ \t]*{TERMINADOR}[ \t]*$", texto, flags=re.MULTILINE)
    continuo = len(partes) == 1
    if continuo:
        partes = _corta(texto)
    del texto
    vezes = Counter(poema for parte in partes if (poema := _normaliza(parte, minusculas)))
    if not vezes:
        raise ErroDeDados(f"não há nenhum poema em {caminho}: o arquivo está vazio. Dê um .txt com poemas.")
    return Poemas(tuple(vezes), vezes.total() - len(vezes), continuo, sha256)


def versos(poema: str) -> list[str]:
    """Devolve as linhas que não estão em branco, sem espaços nas pontas."""
    return [verso for linha in poema.split("\n") if (verso := linha.strip())]


def _normaliza(poema: str, minusculas: bool) -> str:
    """O poema em NFC, sem espaços nem linhas vazias sobrando nas pontas."""
    poema = re.sub(r"[ \t]+$", "", unicodedata.normalize("NFC", poema), flags=re.MULTILINE).strip()
    return poema.lower() if minusculas else poema


def _le_bytes(caminho: Path) -> bytes:
    try:
        return caminho.read_bytes()
    except FileNotFoundError:
        raise ErroDeDados(f"o arquivo de poemas {caminho} não existe. Confira o caminho.") from None
    except OSError as erro:
        raise ErroDeDados(f"não consegui ler {caminho}: {erro.strerror}. Confira o caminho.") from None


def _decodifica(conteudo: bytes, caminho: Path) -> str:
    if b"\0" in conteudo:
        raise ErroDeDados(f"{caminho} é um arquivo binário. Dê um arquivo de texto (.txt) em UTF-8.")
    try:
        return conteudo.decode("utf-8-sig")
    except UnicodeDecodeError as erro:
        raise ErroDeDados(
            f"{caminho} não está em UTF-8 (byte 0x{conteudo[erro.start]:02X} na posição {erro.start}). "
            "Converta antes, por exemplo: iconv -f latin1 -t utf-8 velho.txt > novo.txt"
        ) from None


def _corta(texto: str) -> list[str]:
    """Corta um texto contínuo em trechos de cerca de `TRECHO` caracteres, nos fins de linha ou nos espaços."""
    linhas = [
        pedaco
        for linha in texto.split("\n")
        for pedaco in re.findall(rf".{{1,{TRECHO}}}(?:\s|$)|\S{{1,{TRECHO}}}", linha) or [""]
    ]
    trechos, trecho = [], ""
    for linha in linhas:
        trecho += linha.rstrip() + "\n"
        if len(trecho) >= TRECHO or (not linha.strip() and len(trecho) >= TRECHO // 2):
            trechos.append(trecho)
            trecho = ""
    return [*trechos, trecho]
