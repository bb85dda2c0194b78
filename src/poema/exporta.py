"""Leva o modelo para outro lugar: um telefone, outro programa, uma página.

just exporta                        modelo.tflite, ao lado do modelo
just exporta --formato int8         modelo.int8.tflite, três vezes menor
just exporta --formato onnx         modelo.onnx
just exporta --formato web          modelo.int8.poema e modelo.f16.poema, para a página
just estatico                       estatico/index.html e estatico/modelo.poema: a página, sem servidor
"""

import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from poema import terminal
from poema.caminhos import PAGINA, ao_lado, certificado_de, escreve_inteiro, prepara_pasta
from poema.erros import ErroDeDados, ErroPoema
from poema.geracao.artefato import Artefato
from poema.geracao.web import empacota, le_web, tipo_exato
from poema.terminal import Opcoes, decimal


class Formato(NamedTuple):
    extra: str  # da instalação
    pacotes: tuple[str, ...]  # que fazem e abrem o arquivo, para o certificado
    arquivos: dict[str, str]  # o nome, em que {} é o do modelo -> o tipo dos pesos; "" é o que não muda nenhum


FORMATOS = {
    "litert": Formato("litert", ("keras", "tensorflow", "ai-edge-litert"), {"{}.tflite": "float32"}),
    "int8": Formato("litert", ("keras", "tensorflow", "ai-edge-litert"), {"{}.int8.tflite": "int8"}),
    "onnx": Formato("onnx", ("onnx", "onnxruntime"), {"{}.onnx": "float32"}),
    "web": Formato("avalia", ("numpy",), {"{}.int8.poema": "int8", "{}.f16.poema": "float16"}),
    "estatico": Formato("avalia", ("numpy",), {"modelo.poema": ""}),  # o nome que a página procura
}


def main(argumentos: Sequence[str]) -> None:
    o = _opcoes().parse_args(argumentos)
    formato = FORMATOS[o.formato]
    with terminal.exige("avalia"):
        from poema.exportacao import certificado
    caminho, artefato = terminal.abre_modelo(o.modelo, o.dataset)
    poemas = _poemas(caminho, artefato, o.dataset)
    pasta = o.saida or (Path(o.formato) if o.formato == "estatico" else caminho.parent)
    prepara_pasta(pasta, "--saida")
    tipos = {pasta / nome.format(ao_lado(caminho, "").name): tipo for nome, tipo in formato.arquivos.items()}
    for destino in tipos:
        _confere_o_lugar(destino, caminho, artefato)
    feitos = []  # o que se diz no fim, com tudo gravado: quem lê pode ter fechado o pipe
    for destino, pedido in tipos.items():
        tipo = pedido or tipo_exato(artefato)
        with escreve_inteiro(destino) as provisorio, terminal.exige(formato.extra):
            exportado = _grava(caminho, artefato, o.formato, tipo, provisorio)
            paridade = certificado.compara(artefato, exportado, poemas)
            paridade.confere(tipo, destino.name)
            certificado.grava(provisorio, destino, tipo, caminho, artefato, paridade, formato.pacotes)
        feitos += [_tamanho(destino), f"  {paridade}"]
    if o.formato == "estatico":
        with escreve_inteiro(pasta / PAGINA.name) as provisorio:
            shutil.copyfile(PAGINA, provisorio)
        feitos.append(_tamanho(pasta / PAGINA.name))
    print(*feitos, sep="\n")


def _tamanho(arquivo: Path) -> str:
    return f"{arquivo}, {decimal(arquivo.stat().st_size / 1000, 0)} KB"


def _confere_o_lugar(destino: Path, modelo: Path, artefato: Artefato) -> None:
    """Não se grava por cima do que outro modelo desta pasta exportou, nem da página de outra coisa."""
    pagina, outra = destino.with_name(PAGINA.name), "Diga outra pasta em --saida."
    if destino.parent.samefile(modelo.parent):
        try:
            dele = json.loads(certificado_de(destino).read_bytes())
            alheio = dele["modelo"] != artefato.resumo and dele["de"] != modelo.name
        except (OSError, ValueError, KeyError, TypeError):
            return
        if alheio:
            raise ErroPoema(f"{destino} já existe e saiu de {dele['de']}, que é outro modelo. {outra}")
    elif destino.name == "modelo.poema" and pagina.exists() and not destino.exists():
        raise ErroPoema(f"{pagina} já existe, e sem um modelo ao lado: talvez seja a página de outra coisa. {outra}")


def _poemas(modelo: Path, artefato: Artefato, dataset: Path | None) -> list[str]:
    """Os poemas em que conferir: os dados ou, como em `avalia`, os que o treino reservou."""
    from poema.avaliacao.textos import textos_de

    try:
        textos = textos_de(modelo, artefato.vocabulario, None, dataset)
    except ErroDeDados:
        if dataset:
            raise
        raise ErroPoema(
            f"não sei que poemas {modelo.name} nunca viu, e é em poemas assim que se confere. Dê alguns em --dataset."
        ) from None
    for aviso in textos.avisos_do_teste:  # o texto que o modelo leu, se não se acha, não faz falta aqui
        print(f"aviso: {aviso}", file=sys.stderr)
    return textos.teste


def _grava(modelo: Path, artefato: Artefato, formato: str, tipo: str, destino: Path) -> Artefato:
    """Grava o arquivo e o abre: devolve o mesmo artefato, com a conta feita pelo que foi gravado."""
    if formato in ("web", "estatico"):
        destino.write_bytes(empacota(artefato, tipo, _temperatura(modelo, artefato)))
        return le_web(destino)
    if formato == "onnx":
        from poema.exportacao.grafo import CelulaONNX, grafo

        destino.write_bytes(grafo(artefato.celula).SerializeToString())
        return replace(artefato, celula=CelulaONNX(artefato.celula, destino))
    from poema.geracao.litert import CelulaLiteRT

    terminal.abre_rede()
    from poema.rede.conversao import para_litert

    para_litert(artefato.celula.pesos, destino, int8=tipo == "int8")
    return replace(artefato, celula=CelulaLiteRT(artefato.celula, destino.read_bytes()))


def _temperatura(modelo: Path, artefato: Artefato) -> float | None:
    """A que o exame deste modelo sugere, se ele foi examinado."""
    from poema.avaliacao.textos import le_relato

    exame = (le_relato(modelo) or {}).get("exame") or {}
    return exame["temperatura"] if exame.get("resumo") == artefato.resumo else None


def _opcoes() -> Opcoes:
    opcoes = Opcoes(
        "exporta", "Grava o modelo em outro formato e confere, símbolo a símbolo, que ele faz a mesma conta."
    )
    opcoes.opcoes_do_modelo("os poemas em que conferir (padrão: os que o treino reservou)")
    opcoes.opcao(
        "formato",
        "litert (padrão), int8 (litert, três vezes menor), onnx, web ou estatico (a página e o modelo, sem servidor)",
        type=terminal.um_de(FORMATOS),
        metavar="NOME",
        default="litert",
    )
    opcoes.opcao("saida", "a pasta (padrão: a do modelo; da página, estatico)", type=Path, metavar="PASTA")
    return opcoes


if __name__ == "__main__":
    terminal.executa(main)
