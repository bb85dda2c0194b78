"""O que todo comando faz igual: ler as opções, mostrar erros em uma linha, sair em silêncio.

As opções usam o argparse, que vem com o Python e abre em um centésimo de segundo; aqui as suas mensagens
ganham português e o código de saída 1.
"""

import argparse
import io
import math
import os
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from poema.caminhos import EM_CLONE, modelo_mais_novo
from poema.configuracao import SEMENTE_MAXIMA
from poema.dados.poemas import le_poemas
from poema.dados.vocabulario import Vocabulario
from poema.erros import ErroPoema
from poema.geracao.amostragem import Amostragem
from poema.geracao.artefato import Artefato, le_artefato
from poema.geracao.web import le_web

OLLAMA = "http://localhost:11434/v1"
MOTORES = ("numpy", "litert")
CORTE = "[…]"  # no lugar do que um poema teria além do limite
MARCA = "≡"  # à esquerda de um verso que está, igual, no texto de treino


class Opcoes(argparse.ArgumentParser):
    """As opções de um comando."""

    def __init__(self, comando: str, descricao: str):
        super().__init__(
            prog=f"just {comando}",
            usage=f"just {comando} [opções]     ou     python -m poema.{comando.replace('-', '_')} [opções]",
            description=descricao,
            add_help=False,
            allow_abbrev=False,
            formatter_class=_Ajuda,
        )
        self._grupo = self.add_argument_group("opções")
        self._grupo.add_argument("-h", "--help", action="help", help="mostra esta ajuda e termina")

    def opcao(self, nome: str, ajuda: str, **detalhes: Any) -> None:
        """Acrescenta uma opção `--nome`, descrita em português."""
        self._grupo.add_argument(f"--{nome}", help=ajuda, **detalhes)

    def varios(self, nome: str, ajuda: str, **detalhes: Any) -> None:
        """Acrescenta um ou mais argumentos sem `--`, que vêm antes das opções."""
        self.usage = str(self.usage).replace("[opções]", f"{detalhes['metavar']}… [opções]")
        self._grupo.add_argument(nome, nargs="+", help=ajuda, **detalhes)

    def opcoes_do_modelo(self, dataset: str) -> None:
        """Acrescenta `--modelo` e `--dataset`; o texto diz para que mais o comando usa o dataset."""
        self.opcao(
            "modelo",
            "o .keras ou o .poema (padrão: o seu .keras mais novo, ou o que vem junto)",
            type=Path,
            metavar="ARQUIVO",
        )
        self.opcao("dataset", dataset, type=Path, metavar="ARQUIVO")

    def opcao_do_motor(self) -> None:
        """Acrescenta `--motor`, quem faz a conta da rede."""
        self.opcao(
            "motor",
            "quem faz a conta: numpy (padrão) ou litert, com o que just exporta gravou ao lado do modelo",
            type=um_de(MOTORES),
            metavar="NOME",
            default=MOTORES[0],
        )

    def opcoes_de_amostragem(self) -> None:
        """Acrescenta as opções comuns a todo comando que escreve, menos a temperatura."""
        self.opcao("top-k", "sorteia só entre os K caracteres mais prováveis", type=inteiro, metavar="K", default=0)
        self.opcao("top-p", "sorteia só entre os que somam P de probabilidade", type=numero, metavar="P", default=1.0)
        self.opcao(
            "min-p",
            "despreza os menos prováveis que P vezes o mais provável",
            type=numero,
            metavar="P",
            default=0.0,
        )
        self.opcao("semente", "repete os mesmos poemas (padrão: ao acaso)", type=semente, metavar="N")

    def error(self, message: str) -> NoReturn:
        raise ErroPoema(f"{_traduz(message)} Veja as opções com: {self.prog} --help")


class _Ajuda(argparse.HelpFormatter):
    def __init__(self, prog: str):
        super().__init__(prog, max_help_position=26, width=100)

    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, "uso: ")


def _traduz(mensagem: str) -> str:
    """As mensagens do argparse que um comando daqui pode provocar."""
    opcao, _, resto = mensagem.partition(": ")
    opcao = opcao.removeprefix("argument ")
    if opcao == "unrecognized arguments":
        return f"não conheço a opção {resto}."
    if opcao == "the following arguments are required":
        return f"falta {resto}."
    if resto.startswith("expected"):
        return f"falta o valor de {opcao} (se ele começa com -, escreva {opcao}=valor)."
    if resto.startswith("ignored explicit argument"):
        return f"{opcao} não leva valor."
    return f"{opcao}: {resto}"


def inteiro(texto: str) -> int:
    """Lê um inteiro."""
    try:
        return int(texto)
    except ValueError:
        raise argparse.ArgumentTypeError(f"deve ser um número inteiro. Recebido: {texto!r}.") from None


def numero(texto: str) -> float:
    """Lê um número, com ponto ou com vírgula."""
    try:
        return float(texto.replace(",", "."))
    except ValueError:
        raise argparse.ArgumentTypeError(f"deve ser um número, como 0,5. Recebido: {texto!r}.") from None


def semente(texto: str) -> int:
    """Lê uma semente."""
    valor = inteiro(texto)
    if not 0 <= valor <= SEMENTE_MAXIMA:
        raise argparse.ArgumentTypeError(f"deve ser um inteiro de 0 a {SEMENTE_MAXIMA}. Recebido: {texto}.")
    return valor


