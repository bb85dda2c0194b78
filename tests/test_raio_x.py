import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib import image

from conftest import Roda
from poema import raio_x
from poema.avaliacao.previsao import preve
from poema.avaliacao.radiografia import desenha
from poema.dados.vocabulario import Vocabulario
from poema.erros import ErroPoema
from poema.geracao.artefato import Artefato, le_artefato
from poema.geracao.raio_x import Leitura, Posicao, mais_surpreendentes, visivel
from poema.lupa import candidatos

VERSO = "a canção já não é você\nmeu avô dorme no quintal"


def le(artefato: Artefato, texto: str) -> list[Posicao]:
    leitura = Leitura(artefato)
    return [leitura.le(caractere) for caractere in texto]


def test_a_surpresa_somada_e_a_da_previsao(artefato: Artefato) -> None:
    bits = sum(posicao.surpresa for posicao in le(artefato, VERSO))
    assert bits * np.log(2) == pytest.approx(preve(artefato, [VERSO]).caracteres[0], rel=1e-5)


def test_as_chances_a_hesitacao_e_a_memoria_sao_as_do_keras(modelo_salvo: Path) -> None:
    import keras

    artefato = le_artefato(modelo_salvo)
    simbolos = artefato.vocabulario.simbolos
    indices = np.insert(artefato.vocabulario.codifica(VERSO), 0, 0)
    rede = keras.saving.load_model(modelo_salvo)
    chances = keras.ops.convert_to_numpy(keras.ops.softmax(rede.predict(indices[None], verbose=0)[0].astype(float)))
    leitura = Leitura(artefato)
    for tempo, caractere in enumerate(VERSO):
        p = chances[tempo]
        posicao = leitura.le(caractere)
        assert posicao.surpresa == pytest.approx(-np.log2(p[indices[tempo + 1]]), abs=1e-4)
        assert posicao.hesitacao == pytest.approx(-(p * np.log2(p)).sum(), abs=1e-4)
        np.testing.assert_allclose([q for _, q in posicao.esperados], sorted(p, reverse=True)[:5], atol=1e-5)
        for simbolo, q in posicao.esperados:
            assert q == pytest.approx(p[simbolos.index(simbolo)], abs=1e-5)
    np.testing.assert_allclose([q for _, q in leitura.esperados], sorted(chances[-1], reverse=True)[:5], atol=1e-5)
    x = indices[None]
    memorias = []
    for camada in rede.layers:
        x = camada(x)
        if isinstance(camada, keras.layers.GRU):
            memorias.append(keras.ops.convert_to_numpy(x)[0, -1])
    np.testing.assert_allclose(posicao.memoria, np.hstack(memorias), atol=1e-5)


def test_com_todas_as_chances_iguais_a_surpresa_e_a_hesitacao_sao_o_log_dos_simbolos() -> None:
    vocabulario = Vocabulario(("", *"abc"))
    formas = [(4, 6), (2, 6), (2, 6), (2, 4), (4,)]
    artefato = Artefato.de_pesos([np.zeros(forma, np.float32) for forma in formas], vocabulario)
    (posicao,) = le(artefato, "b")
    assert (posicao.surpresa, posicao.hesitacao, posicao.nivel) == (2.0, 2.0, 2)
    assert posicao.esperados == (("", 0.25), ("a", 0.25), ("b", 0.25), ("c", 0.25))


@pytest.mark.parametrize(("bits", "nivel"), [(0, 0), (0.99, 0), (1, 1), (3.9, 2), (4, 3), (6, 4), (40, 4)])
def test_a_surpresa_tem_cinco_niveis(bits: float, nivel: int) -> None:
    assert Posicao("a", bits, 0, (), np.zeros(0, np.float32)).nivel == nivel


def test_as_mais_surpreendentes_vem_na_ordem_do_texto() -> None:
    posicoes = [Posicao("a", bits, 0, (), np.zeros(0, np.float32)) for bits in (1, 5, 2, 7, 5)]
    assert mais_surpreendentes(posicoes, 3) == [1, 3, 4]
    assert mais_surpreendentes(posicoes, 99) == [0, 1, 2, 3, 4]


def test_o_que_nao_se_ve_ganha_um_sinal() -> None:
    assert [visivel(simbolo) for simbolo in (" ", "\n", "", "\t", "ç")] == ["␣", "↵", "∎", "\ufffd", "ç"]


def test_um_caractere_desconhecido_e_recusado(artefato: Artefato) -> None:
    with pytest.raises(ErroPoema, match="'日'"):
        Leitura(artefato).le("日")


def test_o_comando_desenha_e_diz_o_que_vem_depois_e_onde_guardou(
    roda: Roda, modelo_salvo: Path, tmp_path: Path
) -> None:
    destino = tmp_path / "nova" / "lua.png"
    saida = roda(raio_x.main, r"A Lua\ncaiu", "no", "quintal", "--modelo", modelo_salvo, "--saida", destino)
    assert (saida.codigo, saida.err) == (0, "")
    assert saida.out.startswith("a lua\ncaiu no quintal\n\n")
    artefato = le_artefato(modelo_salvo)
    leitura = Leitura(artefato)
    for caractere in "a lua\ncaiu no quintal":
        leitura.le(caractere)
    assert f"depois disto, a rede espera:  {candidatos(leitura.esperados)}\n" in saida.out
    assert f"a figura está em {destino}" in saida.out
    assert "\x1b" not in saida.out
    sem_unidades = tmp_path / "sem.png"
    desenha(le(artefato, "a lua\ncaiu no quintal"), leitura.esperados, [], sem_unidades)
    assert image.imread(destino).shape[0] > image.imread(sem_unidades).shape[0] + 12 * 30  # doze linhas a mais
    assert [arquivo.name for arquivo in destino.parent.iterdir()] == ["lua.png"]


@pytest.mark.parametrize(
    ("argumentos", "mensagem"),
    [
        ([""], "de 1 a 120 caracteres"),
        (["a" * 121], "Recebido: 121."),
        (["a 日本"], "'日' '本'"),
        ([], "falta TEXTO"),
        (["a", "--saida", "lua.jpg"], "--saida deve ser um .png"),
        (["a", "--modelo", "nenhum.keras"], "não existe"),
    ],
)
def test_um_pedido_impossivel_da_uma_linha(
    roda: Roda, modelo_salvo: Path, argumentos: list[str], mensagem: str
) -> None:
    modelo = [] if "--modelo" in argumentos else ["--modelo", modelo_salvo]
    saida = roda(raio_x.main, *argumentos, *modelo)
    assert (saida.codigo, saida.out, saida.err.count("\n")) == (1, "", 1)
    assert mensagem in saida.err


def test_uma_pasta_em_que_nao_se_escreve_da_uma_linha(roda: Roda, modelo_salvo: Path, tmp_path: Path) -> None:
    (tmp_path / "arquivo").write_text("")
    saida = roda(raio_x.main, "a", "--modelo", modelo_salvo, "--saida", tmp_path / "arquivo" / "lua.png")
    assert (saida.codigo, saida.out, saida.err.count("\n")) == (1, "", 1)
    assert "Escolha outra em --saida" in saida.err


def test_sem_o_matplotlib_diz_o_que_instalar(roda: Roda, modelo_salvo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "poema.avaliacao.radiografia", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    saida = roda(raio_x.main, "a", "--modelo", modelo_salvo)
    assert (saida.codigo, saida.out, saida.err.count("\n")) == (1, "", 1)
    assert "falta o pacote matplotlib. Instale com: pip install" in saida.err
