"""O exame de um modelo: quão bem prevê, o que escreve em cada temperatura, e quanto disso copia.

Toda medida vem ao lado do seu piso: a mesma conta em poemas de verdade que o modelo não leu. Ninguém precisa ser melhor
que ele.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poema.avaliacao import escrita, ppm
from poema.avaliacao.escrita import Escrito, Referencia
from poema.avaliacao.ngrama import NGramas
from poema.avaliacao.previsao import Previsao, preve
from poema.avaliacao.razao import Razao
from poema.avaliacao.textos import Textos, sorteados
from poema.geracao.amostragem import Amostragem
from poema.geracao.artefato import Artefato
from poema.geracao.poeta import Poeta

TEMPERATURAS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
POEMAS = 200  # escritos em cada temperatura
LIMITE = 1000  # caracteres, até cortar um poema que não acaba
ORDENS = range(3, 9)  # dos n-gramas
ORDENS_DO_PPMD = (7, 12)
POEMAS_DO_PPMD = 50  # ele relê o treino inteiro para cada um


@dataclass(frozen=True)
class Rival:
    """Quanto gasta quem aprendeu com o mesmo texto, e quanto o modelo gasta a menos nos mesmos poemas."""

    poemas: int
    nats: Razao
    vantagem: Razao  # por caractere, poema a poema: positiva se o modelo é melhor


@dataclass(frozen=True)
class Exame:
    """Tudo o que se mediu."""

    poemas: int  # de teste
    nats: Razao  # por caractere, com a fronteira
    nats_dos_caracteres: Razao
    nats_da_fronteira: Razao  # por poema
    rivais: dict[str, Rival]
    piso: dict[str, Razao]
    piso_maior_copia: int | None
    escritos: dict[float, dict[str, Razao]]  # por temperatura
    maior_copia: dict[float, int | None]  # caracteres, por temperatura; None sem o texto de treino
    temperatura: float  # a sugerida
    avisos: list[str]

    def como_dicionario(self) -> dict[str, Any]:
        """Devolve o que vai para um JSON, com None onde não houve o que medir."""
        cru = json.dumps(asdict(self))
        dicionario: dict[str, Any] = json.loads(
            cru, parse_float=lambda numero: round(float(numero), 6), parse_constant=lambda _: None
        )  # o JSON não tem NaN
        return dicionario


def examina(artefato: Artefato, textos: Textos, temperaturas: Sequence[float], avisa: Callable[[str], None]) -> Exame:
    """Mede tudo.

    Args:
        artefato: o modelo.
        textos: os poemas de treino e de teste; sem os de treino não há rivais nem cópia.
        temperaturas: em que escrever.
        avisa: chamada no começo de cada etapa, com o nome dela; são `etapas(...)`.

    Raises:
        ErroPoema: uma temperatura fora do intervalo.
    """
    amostragens = [Amostragem(temperatura=temperatura) for temperatura in temperaturas]
    avisa("previsão")
    previsao = preve(artefato, textos.teste)
    rivais = _rivais(textos, previsao, avisa) if textos.treino else {}
    avisa("poemas de verdade")
    referencia = Referencia(textos.treino)
    piso = escrita.mede([Escrito(poema) for poema in textos.teste], referencia)
    piso_maior_copia = referencia.trechos.maior(textos.teste[:POEMAS]) if textos.treino else None
    escritos: dict[float, dict[str, Razao]] = {}
    maior: dict[float, int | None] = {}
    for amostragem in amostragens:
        avisa(f"temperatura {amostragem.temperatura:g}".replace(".", ","))
        poemas = escreve(artefato, amostragem)
        escritos[amostragem.temperatura] = escrita.mede(poemas, referencia)
        copia = referencia.trechos.maior([poema.texto for poema in poemas])
        maior[amostragem.temperatura] = copia if textos.treino else None
    if not textos.treino:  # tudo seria novo, e nada copiado: não foi medido
        for medidas in (piso, *escritos.values()):
            for chave in escrita.DO_TREINO:
                medidas[chave] = Razao.de_poemas([])
    return Exame(
        poemas=len(textos.teste),
        nats=previsao.por_caractere,
        nats_dos_caracteres=previsao.so_caracteres,
        nats_da_fronteira=previsao.so_fronteira,
        rivais=rivais,
        piso=piso,
        piso_maior_copia=piso_maior_copia,
        escritos=escritos,
        maior_copia=maior,
        temperatura=sugere(escritos, piso),
        avisos=textos.avisos,
    )


def etapas(textos: Textos, temperaturas: Sequence[float]) -> int:
    """Devolve quantas vezes `examina` avisa."""
    return 2 + len(temperaturas) + (1 + len(ORDENS_DO_PPMD) if textos.treino else 0)


def escreve(artefato: Artefato, amostragem: Amostragem) -> list[Escrito]:
    """Escreve os poemas em que se mede: sempre os mesmos, dado o modelo e a temperatura."""
    poemas = Poeta(artefato).poemas(amostragem, range(POEMAS), [""] * POEMAS, LIMITE)
    return [Escrito(poema, inteiro=len(poema) < LIMITE) for poema in poemas]


def sugere(escritos: dict[float, dict[str, Razao]], piso: dict[str, Razao]) -> float:
    """Devolve a temperatura em que se erra menos além do que os poemas de verdade "erram".

    O erro é a soma dos excessos: palavras que não existem (que crescem com a temperatura), versos copiados, repetidos
    no poema e de um poema em outro (que diminuem). No empate, a mais alta. Onde não se escreveu nada não se sugere.
    """

    def erro(temperatura: float) -> float:
        chaves = ("palavras_inexistentes", "versos_copiados", "versos_repetidos", "versos_de_outros")
        medidos = [chave for chave in chaves if not np.isnan(piso[chave].valor)]
        excessos = [escritos[temperatura][chave].valor - piso[chave].valor for chave in medidos]
        return float("inf") if np.isnan(excessos).any() else float(sum(max(0, excesso) for excesso in excessos))

    return min(sorted(escritos, reverse=True), key=erro)


def _rivais(textos: Textos, previsao: Previsao, avisa: Callable[[str], None]) -> dict[str, Rival]:
    avisa("n-gramas")
    nats = NGramas(ORDENS[-1], textos.treino).nats(textos.teste)
    melhor = min(ORDENS, key=lambda ordem: float(nats[:, ordem - 1].sum()))
    rivais = {f"{melhor}-grama": _rival(previsao, nats[:, melhor - 1], range(len(textos.teste)))}
    alguns = sorteados(textos.teste, POEMAS_DO_PPMD)
    for ordem in ORDENS_DO_PPMD:
        avisa(f"PPMd de ordem {ordem}")
        do_ppmd = ppm.nats(ordem, textos.treino, [textos.teste[i] for i in alguns])
        rivais[f"PPMd de ordem {ordem}"] = _rival(previsao, do_ppmd, alguns)
    return rivais


def _rival(previsao: Previsao, nats: Sequence[float] | NDArray[np.float64], quais: Sequence[int]) -> Rival:
    """`nats` são os do rival, em cada um dos poemas `quais`, com a fronteira."""
    alvos = previsao.tamanhos[quais] + 1
    do_modelo = previsao.nats[quais] / previsao.alvos[quais] * alvos
    return Rival(
        len(alvos),
        Razao.de_poemas(zip(nats, alvos, strict=True)),
        Razao.de_poemas(zip(np.asarray(nats) - do_modelo, alvos, strict=True)),
    )
