"""Põe modelos lado a lado, na mesma tabela e nos mesmos poemas, com um n-grama na primeira linha.

just compara a.keras b.keras
just compara modelos_treinados/temp/*.keras --dataset teste.txt --markdown
"""

import itertools
import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from poema import terminal
from poema.cronometro import por_segundo
from poema.dados.vocabulario import Vocabulario
from poema.erros import ErroDeDados
from poema.geracao.amostragem import Amostragem
from poema.geracao.artefato import Artefato
from poema.geracao.poeta import Poeta
from poema.terminal import Opcoes, decimal, porcento

if TYPE_CHECKING:
    from poema.avaliacao.escrita import Escrito
    from poema.avaliacao.textos import Textos

SEGUNDOS = 2.0  # da medida de velocidade
ORDEM = 7  # do n-grama
COLUNAS = {
    "modelo": "modelo",
    "parametros": "pesos",
    "kb": "KB",
    "nats": "nats/caractere",
    "palavras_inexistentes": "palavras inexistentes",
    "versos_copiados": "versos copiados",
    "caracteres_por_segundo": "caracteres/s",
}
Linha = dict[str, Any]


def main(argumentos: Sequence[str]) -> None:
    o = _opcoes().parse_args(argumentos)
    amostragem = Amostragem(temperatura=o.temperatura)
    with terminal.exige("avalia"):
        from tqdm import tqdm

        from poema.avaliacao import escrita, exame, ngrama  # noqa: F401  o que as linhas vão importar
        from poema.avaliacao.textos import textos_de
    abertos = [terminal.abre_modelo(modelo, o.treino or o.dataset) for modelo in o.modelos]
    # todos são medidos nos mesmos poemas, só com os caracteres que todos conhecem
    simbolos = [set(artefato.vocabulario.simbolos) for _, artefato in abertos]
    comuns = Vocabulario(tuple(sorted(set.intersection(*simbolos))))
    teste: Path | list[str] | None = o.dataset
    for caminho, _ in abertos:
        try:  # os que o primeiro modelo que reservou algum reservou
            teste = teste or textos_de(caminho, comuns, o.treino).teste
        except ErroDeDados as erro:
            falta = erro
    if not teste:
        raise falta
    todos = [textos_de(caminho, comuns, o.treino, teste) for caminho, _ in abertos]
    pares = list(zip(abertos, todos, strict=True))
    avisos = [f"{caminho.name}: {aviso}" for (caminho, _), textos in pares for aviso in textos.avisos]
    com_treino = next((textos for textos in todos if textos.treino), None)
    linhas = [_do_ngrama(com_treino, amostragem)] if com_treino else []
    if not linhas:
        avisos.append("sem a linha do n-grama: nenhum texto de treino está à mão.")
    with tqdm(total=len(todos), leave=False, disable=None, bar_format="{bar:30} {n} de {total}") as barra:
        for (caminho, artefato), textos in pares:
            linhas.append(_do_modelo(caminho, artefato, textos, amostragem))
            barra.update()
    for aviso in avisos:
        print(f"aviso: {aviso}", file=sys.stderr)
    if o.json:
        print(json.dumps({"temperatura": o.temperatura, "linhas": linhas}, ensure_ascii=False, allow_nan=False))
        return
    print("\n".join(tabela([[linha[coluna] for coluna in COLUNAS] for linha in linhas], o.markdown)))
    print(f"\nescrita na temperatura {decimal(o.temperatura, 1)}; {len(todos[0].teste)} poemas de teste")


def tabela(linhas: Sequence[Sequence[Any]], markdown: bool) -> list[str]:
    """Devolve a tabela, com os nomes das COLUNAS em cima; em Markdown, ou alinhada para o terminal."""
    celulas = [
        list(COLUNAS.values()),
        *([_celula(*par) for par in zip(COLUNAS, linha, strict=True)] for linha in linhas),
    ]
    if markdown:
        celulas.insert(1, ["---"] + ["---:"] * (len(COLUNAS) - 1))
        return [f"| {' | '.join(linha)} |" for linha in celulas]
    larguras = [max(map(len, coluna)) for coluna in zip(*celulas, strict=True)]
    return [
        "  ".join(
            celula.ljust(n) if i == 0 else celula.rjust(n)
            for i, (celula, n) in enumerate(zip(linha, larguras, strict=True))
        )
        for linha in celulas
    ]


