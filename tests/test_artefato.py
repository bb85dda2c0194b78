import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from poema.configuracao import Configuracao
from poema.dados.vocabulario import Vocabulario
from poema.erros import ErroDeModelo
from poema.geracao.artefato import le_artefato


def refaz(origem: Path, destino: Path, camada: int, **troca: Any) -> Path:
    """Copia um .keras trocando algo da configuração de uma camada; `class_name` troca o tipo."""
    with zipfile.ZipFile(origem) as velho, zipfile.ZipFile(destino, "w") as novo:
        for nome in velho.namelist():
            conteudo = velho.read(nome)
            if nome == "config.json":
                arvore = json.loads(conteudo)
                alvo = arvore["config"]["layers"][camada]
                alvo["class_name"] = troca.pop("class_name", alvo["class_name"])
                alvo["config"].update(troca)
                conteudo = json.dumps(arvore).encode()
            novo.writestr(nome, conteudo)
    return destino


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Como o projeto original publica: one-hot de fora, GRU, GRU, Dense softmax, sem vocabulário."""
    import keras

    caminho = tmp_path_factory.mktemp("original") / "original.keras"
    camadas = [
        keras.Input((59, 5)),
        keras.layers.GRU(8, return_sequences=True),
        keras.layers.GRU(8),
        keras.layers.Dense(5, activation="softmax"),
    ]
    rede = keras.Sequential(camadas)
    rede.compile("rmsprop", "categorical_crossentropy")
    rede.save(caminho)
    return caminho


def test_o_artefato_traz_vocabulario_e_hiperparametros(
    modelo_salvo: Path, vocabulario: Vocabulario, pequena: Configuracao
) -> None:
    artefato = le_artefato(modelo_salvo)
    assert artefato.vocabulario == vocabulario
    assert Configuracao.de_dicionario(artefato.configuracao) == pequena
    assert len(artefato.resumo) == 8


def test_um_modelo_do_projeto_original_abre_com_o_vocabulario_de_fora(original: Path) -> None:
    import keras
    import numpy as np

    certo = Vocabulario(("\n", " ", "a", "b", "ç"))
    artefato = le_artefato(original, lambda: [Vocabulario(("a", "b")), certo])
    assert artefato.vocabulario == certo
    ids = np.arange(59) % 5
    memoria = artefato.celula.memoria(1)
    logits = np.array([artefato.celula.passo([i], memoria)[0] for i in ids])[-1]
    probabilidades = np.exp(logits) / np.exp(logits).sum()
    do_keras = keras.saving.load_model(original, compile=False).predict(np.eye(5)[ids][None], verbose=0)[0]
    np.testing.assert_allclose(probabilidades, do_keras, atol=1e-5)


def test_um_modelo_sem_vocabulario_pede_o_dataset(original: Path) -> None:
    with pytest.raises(ErroDeModelo, match=r"não traz o seu vocabulário.*--dataset"):
        le_artefato(original)


def test_um_vocabulario_de_outro_tamanho_e_recusado_com_os_dois_tamanhos(original: Path) -> None:
    with pytest.raises(ErroDeModelo, match=r"o modelo tem 5 símbolos e o texto, 2"):
        le_artefato(original, lambda: [Vocabulario(("a", "b"))])


def test_um_modelo_que_nao_e_uma_pilha_de_camadas_e_recusado(tmp_path: Path) -> None:
    import keras

    entrada = keras.Input((None, 5))
    caminho = tmp_path / "atalho.keras"
    keras.Model(entrada, keras.layers.Dense(5)(keras.layers.GRU(4, return_sequences=True)(entrada))).save(caminho)
    with pytest.raises(ErroDeModelo, match=r"Sequential\. Recebido: Functional"):
        le_artefato(caminho)


def test_arquivo_truncado_em_qualquer_ponto_e_recusado(modelo_salvo: Path, tmp_path: Path) -> None:
    inteiro = modelo_salvo.read_bytes()
    cortado = tmp_path / "cortado.keras"
    for fim in (0, 10, len(inteiro) // 4, len(inteiro) // 2, len(inteiro) - 30):
        cortado.write_bytes(inteiro[:fim])
        with pytest.raises(ErroDeModelo, match="truncado"):
            le_artefato(cortado)


def test_pesos_truncados_dentro_do_zip_sao_recusados(modelo_salvo: Path, tmp_path: Path) -> None:
    ruim = tmp_path / "ruim.keras"
    with zipfile.ZipFile(modelo_salvo) as velho, zipfile.ZipFile(ruim, "w") as novo:
        novo.writestr("config.json", velho.read("config.json"))
        novo.writestr("model.weights.h5", velho.read("model.weights.h5")[:2000])
    with pytest.raises(ErroDeModelo, match="truncado"):
        le_artefato(ruim)


def test_arquivo_que_nao_e_keras_e_recusado(tmp_path: Path) -> None:
    foto = tmp_path / "foto.keras"
    foto.write_bytes(b"\x89PNG" * 100)
    with pytest.raises(ErroDeModelo, match="não é um modelo"):
        le_artefato(foto)
    with pytest.raises(ErroDeModelo, match="não existe"):
        le_artefato(tmp_path / "nada.keras")
    with pytest.raises(ErroDeModelo, match="não consegui ler"):
        le_artefato(tmp_path)


def test_um_modelo_com_codigo_dentro_e_recusado_sem_executar_nada(tmp_path: Path) -> None:
    import keras

    perigoso = tmp_path / "perigoso.keras"
    camadas = [keras.Input((None, 5)), keras.layers.Lambda(lambda x: x), keras.layers.GRU(4), keras.layers.Dense(5)]
    keras.Sequential(camadas).save(perigoso)
    with pytest.raises(ErroDeModelo, match="Lambda"):
        le_artefato(perigoso)


@pytest.mark.parametrize(
    ("camada", "troca", "mensagem"),
    [
        (2, {"reset_after": False}, "reset_after=True. Recebido: False"),
        (2, {"activation": "relu"}, "activation=tanh. Recebido: relu"),
        (2, {"class_name": "LSTM"}, "camada LSTM"),
        (6, {"class_name": "Dropout"}, "GRUs seguidas de uma Dense"),
        (6, {"activation": "relu"}, "linear ou softmax. Recebido: relu"),
        (1, {"simbolos": ["a"]}, "formas dos pesos"),
        (1, {"simbolos": [1, 2]}, "formas dos pesos"),
        (1, {"configuracao": 7}, "não é um modelo"),
    ],
)
def test_uma_rede_de_outro_tipo_e_recusada_com_o_que_ela_tem(
    modelo_salvo: Path, tmp_path: Path, camada: int, troca: dict[str, Any], mensagem: str
) -> None:
    with pytest.raises(ErroDeModelo, match=mensagem):
        le_artefato(refaz(modelo_salvo, tmp_path / "outro.keras", camada, **troca))


def test_pesos_que_nao_sao_numeros_sao_recusados(modelo_salvo: Path, tmp_path: Path) -> None:
    import keras

    rede = keras.models.load_model(modelo_salvo)
    rede.layers[-1].set_weights([peso * float("nan") for peso in rede.layers[-1].get_weights()])
    rede.save(tmp_path / "nan.keras")
    with pytest.raises(ErroDeModelo, match="pesos que não são números"):
        le_artefato(tmp_path / "nan.keras")
