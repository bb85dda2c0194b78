"""Leva o modelo para outro lugar: um telefone, outro programa, uma página.

just exporta                        modelo.tflite, ao lado do modelo
just exporta --formato int8         modelo.int8.tflite, três vezes menor
just exporta --formato onnx         modelo.onnx
just exporta --formato web          modelo.int8.poema e modelo.f16.poema, para a página
just estatico                       estatico/index.html e estatico/modelo.poema: a página, sem servidor
"""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from poema import terminal
from poema.caminhos import PAGINA, ao_lado, escreve_inteiro, prepara_pasta
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
    if o.formato == "estatico" and not o.saida:
        raise ErroPoema("a página e o modelo vão para uma pasta só deles. Diga qual em --saida.")
    with terminal.exige("avalia"):
        from poema.exportacao import certificado
    caminho, artefato = terminal.abre_modelo(o.modelo, o.dataset)
    poemas = _poemas(caminho, artefato, o.dataset)
    pasta = o.saida or caminho.parent
    prepara_pasta(pasta, "--saida")
    for nome, pedido in formato.arquivos.items():
        destino, tipo = pasta / nome.format(ao_lado(caminho, "").name), pedido or tipo_exato(artefato)
        with escreve_inteiro(destino) as provisorio, terminal.exige(formato.extra):
            exportado = _grava(caminho, artefato, o.formato, tipo, provisorio)
            paridade = certificado.compara(artefato, exportado, poemas)
            paridade.confere(tipo, destino.name)
        certificado.grava(destino, tipo, caminho, artefato, paridade, formato.pacotes)
        print(f"{destino}, {decimal(destino.stat().st_size / 1000, 0)} KB")
        print(f"  {paridade}", flush=True)
    if o.formato == "estatico":
        with escreve_inteiro(pasta / PAGINA.name) as provisorio:
            shutil.copyfile(PAGINA, provisorio)
        print(f"{pasta / PAGINA.name}, {decimal(PAGINA.stat().st_size / 1000, 0)} KB")


def _poemas(modelo: Path, artefato: Artefato, dataset: Path | None) -> list[str]:
    """Os poemas em que conferir: os dados ou, como em `avalia`, os que o treino reservou."""
    from poema.avaliacao.textos import textos_de

    try:
        return textos_de(modelo, artefato.vocabulario, None, dataset).teste
    except ErroDeDados:
        if dataset:
            raise
        raise ErroPoema(
            f"não sei que poemas {modelo.name} nunca viu, e é em poemas assim que se confere. Dê alguns em --dataset."
        ) from None


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

    exame = (le_relato(modelo) or {}).get("exame", {})
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
    opcoes.opcao("saida", "a pasta (padrão: a do modelo)", type=Path, metavar="PASTA")
    return opcoes


if __name__ == "__main__":
    terminal.executa(main)
