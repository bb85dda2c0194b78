"""Mede, nesta máquina e nesta hora, cada número que o README afirma, ao lado do que ele diz vencer.

just mede
OPENBLAS_NUM_THREADS=1 just mede --pagina                    só a página, em um Chromium, ao lado do NumPy
OPENBLAS_NUM_THREADS=1 taskset -c 0 just mede --motores      só o NumPy e o LiteRT, lado a lado, em um núcleo
"""

import itertools
import json
import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from poema import espelho, terminal
from poema.avaliacao.ngrama import NGramas
from poema.avaliacao.previsao import nats_por_caractere
from poema.caminhos import DATASET
from poema.configuracao import RECEITAS, Configuracao
from poema.cronometro import Trabalho, lado_a_lado, memoria, por_segundo, primeira_letra
from poema.dados.poemas import le_poemas
from poema.geracao.amostragem import Amostragem
from poema.geracao.artefato import Artefato
from poema.geracao.poeta import Poeta
from poema.terminal import Opcoes, decimal

SEGUNDOS = 5.0  # de cada medida
FLUXOS = 256
SEMENTES = 200  # poemas que a página e o terminal escrevem, em cada temperatura
LOTES = (1, 64, 256, 1024)  # poemas de uma vez, na comparação dos motores
SO_TREINA = "import sys; from poema import treina; treina.EXAME_ATE = 0; treina.main(sys.argv[1:])"  # sem o exame
TEXTOS = (1_000, 10_000, 100_000)  # poemas: o custo de uma lição e a memória não devem crescer com o texto


def main(argumentos: Sequence[str]) -> None:
    opcoes = Opcoes("mede", "Mede a velocidade, a memória e a loss, ao lado dos rivais.")
    opcoes.opcoes_do_modelo("os poemas em que medir (padrão: os que vêm junto)")
    opcoes.opcao("motores", "só os motores, lado a lado, com o que just exporta gravou", action="store_true")
    opcoes.opcao("pagina", "só a página, em um Chromium, e se os poemas dela são os do terminal", action="store_true")
    o = opcoes.parse_args(argumentos)
    caminho, artefato = terminal.abre_modelo(o.modelo, o.dataset)
    if o.motores:
        for medida in _motores(caminho, artefato):
            _mostra(*medida)
        return
    if o.pagina:
        print(f"{caminho.name}, {os.cpu_count()} núcleos", flush=True)
        for achado in espelho.mede(artefato, SEGUNDOS, SEMENTES):
            if isinstance(achado, str):
                print(achado, flush=True)
            else:
                _mostra(*achado)
        return
    configuracao = Configuracao.de_dicionario(artefato.configuracao)
    poemas = le_poemas(o.dataset or DATASET, configuracao.minusculas)
    treino, validacao = poemas.divide(configuracao.validacao, configuracao.semente)

    print(f"{caminho.name}, {artefato.celula.parametros} pesos, {os.cpu_count()} núcleos\n", flush=True)
    medidas: dict[str, float] = {}
    for nome, unidade, valor in itertools.chain(
        _comando(caminho),
        _loss(artefato, treino, validacao),
        _geracao(artefato),
        _keras(treino, artefato),
        _tamanhos(treino, artefato),
    ):
        medidas[nome] = valor
        _mostra(nome, unidade, valor)
    medidas["geração: um fluxo / predict"] = (
        medidas["geração: um fluxo"] / medidas["geração: predict do Keras, janela de 60"]
    )
    medidas[f"geração: {FLUXOS} fluxos / um"] = medidas[f"geração: {FLUXOS} fluxos"] / medidas["geração: um fluxo"]
    medidas["treino: poema / classica"] = medidas["treino: receita poema"] / medidas["treino: receita classica"]
    menor, *_, maior = (medidas[f"treino: texto de {quantos} poemas"] for quantos in TEXTOS)
    medidas[f"treino: texto de {TEXTOS[-1]} poemas / de {TEXTOS[0]}"] = maior / menor
    for nome in list(medidas)[-4:]:
        print(f"{nome:52} {decimal(medidas[nome], 1):>9} vezes")
    print(json.dumps({nome: round(valor, 4) for nome, valor in medidas.items()}, ensure_ascii=False))


Medida = tuple[str, str, float]


def _mostra(nome: str, unidade: str, valor: float) -> None:
    casas = 0 if isinstance(valor, int) or valor >= 10 else 3
    print(f"{nome:52} {decimal(valor, casas):>9} {unidade}", flush=True)


