"""Mede o servidor de verdade, nesta máquina e só nela: leitores aos milhares, reinícios, ataques.

just mede-servidor
just mede-servidor --so leitores partida --leitores 2000
just mede-servidor --so rotatividade --rotatividade 10
"""

import json
import math
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from poema import terminal
from poema.caminhos import escreve_inteiro
from poema.carga import provas, sustos
from poema.carga.cobaia import cabem
from poema.carga.provas import Medida, Medidas, Plano
from poema.erros import ErroPoema
from poema.terminal import Opcoes, decimal

PLANO = Plano()


def main(argumentos: Sequence[str]) -> None:
    o = _opcoes().parse_args(argumentos)
    plano = replace(PLANO, leitores=tuple(o.leitores or PLANO.leitores), rotatividade=o.rotatividade)
    if min(plano.leitores) < 1:
        raise ErroPoema(f"--leitores deve ser um número positivo. Recebido: {min(plano.leitores)}.")
    if not 0 < plano.rotatividade <= 60:
        raise ErroPoema(f"--rotatividade deve estar entre 0 e 60 minutos. Recebido: {plano.rotatividade:g}.")
    if o.json and not o.json.parent.is_dir():
        raise ErroPoema(f"não há a pasta {o.json.parent}. Escolha outro arquivo em --json.")
    provas_pedidas = _provas(o.so)
    cabem(0)
    print(f"{os.cpu_count()} núcleos, Python {sys.version.split()[0]}", flush=True)

    medidas: list[Medida] = []
    falhas = []
    for nome, prova in provas_pedidas.items():
        print(f"\n{nome}: {(prova.__doc__ or '').splitlines()[0]}", flush=True)
        try:
            for medida in prova(plano):
                print(_linha(medida) if isinstance(medida, Medida) else f"  {medida}", flush=True)
                medidas += [medida] if isinstance(medida, Medida) else []
        except ErroPoema as erro:
            print(f"  não deu para medir: {erro}", flush=True)
            falhas.append(nome)
    _resumo(medidas)
    if o.json:
        with escreve_inteiro(o.json) as caminho:
            caminho.write_text(_json(medidas), "utf-8")
    if falhas:
        raise ErroPoema(f"não deu para medir: {', '.join(falhas)}. Acima está a razão.")


def _opcoes() -> Opcoes:
    opcoes = Opcoes("mede-servidor", "Mede o servidor: processador, atraso, memória, reinícios, ataques.")
    opcoes.opcao("so", "só estas medidas (padrão: todas): " + ", ".join(NOMES), nargs="+", metavar="NOME")
    opcoes.opcao(
        "leitores",
        "quantos leem, na primeira medida (padrão: 5000 10000)",
        nargs="+",
        type=terminal.inteiro,
        metavar="N",
    )
    opcoes.opcao(
        "rotatividade",
        "quanto dura a medida de gente que chega e vai embora (padrão: 1)",
        type=terminal.numero,
        metavar="MINUTOS",
        default=PLANO.rotatividade,
    )
    opcoes.opcao("json", "grava aqui as medidas, em JSON", type=Path, metavar="ARQUIVO")
    return opcoes


NOMES = (
    "leitores",
    "difusao",
    "parados",
    "proprios",
    "partida",
    "reinicio",
    "conformidade",
    "hostil",
    "rotatividade",
)


def _provas(so: list[str] | None) -> dict[str, Callable[[Plano], Medidas]]:
    """As provas pedidas, na ordem de sempre."""
    for nome in so or ():
        if nome not in NOMES:
            raise ErroPoema(f"não conheço a medida {nome!r}. As que há: {', '.join(NOMES)}.")
    with terminal.exige("servidor"):
        from poema.carga import eco
    todas = (
        *(provas.leitores, eco.difusao, provas.parados, provas.proprios, provas.partida),
        *(sustos.reinicio, eco.conformidade, sustos.hostil, sustos.rotatividade),
    )
    return {prova.__name__: prova for prova in todas if not so or prova.__name__ in so}


def _linha(medida: Medida) -> str:
    return f"{medida.nome:58} {_numero(medida.valor):>9} {medida.unidade}{_alvo(medida)}"


def _alvo(medida: Medida) -> str:
    """O que se queria, entre parênteses, e um sinal se não foi assim."""
    if medida.cumpre is None:
        return ""
    limite = medida.ate if medida.ate is not None else medida.ao_menos
    palavra = "até" if medida.ate is not None else "ao menos"
    return f" ({palavra} {_numero(limite or 0)}){'' if medida.cumpre else '  ← não'}"


def _numero(valor: float) -> str:
    if math.isnan(valor):
        return "?"
    return decimal(valor, 0 if valor == int(valor) or abs(valor) >= 100 else 1 if abs(valor) >= 10 else 3)


def _resumo(medidas: list[Medida]) -> None:
    """O que tinha uma meta, e se foi cumprida."""
    com_meta = [medida for medida in medidas if medida.cumpre is not None]
    print(f"\nmetas cumpridas: {sum(bool(medida.cumpre) for medida in com_meta)} de {len(com_meta)}")
    for medida in com_meta:
        print(f"{'sim' if medida.cumpre else 'NÃO'}  {_linha(medida)}")


def _json(medidas: list[Medida]) -> str:
    linhas = [
        {
            "nome": medida.nome,
            "valor": None if math.isnan(medida.valor) else round(medida.valor, 4),
            "unidade": medida.unidade,
            "ate": medida.ate,
            "ao_menos": medida.ao_menos,
            "cumpre": medida.cumpre,
        }
        for medida in medidas
    ]
    return json.dumps(linhas, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    terminal.executa(main)
