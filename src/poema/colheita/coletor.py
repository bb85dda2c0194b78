"""A coleta: vários pedidos ao mesmo tempo, a vários servidores, até haver poemas bastantes."""

import asyncio
import datetime
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count

from poema.colheita.diario import Diario, Registro
from poema.colheita.limpeza import Limpeza
from poema.colheita.pedidos import Pedido
from poema.colheita.servidor import FalhaPassageira, Servidor
from poema.erros import ErroPoema

FALHAS_SEGUIDAS = 6  # de um servidor, até desistir dele; cada uma já é o fim de várias tentativas
ESPERA = 5.0  # segundos depois da primeira falha; dobra a cada uma: um servidor que reinicia em dois minutos é esperado
EM_VAO = 200  # respostas seguidas sem um poema aceito, até desistir


class Coletor:
    """Uma coleta em andamento."""

    def __init__(
        self,
        servidores: Sequence[Servidor],
        faz_pedido: Callable[[int], Pedido],
        diario: Diario,
        limpeza: Limpeza,
        avisa: Callable[[], None],
    ):
        """
        Args:
            servidores: a quem pedir.
            faz_pedido: devolve o pedido de número n.
            diario: recebe cada resposta, na hora.
            limpeza: diz quantos já foram aceitos.
            avisa: chamada depois de cada resposta guardada.
        """
        self._servidores, self._faz_pedido, self._avisa = servidores, faz_pedido, avisa
        self._diario, self._limpeza = diario, limpeza
        self._numeros = _numeros_livres(diario.registros)
        self._devolvidos: list[int] = []
        self._desistencias: list[str] = []
        self._em_vao = 0

    async def coleta(self, quantidade: int, paralelos: int) -> None:
        """Pede, `paralelos` pedidos de cada vez a cada servidor, até que `quantidade` poemas sejam aceitos.

        Raises:
            ErroPoema: não há servidor ou modelo, todos os servidores pararam de responder, ou o disco encheu.
        """
        try:
            for servidor in self._servidores:
                await servidor.confere()
            async with asyncio.TaskGroup() as grupo:
                pendentes = {
                    grupo.create_task(self._atende(servidor, quantidade))
                    for servidor in self._servidores
                    for _ in range(paralelos)
                }
                while pendentes and len(self._limpeza.aceitos) < quantidade:
                    _, pendentes = await asyncio.wait(pendentes, return_when=asyncio.FIRST_COMPLETED)
                for tarefa in pendentes:
                    tarefa.cancel()
        except ExceptionGroup as erros:
            raise erros.exceptions[0] from None
        finally:
            for servidor in self._servidores:
                await servidor.fecha()
        if len(self._limpeza.aceitos) < quantidade:
            raise ErroPoema(
                f"os servidores pararam de responder: {'; '.join(sorted(set(self._desistencias)))}. O que veio está "
                "guardado: rode o mesmo comando para continuar de onde parou."
            )

    async def _atende(self, servidor: Servidor, quantidade: int) -> None:
        """Um pedido depois do outro, até bastar ou o servidor falhar demais."""
        falhas = 0
        while len(self._limpeza.aceitos) < quantidade:
            pedido = self._faz_pedido(self._devolvidos.pop() if self._devolvidos else next(self._numeros))
            inicio = time.monotonic()
            try:
                resposta = await servidor.pede(pedido)
            except FalhaPassageira as falha:
                self._devolvidos.append(pedido.numero)
                falhas += 1
                if falhas == FALHAS_SEGUIDAS:
                    self._desistencias.append(f"{servidor.url} ({falha})")
                    return
                await asyncio.sleep(ESPERA * 2 ** (falhas - 1))
                continue
            falhas = 0
            registro: Registro = {
                "numero": pedido.numero,
                "texto": resposta.texto,
                "inteiro": resposta.inteira,
                "modelo": servidor.modelo,
                "modo": "continuacao" if pedido.instrucao is None else "conversa",
                "pedido": pedido.texto,
                "parametros": servidor.parametros(pedido),
                "servidor": servidor.url,
                "quando": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
                "segundos": round(time.monotonic() - inicio, 2),
            }
            if pedido.instrucao is not None:
                registro["instrucao"] = pedido.instrucao
            self._diario.acrescenta(registro)
            regra, _ = self._limpeza.examina(registro)
            self._avisa()
            self._em_vao = self._em_vao + 1 if regra else 0
            if self._em_vao == EM_VAO:
                raise ErroPoema(
                    f"as últimas {EM_VAO} respostas foram todas recusadas, quase sempre pela mesma regra. Veja por que "
                    f"com --mostra {self._limpeza.recusados.most_common(1)[0][0]}, ou experimente outro --modelo."
                )


def _numeros_livres(registros: Sequence[Registro]) -> Iterator[int]:
    """Os números que ainda não têm resposta."""
    feitos = {registro["numero"] for registro in registros}
    return (numero for numero in count() if numero not in feitos)
