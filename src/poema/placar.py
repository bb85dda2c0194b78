"""Conta uma coleta na tela."""

import time
from typing import TYPE_CHECKING, NoReturn, Self

from poema.terminal import decimal

if TYPE_CHECKING:
    from poema.colheita.limpeza import Limpeza

INTERVALO = 60.0  # segundos entre uma linha e outra quando a saída não é um terminal


class Placar:
    """Uma barra com os poemas aceitos, quantos por minuto, que parte se aproveita e o tempo que falta.

    Fora de um terminal (um log), uma linha por minuto.
    """

    def __init__(self, limpeza: "Limpeza", quantidade: int):
        self._limpeza, self._quantidade = limpeza, quantidade
        self._aceitos, self._recebidos = len(limpeza.aceitos), limpeza.recebidos  # antes de agora
        self._inicio = self._ultima_linha = time.monotonic()

    def __enter__(self) -> Self:
        from tqdm import tqdm

        self._barra: tqdm[NoReturn] = tqdm(
            initial=self._aceitos,
            total=self._quantidade,
            leave=False,
            disable=None,  # só em um terminal
            bar_format="{bar:30} {desc}",
        )
        self.atualiza()
        return self

    def __exit__(self, *_: object) -> None:
        self._barra.close()

    def atualiza(self) -> None:
        """Mostra as contas de agora."""
        agora = time.monotonic()
        if not self._barra.disable:
            contas = f"{len(self._limpeza.aceitos)} de {self._quantidade}  {self._ritmo(agora)}"
            self._barra.set_description_str(contas, refresh=False)
            self._barra.update(len(self._limpeza.aceitos) - self._barra.n)
        elif agora - self._ultima_linha >= INTERVALO:
            self._ultima_linha = agora
            print(f"{len(self._limpeza.aceitos)} de {self._quantidade}  {self._ritmo(agora)}", flush=True)

    def _ritmo(self, agora: float) -> str:
        aceitos = len(self._limpeza.aceitos) - self._aceitos
        recebidos = self._limpeza.recebidos - self._recebidos
        if not aceitos:
            return f"{recebidos} recebidos"
        minutos = (agora - self._inicio) / 60
        faltam = (self._quantidade - len(self._limpeza.aceitos)) * minutos / aceitos
        tempo = f"{faltam:.0f} min" if faltam < 90 else f"{decimal(faltam / 60, 1)} h"
        return f"{decimal(aceitos / minutos, 1)} poemas/min, {aceitos / recebidos:.0%} aproveitados, falta {tempo}"