def _celula(coluna: str, valor: Any) -> str:
    if valor is None:
        return "—"
    if coluna == "nats":
        return decimal(valor)
    return porcento(valor) if coluna in ("palavras_inexistentes", "versos_copiados") else str(valor)


def _do_ngrama(textos: "Textos", amostragem: Amostragem) -> Linha:
    """O n-grama que leu o mesmo texto que o primeiro modelo."""
    from poema.avaliacao import exame
    from poema.avaliacao.escrita import Escrito
    from poema.avaliacao.ngrama import NGramas

    ngramas = NGramas(ORDEM, textos.treino)
    poemas, sementes = ngramas.poemas(amostragem, range(exame.POEMAS), exame.LIMITE), itertools.count()
    return {
        "modelo": f"{ORDEM}-grama",
        "parametros": ngramas.parametros,
        "kb": None,
        "nats": ngramas.nats_por_caractere(textos.teste)[ORDEM],
        **_medidas([Escrito(poema, len(poema) < exame.LIMITE) for poema in poemas], textos),
        "caracteres_por_segundo": round(
            por_segundo(lambda: len(ngramas.poemas(amostragem, [next(sementes)], exame.LIMITE)[0]), SEGUNDOS)
        ),
    }


def _do_modelo(caminho: Path, artefato: Artefato, textos: "Textos", amostragem: Amostragem) -> Linha:
    from poema.avaliacao import exame
    from poema.avaliacao.previsao import nats_por_caractere

    fluxo = Poeta(artefato).sem_fim(amostragem, semente=1)
    return {
        "modelo": caminho.name,
        "parametros": artefato.celula.parametros,
        "kb": round(caminho.stat().st_size / 1000),
        "nats": nats_por_caractere(artefato, textos.teste),
        **_medidas(exame.escreve(artefato, amostragem), textos),
        "caracteres_por_segundo": round(por_segundo(lambda: sum(1 for _ in itertools.islice(fluxo, 500)), SEGUNDOS)),
    }


def _medidas(escritos: Sequence["Escrito"], textos: "Textos") -> Linha:
    from poema.avaliacao.escrita import MEDIDAS, Referencia
    from poema.avaliacao.razao import Razao

    referencia, medidas = Referencia(textos.treino), {}
    for chave in ("palavras_inexistentes", "versos_copiados"):
        razao = Razao.de_poemas(MEDIDAS[chave].conta(escrito, referencia) for escrito in escritos)
        medidas[chave] = None if math.isnan(razao.valor) else razao.valor
    return medidas if textos.treino else {**medidas, "versos_copiados": None}


def _opcoes() -> Opcoes:
    opcoes = Opcoes("compara", "Põe modelos lado a lado, nos mesmos poemas, com um n-grama na primeira linha.")
    opcoes.varios("modelos", "os .keras ou .poema", type=Path, metavar="MODELO")
    opcoes.opcao(
        "dataset", "os poemas em que medir (padrão: os que o primeiro modelo não leu)", type=Path, metavar="ARQUIVO"
    )
    opcoes.opcao(
        "treino",
        "o texto que os modelos leram, se o .json não diz ou o arquivo mudou de lugar",
        type=Path,
        metavar="ARQUIVO",
    )
    opcoes.opcao("temperatura", "em que escrever (padrão: 0,5)", type=terminal.numero, default=0.5, metavar="T")
    opcoes.opcao("markdown", "a tabela em Markdown", action="store_true")
    opcoes.opcao("json", "a tabela em JSON, e só isso", action="store_true")
    return opcoes


if __name__ == "__main__":
    terminal.executa(main)
