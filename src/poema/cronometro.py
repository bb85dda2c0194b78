"""O relógio das medidas: quanto se faz por segundo, e o que um comando custa até falar, e em memória."""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from poema.erros import ErroPoema

RODADAS = 10

Trabalho = Callable[[], int]  # faz um tanto, e devolve quanto fez


def por_segundo(trabalho: Trabalho, segundos: float) -> float:
    """Devolve quanto `trabalho` rende por segundo, depois de um aquecimento."""
    trabalho()
    inicio, feito = time.perf_counter(), 0
    while (tempo := time.perf_counter() - inicio) < segundos:
        feito += trabalho()
    return feito / tempo


def lado_a_lado(trabalhos: Sequence[Trabalho], segundos: float) -> list[float]:
    """Devolve o melhor que cada um rendeu por segundo: `segundos` para cada um, em rodadas, um de cada vez.

    A máquina não é só de quem mede: o que a ocupa em uma rodada ocupa a todos, e a melhor é de quando ela esteve livre.
    """
    rodadas = [[por_segundo(trabalho, segundos / RODADAS) for trabalho in trabalhos] for _ in range(RODADAS)]
    return [max(de_um) for de_um in zip(*rodadas, strict=True)]


def primeira_letra(comando: Sequence[str]) -> float:
    """Devolve os segundos do shell à primeira letra que o comando escreve: o melhor de cinco.

    Raises:
        ErroPoema: ele não escreveu nada.
    """
    esperas = []
    for _ in range(5):
        inicio = time.perf_counter()
        with subprocess.Popen(comando, stdout=subprocess.PIPE) as processo:
            if processo.stdout is None or not processo.stdout.read(1):
                raise ErroPoema(f"o comando não escreveu nada: {' '.join(comando)}")
            esperas.append(time.perf_counter() - inicio)
            processo.stdout.read()
    return min(esperas)


def memoria(comando: Sequence[str]) -> float:
    """Devolve o pico de memória residente do comando, em MiB.

    É lido por um processo pequeno: um filho nasce com o pico de memória de quem o criou.
    """
    medidor = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    kib = subprocess.run([sys.executable, "-c", medidor, *comando], capture_output=True, text=True, check=True).stdout
    return int(kib) / 1024
