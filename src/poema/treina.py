"""Treina a rede com um texto e grava o modelo.

just treina
just treina --dataset meu.txt --minutos 10
just treina --continua modelos_treinados/temp/20260131-101500.keras
"""

import argparse
import datetime
import json
import platform
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from poema import terminal
from poema.caminhos import DATASET, EM_CLONE, RAIZ, SAIDA, prepara_pasta
from poema.configuracao import RECEITAS, Configuracao
from poema.dados.poemas import Poemas, le_poemas
from poema.dados.vocabulario import Vocabulario
from poema.erros import ErroDeModelo, ErroPoema
from poema.geracao.artefato import le_artefato
from poema.narrador import Narrador
from poema.terminal import Opcoes, decimal

if TYPE_CHECKING:
    from poema.avaliacao.textos import Textos

EXAME_ATE = 5_000_000  # caracteres de texto: daí em diante os rivais leem por muito tempo, e muita memória
EPOCAS_SEM_LIMITE = 10**9  # com --minutos e sem --epocas, só o tempo conta


def main(argumentos: Sequence[str]) -> None:
    o = _opcoes().parse_args(argumentos)
    anterior = _le_anterior(o.continua) if o.continua else None
    configuracao = _configuracao(o, anterior)
    dataset = o.dataset or (RAIZ / anterior["dataset"]["arquivo"] if anterior else DATASET)
    poemas = le_poemas(dataset, configuracao.minusculas)
    if anterior and anterior["dataset"]["sha256"] != poemas.sha256:
        raise ErroPoema(f"{dataset} não é mais o texto com que este treino começou. Treine de novo, sem --continua.")
    treino, validacao = poemas.divide(configuracao.validacao, configuracao.semente)
    vocabulario = Vocabulario.de_textos(poemas.textos)

    onde = terminal.abre_rede()
    from poema.rede import checkpoint, grafico, modelo
    from poema.rede import treino as sala

    with terminal.exige("treino"):  # o exame vem no fim: melhor saber antes que falta com que fazê-lo
        from poema import boletim  # noqa: F401
        from poema.avaliacao import grafico as _  # noqa: F401
        from poema.avaliacao.textos import Textos

    rede = modelo.constroi(vocabulario, configuracao)
    if o.resumo:
        rede.summary(print_fn=print)
        return
    lotes, lotes_de_validacao = sala.lotes_de(treino, validacao, vocabulario, configuracao)
    prepara_pasta(o.continua.parent if o.continua else o.saida or SAIDA, "--saida")
    destino = o.continua or _destino(o.saida or SAIDA)
    relato = _relato(configuracao, dataset, poemas, len(validacao), rede.count_params(), onde)
    _apresenta(relato, poemas)

    retomada = checkpoint.caminho_da_retomada(destino) if anterior else None
    with Narrador(configuracao, vocabulario) as narrador:
        historico, motivo = sala.treina(
            rede, lotes, lotes_de_validacao, configuracao, destino, narrador, relato, retomada
        )
    melhor = historico.melhor(configuracao.monitora)
    grafico.desenha(historico.loss, historico.val_loss, melhor, destino.with_suffix(".png"))
    print(
        f"fim     ({motivo}) melhor época: {melhor + 1}, com {decimal(historico.val_loss[melhor])} nats por caractere "
        f"em poemas nunca vistos\nmodelo  {destino}",
        flush=True,
    )
    caracteres = relato["dataset"]["caracteres"]
    if caracteres <= EXAME_ATE:
        print(f"exame   {_examina(destino, Textos(treino, validacao))}")
    else:
        print(f"exame   demora, com {caracteres} caracteres de texto. Quando quiser: just avalia --modelo {destino}")


def _examina(modelo: Path, textos: "Textos") -> str:
    """Mede o modelo, acrescenta as medidas ao `.json` dele, desenha as temperaturas e devolve o resumo."""
    from poema import boletim
    from poema.avaliacao import exame as exames
    from poema.avaliacao import grafico
    from poema.rede import checkpoint

    artefato = le_artefato(modelo)
    exame = boletim.examina(artefato, textos, exames.TEMPERATURAS)
    caminho = modelo.with_suffix(".json")
    relato = json.loads(caminho.read_text("utf-8"))
    checkpoint.salva_relato(relato | {"exame": {"resumo": artefato.resumo, **exame.como_dicionario()}}, caminho)
    grafico.desenha(exame, modelo.with_suffix(".temperaturas.png"))
    return boletim.resumo(exame)


def _configuracao(o: argparse.Namespace, anterior: dict[str, Any] | None) -> Configuracao:
    """A receita pedida (ou a do treino que continua), com as opções por cima."""
    livres = {"epocas": o.epocas, "minutos": o.minutos, "paciencia": o.paciencia}
    if o.minutos is not None and o.epocas is None:
        livres["epocas"] = EPOCAS_SEM_LIMITE
    fixas = {"por_epoca": o.por_epoca, "semente": o.semente, "unidades": o.unidades, "camadas": o.camadas}
    if anterior is None:
        return RECEITAS[o.receita or "poema"].com(**livres, **fixas)
    mudadas = [
        nome.replace("_", "-")
        for nome, valor in {**fixas, "receita": o.receita, "saida": o.saida}.items()
        if valor is not None
    ]
    if mudadas:
        raise ErroPoema(f"--{mudadas[0]} não pode mudar no meio de um treino. Tire a opção ou comece outro treino.")
    configuracao = Configuracao.de_dicionario(anterior["configuracao"])
    if o.epocas is not None:
        configuracao = replace(configuracao, minutos=None)  # um limite novo vale sozinho
    return configuracao.com(**livres)


