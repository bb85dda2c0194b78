"""O modelo em um arquivo só, pequeno, para ser lido por qualquer linguagem. A página o lê em JavaScript.

    POEMA\\x01\\x00\\x00      8 bytes: a assinatura e a versão do formato
    tamanho               4 bytes: o do cabeçalho, inteiro sem sinal, o byte menor primeiro
    cabeçalho             JSON em UTF-8, com espaços no fim até que 12 + tamanho seja múltiplo de 4
    matrizes              uma depois da outra, linha por linha, cada uma começando em um múltiplo de 4

O cabeçalho diz de que modelo o arquivo saiu, o vocabulário ("" é a fronteira), a temperatura sugerida (ou null), as
unidades de cada GRU, o tipo, o SHA-256 das matrizes e, em `pesos`, onde está cada uma (`desde`, contado do começo das
matrizes), com que forma e que tipo. Em `int8` cada linha de uma matriz tem a sua escala, um float32 a partir de
`escalas`: peso = inteiro x escala. Os nomes e a conta são os de `geracao/celula.py`: `gru0.w`, `gru0.u`, `gru0.b`,
`gru0.c`, … `w`, `b`, com as portas na ordem z, r, n. Os vetores vão sempre em float32.
"""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poema.dados.vocabulario import Vocabulario
from poema.erros import ErroDeModelo, ErroPoema
from poema.geracao.artefato import Artefato, confere_formas
from poema.geracao.celula import GRU, Celula

ASSINATURA = b"POEMA\x01\x00\x00"
_TIPOS = {"int8": "<i1", "float16": "<f2", "float32": "<f4"}  # o byte menor primeiro, em qualquer máquina


def empacota(artefato: Artefato, tipo: str, temperatura: float | None) -> bytes:
    """Devolve o arquivo.

    Args:
        artefato: o modelo.
        tipo: "float16" ou "int8", o das matrizes.
        temperatura: a sugerida, se há uma.
    """
    celula, dados, pesos = artefato.celula, bytearray(), []
    for nome, peso in _com_nomes(celula):
        do_peso = tipo if peso.ndim == 2 else "float32"
        escalas = None
        if do_peso == "int8":
            escalas = np.abs(peso).max(axis=1, keepdims=True) / np.float32(127)
            peso = np.rint(peso / np.where(escalas, escalas, 1))
        entrada = {"nome": nome, "forma": list(peso.shape), "tipo": do_peso, "desde": _poe(dados, peso, do_peso)}
        pesos.append(entrada if escalas is None else {**entrada, "escalas": _poe(dados, escalas, "float32")})
    cabecalho = {
        "modelo": artefato.resumo,
        "vocabulario": artefato.vocabulario.simbolos,
        "temperatura": temperatura,
        "camadas": [gru.unidades for gru in celula.grus],
        "tipo": tipo,
        "pesos": pesos,
        "sha256": hashlib.sha256(dados).hexdigest(),
    }
    texto = json.dumps(cabecalho, ensure_ascii=False, separators=(",", ":")).encode()
    texto += b" " * (-len(texto) % 4)
    return ASSINATURA + len(texto).to_bytes(4, "little") + texto + dados


def le_web(caminho: Path) -> Artefato:
    """Abre um arquivo `.poema`; os pesos voltam a float32.

    Raises:
        ErroDeModelo: o arquivo não pode ser lido, não é deste tipo ou está corrompido.
    """
    try:
        conteudo = caminho.read_bytes()
        if conteudo[:8] != ASSINATURA:
            raise ErroDeModelo(f"{caminho} não é um modelo .poema. Faça um com: just exporta --formato web")
        fim = 12 + int.from_bytes(conteudo[8:12], "little")
        cabecalho, dados = json.loads(conteudo[12:fim]), conteudo[fim:]
        if hashlib.sha256(dados).hexdigest() != cabecalho["sha256"]:
            raise ErroDeModelo(f"{caminho} está corrompido: o SHA-256 não confere. Copie o arquivo de novo.")
        pesos = {entrada["nome"]: _tira(dados, entrada) for entrada in cabecalho["pesos"]}
        grus = [GRU(*(pesos[f"gru{i}.{parte}"] for parte in "wubc")) for i in range(len(cabecalho["camadas"]))]
        vocabulario = Vocabulario(tuple(cabecalho["vocabulario"]))
        artefato = Artefato(Celula(tuple(grus), pesos["w"], pesos["b"]), vocabulario)
        confere_formas(artefato, caminho)
        return replace(artefato, resumo=cabecalho["modelo"])
    except ErroPoema:
        raise
    except OSError as erro:
        raise ErroDeModelo(f"não consegui ler {caminho}: {erro.strerror}. Confira o caminho.") from None
    except Exception as erro:  # um cabeçalho estragado falha de mil jeitos: JSON, chaves, formas
        raise ErroDeModelo(f"{caminho} está corrompido ({type(erro).__name__}). Copie o arquivo de novo.") from erro


def _com_nomes(celula: Celula) -> list[tuple[str, NDArray[np.float32]]]:
    das_grus = [(f"gru{i}.{parte}", getattr(gru, parte)) for i, gru in enumerate(celula.grus) for parte in "wubc"]
    return [*das_grus, ("w", celula.w), ("b", celula.b)]


def _poe(dados: bytearray, valores: NDArray[np.floating], tipo: str) -> int:
    """Acrescenta os valores aos dados, no próximo múltiplo de 4, e devolve onde eles começam."""
    dados += bytes(-len(dados) % 4)
    desde = len(dados)
    dados += valores.astype(_TIPOS[tipo]).tobytes()
    return desde


def _tira(dados: bytes, entrada: dict[str, Any]) -> NDArray[np.float32]:
    forma = entrada["forma"]
    peso = np.frombuffer(dados, _TIPOS[entrada["tipo"]], int(np.prod(forma)), entrada["desde"]).reshape(forma)
    if "escalas" in entrada:
        peso = peso * np.frombuffer(dados, "<f4", forma[0], entrada["escalas"])[:, None]
    return peso.astype(np.float32)
