import sys
import time
from pathlib import Path

import pytest

from poema import cronometro
from poema.cronometro import lado_a_lado, memoria, por_segundo, primeira_letra
from poema.erros import ErroPoema


@pytest.fixture
def relogio(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Um relógio parado: só anda quando um trabalho o empurra."""
    agora = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: agora[0])
    return agora


def test_o_rendimento_nao_conta_o_aquecimento(relogio: list[float]) -> None:
    demoras = iter([100, 1, 2, 3, 4])

    def trabalho() -> int:
        relogio[0] += next(demoras)
        return 12

    assert por_segundo(trabalho, 5) == 3 * 12 / 6


def test_lado_a_lado_cada_um_tem_a_sua_vez_em_toda_rodada_e_vale_a_melhor(
    relogio: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cronometro, "RODADAS", 3)
    chamados = []

    def trabalho(nome: str, demoras: list[float]) -> cronometro.Trabalho:
        vezes = iter(demora for demora in demoras for _ in "am")  # um aquecimento e uma medida por rodada

        def faz() -> int:
            chamados.append(nome)
            relogio[0] += next(vezes)
            return 10

        return faz

    assert lado_a_lado([trabalho("a", [5, 2, 4]), trabalho("b", [8, 10, 20])], 3) == [10 / 2, 10 / 8]
    assert "".join(chamados) == "aabb" * 3


def test_a_primeira_letra_deixa_o_comando_acabar_cinco_vezes(tmp_path: Path) -> None:
    escreve = f"print('a', flush=True); open({str(tmp_path / 'fins')!r}, 'a').write('b')"
    assert primeira_letra([sys.executable, "-S", "-c", escreve]) > 0
    assert (tmp_path / "fins").read_text() == "bbbbb"


def test_um_comando_mudo_e_dito() -> None:
    with pytest.raises(ErroPoema, match=r"o comando não escreveu nada: .* pass"):
        primeira_letra([sys.executable, "-c", "pass"])


def test_a_memoria_e_a_do_comando_e_nao_a_de_quem_mede() -> None:
    pouca, muita = (memoria([sys.executable, "-S", "-c", f"bytearray({mib} * 2**20)"]) for mib in (1, 101))
    assert 95 < muita - pouca < 105
    assert pouca < 40
