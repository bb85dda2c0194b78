"""O que se ganha e o que se perde em cada temperatura, em uma imagem."""

from pathlib import Path

from matplotlib.figure import Figure

from poema.avaliacao.exame import Exame
from poema.caminhos import escreve_inteiro

LINHAS = {
    "palavras_inexistentes": ("palavras que não existem", "#b0413e"),
    "versos_copiados": ("versos copiados do treino", "#1b5e7a"),
    "versos_repetidos": ("versos repetidos no poema", "#c9a227"),
}


def desenha(exame: Exame, destino: Path) -> None:
    """Desenha, em um PNG, os erros contra a temperatura, o intervalo e o piso de cada um, e a temperatura sugerida.

    Raises:
        ErroPoema: não foi possível escrever em `destino`.
    """
    temperaturas = sorted(exame.escritos)
    figura = Figure(figsize=(8, 4.5), layout="constrained")
    eixo = figura.add_subplot()
    for chave, (nome, cor) in LINHAS.items():
        medidas = [exame.escritos[temperatura][chave] for temperatura in temperaturas]
        eixo.plot(temperaturas, [100 * medida.valor for medida in medidas], "o-", color=cor, label=nome)
        faixa = [100 * medida.de for medida in medidas], [100 * medida.ate for medida in medidas]
        eixo.fill_between(temperaturas, *faixa, color=cor, alpha=0.15, linewidth=0)
        eixo.axhline(100 * exame.piso[chave].valor, color=cor, linestyle=":", linewidth=1)
    eixo.axvline(exame.temperatura, color="#999999", linewidth=1, zorder=0)
    eixo.set(xlabel="temperatura", ylabel="%", ylim=(0, None))
    eixo.plot([], [], ":", color="#666666", label="o mesmo em poemas de verdade")
    eixo.plot([], [], color="#999999", label=f"sugerida: {exame.temperatura:g}".replace(".", ","))
    for eixo_ in (eixo.xaxis, eixo.yaxis):
        eixo_.set_major_formatter(lambda valor, _: f"{valor:g}".replace(".", ","))
    eixo.spines[["top", "right"]].set_visible(False)
    eixo.legend(frameon=False)
    with escreve_inteiro(destino) as provisorio:
        figura.savefig(provisorio, format="png", dpi=120)
