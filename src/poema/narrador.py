"""Conta um treino na tela."""

from typing import TYPE_CHECKING, Any, NoReturn, Self

from poema.configuracao import Configuracao
from poema.dados.vocabulario import Vocabulario
from poema.geracao.amostragem import Amostragem
from poema.geracao.artefato import Artefato
from poema.geracao.poeta import Poeta
from poema.terminal import decimal

if TYPE_CHECKING:
    from tqdm import tqdm

    from poema.rede.checkpoint import Historico


class Narrador:
    """Uma barra por época; ao fim dela, uma linha com as losses, o tempo que falta e o começo de um poema."""

    def __init__(self, configuracao: Configuracao, vocabulario: Vocabulario):
        self._configuracao, self._vocabulario = configuracao, vocabulario
        self._barra: tqdm[NoReturn] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._fecha()

    def lote(self, epoca: int, feitos: int, total: int, loss: float) -> None:
        from tqdm import tqdm

        if self._barra is None:
            self._barra = tqdm(
                total=total,
                leave=False,
                disable=None,  # só em um terminal
                bar_format="{desc} {bar:30} {percentage:3.0f}%  falta {remaining}",
            )
        self._barra.set_description_str(f"época {epoca}  loss {decimal(loss)}", refresh=False)
        self._barra.update(feitos - self._barra.n)

    def epoca(self, historico: "Historico", melhorou: bool, pesos: list[Any]) -> None:
        self._fecha()
        feitas, gastos = len(historico.loss), sum(historico.segundos)
        falta = (self._configuracao.epocas - feitas) * gastos / feitas
        if self._configuracao.minutos:
            falta = min(falta, max(0, 60 * self._configuracao.minutos - gastos))
        poeta = Poeta(Artefato.de_pesos(pesos, self._vocabulario))
        versos = "".join(poeta.poema(Amostragem(), semente=feitas, limite=60)).split("\n")
        print(
            f"época {feitas:3}  loss {decimal(historico.loss[-1])}  val_loss {decimal(historico.val_loss[-1])}"
            f"{' *' if melhorou else '  '}  {_tempo(historico.segundos[-1])}, falta {_tempo(falta):8}"
            f"  {' / '.join(verso for verso in versos if verso)}",
            flush=True,
        )

    def _fecha(self) -> None:
        if self._barra is not None:
            self._barra.close()
            self._barra = None


def _tempo(segundos: float) -> str:
    if segundos < 90:
        return f"{segundos:.0f} s"
    return f"{segundos / 60:.0f} min" if segundos < 5400 else f"{decimal(segundos / 3600, 1)} h"
