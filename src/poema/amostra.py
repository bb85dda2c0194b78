"""Mostra poemas do modelo em várias temperaturas.

just amostra
just amostra --temperaturas 0.4 0.8 --quantidade 3 --semente 7
just amostra --dataset dataset/poemas-5k.txt      marca os versos que já estavam no texto de treino
"""

import random
from collections.abc import Sequence

from poema import terminal
from poema.caminhos import DATASET
from poema.configuracao import SEMENTE_MAXIMA
from poema.dados.poemas import le_poemas, versos
from poema.erros import ErroPoema
from poema.geracao.poeta import LIMITE, Poeta
from poema.terminal import MARCA, Opcoes

JANELA = 60  # caracteres do trecho com que --janela começa
MUITOS = 10_000  # poemas de uma vez, no máximo: cabem todos na memória


def main(argumentos: Sequence[str]) -> None:
    o = _opcoes().parse_args(argumentos)
    if not 1 <= o.quantidade <= MUITOS:
        raise ErroPoema(f"--quantidade deve ser um inteiro de 1 a {MUITOS}. Recebido: {o.quantidade}.")
    maneiras = [terminal.amostragem(o, temperatura) for temperatura in o.temperaturas]
    primeira = terminal.semente_ao_acaso() if o.semente is None else o.semente
    sementes = [(primeira + i) % (SEMENTE_MAXIMA + 1) for i in range(o.quantidade)]
    caminho, artefato = terminal.abre_modelo(o.modelo, o.dataset, o.motor)
    poeta, vocabulario = Poeta(artefato), artefato.vocabulario
    minusculas = not any(simbolo.isupper() for simbolo in vocabulario.simbolos)
    poemas = le_poemas(o.dataset or DATASET, minusculas).textos if o.dataset or o.janela else ()
    lidos = {verso for poema in poemas for verso in versos(poema)} if o.dataset else set()
    acaso = random.Random(primeira)

    print(f"{caminho.name} ({artefato.resumo}) · sementes {sementes[0]} a {sementes[-1]}")
    copiados = total = 0
    for maneira in maneiras:
        print(f"\n── temperatura {maneira.temperatura:g} ".replace(".", ",") + "─" * 40)
        inicios = [vocabulario.dobra(_janela(poemas, acaso)) if o.janela else "" for _ in sementes]
        for inicio, escrito in zip(inicios, poeta.poemas(maneira, sementes, inicios, LIMITE), strict=True):
            print()
            dados = inicio.count("\n") + 1 if inicio else 0  # versos que vieram do dataset, e não da rede
            for i, verso in enumerate(_corta(inicio + escrito, len(inicio) + LIMITE)):
                copiado = i >= dados and verso.strip() in lidos
                copiados, total = copiados + copiado, total + (i >= dados and bool(verso.strip()))
                print(f"{MARCA if copiado else ' '} {verso}".rstrip())
    if lidos:
        print(f"\n{MARCA} {copiados} de {total} versos estão, iguais, em {o.dataset}")


def _corta(poema: str, limite: int) -> list[str]:
    """Os versos do poema; se ele foi interrompido pelo limite, sem o último, que ficou pela metade."""
    linhas = poema.split("\n")
    return linhas if len(poema) < limite else [*linhas[:-1], terminal.CORTE]


def _janela(poemas: Sequence[str], acaso: random.Random) -> str:
    poema = acaso.choice(poemas)
    comeco = acaso.randrange(max(1, len(poema) - JANELA + 1))
    return poema[comeco : comeco + JANELA]


def _opcoes() -> Opcoes:
    opcoes = Opcoes("amostra", "Mostra poemas do modelo em várias temperaturas.")
    opcoes.opcoes_do_modelo(f"marca com {MARCA} os versos que existem, iguais, neste texto")
    opcoes.opcao_do_motor()
    opcoes.opcao(
        "temperaturas",
        "baixa é prudente, alta é ousada (padrão: 0,3 0,6 0,9)",
        type=terminal.numero,
        nargs="+",
        metavar="T",
        default=[0.3, 0.6, 0.9],
    )
    opcoes.opcao("quantidade", "poemas em cada temperatura (padrão: 2)", type=terminal.inteiro, metavar="N", default=2)
    opcoes.opcao("janela", f"começa de {JANELA} caracteres sorteados do dataset", action="store_true")
    opcoes.opcoes_de_amostragem()
    return opcoes


if __name__ == "__main__":
    terminal.executa(main)
