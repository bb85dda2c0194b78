"""O palco: um poema depois do outro, o mesmo para todos, no ritmo de quem lê.

Cada poema é uma época, e o número da época é a semente do poema. Por isso nada precisa ser guardado: um processo que
acaba de nascer reescreve qualquer época inteira, e quem estava lendo continua de onde parou.
"""

import asyncio
import logging
from collections import Counter, OrderedDict
from collections.abc import Callable

from websockets.asyncio.server import ServerConnection, broadcast

from poema.configuracao import SEMENTE_MAXIMA
from poema.geracao.artefato import Artefato
from poema.geracao.poeta import LIMITE, SEPARADOR
from poema.servico.leitores import Leitores
from poema.servico.metricas import Metricas
from poema.servico.oficina import FalhaAoEscrever, Oficina
from poema.servico.protocolo import Ponto, evento

QUADRO = 0.25  # segundos entre um pedaço e outro: é o número de mensagens que custa, e não o tamanho delas
PAUSA = 80  # caracteres que caberiam no silêncio entre dois poemas
LEMBRA = 8  # épocas atrás de que ainda se pode retomar
DESISTE = 8  # uma semente em cada tantas vale mesmo que o poema não acabe: há modelos que nunca acabam
GRACA = 1.0  # segundos entre a primeira pessoa e o primeiro verso, para quem volta de um reinício dizer onde parou
ESPERA = (1.0, 30.0)  # segundos até tentar de novo depois de uma falha: da primeira vez, e no máximo
SEMENTES = SEMENTE_MAXIMA + 1

registro = logging.getLogger("poema")


