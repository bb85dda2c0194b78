from typing import Any

import pytest

from poema.configuracao import RECEITAS, Configuracao
from poema.erros import ErroPoema


@pytest.mark.parametrize(
    "valores",
    [
        {"unidades": 0},
        {"unidades": -3},
        {"camadas": 1.5},
        {"lote": 0},
        {"epocas": 0},
        {"paciencia": -1},
        {"minutos": 0.0},
        {"minutos": float("nan")},
        {"minutos": float("inf")},
        {"por_epoca": 0},
        {"taxa": -0.1},
        {"corte": 0.0},
        {"dropout": 1.0},
        {"momento": -0.5},
        {"validacao": 0.0},
        {"semente": -1},
        {"semente": 2**32},
        {"receita": "bolo"},
    ],
)
def test_valor_sem_sentido_e_recusado_com_o_nome_e_o_que_foi_recebido(valores: dict[str, Any]) -> None:
    (nome, valor), *_ = valores.items()
    with pytest.raises(ErroPoema, match=f"{nome}.*Recebido: {valor!r}"):
        Configuracao(**valores)


def test_por_epoca_conta_poemas_e_nao_vale_para_janelas() -> None:
    with pytest.raises(ErroPoema, match="receita classica ensina janelas"):
        RECEITAS["classica"].com(por_epoca=100)


def test_ida_e_volta_por_dicionario_da_a_mesma_configuracao() -> None:
    for configuracao in RECEITAS.values():
        assert Configuracao.de_dicionario(configuracao.como_dicionario()) == configuracao


def test_um_campo_de_outra_versao_e_ignorado() -> None:
    assert Configuracao.de_dicionario({"unidades": 7, "do_futuro": 1}).unidades == 7


def test_opcoes_nao_dadas_ficam_como_na_receita() -> None:
    assert RECEITAS["classica"].com(epocas=3, unidades=None) == Configuracao.de_dicionario(
        RECEITAS["classica"].como_dicionario() | {"epocas": 3}
    )


def test_a_receita_classica_e_a_do_projeto_original() -> None:
    c = RECEITAS["classica"]
    assert (c.janela, c.passo, c.taxa, c.paciencia, c.monitora) == (60, 3, 0.001, 50, "loss")