def _le_anterior(modelo: Path) -> dict[str, Any]:
    """O .json ao lado do modelo que se quer continuar."""
    caminho = modelo.with_suffix(".json")
    if modelo.suffix != ".keras":
        raise ErroDeModelo(f"--continua quer um arquivo .keras que você treinou. Recebido: {modelo}.")
    try:
        relato: dict[str, Any] = json.loads(caminho.read_text("utf-8"))
        Configuracao.de_dicionario(relato["configuracao"])
        Path(relato["dataset"]["arquivo"]), relato["dataset"]["sha256"]
    except FileNotFoundError:
        raise ErroDeModelo(
            f"não há como continuar {modelo}: {caminho} não existe. Dê a --continua um .keras que você treinou."
        ) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as erro:
        raise ErroDeModelo(
            f"não consegui entender {caminho} ({type(erro).__name__}). Treine de novo, sem --continua."
        ) from erro
    return relato


def _destino(pasta: Path) -> Path:
    """Um nome novo na pasta, pela data e hora."""
    agora = datetime.datetime.now()
    while (destino := pasta / f"{agora:%Y%m%d-%H%M%S}.keras").with_suffix(".json").exists():
        agora += datetime.timedelta(seconds=1)
    return destino


def _relato(
    configuracao: Configuracao, dataset: Path, poemas: Poemas, validacao: int, pesos: int, onde: str
) -> dict[str, Any]:
    """O que vai para o .json: o que foi pedido, com que texto e com que versões."""
    return {
        "configuracao": configuracao.como_dicionario(),
        "dataset": {
            "arquivo": str(_no_projeto(dataset)),
            "sha256": poemas.sha256,
            "poemas": len(poemas.textos),
            "repetidos": poemas.repetidos,
            "caracteres": sum(map(len, poemas.textos)),
            "validacao": validacao,
        },
        "pesos": pesos,
        "onde": onde,
        "versoes": {"python": platform.python_version()}
        | {pacote: version(pacote) for pacote in ("poema", "keras", "numpy")},
    }


def _no_projeto(caminho: Path) -> Path:
    """O caminho a partir do topo do projeto, se está dentro dele: o relato vale em qualquer máquina."""
    inteiro = caminho.resolve()
    return inteiro.relative_to(RAIZ) if EM_CLONE and inteiro.is_relative_to(RAIZ) else inteiro


def _apresenta(relato: dict[str, Any], poemas: Poemas) -> None:
    d = relato["dataset"]
    print(f"texto   {d['arquivo']}")
    print(
        f"        {d['poemas']} {'trechos' if poemas.continuo else 'poemas'}, {d['caracteres']} caracteres",
        end="",
    )
    print(f"; {d['repetidos']} repetidos ficaram de fora" if d["repetidos"] else "")
    print(f"divisão {d['poemas'] - d['validacao']} para treinar, {d['validacao']} que a rede não verá, para medir")
    print(f"rede    {relato['pesos']} pesos, receita {relato['configuracao']['receita']}")
    print(f"onde    {relato['onde']}", flush=True)


def _opcoes() -> Opcoes:
    opcoes = Opcoes("treina", "Treina a rede com um texto e grava o modelo em modelos_treinados/temp/.")
    inteiro, numero = terminal.inteiro, terminal.numero
    opcoes.opcao("dataset", f"o .txt de poemas (padrão: {DATASET.name})", type=Path, metavar="ARQUIVO")
    opcoes.opcao("saida", "a pasta do modelo (padrão: modelos_treinados/temp)", type=Path, metavar="PASTA")
    opcoes.opcao(
        "epocas", "épocas, no máximo; uma época é uma passada pelo texto (padrão: 60)", type=inteiro, metavar="N"
    )
    opcoes.opcao("minutos", "tempo de treino, no máximo, contando o de antes de --continua", type=numero, metavar="M")
    opcoes.opcao(
        "por-epoca", "encurta a época para N poemas; a seguinte continua de onde ela parou", type=inteiro, metavar="N"
    )
    opcoes.opcao("paciencia", "épocas sem melhorar até desistir", type=inteiro, metavar="N")
    opcoes.opcao("semente", "da divisão, da ordem e dos pesos iniciais (padrão: 0)", type=terminal.semente, metavar="N")
    opcoes.opcao(
        "receita",
        "poema: toda posição é uma lição (padrão); classica: só o caractere depois de uma janela de 60",
        type=terminal.um_de(RECEITAS),
        metavar="NOME",
    )
    opcoes.opcao("unidades", "memória de cada GRU (padrão: 128)", type=inteiro, metavar="N")
    opcoes.opcao("camadas", "GRUs empilhadas (padrão: 2)", type=inteiro, metavar="N")
    opcoes.opcao(
        "continua",
        "continua, da última época medida, o treino que gravou este .keras",
        type=Path,
        metavar="ARQUIVO",
    )
    opcoes.opcao("resumo", "mostra as camadas da rede e termina, sem treinar", action="store_true")
    return opcoes


if __name__ == "__main__":
    terminal.executa(main)
