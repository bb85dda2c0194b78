"""A história de um treino em uma imagem."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from poema.caminhos import escreve_inteiro


def desenha(loss: Sequence[float], val_loss: Sequence[float], melhor: int, destino: Path) -> None:
    """Desenha loss e val_loss por época, em nats por caractere, com a época `melhor` marcada, em um PNG.

    Raises:
        ErroPoema: não foi possível escrever em `destino`.
    """
    epocas = range(1, len(loss) + 1)
    figura = Figure(figsize=(8, 4.5), layout="constrained")
    eixo = figura.add_subplot()
    eixo.plot(epocas, loss, color="#999999", label="loss (poemas de treino)")
    eixo.plot(epocas, val_loss, color="#1b5e7a", label="val_loss (poemas nunca vistos)")
    eixo.plot([melhor + 1], [val_loss[melhor]], "o", color="#1b5e7a")
    eixo.annotate(
        f"{val_loss[melhor]:.3f}".replace(".", ","),
        (melhor + 1, val_loss[melhor]),
        xytext=(0, 8),
        textcoords="offset points",
        ha="center",
    )
    eixo.set(xlabel="época", ylabel="nats por caractere")
    eixo.yaxis.set_major_formatter(lambda valor, _: f"{valor:g}".replace(".", ","))
    eixo.spines[["top", "right"]].set_visible(False)
    eixo.legend(frameon=False)
    with escreve_inteiro(destino) as provisorio:
        figura.savefig(provisorio, format="png", dpi=120)