class Palco:
    """Escreve para quem estiver lendo; sem ninguém, não escreve nada. `apresenta` deve rodar em uma tarefa."""

    def __init__(
        self,
        oficina: Oficina,
        leitores: Leitores,
        metricas: Metricas,
        *,
        temperatura: float,
        ritmo: float,
        semente: int,
        modelo_novo: Callable[[], Artefato | None] = lambda: None,
    ):
        self._oficina, self._leitores, self._metricas = oficina, leitores, metricas
        self.temperatura, self.ritmo = temperatura, ritmo
        self._modelo_novo = modelo_novo
        self.epoca = semente
        self._texto: str | None = None  # o poema desta época; `None` se ainda não há um
        self._mostrados = 0  # caracteres dele
        self._fechado = False  # o fim dele já foi dito, e corre a pausa
        self._pontos: list[Ponto] = []  # de quem volta, enquanto o palco não abre
        self._abertura: asyncio.Task[None] | None = None
        self._escritas: OrderedDict[int, asyncio.Task[str | None]] = OrderedDict()
        self.falhou = False

    @property
    def nome(self) -> str:
        """Quem é este palco: dois com o mesmo nome escrevem, em cada época, o mesmo poema."""
        return f"{self._oficina.artefato.resumo}-{self.temperatura:g}"

    async def recebe(self, conexao: ServerConnection, ponto: Ponto | None) -> None:
        """Põe a ligação a par do que está no palco e a deixa na plateia.

        Args:
            conexao: quem chegou.
            ponto: onde parou, se já esteve aqui.
        """
        await self._abre(ponto)
        passadas = await self._desde(ponto) if ponto else []
        # Daqui até o fim não há await: o palco não avança entre o que a ligação recebe agora e o que receberá dele.
        self._leitores.entra(conexao)
        mostrado = (self._texto or "")[: self._mostrados]
        if conexao.subprotocol:
            mensagens = [self._ola()]
            if passadas is None:
                mensagens.append(evento("perdido", epoca=self.epoca))
            for epoca, desde, texto in passadas or ():
                mensagens += [self._pedaco(epoca, desde, texto[desde:])] if texto[desde:] else []
                mensagens.append(_fim(epoca, texto))
            desde = ponto.deslocamento if ponto and passadas is not None and ponto.epoca == self.epoca else 0
            mensagens += [self._pedaco(self.epoca, desde, mostrado[desde:])] if mostrado[desde:] else []
            mensagens += [_fim(self.epoca, mostrado)] if self._fechado else []
        else:
            mensagens = [mostrado + SEPARADOR if self._fechado else mostrado] if mostrado else []
        for mensagem in mensagens:
            broadcast([conexao], mensagem)

    async def apresenta(self) -> None:
        """Um poema depois do outro, para sempre. Depois de uma falha, espera um pouco e passa ao seguinte."""
        espera = ESPERA[0]
        while True:
            try:
                await self._poema()
                self.falhou, espera = False, ESPERA[0]
            except Exception as erro:
                self._escritas.clear()
                self._avanca()
                if not self.falhou and not isinstance(erro, FalhaAoEscrever):  # esta, a oficina já disse
                    registro.exception("o palco falhou; recomeço, e só volto a falar disto quando passar")
                self.falhou = True
                await asyncio.sleep(espera)
                espera = min(2 * espera, ESPERA[1])

    async def _abre(self, ponto: Ponto | None) -> None:
        """O palco segue de onde a plateia parou: a de outro processo, ou a que saiu e leu adiante por si.

        Espera-se um pouco depois da primeira pessoa a chegar, para ouvir as outras.
        """
        if self._abertura is None or (self._abertura.done() and self._ficou_para_tras(ponto)):
            self._abertura = asyncio.create_task(self._segue())
        if not self._abertura.done():
            if ponto and ponto.palco == self.nome:
                self._pontos.append(ponto)
            await asyncio.shield(self._abertura)

    def _ficou_para_tras(self, ponto: Ponto | None) -> bool:
        """Se, sem ninguém lendo, o palco parou, e quem chega escreveu no seu aparelho o que vinha depois."""
        if len(self._leitores) or ponto is None or ponto.palco != self.nome:
            return False
        epocas = (ponto.epoca - self.epoca) % SEMENTES
        return 0 < epocas < SEMENTES // 2 or (epocas == 0 and ponto.deslocamento > self._mostrados)

    async def _segue(self) -> None:
        await asyncio.sleep(GRACA)
        if not self._pontos:
            return
        # A plateia é a época de que há mais gente; o palco, quem dela foi mais longe. Um ponto perdido não o leva.
        ((plateia, _),) = Counter(ponto.epoca for ponto in self._pontos).most_common(1)

        def avanco(ponto: Ponto) -> tuple[int, int]:
            return (ponto.epoca - plateia + LEMBRA) % SEMENTES, ponto.deslocamento

        ultimo = max((ponto for ponto in self._pontos if avanco(ponto)[0] <= 2 * LEMBRA), key=avanco)
        self._pontos.clear()
        if texto := await self._relembra(ultimo.epoca):
            self._fechado = self._fechado and self.epoca == ultimo.epoca
            self.epoca, self._texto = ultimo.epoca, texto
            self._mostrados = min(ultimo.deslocamento, len(texto))

    async def _poema(self) -> None:
        await self._leitores.espera_alguem()
        if self._texto is None:
            await self._troca_de_modelo()
            epoca = self.epoca
            texto = await self._escrita(epoca)
            if self.epoca != epoca:
                return
            self._texto = texto
        texto = self._texto
        if texto is not None:
            await self._declama(texto)
        if self._texto is texto:  # e a plateia não voltou de mais adiante
            self._avanca()

    def _avanca(self) -> None:
        self.epoca = (self.epoca + 1) % SEMENTES
        self._texto, self._mostrados, self._fechado = None, 0, False

    async def _declama(self, texto: str) -> None:
        laco = asyncio.get_running_loop()
        hora, sobra = laco.time(), 0.0
        while self._texto is texto and self._mostrados < len(texto):
            if not len(self._leitores):
                await self._leitores.espera_alguem()
                hora = laco.time()
                continue
            sobra += self.ritmo * QUADRO
            if sobra >= 1:
                desde, self._mostrados = self._mostrados, min(self._mostrados + int(sobra), len(texto))
                sobra %= 1
                pedaco = texto[desde : self._mostrados]
                await self._mostra(self._pedaco(self.epoca, desde, pedaco), pedaco, hora)
            hora = max(hora + QUADRO, laco.time() - 1)  # um atraso pequeno se recupera; um grande, não
            await asyncio.sleep(hora - laco.time())
        if self._texto is not texto:
            return
        self._fechado = True
        await self._mostra(_fim(self.epoca, texto), SEPARADOR, hora)
        self._leitores.recolhe()
        await asyncio.sleep(max(QUADRO, PAUSA / self.ritmo))

    async def _mostra(self, mensagem: str, texto: str, hora: float) -> None:
        # As plateias são copiadas antes de qualquer await: quem chega durante o envio já recebeu este pedaço.
        de_eventos, simples = list(self._leitores.de_eventos), list(self._leitores.simples)
        async with self._oficina.vez:
            self._metricas.atraso_do_palco.observe(max(0.0, asyncio.get_running_loop().time() - hora))
            await self._leitores.transmite(de_eventos, mensagem)
            await self._leitores.transmite(simples, texto)

    async def _troca_de_modelo(self) -> None:
        artefato = await asyncio.to_thread(self._modelo_novo)
        if artefato:
            self._oficina.troca(artefato)
            self._escritas.clear()
            async with self._oficina.vez:
                await self._leitores.transmite(list(self._leitores.de_eventos), self._ola())

    def _escrita(self, epoca: int) -> "asyncio.Task[str | None]":
        """O poema de uma época, escrito uma vez só, por muitos que o peçam."""
        if epoca not in self._escritas:
            self._escritas[epoca] = asyncio.create_task(self._escreve(epoca))
            self._escritas[epoca].add_done_callback(lambda escrita: escrita.cancelled() or escrita.exception())
            while len(self._escritas) > LEMBRA + 2:
                self._escritas.popitem(last=False)
        return self._escritas[epoca]

    async def _escreve(self, epoca: int) -> str | None:
        obra = self._oficina.encomenda(self.temperatura, epoca, "", LIMITE)
        texto = "".join([pedaco async for pedaco in obra])
        if obra.motivo == "fim":
            return texto or None
        # O poema não acabou sozinho: a plateia merece um que acabe. Se nenhum acaba, o corte é no fim de um verso.
        return texto.rpartition("\n")[0] or texto if epoca % DESISTE == 0 else None

    async def _relembra(self, epoca: int) -> str | None:
        """O poema de uma época que não é a de agora; `None` também se não se conseguiu escrevê-lo."""
        try:
            return await asyncio.shield(self._escrita(epoca))
        except Exception:
            self._escritas.pop(epoca, None)  # quem o diz é o palco, que vai esbarrar no mesmo
            return None

    async def _desde(self, ponto: Ponto) -> list[tuple[int, int, str]] | None:
        """O que a plateia viu do ponto à época de agora: (época, deslocamento, texto); `None` se já se perdeu."""
        while True:
            agora, quantas = (self.nome, self.epoca), (self.epoca - ponto.epoca) % SEMENTES
            if ponto.palco != self.nome or quantas > LEMBRA:
                return None
            passadas = [(ponto.epoca + i) % SEMENTES for i in range(quantas)]
            textos = [await self._relembra(epoca) for epoca in passadas]
            if agora == (self.nome, self.epoca):  # o palco não andou nem mudou enquanto isso
                desde = [ponto.deslocamento] + [0] * quantas
                return [(e, min(d, len(t)), t) for e, d, t in zip(passadas, desde, textos, strict=False) if t]

    def _ola(self) -> str:
        return evento(
            "ola",
            palco=self.nome,
            modelo=self._oficina.artefato.resumo,
            temperatura=self.temperatura,
            ritmo=self.ritmo,
            leitores=len(self._leitores),
        )

    def _pedaco(self, epoca: int, desde: int, texto: str) -> str:
        return evento("texto", epoca=epoca, deslocamento=desde, texto=texto, leitores=len(self._leitores))


def _fim(epoca: int, texto: str) -> str:
    return evento("fim", epoca=epoca, deslocamento=len(texto))
