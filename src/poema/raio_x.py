"""Lê um texto seu com a rede e desenha o que ela esperava e o que ficou na memória dela.

just raio-x "a lua caiu no quintal"
just raio-x "a lua caiu\\no sol também" --saida figuras/lua.png
"""

from collections.abc import Sequence
from pathlib import Path

from poema import terminal
from poema.caminhos import SAIDA, prepara_pasta
from poema.erros import ErroPoema
from poema.geracao.raio_x import Leitura
from poema.geracao.unidades import reveladoras
from poema.lupa import Lupa, candidatos
from poema.terminal import Opcoes

MAXIMO = 120  # caracteres que cabem na figura


def main(argumentos: Sequence[str]) -> None:
    o = _opcoes().parse_args(argumentos)
    with terminal.exige("avalia"):
        from poema.avaliacao.radiografia import desenha
    _, artefato = terminal.abre_modelo(o.modelo, o.dataset)
    texto = artefato.vocabulario.dobra(" ".join(o.texto).replace("\\n", "\n"))
    if not 1 <= len(texto) <= MAXIMO:
        raise ErroPoema(f"o texto deve ter de 1 a {MAXIMO} caracteres, para caber na figura. Recebido: {len(texto)}.")
    if o.saida.suffix != ".png":
        raise ErroPoema(f"--saida deve ser um .png. Recebido: {o.saida}.")
    artefato.vocabulario.codifica(texto)  # todos os caracteres desconhecidos em um só aviso
    prepara_pasta(o.saida.parent, "--saida")
    leitura, lupa = Leitura(artefato), Lupa.da_tela()
    posicoes = [leitura.le(caractere) for caractere in texto]
    print(f"{lupa.pinta(posicoes)}\n\n{lupa.tabela(posicoes)}")
    print(f"\ndepois disto, a rede espera:  {candidatos(leitura.esperados)}")
    desenha(posicoes, leitura.esperados, reveladoras(artefato), o.saida)
    print(f"\na figura está em {o.saida}")


def _opcoes() -> Opcoes:
    opcoes = Opcoes("raio-x", "Lê um texto seu com a rede e mostra o que ela esperava e o que guardou, em uma figura.")
    opcoes.varios("texto", f"o que ler, até {MAXIMO} caracteres; \\n quebra a linha", metavar="TEXTO")
    opcoes.opcoes_do_modelo("o texto de um modelo que não traz o seu vocabulário")
    opcoes.opcao(
        "saida",
        "a figura (padrão: modelos_treinados/temp/raio-x.png)",
        type=Path,
        metavar="ARQUIVO.png",
        default=SAIDA / "raio-x.png",
    )
    return opcoes


if __name__ == "__main__":
    terminal.executa(main)
