"""Mostra poemas do modelo em várias temperaturas.

just amostra
just amostra --temperaturas 0.4 0.8 --quantidade 3 --semente 7
just amostra --dataset dataset/poemas-1k.txt      marca os versos que já estavam no texto de treino
"""

import random
from collections.abc import Sequence

from poema import terminal
from poema.caminhos import DATASET
from poema.dados.poemas import le_poemas
from poema.erros import ErroPoema
from poema.geracao.poeta import Poeta
from poema.terminal import Opcoes, decimal

MARCA = "≡"  # à esquerda de um verso que está, igual, no dataset
JANELA = 60  # caracteres do trecho com que --janela começa
LIMITE_SEM_FRONTEIRA = 400  # caracteres de um modelo que não sabe parar


def main(argumentos: Sequence[str]) -> None:
    o = _opcoes().parse_args(argumentos)
    if o.quantidade < 1:
        raise ErroPoema(f"--quantidade deve ser um inteiro positivo. Recebido: {o.quantidade}.")
    maneiras = [terminal.amostragem(o, temperatura) for temperatura in o.temperaturas]
    semente = terminal.semente_ao_acaso() if o.semente is None else o.semente
    caminho, artefato = terminal.abre_modelo(o)
    poeta, vocabulario = Poeta(artefato), artefato.vocabulario
    poemas = le_poemas(o.dataset or DATASET).textos if o.dataset or o.janela else ()
    versos = {verso.strip() for poema in poemas for verso in poema.split("\n")} if o.dataset else set()
    limite = {} if vocabulario.fronteira >= 0 else {"limite": LIMITE_SEM_FRONTEIRA}

    print(f"{caminho.name} · semente {semente}" + (f" · {MARCA} verso que está em {o.dataset}" if versos else ""))
    acaso = random.Random(semente)
    copiados = total = 0
    for numero, maneira in enumerate(maneiras):
        print(f"\n── temperatura {decimal(maneira.temperatura, 1)} " + "─" * 40)
        inicios = [_janela(poemas, acaso) if o.janela else "" for _ in range(o.quantidade)]
        sementes = [(semente + numero * o.quantidade + i) % 2**32 for i in range(o.quantidade)]
        escritos = poeta.poemas(maneira, sementes, [vocabulario.dobra(i) for i in inicios], **limite)
        for inicio, escrito in zip(inicios, escritos, strict=True):
            print()
            for verso in (inicio + escrito).split("\n"):
                copiado = verso.strip() in versos and bool(verso.strip())
                copiados, total = copiados + copiado, total + bool(verso.strip())
                print(f"{MARCA if copiado else ' '} {verso}".rstrip())
    if versos:
        print(f"\n{MARCA} {copiados} de {total} versos estão em {o.dataset}, iguais.")


def _janela(poemas: Sequence[str], acaso: random.Random) -> str:
    poema = acaso.choice(poemas)
    comeco = acaso.randrange(max(1, len(poema) - JANELA))
    return poema[comeco : comeco + JANELA]


def _opcoes() -> Opcoes:
    opcoes = Opcoes("amostra", "Mostra poemas do modelo em várias temperaturas.")
    opcoes.opcoes_do_modelo(f"marca com {MARCA} os versos que existem, iguais, neste texto")
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
