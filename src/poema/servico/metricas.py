"""O que o servidor conta de si, no formato do Prometheus."""

import asyncio
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

FAIXAS = (0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)  # segundos


class Metricas:
    """Os contadores de um servidor."""

    def __init__(self) -> None:
        self._registro = CollectorRegistry()
        self.quadros = self._contador("quadros", "mensagens enviadas a quem lê o palco")
        self.caracteres = self._contador("caracteres", "caracteres que a rede escreveu")
        self.poemas = self._contador("poemas", "poemas que a rede escreveu")
        self.cortados = self._contador("cortados", "ligações cortadas por não receberem o que se enviava")
        self.recusados = self._contador("recusados", "pedidos de poema e ligações recusados por falta de vaga")
        self.abusos = self._contador("abusos", "ligações fechadas por insistirem em mensagens ruins")
        self.falhas = self._contador("falhas", "vezes em que escrever um poema falhou")
        self.atraso = self._demora("atraso_segundos", "quanto o laço de eventos demora a atender")
        self.atraso_do_palco = self._demora("atraso_do_palco_segundos", "quanto um pedaço do palco sai depois da hora")

    def observa(self, nome: str, ajuda: str, valor: Callable[[], float]) -> None:
        """Acrescenta uma medida que é lida na hora."""
        Gauge(f"poema_{nome}", ajuda, registry=self._registro).set_function(valor)

    def texto(self) -> bytes:
        """Devolve tudo, como o Prometheus lê."""
        return generate_latest(self._registro)

    async def pulsa(self, a_cada: float = 0.1) -> None:
        """Mede o atraso do laço de eventos, para sempre."""
        laco = asyncio.get_running_loop()
        while True:
            hora = laco.time() + a_cada
            await asyncio.sleep(a_cada)
            self.atraso.observe(max(0.0, laco.time() - hora))

    def _contador(self, nome: str, ajuda: str) -> Counter:
        return Counter(f"poema_{nome}", ajuda, registry=self._registro)

    def _demora(self, nome: str, ajuda: str) -> Histogram:
        return Histogram(f"poema_{nome}", ajuda, registry=self._registro, buckets=FAIXAS)