def um_de(nomes: Collection[str]) -> Callable[[str], str]:
    """Devolve quem lê um destes nomes, e só eles."""

    def le(texto: str) -> str:
        if texto not in nomes:
            *antes, ultimo = nomes
            raise argparse.ArgumentTypeError(f"deve ser {', '.join(antes)} ou {ultimo}. Recebido: {texto!r}.")
        return texto

    return le


def url(texto: str) -> str:
    """Lê o endereço de um servidor."""
    try:
        partes = urlsplit(texto)
        valida = partes.scheme in ("http", "https") and partes.hostname and partes.port != 0
    except ValueError:
        valida = False
    if not valida:
        raise argparse.ArgumentTypeError(f"deve ser um endereço como {OLLAMA}. Recebido: {texto!r}.")
    return texto


def semente_ao_acaso() -> int:
    """Devolve uma semente que ninguém escolheu."""
    return int.from_bytes(os.urandom(4))


def abre_modelo(modelo: Path | None, dataset: Path | None, motor: str = MOTORES[0]) -> tuple[Path, Artefato]:
    """Devolve o modelo pedido, ou o mais novo, e o caminho dele.

    O modelo é um `.keras` ou o `.poema` da página. Um que não traz o seu vocabulário usa os caracteres do dataset, em
    minúsculas ou como estão. Com o motor litert, a conta é a do `.tflite` ao lado do modelo.

    Raises:
        ErroPoema: não há modelo, ou ele não pode ser aberto, ou falta o que o motor pede.
    """
    caminho = modelo or modelo_mais_novo()

    def vocabularios(dataset: Path) -> list[Vocabulario]:
        formas = [le_poemas(dataset, minusculas).textos for minusculas in (True, False)]
        return [Vocabulario(tuple(sorted(set("".join(textos))))) for textos in formas]

    if caminho.suffix.lower() == ".poema":
        artefato = le_web(caminho)
    else:
        artefato = le_artefato(caminho, partial(vocabularios, dataset) if dataset else None)
    if motor == "litert":
        with exige("litert"):
            from poema.geracao.litert import com_litert
        artefato = com_litert(artefato, caminho)
    return caminho, artefato


def abre_rede() -> str:
    """Abre o Keras e devolve onde ele vai rodar.

    Raises:
        ErroPoema: o Keras, ou o motor que o KERAS_BACKEND pede, não está instalado.
    """
    with exige("treino"):
        from poema.rede import dispositivo

        return dispositivo.prepara()


@contextmanager
def exige(extra: str) -> Iterator[None]:
    """Importa aqui dentro o que vem com um extra da instalação: se falta, a mensagem diz como instalar.

    Raises:
        ErroPoema: falta um pacote.
    """
    try:
        yield
    except ModuleNotFoundError as erro:
        pacote = f"-e '.[{extra}]'" if EM_CLONE else f"'poema[{extra}]'"
        nome = (erro.name or "?").partition(".")[0]
        instala = nome if nome in ("jax", "torch") else pacote
        raise ErroPoema(f"falta o pacote {nome}. Instale com: pip install {instala}") from None


def amostragem(opcoes: argparse.Namespace, temperatura: float) -> Amostragem:
    """Devolve a amostragem que as opções pedem, a esta temperatura."""
    return Amostragem(temperatura=temperatura, top_k=opcoes.top_k, top_p=opcoes.top_p, min_p=opcoes.min_p)


def decimal(valor: float, casas: int = 3) -> str:
    """Escreve um número com vírgula."""
    return f"{valor:.{casas}f}".replace(".", ",")


def porcento(valor: float) -> str:
    """Escreve uma fração em porcentagem, com mais casas quanto menor: 0,04% e 0,0% não dizem o mesmo."""
    if math.isnan(valor):
        return "?"
    casas = next((casas for casas, limite in enumerate((0.9995, 0.01, 0.0001)) if valor >= limite), 3)
    return f"{decimal(100 * valor, casas if valor else 0)}%"


def executa(comando: Callable[[Sequence[str]], None]) -> NoReturn:
    """Roda um comando com os argumentos da linha e termina o processo.

    Um erro de quem usa vira uma linha no stderr e código 1. Ctrl+C e uma saída fechada (`| head`) terminam em
    silêncio.
    """
    sys.stdout = sys.stdout or io.StringIO()  # quem chamou fechou o descritor 1
    for saida in (sys.stdout, sys.stderr):
        if isinstance(saida, io.TextIOWrapper):
            saida.reconfigure(errors="replace")  # um terminal que não é UTF-8 troca o que não sabe escrever
    try:
        comando(sys.argv[1:])
        sys.stdout.flush()
    except ErroPoema as erro:
        print(f"erro: {erro}", file=sys.stderr)
        sys.exit(1)
    except (KeyboardInterrupt, EOFError):
        if sys.stdout.isatty():
            print()
        sys.exit(130)
    except BrokenPipeError:
        _abandona_stdout()
    except OSError as erro:  # os arquivos que um comando grava já avisam com ErroPoema: sobra o stdout
        _abandona_stdout()
        print(f"erro: não consegui escrever a saída: {erro.strerror}. Libere espaço.", file=sys.stderr)
        sys.exit(1)
    sys.exit(0)


def _abandona_stdout() -> None:
    """Ao terminar, o Python ainda tentaria esvaziar o stdout.

    É a saída que a documentação ensina: https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