def _motores(modelo: Path, artefato: Artefato) -> Iterator[Medida]:
    """Os motores lado a lado em cada tamanho de lote; e o começo de um comando com os que ele sabe usar."""
    with terminal.exige("litert"):
        from poema.geracao.litert import com_litert
    motores = {
        "numpy": artefato,
        "litert": com_litert(artefato, modelo),
        "litert, int8": com_litert(artefato, modelo, int8=True),
    }
    medidas: list[tuple[str, Callable[[Artefato], Trabalho]]] = [("1 por vez, sem o sorteio", _rede_sozinha)]
    medidas += [(f"{fluxos} por vez", partial(_escrita, fluxos=fluxos)) for fluxos in LOTES]
    for medida, trabalho in medidas:
        ritmos = lado_a_lado([trabalho(com_motor) for com_motor in motores.values()], SEGUNDOS)
        for nome, ritmo in zip(motores, ritmos, strict=True):
            yield f"{nome}: {medida}", "caracteres/s", ritmo
            if nome != "numpy":
                yield f"{nome}: {medida} / numpy", "vezes", ritmo / ritmos[0]
    for nome in terminal.MOTORES:
        for medida, unidade, valor in _comando(modelo, nome):
            yield f"{nome}: {medida}", unidade, valor


def _loss(artefato: Artefato, treino: list[str], validacao: list[str]) -> Iterator[Medida]:
    yield "loss: modelo, poemas nunca vistos", "nats/caractere", nats_por_caractere(artefato, validacao)
    poemas = treino[:1000]
    lidos = sum(map(len, poemas))
    ritmo = por_segundo(lambda: lidos if nats_por_caractere(artefato, poemas) else 0, SEGUNDOS)
    yield "avaliação", "caracteres/s", ritmo
    yield "loss: 7-grama, os mesmos poemas", "nats/caractere", NGramas(7, treino).nats_por_caractere(validacao)[7]


def _comando(modelo: Path, motor: str = terminal.MOTORES[0]) -> Iterator[Medida]:
    comando = [sys.executable, "-m", "poema.amostra", "--modelo", str(modelo), "--motor", motor]
    yield "amostra: até a primeira letra", "s", primeira_letra(comando)
    yield "amostra: memória residente", "MiB", memoria(comando)


def _geracao(artefato: Artefato) -> Iterator[Medida]:
    """Um poema atrás do outro, um só e muitos de uma vez."""
    yield "geração: um fluxo", "caracteres/s", por_segundo(_escrita(artefato, 1), SEGUNDOS)
    yield f"geração: {FLUXOS} fluxos", "caracteres/s", por_segundo(_escrita(artefato, FLUXOS), SEGUNDOS)


def _rede_sozinha(artefato: Artefato) -> Trabalho:
    """Lê símbolos em um fluxo só, sem o sorteio."""
    indices, memorias = np.array([1]), artefato.celula.memoria(1)
    return lambda: sum(len(artefato.celula.passo(indices, memorias)) for _ in range(1000))


def _escrita(artefato: Artefato, fluxos: int) -> Trabalho:
    """Escreve caracteres em todos os fluxos, com o sorteio."""
    escritos, passos = Poeta(artefato).fluxos(Amostragem(), range(fluxos)), max(20, 1000 // fluxos)
    return lambda: fluxos * sum(1 for _ in itertools.islice(escritos, passos))


def _keras(poemas: list[str], artefato: Artefato) -> Iterator[Medida]:
    """O `predict` por caractere, como no projeto original, e o treino das duas receitas."""
    terminal.abre_rede()
    from poema.rede import velocidade

    vocabulario = artefato.vocabulario
    yield "geração: predict do Keras, janela de 60", "caracteres/s", velocidade.predict(vocabulario, SEGUNDOS)
    for receita, configuracao in RECEITAS.items():
        alvos = velocidade.treino(poemas, vocabulario, configuracao, 2 * SEGUNDOS)
        yield f"treino: receita {receita}", "alvos/s", alvos


def _tamanhos(poemas: list[str], artefato: Artefato) -> Iterator[Medida]:
    """O treino com textos cada vez maiores: lições por segundo, e a memória do maior além da do menor."""
    from poema.rede import velocidade

    memorias = []
    for quantos in TEXTOS:
        textos = _embaralha_versos(poemas, quantos)
        yield (
            f"treino: texto de {quantos} poemas",
            "alvos/s",
            velocidade.treino(textos, artefato.vocabulario, RECEITAS["poema"], 2 * SEGUNDOS),
        )
        if quantos in (TEXTOS[0], TEXTOS[-1]):
            with tempfile.TemporaryDirectory() as pasta:
                dataset = Path(pasta) / "texto.txt"
                dataset.write_text("".join(f"{texto}\n@\n" for texto in textos), "utf-8")
                opcoes = ["--dataset", str(dataset), "--saida", pasta, "--epocas", "1", "--por-epoca", "640"]
                memorias.append(memoria([sys.executable, "-c", SO_TREINA, *opcoes]))
    yield f"treino: memória de {TEXTOS[-1]} poemas além da de {TEXTOS[0]}", "MiB", memorias[1] - memorias[0]


def _embaralha_versos(poemas: list[str], quantos: int) -> list[str]:
    """Poemas de mentira, com os versos e os tamanhos dos de verdade, tantos quantos se queira."""
    acaso = random.Random(0)
    versos = [verso for poema in poemas for verso in poema.split("\n") if verso]
    tamanhos = [len(poema.split("\n")) for poema in poemas]
    return ["\n".join(acaso.choices(versos, k=acaso.choice(tamanhos))) for _ in range(quantos)]


if __name__ == "__main__":
    terminal.executa(main)
