"""Diz quão bom é um modelo: o que ele prevê, o que inventa, o que copia, e em que temperatura escreve melhor.

just avalia
just avalia --modelo meu.keras --dataset teste.txt
just avalia --juiz --juiz-modelo llama3.1
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from poema import terminal
from poema.caminhos import SAIDA, prepara_pasta
from poema.erros import ErroPoema
from poema.geracao.amostragem import Amostragem
from poema.geracao.artefato import Artefato
from poema.terminal import Opcoes

if TYPE_CHECKING:
    from poema.avaliacao.juiz import Julgamento
    from poema.avaliacao.textos import Textos

JUIZ = "llama3.1"
JULGADOS = 30  # poemas de cada grupo que o juiz lê
PARALELOS = 4  # pedidos ao juiz ao mesmo tempo


def main(argumentos: Sequence[str]) -> None:
    o = _opcoes().parse_args(argumentos)
    with terminal.exige("avalia"):
        from poema import boletim
        from poema.avaliacao import exame as exames
        from poema.avaliacao import grafico
        from poema.avaliacao.copia import Trechos
        from poema.avaliacao.textos import textos_de
    temperaturas = sorted(set(o.temperaturas or exames.TEMPERATURAS))
    for temperatura in temperaturas:
        Amostragem(temperatura=temperatura)  # melhor recusar agora que depois de minutos de contas
    if o.juiz_modelo and not o.juiz:
        raise ErroPoema("--juiz-modelo só vale com --juiz. Acrescente --juiz, ou tire o outro.")
    if o.grafico and (o.grafico.is_dir() or o.grafico.suffix != ".png"):
        raise ErroPoema(f"--grafico deve ser um arquivo .png. Recebido: {str(o.grafico)!r}.")
    juiz_modelo = o.juiz_modelo or JUIZ
    caminho, artefato = terminal.abre_modelo(o.modelo, o.treino or o.dataset, o.motor)
    destino = o.grafico or SAIDA / f"{caminho.stem}.temperaturas.png"
    textos = textos_de(caminho, artefato.vocabulario, o.treino, o.dataset)
    if o.juiz:
        _acha_o_juiz(o.juiz, juiz_modelo)
    prepara_pasta(destino.parent, "--grafico")
    for aviso in textos.avisos:
        print(f"aviso: {aviso}", file=sys.stderr)

    exame = boletim.examina(artefato, textos, temperaturas)
    grafico.desenha(exame, destino)
    if not o.json:
        print(f"{caminho.name} ({artefato.resumo}), {artefato.celula.parametros} pesos\n")
        print("\n".join([*boletim.previsao(exame), "", *boletim.escrita(exame)]))
        if textos.treino:
            print(f"\nUm poema, e o verso de treino mais próximo de cada verso ({terminal.MARCA} é igual)\n")
            escrito = exames.escreve(artefato, Amostragem(temperatura=exame.temperatura))[0]
            print("\n".join(boletim.exemplo(escrito, Trechos(textos.treino))))
        print(f"\n{boletim.resumo(exame)}")
        sugerida = terminal.decimal(exame.temperatura, 1)
        print(f"temperatura sugerida: {sugerida}; o gráfico está em {destino}", flush=True)
    julgamento = _julga(o.juiz, juiz_modelo, artefato, exame.temperatura, textos) if o.juiz else None
    if o.json:
        relato: dict[str, Any] = {"modelo": caminho.name, "resumo": artefato.resumo, **exame.como_dicionario()}
        if julgamento:
            relato["juiz"] = {"url": o.juiz, "modelo": juiz_modelo, **julgamento.como_dicionario()}
        print(json.dumps(relato, ensure_ascii=False))
    elif julgamento:
        print(f"\nO juiz, {juiz_modelo}: notas de 0 a 10\n")
        print("\n".join(f"  {linha}" for linha in julgamento.linhas()))
    if julgamento and julgamento.parou:
        raise ErroPoema(f"o juiz parou no meio, e as notas são as que deu até ali: {julgamento.parou}")


def _acha_o_juiz(url: str, modelo: str) -> None:
    """Melhor saber agora que ele não está que depois de minutos de contas."""
    with terminal.exige("llm"):
        from poema.colheita.servidor import Servidor

    async def confere() -> None:
        servidor = Servidor(url, modelo, 0, "--juiz-modelo")
        try:
            await servidor.confere()
        finally:
            await servidor.fecha()

    asyncio.run(confere())


def _julga(url: str, modelo: str, artefato: Artefato, temperatura: float, textos: "Textos") -> "Julgamento":
    """As notas dos poemas na temperatura sugerida."""
    from tqdm import tqdm

    from poema.avaliacao import exame, juiz
    from poema.avaliacao.textos import sorteados
    from poema.colheita.servidor import Servidor

    gerados = [escrito.texto for escrito in exame.escreve(artefato, Amostragem(temperatura=temperatura))[:JULGADOS]]
    reais = [textos.teste[i] for i in sorteados(textos.teste, JULGADOS)]
    with tqdm(total=len(gerados) + 2 * len(reais), leave=False, disable=None, bar_format="{bar:30} juiz") as barra:
        servidor = Servidor(url, modelo, 0, "--juiz-modelo")

        def avisa() -> None:
            barra.update()

        return asyncio.run(juiz.julga(servidor, gerados, reais, 0, PARALELOS, avisa))


def _opcoes() -> Opcoes:
    opcoes = Opcoes("avalia", "Mede um modelo, cada medida ao lado da mesma em poemas de verdade.")
    opcoes.opcoes_do_modelo("os poemas em que medir (padrão: os que o treino reservou)")
    opcoes.opcao_do_motor()
    opcoes.opcao(
        "treino",
        "o texto que o modelo leu, se o .json não diz ou o arquivo mudou de lugar",
        type=Path,
        metavar="ARQUIVO",
    )
    opcoes.opcao(
        "temperaturas",
        "em que escrever (padrão: 0,3 a 1,0)",
        type=terminal.numero,
        nargs="+",
        metavar="T",
    )
    opcoes.opcao("grafico", "o PNG a desenhar (padrão: em modelos_treinados/temp)", type=Path, metavar="ARQUIVO")
    opcoes.opcao(
        "juiz",
        f"pede notas a um modelo de linguagem neste servidor (sem endereço: o Ollama, {terminal.OLLAMA})",
        type=terminal.url,
        nargs="?",
        const=terminal.OLLAMA,
        metavar="URL",
    )
    opcoes.opcao("juiz-modelo", f"o nome dele no servidor (padrão: {JUIZ})", metavar="NOME")
    opcoes.opcao("json", "escreve as medidas em JSON, e só isso", action="store_true")
    return opcoes


if __name__ == "__main__":
    terminal.executa(main)
