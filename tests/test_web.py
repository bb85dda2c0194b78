import hashlib
import json
import re
import struct
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conftest import pesos_ao_acaso
from poema.dados.vocabulario import Vocabulario
from poema.erros import ErroDeModelo
from poema.geracao.artefato import Artefato
from poema.geracao.web import empacota, le_web, tipo_exato
from poema.precisao import arredonda


def modelo(vocabulario: Vocabulario, camadas: int, arredondado: bool) -> Artefato:
    """Um modelo com os pesos em oito bits, como o treino os grava, ou ainda inteiros."""
    artefato = Artefato.de_pesos(pesos_ao_acaso(len(vocabulario), camadas=camadas), vocabulario)
    celula = artefato.celula
    if arredondado:
        grus = tuple(replace(gru, w=arredonda(gru.w), u=arredonda(gru.u)) for gru in celula.grus)
        celula = replace(celula, grus=grus, w=arredonda(celula.w))
    return replace(artefato, celula=celula, resumo="0123abcd")


def abre(conteudo: bytes) -> tuple[dict[str, Any], bytes]:
    """O cabeçalho e as matrizes, lidos só com o que a documentação do formato diz."""
    assinatura, tamanho, crc = struct.unpack_from("<8sII", conteudo)
    assert (assinatura, crc) == (b"POEMA\x02\x00\x00", zlib.crc32(conteudo[16:]))
    return json.loads(conteudo[16 : 16 + tamanho].decode()), conteudo[16 + tamanho :]


def com_crc(conteudo: bytes) -> bytes:
    """O mesmo arquivo, com o CRC do que agora está nele."""
    return conteudo[:12] + struct.pack("<I", zlib.crc32(conteudo[16:])) + conteudo[16:]


@pytest.mark.parametrize("tipo", ["float16", "int8"])
def test_o_cabecalho_diz_tudo_o_que_a_pagina_precisa_saber(artefato: Artefato, tipo: str) -> None:
    conteudo = empacota(replace(artefato, resumo="0123abcd"), tipo, 0.6)
    cabecalho, dados = abre(conteudo)
    assert cabecalho["modelo"] == hashlib.sha256(dados).hexdigest()[:8]  # os pesos mudaram: é outro modelo
    assert cabecalho["vocabulario"] == list(artefato.vocabulario.simbolos)
    assert (cabecalho["vocabulario"][0], cabecalho["temperatura"], cabecalho["tipo"]) == ("", 0.6, tipo)
    assert cabecalho["camadas"] == [16, 16]
    assert [entrada["nome"] for entrada in cabecalho["pesos"]] == [
        *("gru0.w", "gru0.u", "gru0.b", "gru0.c"),
        *("gru1.w", "gru1.u", "gru1.b", "gru1.c"),
        *("w", "b"),
    ]
    assert {(len(entrada["forma"]), entrada["tipo"]) for entrada in cabecalho["pesos"]} == {(2, tipo), (1, "float32")}


@pytest.mark.parametrize("tipo", ["float16", "int8"])
def test_toda_matriz_comeca_em_um_multiplo_de_4_e_nenhuma_pisa_na_outra(artefato: Artefato, tipo: str) -> None:
    conteudo = empacota(artefato, tipo, None)
    cabecalho, dados = abre(conteudo)
    assert (len(conteudo) - len(dados)) % 4 == 0
    trechos = []
    for entrada in cabecalho["pesos"]:
        largura = {"int8": 1, "float16": 2, "float32": 4}[entrada["tipo"]]
        trechos.append((entrada["desde"], largura * int(np.prod(entrada["forma"]))))
        if "escalas" in entrada:
            trechos.append((entrada["escalas"], 4 * entrada["forma"][0]))
    trechos.sort()
    assert all(desde % 4 == 0 for desde, _ in trechos)
    fins = [desde + tamanho for desde, tamanho in trechos]
    assert all(fim <= seguinte < fim + 4 for fim, (seguinte, _) in zip(fins, trechos[1:], strict=False))
    assert fins[-1] == len(dados)


@pytest.mark.parametrize("camadas", [1, 3])
def test_o_que_se_grava_se_le_com_o_erro_que_o_tipo_permite(
    tmp_path: Path, vocabulario: Vocabulario, camadas: int
) -> None:
    original = Artefato.de_pesos(pesos_ao_acaso(len(vocabulario), camadas=camadas), vocabulario)
    for tipo in ("float16", "int8"):
        arquivo = tmp_path / f"m.{tipo}.poema"
        arquivo.write_bytes(empacota(replace(original, resumo="0123abcd"), tipo, None))
        lido = le_web(arquivo)
        assert lido.vocabulario == vocabulario
        for antes, depois in zip(original.celula.pesos, lido.celula.pesos, strict=True):
            maior = np.abs(antes).max(axis=1, keepdims=True) if antes.ndim == 2 else np.abs(antes)
            permitido = np.abs(antes) * 2**-11 + 1e-7 if tipo == "float16" else maior / 127 / 2 + 1e-7
            assert depois.dtype == np.float32
            assert (np.abs(antes - depois) <= permitido).all()


