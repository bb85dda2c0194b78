"""O modelo em um arquivo só, pequeno, para ser lido por qualquer linguagem. A página o lê em JavaScript.

    POEMA\\x02\\x00\\x00      8 bytes: a assinatura e a versão do formato
    tamanho               4 bytes: o do cabeçalho, inteiro sem sinal, o byte menor primeiro
    crc                   4 bytes: o CRC-32 (o do zip e do PNG) de tudo o que vem depois
    cabeçalho             JSON em UTF-8, com espaços no fim até que o tamanho seja múltiplo de 4
    matrizes              uma depois da outra, linha por linha, cada uma começando em um múltiplo de 4

O cabeçalho diz que modelo é este, o vocabulário ("" é a fronteira), a temperatura sugerida (ou null), as unidades de
cada GRU, o tipo e, em `pesos`, onde está cada matriz (`desde`, contado do começo delas), com que forma e que tipo. Em
`int8` cada linha tem a sua escala, um float32 a partir de `escalas`: peso = inteiro x escala. Os nomes e a conta são os
de `geracao/celula.py`: `gru0.w`, `gru0.u`, `gru0.b`, `gru0.c`, … `w`, `b`, com as portas na ordem z, r, n. Os vetores
vão sempre em float32.

`modelo` é a identidade do `.keras` de que o arquivo saiu, se os pesos são os mesmos, e portanto os poemas também. Se o
tipo os arredondou, é outro modelo, com identidade própria.
"""

import hashlib
import json
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poema.dados.vocabulario import Vocabulario
from poema.erros import ErroDeModelo, ErroPoema
from poema.geracao.artefato import Artefato, confere_formas, le_bytes
from poema.geracao.celula import GRU, Celula
from poema.precisao import arredonda, em_oito_bits

ASSINATURA = b"POEMA\x02\x00\x00"
_TIPOS = {"int8": "<i1", "float16": "<f2", "float32": "<f4"}  # o byte menor primeiro, em qualquer máquina


def tipo_exato(artefato: Artefato) -> str:
    """Devolve o menor tipo que guarda os pesos sem mudar nenhum: "int8", se o treino os arredondou, ou "float32"."""
    matrizes = [peso for _, peso in _com_nomes(artefato.celula) if peso.ndim == 2]
    return "int8" if all(np.array_equal(arredonda(matriz), matriz) for matriz in matrizes) else "float32"


def empacota(artefato: Artefato, tipo: str, temperatura: float | None) -> bytes:
    """Devolve o arquivo.

    Args:
        artefato: o modelo.
        tipo: "float32", "float16" ou "int8", o das matrizes.
        temperatura: a sugerida, se há uma.
    """
    celula, dados, pesos, iguais = artefato.celula, bytearray(), [], True
    for nome, peso in _com_nomes(celula):
        do_peso = tipo if peso.ndim == 2 else "float32"
        valores, escalas = em_oito_bits(peso) if do_peso == "int8" else (peso, None)
        entrada = {"nome": nome, "forma": list(peso.shape), "tipo": do_peso, "desde": _poe(dados, valores, do_peso)}
        if escalas is not None:
            entrada["escalas"] = _poe(dados, escalas, "float32")
        iguais = iguais and np.array_equal(_tira(bytes(dados), entrada), peso)
        pesos.append(entrada)
    cabecalho = {
        "modelo": artefato.resumo if iguais else hashlib.sha256(dados).hexdigest()[:8],
        "vocabulario": artefato.vocabulario.simbolos,
        "temperatura": temperatura,
        "camadas": [gru.unidades for gru in celula.grus],
        "tipo": tipo,
        "pesos": pesos,
    }
    texto = json.dumps(cabecalho, ensure_ascii=False, separators=(",", ":")).encode()
    texto += b" " * (-len(texto) % 4)
    resto = texto + dados
    return ASSINATURA + len(texto).to_bytes(4, "little") + zlib.crc32(resto).to_bytes(4, "little") + resto


def le_web(caminho: Path) -> Artefato:
    """Abre um arquivo `.poema`; os pesos voltam a float32.

    Raises:
        ErroDeModelo: o arquivo não pode ser lido, não é deste tipo ou está corrompido.
    """
    conteudo = le_bytes(caminho)
    try:
        if conteudo[:8] != ASSINATURA:
            raise ErroDeModelo(f"{caminho} não é um modelo .poema. Faça um com: just exporta --formato web")
        tamanho, crc = (int.from_bytes(conteudo[i : i + 4], "little") for i in (8, 12))
        if zlib.crc32(conteudo[16:]) != crc:
            raise ErroDeModelo(f"{caminho} está corrompido: o CRC não confere. Copie o arquivo de novo.")
        cabecalho, dados = json.loads(conteudo[16 : 16 + tamanho]), conteudo[16 + tamanho :]
        pesos = {entrada["nome"]: _tira(dados, entrada) for entrada in cabecalho["pesos"]}
        grus = [GRU(*(pesos[f"gru{i}.{parte}"] for parte in "wubc")) for i in range(len(cabecalho["camadas"]))]
        vocabulario = Vocabulario(tuple(cabecalho["vocabulario"]))
        artefato = Artefato(Celula(tuple(grus), pesos["w"], pesos["b"]), vocabulario)
        confere_formas(artefato, caminho)
        return replace(artefato, resumo=cabecalho["modelo"])
    except ErroPoema:
        raise
    except Exception as erro:  # um cabeçalho estragado falha de mil jeitos: JSON, chaves, formas
        raise ErroDeModelo(f"{caminho} está corrompido ({type(erro).__name__}). Copie o arquivo de novo.") from erro


def _com_nomes(celula: Celula) -> list[tuple[str, NDArray[np.float32]]]:
    das_grus = [(f"gru{i}.{parte}", getattr(gru, parte)) for i, gru in enumerate(celula.grus) for parte in "wubc"]
    return [*das_grus, ("w", celula.w), ("b", celula.b)]


def _poe(dados: bytearray, valores: NDArray[Any], tipo: str) -> int:
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
