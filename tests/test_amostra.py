import re
import shutil
from pathlib import Path

import pytest

from conftest import Roda
from poema import amostra, terminal
from poema.caminhos import MODELOS


def test_mostra_poemas_do_modelo_que_vem_junto_nas_tres_temperaturas(roda: Roda) -> None:
    saida = roda(amostra.main, "--modelo", MODELOS / "poemas-5k.keras", "--semente", 1)
    assert (saida.codigo, saida.err) == (0, "")
    assert re.findall(r"temperatura (\d,\d)", saida.out) == ["0,3", "0,6", "0,9"]
    assert len(saida.out) > 200


def test_a_mesma_semente_mostra_o_mesmo(roda: Roda, modelo_salvo: Path) -> None:
    def mostra(semente: int) -> str:
        return roda(amostra.main, "--modelo", modelo_salvo, "--temperaturas", "0,5", "--semente", semente).out

    assert mostra(3) == mostra(3)
    assert mostra(3) != mostra(4)


def test_versos_que_estao_no_dataset_sao_marcados_e_contados(
    roda: Roda, modelo_salvo: Path, dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poema = "o gato dorme no quintal\num verso novo\n\na lua também"
    monkeypatch.setattr(amostra.Poeta, "poemas", lambda *a, **k: [poema])
    saida = roda(
        amostra.main, "--modelo", modelo_salvo, "--dataset", dataset, "--quantidade", 1, "--temperaturas", "0.5"
    )
    assert "≡ o gato dorme no quintal\n  um verso novo\n\n≡ a lua também\n" in saida.out
    assert "2 de 3 versos" in saida.out


def test_janela_comeca_de_um_trecho_do_dataset(roda: Roda, modelo_salvo: Path, dataset: Path) -> None:
    saida = roda(
        amostra.main, "--modelo", modelo_salvo, "--dataset", dataset, "--janela", "--quantidade", 1, "--semente", 1
    )
    inicios = re.findall(r"─\n\n. (.*)", saida.out)
    texto = dataset.read_text()
    assert len(inicios) == 3
    assert all(inicio[:15] in texto for inicio in inicios)


@pytest.mark.parametrize(
    ("argumentos", "mensagem"),
    [
        (["--quantidade", "0"], "--quantidade deve ser um inteiro de 1 a 10000. Recebido: 0"),
        (["--temperaturas", "quente"], "deve ser um número, como 0,5. Recebido: 'quente'"),
        (["--temperaturas", "-1"], "temperatura deve estar entre 0 e 10. Recebido: -1"),
        (["--top-p", "2"], "top-p deve estar acima de 0"),
        (["--modelo", "/nao/existe.keras"], "/nao/existe.keras não existe"),
    ],
)
def test_pedido_impossivel_da_uma_linha_e_codigo_1(roda: Roda, argumentos: list[str], mensagem: str) -> None:
    saida = roda(amostra.main, *argumentos)
    assert (saida.codigo, saida.err.count("\n")) == (1, 1)
    assert mensagem in saida.err


def test_um_modelo_do_projeto_original_abre_com_o_seu_texto(roda: Roda, tmp_path: Path) -> None:
    import keras

    texto = tmp_path / "texto.txt"
    texto.write_text("um pato\nno lago\n@\numa pata\n@\n")
    tamanho = len(set("um pato\nno lago\numa pata"))
    modelo = tmp_path / "original.keras"
    camadas = [
        keras.Input((59, tamanho)),
        keras.layers.GRU(8, return_sequences=True),
        keras.layers.GRU(8),
        keras.layers.Dense(tamanho, activation="softmax"),
    ]
    keras.Sequential(camadas).save(modelo)
    saida = roda(amostra.main, "--modelo", modelo, "--dataset", texto, "--janela", "--quantidade", 1, "--semente", 1)
    assert (saida.codigo, saida.err) == (0, "")
    assert saida.out.count(terminal.CORTE) == 3  # não sabe parar: cada poema é cortado
    assert "--dataset X.txt" in roda(amostra.main, "--modelo", modelo).err


def test_copias_sao_vistas_tambem_quando_o_modelo_escreve_maiusculas(
    roda: Roda, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from poema.configuracao import Configuracao
    from poema.dados.vocabulario import Vocabulario
    from poema.rede import checkpoint, modelo

    texto = tmp_path / "texto.txt"
    texto.write_text("Um Pato\n@\nUma Pata\n@\n")
    rede = modelo.constroi(Vocabulario.de_textos(["Um Pato Uma Pata"]), Configuracao(unidades=4))
    checkpoint.salva(rede, tmp_path / "m.keras")
    monkeypatch.setattr(amostra.Poeta, "poemas", lambda *a, **k: ["Um Pato"])
    saida = roda(amostra.main, "--modelo", tmp_path / "m.keras", "--dataset", texto, "--quantidade", 1)
    assert "3 de 3 versos" in saida.out


def test_com_codigo_dentro_o_modelo_e_recusado_em_uma_linha(roda: Roda, tmp_path: Path) -> None:
    import keras

    camadas = [keras.Input((None, 5)), keras.layers.Lambda(lambda x: x), keras.layers.GRU(4), keras.layers.Dense(5)]
    keras.Sequential(camadas).save(tmp_path / "m.keras")
    saida = roda(amostra.main, "--modelo", tmp_path / "m.keras")
    assert (saida.codigo, saida.out, saida.err.count("\n")) == (1, "", 1)
    assert "Lambda" in saida.err


def test_um_modelo_truncado_da_uma_linha_e_codigo_1(roda: Roda, modelo_salvo: Path, tmp_path: Path) -> None:
    cortado = tmp_path / "cortado.keras"
    shutil.copy(modelo_salvo, cortado)
    cortado.write_bytes(cortado.read_bytes()[:5000])
    saida = roda(amostra.main, "--modelo", cortado)
    assert (saida.codigo, saida.err.count("\n")) == (1, 1)
    assert "truncado" in saida.err