@pytest.mark.parametrize("camadas", [1, 3])
def test_o_tipo_exato_de_um_modelo_em_oito_bits_e_int8_e_de_qualquer_outro_float32(
    vocabulario: Vocabulario, camadas: int
) -> None:
    em_oito_bits, inteiro = (modelo(vocabulario, camadas, arredondado) for arredondado in (True, False))
    assert (tipo_exato(em_oito_bits), tipo_exato(inteiro)) == ("int8", "float32")
    uma_fora = replace(em_oito_bits.celula, w=inteiro.celula.w)
    assert tipo_exato(replace(em_oito_bits, celula=uma_fora)) == "float32"


@pytest.mark.parametrize("camadas", [1, 3])
@pytest.mark.parametrize(("tipo", "arredondado"), [("int8", True), ("float32", True), ("float32", False)])
def test_o_que_cabe_no_tipo_volta_bit_a_bit_e_e_o_mesmo_modelo(
    tmp_path: Path, vocabulario: Vocabulario, camadas: int, tipo: str, arredondado: bool
) -> None:
    original = modelo(vocabulario, camadas, arredondado)
    (tmp_path / "m.poema").write_bytes(empacota(original, tipo, None))
    lido = le_web(tmp_path / "m.poema")
    assert (lido.resumo, lido.vocabulario) == ("0123abcd", vocabulario)
    for antes, depois in zip(original.celula.pesos, lido.celula.pesos, strict=True):
        assert (depois.dtype, depois.shape, depois.tobytes()) == (np.float32, antes.shape, antes.tobytes())
    assert empacota(lido, tipo, None) == (tmp_path / "m.poema").read_bytes()


@pytest.mark.parametrize("camadas", [1, 3])
@pytest.mark.parametrize(("tipo", "arredondado"), [("float16", True), ("float16", False), ("int8", False)])
def test_o_que_nao_cabe_no_tipo_e_outro_modelo_com_identidade_propria(
    tmp_path: Path, vocabulario: Vocabulario, camadas: int, tipo: str, arredondado: bool
) -> None:
    original = modelo(vocabulario, camadas, arredondado)
    (tmp_path / "m.poema").write_bytes(empacota(original, tipo, None))
    lido = le_web(tmp_path / "m.poema")
    assert re.fullmatch("[0-9a-f]{8}", lido.resumo)
    assert lido.resumo != "0123abcd"
    # daí em diante nada mais muda, e a identidade também não
    (tmp_path / "de_novo.poema").write_bytes(empacota(lido, tipo, None))
    assert le_web(tmp_path / "de_novo.poema").resumo == lido.resumo


def test_uma_linha_de_zeros_continua_sendo_de_zeros(tmp_path: Path, vocabulario: Vocabulario) -> None:
    pesos = pesos_ao_acaso(len(vocabulario))
    pesos[0][3] = 0
    (tmp_path / "m.poema").write_bytes(empacota(Artefato.de_pesos(pesos, vocabulario), "int8", None))
    assert not le_web(tmp_path / "m.poema").celula.grus[0].w[3].any()


@pytest.mark.parametrize(
    ("estraga", "mensagem"),
    [
        (lambda c: c[:-1] + bytes([c[-1] ^ 1]), "o CRC não confere"),
        (lambda c: c[:-40], "o CRC não confere"),
        (lambda c: c + b"\0", "o CRC não confere"),
        (lambda c: c[:200], "está corrompido"),
        (lambda c: c[:16] + b"x" + c[17:], "o CRC não confere"),
        (lambda c: com_crc(c[:16] + b"x" + c[17:]), "está corrompido"),
        (lambda c: com_crc(c.replace(b'"gru1.u"', b'"gru9.u"')), "está corrompido"),
        (lambda c: com_crc(c.replace(',"ô"]'.encode(), b"     ]")), "não combinam"),
        (lambda c: b"POEMA\x01" + c[6:], "não é um modelo .poema"),
        (lambda c: b"", "não é um modelo .poema"),
        (lambda c: b"PK\x03\x04" * 99, "não é um modelo .poema"),
    ],
)
def test_um_arquivo_estragado_e_recusado_em_uma_linha(
    tmp_path: Path, vocabulario: Vocabulario, estraga: Any, mensagem: str
) -> None:
    pesos = pesos_ao_acaso(len(vocabulario), camadas=2)
    arquivo = tmp_path / "m.poema"
    arquivo.write_bytes(estraga(empacota(Artefato.de_pesos(pesos, vocabulario), "int8", None)))
    with pytest.raises(ErroDeModelo, match=mensagem) as erro:
        le_web(arquivo)
    assert "\n" not in str(erro.value)


def test_um_arquivo_que_nao_existe_e_dito(tmp_path: Path) -> None:
    with pytest.raises(ErroDeModelo, match="não existe"):
        le_web(tmp_path / "nada.poema")
