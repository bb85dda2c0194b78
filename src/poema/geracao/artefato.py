"""Abre um .keras sem Keras nem TensorFlow: o arquivo é um zip com um JSON (as camadas) e um HDF5 (os pesos).

Nada do arquivo é executado. Só passam as camadas que esta rede tem; qualquer outra é recusada pelo nome.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from poema.dados.vocabulario import Vocabulario
from poema.erros import ErroDeModelo, ErroPoema
from poema.geracao.celula import GRU, Celula

_SEM_PESOS = {"InputLayer", "Dropout", "Caracteres"}
_GRU_ESPERADA = {
    "activation": "tanh",
    "recurrent_activation": "sigmoid",
    "use_bias": True,
    "reset_after": True,
    "go_backwards": False,
}


@dataclass(frozen=True)
class Artefato:
    """Tudo de que a geração precisa."""

    celula: Celula
    vocabulario: Vocabulario
    configuracao: dict[str, Any] = field(default_factory=dict)  # os hiperparâmetros do treino, se vieram dentro
    resumo: str = ""  # os 8 primeiros dígitos do SHA-256 do arquivo: a identidade do modelo

    @classmethod
    def de_pesos(cls, pesos: Sequence[NDArray[np.float32]], vocabulario: Vocabulario) -> "Artefato":
        """Devolve o artefato de uma rede que está na memória.

        Args:
            pesos: três matrizes por GRU (kernel, recurrent kernel, bias) e duas da Dense, como o
                `get_weights` do Keras devolve.
            vocabulario: o da rede.
        """
        *grus, w, b = (np.asarray(peso, np.float32) for peso in pesos)
        trios = zip(grus[0::3], grus[1::3], grus[2::3], strict=True)
        return cls(Celula(tuple(GRU(k, u, bias[0], bias[1]) for k, u, bias in trios), w, b), vocabulario)


def le_artefato(caminho: Path, vocabularios: Callable[[], Sequence[Vocabulario]] | None = None) -> Artefato:
    """Abre um `.keras` treinado aqui, ou um `Sequential` de GRUs e Dense salvo por outro projeto em Keras 3.

    Args:
        caminho: o arquivo.
        vocabularios: dá os vocabulários possíveis de um modelo que não traz o seu; vale o primeiro do tamanho
            certo. Só é chamada se for preciso.

    Raises:
        ErroDeModelo: o arquivo não existe, está truncado, não é deste tipo de rede, traz código (`Lambda`),
            ou não traz vocabulário e nenhum dos dados serve.
    """
    conteudo = le_bytes(caminho)
    try:
        with zipfile.ZipFile(io.BytesIO(conteudo)) as pacote:
            rede = json.loads(pacote.read("config.json"))
            pesos = pacote.read("model.weights.h5")
        interna = _confere(rede, caminho)
        with h5py.File(io.BytesIO(pesos)) as h5:
            arranjos = _le_pesos(h5, sum(camada["class_name"] == "GRU" for camada in rede["config"]["layers"]))
        if simbolos := interna.get("simbolos"):
            vocabulario = Vocabulario(tuple(simbolos))
        else:
            vocabulario = _escolhe(vocabularios, arranjos[-1].shape[0], caminho)
        artefato = replace(
            Artefato.de_pesos(arranjos, vocabulario),
            configuracao=dict(interna.get("configuracao", {})),
            resumo=hashlib.sha256(conteudo).hexdigest()[:8],
        )
        confere_formas(artefato, caminho)
    except ErroPoema:
        raise
    except Exception as erro:  # um arquivo estragado falha de mil jeitos: zip, JSON, HDF5, formas
        raise ErroDeModelo(
            f"{caminho} não é um modelo .keras inteiro: está truncado ou é outra coisa ({type(erro).__name__}). "
            "Copie o arquivo de novo ou treine outro com: just treina"
        ) from erro
    return artefato


def le_bytes(caminho: Path) -> bytes:
    """Devolve o conteúdo de um arquivo de modelo.

    Raises:
        ErroDeModelo: ele não existe ou não pode ser lido.
    """
    try:
        return caminho.read_bytes()
    except FileNotFoundError:
        raise ErroDeModelo(f"o modelo {caminho} não existe. Confira o caminho.") from None
    except OSError as erro:
        raise ErroDeModelo(f"não consegui ler {caminho}: {erro.strerror}. Confira o caminho.") from None


def _confere(rede: dict[str, Any], caminho: Path) -> dict[str, Any]:
    """Confere as camadas e devolve a configuração da camada `Caracteres`, se houver uma."""
    interna: dict[str, Any] = {}
    camadas = rede["config"]["layers"]
    tipos = [camada["class_name"] for camada in camadas]
    for camada in camadas:
        tipo, opcoes = camada["class_name"], camada["config"]
        if tipo == "Lambda":
            raise ErroDeModelo(
                f"{caminho} traz código dentro (camada Lambda), e código de arquivo não é executado. "
                "Use um modelo só com GRU e Dense."
            )
        if tipo == "Caracteres":
            interna = opcoes
        elif tipo == "GRU":
            for opcao, esperado in _GRU_ESPERADA.items():
                if opcoes[opcao] != esperado:
                    raise ErroDeModelo(
                        f"{caminho}: a GRU deve ter {opcao}={esperado}. Recebido: {opcoes[opcao]}. "
                        "Treine com os argumentos padrão do Keras."
                    )
        elif tipo == "Dense" and opcoes["activation"] not in ("linear", "softmax"):
            raise ErroDeModelo(
                f"{caminho}: a Dense deve ser linear ou softmax. Recebido: {opcoes['activation']}. "
                "Treine um modelo com: just treina"
            )
        elif tipo not in _SEM_PESOS and tipo != "Dense":
            raise ErroDeModelo(f"{caminho} tem uma camada {tipo}. Use um modelo só com GRU e Dense.")
    com_pesos = [tipo for tipo in tipos if tipo not in _SEM_PESOS]
    if rede["class_name"] != "Sequential":
        raise ErroDeModelo(
            f"{caminho} deve ser um Sequential. Recebido: {rede['class_name']}. Treine um modelo com: just treina"
        )
    if len(com_pesos) < 2 or com_pesos != ["GRU"] * (len(com_pesos) - 1) + ["Dense"]:
        raise ErroDeModelo(
            f"{caminho} deve ter GRUs seguidas de uma Dense. Recebido: {', '.join(tipos)}. "
            "Treine um modelo com: just treina"
        )
    return interna


def _le_pesos(h5: h5py.File, grus: int) -> list[NDArray[np.float32]]:
    """Os pesos na ordem de `get_weights`. O Keras numera as camadas de mesmo tipo: gru, gru_1, gru_2..."""
    nomes = [f"layers/gru{f'_{i}' if i else ''}/cell/vars/{parte}" for i in range(grus) for parte in range(3)] + [
        "layers/dense/vars/0",
        "layers/dense/vars/1",
    ]
    return [np.asarray(h5[nome], np.float32) for nome in nomes]


def confere_formas(artefato: Artefato, caminho: Path) -> None:
    """Confere que os pesos são números e se encaixam uns nos outros e no vocabulário.

    Raises:
        ErroDeModelo: não são, ou não se encaixam.
    """
    celula, tamanho = artefato.celula, len(artefato.vocabulario)
    if not all(np.isfinite(peso).all() for peso in celula.pesos):
        raise ErroDeModelo(f"{caminho} tem pesos que não são números: o treino dele desandou. Treine outro.")
    entradas = [tamanho, *(gru.unidades for gru in celula.grus)]
    certas = all(
        gru.w.shape == (entrada, 3 * gru.unidades) and gru.u.shape[1] == gru.b.size == 3 * gru.unidades
        for gru, entrada in zip(celula.grus, entradas, strict=False)
    )
    if not certas or celula.w.shape != (entradas[-1], tamanho) or celula.b.shape != (tamanho,):
        raise ErroDeModelo(f"{caminho}: as formas dos pesos não combinam entre si. Copie o arquivo de novo.")


def _escolhe(vocabularios: Callable[[], Sequence[Vocabulario]] | None, tamanho: int, caminho: Path) -> Vocabulario:
    if vocabularios is None:
        raise ErroDeModelo(
            f"{caminho} não traz o seu vocabulário. Diga com que texto ele foi treinado: --dataset X.txt"
        )
    possiveis = vocabularios()
    for vocabulario in possiveis:
        if len(vocabulario) == tamanho:
            return vocabulario
    raise ErroDeModelo(
        f"o vocabulário do --dataset não é o de {caminho}: o modelo tem {tamanho} símbolos e o texto, "
        f"{' ou '.join(sorted({str(len(v)) for v in possiveis}))}. Use o texto com que ele foi treinado."
    )
