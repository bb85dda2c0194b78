"""O diário da coleta: tudo o que foi recebido, um JSON por linha, só acrescentando.

É o diário que faz a coleta sobreviver a um kill: cada resposta vai para o arquivo assim que chega, e o .txt pode ser
feito de novo a partir dele quantas vezes for preciso.
"""

import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from filelock import FileLock, Timeout

from poema.erros import ErroDeDados, ErroPoema

Registro = dict[str, Any]


def le_diario(caminho: Path) -> list[Registro]:
    """Devolve os registros, na ordem em que chegaram. Uma última linha pela metade é deixada de fora.

    Raises:
        ErroDeDados: o arquivo não pode ser lido, ou uma linha do meio não é um registro.
    """
    try:
        linhas = _inteiras(caminho.read_bytes()).splitlines()
    except FileNotFoundError:
        return []
    except OSError as erro:
        raise ErroDeDados(f"não consegui ler {caminho}: {erro.strerror}. Escolha outro arquivo em --saida.") from None
    registros = []
    for numero, linha in enumerate(linhas, 1):
        try:
            registro = json.loads(linha)
            if not (isinstance(registro["texto"], str) and isinstance(registro["numero"], int)):
                raise TypeError
        except (ValueError, KeyError, TypeError):
            raise ErroDeDados(
                f"a linha {numero} de {caminho} não é um registro de coleta. Conserte ou apague essa linha."
            ) from None
        registros.append(registro)
    return registros


class Diario:
    """O diário aberto para escrever, por um processo só de cada vez."""

    def __init__(self, caminho: Path):
        """
        Args:
            caminho: o .jsonl; é criado, com as pastas, se não existe.

        Raises:
            ErroPoema: não se pode escrever ali, ou outra coleta está escrevendo.
            ErroDeDados: o que está lá não é um diário.
        """
        self._caminho = caminho
        self._trava = FileLock(caminho.with_suffix(".lock"))
        try:
            caminho.parent.mkdir(parents=True, exist_ok=True)
            self._trava.acquire(blocking=False)
            self._arquivo = os.open(caminho, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        except Timeout:
            raise ErroPoema(f"outra coleta está escrevendo em {caminho}. Espere, ou escolha outra --saida.") from None
        except OSError as erro:
            raise ErroPoema(f"não posso escrever em {caminho}: {erro.strerror}. Escolha outra --saida.") from None
        self.registros = le_diario(caminho)
        conteudo = caminho.read_bytes()
        self._tamanho = len(_inteiras(conteudo))
        self.emendado = self._tamanho < len(conteudo)  # havia uma última linha pela metade
        os.ftruncate(self._arquivo, self._tamanho)

    def acrescenta(self, registro: Registro) -> None:
        """Grava um registro; ao voltar, ele já está no arquivo.

        Raises:
            ErroPoema: o disco encheu. O arquivo fica como estava.
        """
        linha = json.dumps(registro, ensure_ascii=False).encode() + b"\n"
        falta = linha
        try:
            while falta:  # um disco que enche no meio da linha escreve um pedaço, e só depois reclama
                falta = falta[os.write(self._arquivo, falta) :]
        except OSError as erro:
            os.ftruncate(self._arquivo, self._tamanho)
            raise ErroPoema(
                f"não consegui escrever em {self._caminho}: {erro.strerror}. Nada do que já veio se perdeu: libere "
                "espaço e rode o mesmo comando, que continua de onde parou."
            ) from None
        self._tamanho += len(linha)
        self.registros.append(registro)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, tipo: type[BaseException] | None, erro: BaseException | None, rastro: TracebackType | None
    ) -> None:
        os.close(self._arquivo)
        Path(self._trava.lock_file).unlink(missing_ok=True)
        self._trava.release()


def _inteiras(conteudo: bytes) -> bytes:
    """As linhas que chegaram ao fim."""
    return conteudo[: conteudo.rfind(b"\n") + 1]
