"""Onde ficam as coisas: no topo do projeto, em um clone; dentro do pacote, quando instalado."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from poema.erros import ErroPoema

_PACOTE = Path(__file__).resolve().parent
_CLONE = _PACOTE.parents[1]
EM_CLONE = (_CLONE / "pyproject.toml").is_file() and (_CLONE / "modelos_treinados").is_dir()

RECURSOS = _CLONE if EM_CLONE else _PACOTE / "recursos"  # o que vem com o projeto
RAIZ = _CLONE if EM_CLONE else Path.cwd()  # onde se escreve, se nada for dito

DATASET = RECURSOS / "dataset" / "poemas-5k.txt"
MODELOS = RECURSOS / "modelos_treinados"
PAGINA = RECURSOS / "index.html"
SAIDA = RAIZ / "modelos_treinados" / "temp"


def modelo_mais_novo() -> Path:
    """Devolve o último modelo treinado por você ou, se não há nenhum, o que vem com o projeto.

    Raises:
        ErroPoema: não há modelo algum.
    """
    for pasta in (SAIDA, MODELOS):
        inteiros = (caminho for caminho in pasta.glob("[!.]*.keras") if caminho.is_file())
        modelos = sorted(inteiros, key=lambda caminho: (caminho.stat().st_mtime, caminho.name))
        if modelos:
            return modelos[-1]
    raise ErroPoema(f"não há modelo em {SAIDA} nem em {MODELOS}. Treine um com: just treina")


def ao_lado(modelo: Path, sufixo: str) -> Path:
    """Devolve o arquivo de outro tipo que acompanha um modelo: poemas-5k.keras, poemas-5k.poema ou
    poemas-5k.int8.poema, e ".json" -> poemas-5k.json.
    """
    nome = modelo.stem
    if modelo.suffix.lower() == ".poema":  # just exporta põe no nome dele o tipo dos pesos
        nome = nome.removesuffix(".int8").removesuffix(".f16")
    return modelo.with_name(f"{nome}{sufixo}")


def certificado_de(exportado: Path) -> Path:
    """Devolve onde fica o certificado de um modelo exportado: poemas-5k.tflite -> poemas-5k.tflite.json."""
    return exportado.with_name(f"{exportado.name}.json")


def prepara_pasta(pasta: Path, opcao: str) -> None:
    """Cria a pasta e confere que se pode escrever nela: melhor saber antes de minutos de contas.

    Raises:
        ErroPoema: não se pode; a mensagem sugere outra na `opcao`.
    """
    try:
        pasta.mkdir(parents=True, exist_ok=True)
    except OSError as erro:
        raise ErroPoema(f"não consegui criar a pasta {pasta}: {erro.strerror}. Escolha outra em {opcao}.") from None
    try:
        with tempfile.TemporaryFile(dir=pasta):
            pass
    except OSError as erro:
        raise ErroPoema(f"não posso escrever na pasta {pasta}: {erro.strerror}. Escolha outra em {opcao}.") from None


@contextmanager
def escreve_inteiro(caminho: Path) -> Iterator[Path]:
    """Dá um caminho provisório, ao lado do definitivo; ao sair bem, renomeia; ao sair mal, apaga.

    Quem lê nunca encontra um arquivo pela metade.

    Raises:
        ErroPoema: não foi possível escrever (pasta sem permissão, disco cheio).
    """
    provisorio = caminho.with_name(f".{os.getpid()}-{caminho.name}")
    try:
        yield provisorio
        provisorio.replace(caminho)
    except OSError as erro:
        raise ErroPoema(
            f"não consegui escrever {caminho}: {erro.strerror or erro}. Libere espaço ou use outra pasta."
        ) from erro
    finally:
        with suppress(OSError):
            provisorio.unlink(missing_ok=True)
