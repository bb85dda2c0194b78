"""Continua, na voz do modelo, as suas primeiras palavras.

just infere                                     pergunta a temperatura e as primeiras palavras
just infere --inicio "a lua" --temperatura 0.5 --poema
just infere --raio-x                            pinta cada caractere pela surpresa da rede
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import chain

from poema import terminal
from poema.erros import ErroPoema
from poema.geracao.amostragem import Amostragem
from poema.geracao.poeta import LIMITE, Poeta
from poema.lupa import Lupa
from poema.terminal import Opcoes

RITMO = 60  # caracteres por segundo em uma tela, para que se possa ler; em um pipe não há freio
PADRAO = 0.5


def main(argumentos: Sequence[str]) -> None:
    o = _opcoes().parse_args(argumentos)
    maneira = terminal.amostragem(o, PADRAO if o.temperatura is None else o.temperatura)
    _, artefato = terminal.abre_modelo(o.modelo, o.dataset, o.motor)
    if sys.stdin and sys.stdin.isatty() and sys.stdout.isatty():
        if o.temperatura is None:
            maneira = terminal.amostragem(o, _pergunta_temperatura())
        if o.inicio is None:
            o.inicio = input("primeiras palavras (vazio: nenhuma): ")
    inicio = artefato.vocabulario.dobra((o.inicio or "").replace("\\n", "\n"))
    semente = terminal.semente_ao_acaso() if o.semente is None else o.semente
    poeta = Poeta(artefato)
    if o.poema:
        inteiro = "".join(poeta.poema(maneira, semente, inicio))
        texto, cortado = iter(inteiro), len(inteiro) == LIMITE
    else:
        texto, cortado = poeta.sem_fim(maneira, semente, inicio), False
    artefato.vocabulario.codifica(inicio)  # um início impossível falha antes da primeira letra
    if o.raio_x:
        inicio, texto = "", Lupa.da_tela().escreve(artefato, inicio, texto)
    elif cortado:
        texto = chain(texto, f"\n{terminal.CORTE}")
    _escreve(inicio, texto)


def _pergunta_temperatura() -> float:
    while True:
        resposta = input(f"temperatura, de 0 (prudente) a 1 (ousada) [{terminal.decimal(PADRAO, 1)}]: ").strip()
        try:
            return Amostragem(temperatura=terminal.numero(resposta) if resposta else PADRAO).temperatura
        except (ErroPoema, argparse.ArgumentTypeError) as erro:
            print(erro)


def _escreve(inicio: str, texto: Iterator[str]) -> None:
    saida = sys.stdout
    tela = saida.isatty()
    saida.write(inicio)
    for caractere in texto:
        saida.write(caractere)
        if tela:
            saida.flush()
            time.sleep(1 / RITMO)
    saida.write("\n")


def _opcoes() -> Opcoes:
    opcoes = Opcoes("infere", "Continua, na voz do modelo, as suas primeiras palavras, até Ctrl+C.")
    opcoes.opcoes_do_modelo("o texto de um modelo que não traz o seu vocabulário")
    opcoes.opcao_do_motor()
    opcoes.opcao("temperatura", "0 escolhe sempre o mais provável; 1 arrisca", type=terminal.numero, metavar="T")
    opcoes.opcao("inicio", "as primeiras palavras, de qualquer tamanho", metavar="TEXTO")
    opcoes.opcao("poema", "escreve um poema só, até o fim dele, ou até 600 caracteres", action="store_true")
    opcoes.opcao(
        "raio-x",
        "pinta cada caractere pela surpresa da rede: -log₂ da chance que ela lhe dava, em bits, antes da "
        "temperatura; no fim do poema, onde ela mais se surpreendeu e os cinco caracteres que esperava ali",
        action="store_true",
    )
    opcoes.opcoes_de_amostragem()
    return opcoes


if __name__ == "__main__":
    terminal.executa(main)
