"""Uma ligação aberta: o que ela pede, e o poema próprio que recebe."""

import asyncio
import random
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from poema.configuracao import SEMENTE_MAXIMA
from poema.erros import ErroPoema
from poema.geracao.poeta import LIMITE
from poema.servico.metricas import Metricas
from poema.servico.oficina import FalhaAoEscrever, Obra, Oficina
from poema.servico.protocolo import ErroDeProtocolo, PedeQuePare, PedeUmPoema, evento, le
from poema.servico.vagas import ERRO, Folego, SemVaga, Vagas


class Conversa:
    """Ouve uma ligação até o fim dela.

    Args:
        conexao: a ligação, já aceita.
        temperatura: a de quem não escolhe uma.
        oficina: onde os poemas são escritos.
        vagas: os limites, comuns a todas as ligações.
        metricas: as do servidor.
    """

    def __init__(
        self, conexao: ServerConnection, temperatura: float, oficina: Oficina, vagas: Vagas, metricas: Metricas
    ):
        self._conexao, self._temperatura = conexao, temperatura
        self._oficina, self._vagas, self._metricas = oficina, vagas, metricas
        self._endereco = endereco(conexao)
        self._obras: dict[str | None, Obra] = {}
        self._tarefas: set[asyncio.Task[None]] = set()
        self._folego = Folego()
        self._fechando: asyncio.Task[None] | None = None

    async def ouve(self) -> None:
        """Atende cada mensagem, até que a ligação acabe; se ela insiste demais, fecha-a.

        Raises:
            ConnectionClosed: a ligação caiu.
        """
        try:
            async for mensagem in self._conexao:
                if not self._folego.gasta(1):
                    self._despede()
                elif self._conexao.subprotocol:
                    await self._atende(mensagem)
        finally:
            for tarefa in self._tarefas:
                tarefa.cancel()

    def _despede(self) -> None:
        """Fecha sem parar de ouvir: a despedida do outro lado vem depois do que ele ainda tinha a dizer."""
        if not self._fechando:
            self._metricas.abusos.inc()
            self._fechando = asyncio.create_task(self._conexao.close(CloseCode.POLICY_VIOLATION, "mensagens demais"))

    async def _atende(self, mensagem: str | bytes) -> None:
        nome = None
        try:
            pedido = le(mensagem)
            nome = pedido.pedido
            if isinstance(pedido, PedeUmPoema):
                self._comeca(pedido)
            elif isinstance(pedido, PedeQuePare) and nome in self._obras:
                self._oficina.larga(self._obras[nome])
        except SemVaga as recusa:
            self._metricas.recusados.inc()
            await self._diz("ocupado", nome, espera=self._oficina.espera(), mensagem=str(recusa))
        except ErroPoema as erro:
            self._folego.gasta(ERRO)
            await self._diz("erro", erro.pedido if isinstance(erro, ErroDeProtocolo) else nome, mensagem=str(erro))

    def _comeca(self, pedido: PedeUmPoema) -> None:
        nome = pedido.pedido
        if nome in self._obras:
            raise ErroDeProtocolo("um poema com este nome ainda está sendo escrito. Use outro pedido.", nome)
        vocabulario = self._oficina.artefato.vocabulario
        inicio = vocabulario.dobra(pedido.inicio)
        vocabulario.codifica(inicio)
        temperatura = self._temperatura if pedido.temperatura is None else pedido.temperatura
        semente = random.randint(0, SEMENTE_MAXIMA) if pedido.semente is None else pedido.semente
        self._vagas.ocupa(self._conexao, self._endereco)
        self._obras[nome] = obra = self._oficina.encomenda(temperatura, semente, inicio, LIMITE)
        tarefa = asyncio.create_task(self._entrega(nome, obra, self._oficina.artefato.resumo))
        self._tarefas.add(tarefa)
        tarefa.add_done_callback(lambda tarefa: self._encerra(nome, obra, tarefa))

    def _encerra(self, nome: str | None, obra: Obra, tarefa: asyncio.Task[None]) -> None:
        """Roda mesmo que a tarefa seja cancelada antes de começar, quando um `finally` nela não rodaria."""
        self._oficina.larga(obra)
        self._vagas.libera(self._conexao, self._endereco)
        self._tarefas.discard(tarefa)
        del self._obras[nome]

    async def _entrega(self, nome: str | None, obra: Obra, modelo: str) -> None:
        escolhas = {"inicio": obra.inicio, "temperatura": obra.temperatura, "semente": obra.semente}
        escritos = 0
        with suppress(ConnectionClosed):  # ninguém mais ouve
            try:
                await self._diz("aceito", nome, modelo=modelo, **escolhas)
                async for pedaco in obra:
                    await self._diz("texto", nome, deslocamento=escritos, texto=pedaco)
                    escritos += len(pedaco)
                await self._diz("fim", nome, deslocamento=escritos, motivo=obra.motivo)
            except FalhaAoEscrever:
                await self._diz("erro", nome, mensagem="a rede falhou no meio deste poema. Peça outra vez.")

    async def _diz(self, tipo: str, nome: str | None, **campos: object) -> None:
        await self._conexao.send(evento(tipo, pedido=nome, **campos))


def endereco(conexao: ServerConnection) -> str:
    """Devolve de onde vem a ligação: o endereço IPv4, ou a rede /64 de um IPv6, que é de uma casa só.

    Um servidor na mesma máquina (o nginx) fala em nome de outros, e diz de quem no cabeçalho X-Real-IP.
    """
    par = conexao.remote_address
    vizinho = _ip(str(par[0])) if isinstance(par, tuple) else None
    if conexao.request and (vizinho is None or vizinho.is_loopback):
        dito = next(iter(conexao.request.headers.get_all("X-Real-IP")), "")
        vizinho = _ip(dito) or vizinho
    return str(ip_network((vizinho, 64), strict=False) if isinstance(vizinho, IPv6Address) else vizinho)


def _ip(texto: str) -> IPv4Address | IPv6Address | None:
    """O endereço que há no texto; um IPv4 escrito como IPv6 (::ffff:1.2.3.4) é um IPv4."""
    try:
        ip = ip_address(texto)
    except ValueError:
        return None
    return getattr(ip, "ipv4_mapped", None) or ip
