import argparse
import importlib
from collections.abc import Sequence

import pytest

from conftest import Roda
from poema import terminal
from poema.erros import ErroPoema


def test_um_erro_de_quem_usa_vira_uma_linha_e_codigo_1(roda: Roda) -> None:
    def falha(_: Sequence[str]) -> None:
        raise ErroPoema("acabou o papel. Compre mais.")

    saida = roda(falha)
    assert (saida.codigo, saida.out, saida.err) == (1, "", "erro: acabou o papel. Compre mais.\n")


def test_um_defeito_do_programa_nao_e_escondido(roda: Roda) -> None:
    def quebra(_: Sequence[str]) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        roda(quebra)


def test_ctrl_c_sai_com_o_codigo_de_costume(roda: Roda) -> None:
    def interrompe(_: Sequence[str]) -> None:
        raise KeyboardInterrupt

    saida = roda(interrompe)
    assert (saida.codigo, saida.err) == (130, "")


def test_os_argumentos_chegam_ao_comando(roda: Roda) -> None:
    recebidos: list[str] = []
    assert roda(recebidos.extend, "--a", 1).codigo == 0
    assert recebidos == ["--a", "1"]


@pytest.mark.parametrize(("texto", "valor"), [("0,5", 0.5), ("0.5", 0.5), ("1", 1.0), ("1e-3", 0.001)])
def test_um_numero_se_escreve_com_virgula_ou_ponto(texto: str, valor: float) -> None:
    assert terminal.numero(texto) == valor


@pytest.mark.parametrize("texto", ["", "quente", "0,5,1"])
def test_o_que_nao_e_numero_e_recusado(texto: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=f"Recebido: '{texto}'"):
        terminal.numero(texto)


def test_decimais_se_escrevem_com_virgula() -> None:
    assert terminal.decimal(0.8154) == "0,815"


def test_um_valor_que_falta_ou_sobra_e_dito_em_portugues() -> None:
    opcoes = terminal.Opcoes("teste", "Testa.")
    opcoes.opcao("sim", "liga", action="store_true")
    opcoes.opcao("cor", "pinta")
    for argumentos, mensagem in (
        (["--cor"], "falta o valor de --cor"),
        (["--sim=1"], "--sim não leva valor"),
        (["--nao"], "não conheço a opção --nao"),
        (["solto"], "não conheço a opção solto"),
    ):
        with pytest.raises(ErroPoema, match=mensagem) as erro:
            opcoes.parse_args(argumentos)
        assert "just teste --help" in str(erro.value)


@pytest.mark.parametrize(
    "comando",
    [
        *("amostra", "avalia", "cartoes", "coleta", "compara", "exporta", "infere", "mede", "mede-servidor", "raio-x"),
        *("treina", "websocket"),
    ],
)
def test_a_ajuda_de_todo_comando_esta_em_portugues(roda: Roda, comando: str) -> None:
    ajuda = roda(importlib.import_module(f"poema.{comando.replace('-', '_')}").main, "--help")
    assert ajuda.codigo == 0
    assert f"uso: just {comando}" in ajuda.out
    assert not any(ingles in ajuda.out for ingles in ("usage", "positional", "options", "show this"))
