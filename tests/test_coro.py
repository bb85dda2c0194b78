import pytest

from poema.erros import ErroPoema
from poema.geracao.amostragem import Amostragem
from poema.geracao.artefato import Artefato
from poema.geracao.coro import Coro, Voz
from poema.geracao.poeta import Poeta

LIMITE = 80


def canta_ate_o_fim(coro: Coro, passos: int = 7) -> dict[Voz, str]:
    textos: dict[Voz, str] = {}
    while coro.vozes:
        for voz, pedaco in coro.canta(passos):
            textos[voz] = textos.get(voz, "") + pedaco
    return textos


@pytest.mark.parametrize("temperatura", [0.0, 0.5, 1.3])
def test_um_poema_do_coro_e_o_mesmo_que_o_do_poeta(artefato: Artefato, temperatura: float) -> None:
    coro = Coro(artefato)
    vozes = [coro.entra(temperatura, semente, "a lua", LIMITE) for semente in range(8)]
    textos = canta_ate_o_fim(coro)
    poeta = Poeta(artefato)
    for semente, voz in enumerate(vozes):
        esperado = "".join(poeta.poema(Amostragem(temperatura=temperatura), semente, "a lua", LIMITE))
        assert textos[voz] == esperado


def test_quem_entra_no_meio_escreve_o_que_escreveria_sozinho(artefato: Artefato) -> None:
    coro = Coro(artefato)
    coro.entra(0.9, 1, "", 300)
    coro.canta(11)
    voz = coro.entra(0.4, 2, "o gato dorme", LIMITE)
    textos = canta_ate_o_fim(coro)
    esperado = Poeta(artefato).poema(Amostragem(temperatura=0.4), 2, "o gato dorme", LIMITE)
    assert textos[voz] == "".join(esperado)


def test_quem_sai_no_meio_nao_muda_o_poema_dos_outros(artefato: Artefato) -> None:
    coro = Coro(artefato)
    sai, fica = coro.entra(0.7, 1, "", 300), coro.entra(0.7, 2, "você", LIMITE)
    antes = dict(coro.canta(10))[fica]
    coro.sai(sai)
    coro.sai(sai)
    textos = canta_ate_o_fim(coro)
    assert set(textos) == {fica}
    assert antes + textos[fica] == "".join(Poeta(artefato).poema(Amostragem(temperatura=0.7), 2, "você", LIMITE))


def test_a_voz_diz_se_acabou_sozinha_ou_no_limite(artefato: Artefato) -> None:
    coro = Coro(artefato)
    vozes = [coro.entra(1.0, semente, "", 40) for semente in range(60)]
    textos = canta_ate_o_fim(coro)
    assert {voz.acabou for voz in vozes} == {True, False}
    assert all(voz.acabou == (len(textos[voz]) < 40) for voz in vozes)


def test_um_inicio_impossivel_nao_entra_no_lote(artefato: Artefato) -> None:
    coro = Coro(artefato)
    with pytest.raises(ErroPoema, match="não conhece este caractere: '漢'"):
        coro.entra(0.5, 1, "漢", LIMITE)
    assert coro.vozes == []
    assert coro.canta(3) == []
