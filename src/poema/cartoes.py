"""Refaz a tabela de modelos_treinados/README.md com o que está escrito no .json de cada modelo que vem junto.

just cartoes
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from poema import terminal
from poema.caminhos import MODELOS, escreve_inteiro
from poema.erros import ErroPoema
from poema.geracao.artefato import le_artefato
from poema.terminal import Opcoes, decimal, porcento

COMECO, FIM = "<!-- tabela: just cartoes -->\n", "<!-- fim da tabela -->\n"
COLUNAS = (
    "modelo",
    "texto",
    "pesos",
    "KB",
    "nats por caractere",
    "n-grama",
    "PPMd",
    "temperatura",
    "palavras inexistentes",
    "versos copiados",
)


def main(argumentos: Sequence[str]) -> None:
    Opcoes("cartoes", "Refaz a tabela dos modelos que vêm junto.").parse_args(argumentos)
    leiame = MODELOS / "README.md"
    with escreve_inteiro(leiame) as provisorio:
        provisorio.write_text(com_tabela(leiame.read_text("utf-8"), MODELOS), "utf-8")
    print(f"a tabela está em {leiame}")


def com_tabela(texto: str, pasta: Path) -> str:
    """Devolve o texto com a tabela dos modelos da pasta entre as duas marcas, no lugar da que houver ali.

    Raises:
        ErroPoema: faltam as marcas, ou o `.json` de um modelo não traz o exame dele, ou traz o de outro.
    """
    antes, comeco, resto = texto.partition(COMECO)
    _, fim, depois = resto.partition(FIM)
    if not (comeco and fim):
        raise ErroPoema(f"faltam no README as linhas {COMECO.strip()} e {FIM.strip()}. Ponha uma tabela entre elas.")
    linhas = [COLUNAS, ("---", "---", *["---:"] * (len(COLUNAS) - 2)), *map(_linha, sorted(pasta.glob("*.keras")))]
    tabela = "".join(f"| {' | '.join(linha)} |\n" for linha in linhas)
    return f"{antes}{COMECO}{tabela}{FIM}{depois}"


def _linha(modelo: Path) -> Sequence[str]:
    try:
        relato = json.loads(modelo.with_suffix(".json").read_text("utf-8"))
    except (OSError, ValueError) as erro:
        raise ErroPoema(f"não há um .json inteiro ao lado de {modelo}. Treine-o com: just treina") from erro
    exame: dict[str, Any] = relato.get("exame", {})
    if exame.get("resumo") != le_artefato(modelo).resumo:
        raise ErroPoema(f"{modelo.with_suffix('.json')} não traz o exame deste modelo. Treine-o com: just treina")
    texto, temperatura = relato["dataset"], exame["temperatura"]
    escrito = exame["escritos"][str(temperatura)]
    ngrama, *ppmds = exame["rivais"].items()
    ppmd = min(ppmds, key=lambda par: float(par[1]["nats"]["valor"]))
    return (
        f"`{modelo.name}`",
        f"`{texto['arquivo']}`, {texto['poemas'] - texto['validacao']} poemas",
        str(relato["pesos"]),
        str(round(modelo.stat().st_size / 1000)),
        f"**{decimal(exame['nats']['valor'])}**",
        *(f"{decimal(rival['nats']['valor'])} ({nome})" for nome, rival in (ngrama, ppmd)),
        decimal(temperatura, 1),
        *(
            f"{porcento(escrito[chave]['valor'])} ({porcento(exame['piso'][chave]['valor'])})"
            for chave in ("palavras_inexistentes", "versos_copiados")
        ),
    )


if __name__ == "__main__":
    terminal.executa(main)
