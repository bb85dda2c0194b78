import json
from pathlib import Path

import pytest

from conftest import Roda
from poema import mede_servidor
from poema.carga import visitantes
from poema.carga.cobaia import quantil
from poema.carga.ligacoes import Ligacao
from poema.carga.provas import Medida, Plano

PEQUENO = Plano(
    leitores=(6,),
    segundos=0.5,
    acalma=0.3,
    plateia=8,
    parados=4,
    somem_em=0.5,
    rodadas=2,
    proprios=6,
    pedintes=4,
    partidas=1,
    apertos=40,
    reinicios=1,
    casos=("1.1.1", "1.1.8", "3.1"),
    hostis=200,
    rotatividade=0.02,
    aquece=0.3,
    por_segundo=30,
)


def test_mede_tudo_e_grava_em_json(roda: Roda, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(mede_servidor, "PLANO", PEQUENO)
    saida = roda(mede_servidor.main, "--json", tmp_path / "medidas.json")
    assert saida.codigo == 0, saida.out + saida.err
    medidas = {linha["nome"]: linha for linha in json.loads((tmp_path / "medidas.json").read_text("utf-8"))}
    assert len(medidas) > 60
    for nome, linha in medidas.items():
        assert nome in saida.out
        assert linha["valor"] is not None or "até sumirem" in nome or "atraso" in nome, nome
    for nome in ("6 leitores: caíram", "parados: falhas nos deslocamentos", "hostil: Traceback no registro"):
        assert medidas[nome]["valor"] == 0, saida.out


def test_so_o_que_se_pede(roda: Roda, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mede_servidor, "PLANO", PEQUENO)
    saida = roda(mede_servidor.main, "--so", "partida")
    assert saida.codigo == 0, saida.err
    assert "partida: memória sem ninguém" in saida.out
    assert "hostil" not in saida.out


@pytest.mark.parametrize(
    ("opcoes", "trecho"),
    [
        (("--so", "tudo"), "não conheço a medida 'tudo'"),
        (("--leitores", "0"), "--leitores deve ser"),
        (("--rotatividade", "0"), "--rotatividade deve estar"),
        (("--json", "/nao/ha/medidas.json"), "não há a pasta /nao/ha"),
    ],
)
def test_uma_opcao_ruim_e_uma_linha(roda: Roda, opcoes: tuple[str, ...], trecho: str) -> None:
    saida = roda(mede_servidor.main, *opcoes)
    assert saida.codigo == 1
    assert trecho in saida.err
    assert saida.err.count("\n") == 1


def test_o_quantil_vem_da_diferenca_entre_duas_leituras() -> None:
    def leitura(*acumulados: int) -> dict[str, float]:
        return {f'h_bucket{{le="{le}"}}': n for le, n in zip(("0.1", "0.2", "+Inf"), acumulados, strict=True)}

    antes = leitura(1000, 1000, 1000)
    assert quantil(antes, leitura(1050, 1100, 1100), "h", 0.25) == pytest.approx(0.05)
    assert quantil(antes, leitura(1050, 1100, 1100), "h", 0.75) == pytest.approx(0.15)
    assert quantil(antes, leitura(1000, 1000, 1010), "h", 0.99) == pytest.approx(0.2)


def _eventos(*eventos: dict[str, object]) -> visitantes.Testemunha:
    testemunha, ligacao = visitantes.Testemunha(), Ligacao(b"", None)
    ligacao.socket.close()
    for evento in eventos:
        testemunha(ligacao, json.dumps(evento).encode())
    return testemunha


def test_a_testemunha_nota_o_que_falta() -> None:
    comeco = {"tipo": "texto", "epoca": 1, "deslocamento": 0, "texto": "a lua"}
    fim = {"tipo": "fim", "epoca": 1, "deslocamento": 5}
    outro = {"tipo": "texto", "epoca": 2, "deslocamento": 0, "texto": "o sol"}
    assert _eventos(comeco, fim, outro).falhas == 0
    assert _eventos(comeco, fim, outro).texto == "a lua\n\n\no sol"
    assert _eventos(comeco, outro).falhas == 1
    assert _eventos(comeco, {**outro, "deslocamento": 3}).falhas == 2
    assert _eventos(comeco, comeco).falhas == 1


@pytest.mark.parametrize(("limites", "cumpre"), [({}, None), ({"ate": 3}, True), ({"ao_menos": 3}, False)])
def test_uma_medida_sabe_se_cumpre_a_meta(limites: dict[str, float], cumpre: bool | None) -> None:
    assert Medida("nome", "s", 2, **limites).cumpre is cumpre
