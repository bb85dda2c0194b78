"""O que as unidades da rede contam, sem que ninguém lhes tenha ensinado.

Cada unidade é um número entre -1 e 1 que a rede atualiza a cada caractere. Algumas acompanham algo que sabemos nomear:
quanto já se andou no verso, se a palavra vai acabar. Para achá-las, a rede escreve, e a cada caractere se mede a
correlação de Pearson, r, entre cada unidade e cada `SINAIS`: 1 sobem e descem juntos, -1 um sobe quando o outro
desce, 0 nada têm a ver. (Karpathy, Johnson e Fei-Fei, "Visualizing and Understanding Recurrent Networks", 2015.)
"""

import unicodedata
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from poema.dados.vocabulario import Vocabulario
from poema.geracao.amostragem import Amostragem
from poema.geracao.artefato import Artefato
from poema.geracao.poeta import Poeta

SINAIS = (
    "lugar no verso",
    "lugar no poema",
    "letras da palavra",
    "leu uma vogal",
    "está entre palavras",
    "a palavra vai acabar",
    "o verso vai acabar",
)
_POR_SINAL = 2  # unidades de cada sinal, no máximo
_FLUXOS, _CARACTERES = 64, 400  # o que a rede escreve: tantos textos, com tantos caracteres cada um


@dataclass(frozen=True)
class Unidade:
    """Uma unidade e o sinal que ela acompanha."""

    posicao: int  # entre as de todas as GRUs
    gru: int  # 1 é a que lê os caracteres
    numero: int  # dentro da sua GRU, de 0 em diante
    sinal: str
    r: float


def reveladoras(artefato: Artefato, quantas: int = 12) -> list[Unidade]:
    """Devolve as unidades de |r| mais alto, até duas de cada sinal, na ordem dos SINAIS e de |r|.

    Uma unidade aparece uma vez só: no seu melhor sinal entre os que ainda têm lugar.

    É sempre o mesmo resultado para o mesmo modelo: as sementes são fixas.
    """
    textos, memorias = _escreve(artefato)
    r = _correlacoes(_sinais(textos, artefato.vocabulario), memorias)
    donas = np.repeat(np.arange(len(artefato.celula.grus)), [gru.unidades for gru in artefato.celula.grus])
    escolhidas: list[Unidade] = []
    for qual in np.argsort(-np.abs(r), axis=None, kind="stable"):
        sinal, unidade = divmod(int(qual), r.shape[1])
        iguais = sum(outra.sinal == SINAIS[sinal] for outra in escolhidas)
        if iguais < _POR_SINAL and unidade not in {outra.posicao for outra in escolhidas}:
            gru = int(donas[unidade])
            numero = unidade - int(np.searchsorted(donas, gru))
            escolhidas.append(Unidade(unidade, gru + 1, numero, SINAIS[sinal], float(r[sinal, unidade])))
    return sorted(escolhidas[:quantas], key=lambda unidade: (SINAIS.index(unidade.sinal), -abs(unidade.r)))


def _escreve(artefato: Artefato) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """O que a rede escreve, (tempo, fluxos), e a memória depois de cada caractere, (tempo, fluxos, unidades)."""
    fluxos = Poeta(artefato).fluxos(Amostragem(temperatura=1), range(_FLUXOS))
    memoria = artefato.celula.memoria(_FLUXOS)
    artefato.celula.passo([0] * _FLUXOS, memoria)
    textos, memorias = [], []
    for indices in islice(fluxos, _CARACTERES):
        for h in memoria:
            h[indices == artefato.vocabulario.fronteira] = 0
        artefato.celula.passo(indices, memoria)
        textos.append(indices)
        memorias.append(np.hstack(memoria))
    return np.array(textos), np.array(memorias)


def _sinais(textos: NDArray[np.intp], vocabulario: Vocabulario) -> NDArray[np.float64]:
    """O valor de cada um dos SINAIS depois de cada caractere: (sinais, tempo, fluxos)."""
    bases = [unicodedata.normalize("NFD", simbolo)[:1].lower() for simbolo in vocabulario.simbolos]
    vogal = np.array([base in set("aeiou") for base in bases])[textos]
    letra = np.array([base.isalpha() for base in bases])[textos]
    poema = textos == vocabulario.fronteira
    verso = np.array([base == "\n" for base in bases])[textos] | poema
    acaba_palavra, acaba_verso = (np.roll(fim, -1, axis=0) for fim in (~letra, verso))  # no último, um palpite
    return np.array(
        [_desde(verso), _desde(poema), _desde(~letra), vogal, ~letra, letra & acaba_palavra, acaba_verso], float
    )


def _desde(marcas: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Quantos caracteres se passaram desde a última marca: (tempo, fluxos)."""
    contas = np.zeros(marcas.shape, np.intp)
    for tempo in range(1, len(marcas)):
        contas[tempo] = np.where(marcas[tempo], 0, contas[tempo - 1] + 1)
    return contas


def _correlacoes(sinais: NDArray[np.float64], memorias: NDArray[np.float32]) -> NDArray[np.float64]:
    """O r de Pearson de cada par: (sinais, unidades). O que nunca muda não tem r: vale 0."""
    s, m = sinais.reshape(len(sinais), -1).T, memorias.reshape(-1, memorias.shape[-1]).astype(np.float64)
    s, m = s - s.mean(axis=0), m - m.mean(axis=0)
    normas = np.sqrt(np.outer((s * s).sum(axis=0), (m * m).sum(axis=0)))
    r: NDArray[np.float64] = np.divide(s.T @ m, normas, out=np.zeros(normas.shape), where=normas > 0)
    return r
