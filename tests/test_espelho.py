import pytest

from conftest import Roda, pesos_ao_acaso
from poema import cronometro, espelho, mede
from poema.dados.vocabulario import Vocabulario
from poema.geracao.amostragem import Amostragem
from poema.geracao.artefato import Artefato
from poema.geracao.poeta import Poeta


@pytest.mark.navegador
def test_mede_a_pagina_ao_lado_do_numpy(com_chromium: None, roda: Roda, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mede, "SEGUNDOS", 0.1)
    monkeypatch.setattr(mede, "SEMENTES", 4)
    monkeypatch.setattr(cronometro, "RODADAS", 1)
    monkeypatch.setattr(espelho, "ESPERAS", 1)
    saida = roda(mede.main, "--pagina")
    assert (saida.codigo, saida.err) == (0, "")
    linhas = saida.out.splitlines()
    assert len(linhas) >= 13
    for trecho in ("página: de abrir à primeira letra", "página / numpy", "modelo: tamanho, gzip", "caracteres/s"):
        assert trecho in saida.out
    iguais = [linha for linha in linhas if linha.startswith("poemas iguais")]
    assert len(iguais) == 3
    assert all(" 4 de 4, de uns " in linha for linha in iguais)


def test_as_primeiras_palavras_sao_so_as_que_o_modelo_conhece() -> None:
    vocabulario = Vocabulario.de_textos(["a lua"])
    artefato = Artefato.de_pesos(pesos_ao_acaso(len(vocabulario)), vocabulario)
    assert {inicio for _, inicio in espelho.pedidos_de(artefato, 8)} == {"", "a lua "}


def test_a_divisa_diz_quao_perto_o_sorteio_esteve_de_outro_caractere(artefato: Artefato) -> None:
    """Troca-se um caractere do poema pelo vizinho: a distância é a do sorteio à divisa entre os dois."""
    semente, poema = 7, "".join(Poeta(artefato).poema(Amostragem(temperatura=1), 7, "a lua", 40))
    assert len(poema) > 20
    simbolos, distancias = artefato.vocabulario.simbolos, []
    for lugar, certo in enumerate(poema):
        indice = simbolos.index(certo)
        outros = [poema[:lugar] + simbolos[i] for i in (indice - 1, indice + 1) if i < len(simbolos)]
        distancias += [espelho.divisa(artefato, 1, semente, "a lua", poema, outro) for outro in outros]
    assert 0 < min(distancias) < 0.01
    assert 0.1 < max(distancias) < 1
    fim = espelho.divisa(artefato, 1, semente, "a lua", poema, poema[:3])  # um acaba onde o outro continua
    ((linha, longe),) = espelho.diferencas(
        artefato, 1, [(semente, "a lua"), (6, "")], [poema, "igual"], [poema[:3], "igual"]
    )
    assert longe == fim
    assert linha.startswith("semente 7, início 'a lua', depois de 3 caracteres: o número sorteado ficou a ")
