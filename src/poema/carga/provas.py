"""O que se mede do servidor: cada função monta uma situação, de verdade e no loopback, e conta o que viu.

Todas recebem um `Plano`, que diz o tamanho da situação, e dão medidas, ou frases quando não há o que medir.
"""

import signal
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from poema.carga.cobaia import Cobaia, Gasto, cabem, quantil
from poema.carga.ligacoes import ABERTA, FECHADA, PING, Carga, Ligacao, quadro
from poema.carga.visitantes import MEGA, POEMA, Demanda, Guarda, Pedinte, Testemunha

ATRASO, ATRASO_DO_PALCO = "poema_atraso_segundos", "poema_atraso_do_palco_segundos"
POR_ENDERECO = 8  # ligações que pedem poemas, de cada endereço: duas encomendas cada uma, e o servidor aceita dezesseis
ENTOPE = 1_600  # pings: as respostas passam de tudo o que o kernel e o servidor guardam para uma ligação
FATIA = 0.5  # segundos: duas vezes a distância entre dois quadros do palco
SOME_EM = 30.0  # segundos que se espera por quem já devia ter acabado


@dataclass(frozen=True)
class Plano:
    """O tamanho de cada situação. Os testes usam um pequeno."""

    leitores: tuple[int, ...] = (5_000, 10_000)  # da primeira medida
    segundos: float = 15.0  # de cada medida que dura
    acalma: float = 2.0  # segundos para tudo se assentar antes de medir
    plateia: int = 1_000  # leitores das outras medidas
    parados: int = 300  # dos da plateia, os que param de ler
    somem_em: float = 30.0  # segundos que se espera por eles
    ritmo_dos_parados: int = 2_000  # caracteres por segundo
    rodadas: int = 150  # envios de cada forma, na difusão
    proprios: float = 30.0  # poemas próprios por segundo
    pedintes: int = 64  # ligações que os pedem
    partidas: int = 5
    apertos: float = 100.0  # apertos de mãos por segundo, enquanto o servidor reinicia
    reinicios: int = 2  # de cada jeito
    casos: tuple[str, ...] = ("1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*")  # 9, 12 e 13: carga e compressão
    hostis: int = 100_000
    rotatividade: float = 1.0  # minutos
    aquece: float = 45.0  # segundos antes da rotatividade: o Python guarda para si a memória das primeiras visitas
    por_segundo: float = 50.0  # chegadas, na rotatividade


@dataclass(frozen=True)
class Medida:
    """Um número, e o que se queria dele: até tanto, ou ao menos tanto."""

    nome: str
    unidade: str
    valor: float
    ate: float | None = None
    ao_menos: float | None = None

    @property
    def cumpre(self) -> bool | None:
        """Se está como se queria; `None` se nada se queria."""
        if self.ate is None and self.ao_menos is None:
            return None
        return (self.ate is None or self.valor <= self.ate) and (self.ao_menos is None or self.valor >= self.ao_menos)


Medidas = Iterator[Medida | str]


def leitores(plano: Plano) -> Medidas:
    """Muita gente só lendo o palco: processador, atraso e memória do servidor."""
    for quantos in plano.leitores:
        if not cabem(quantos):
            yield f"{quantos} leitores: o limite de arquivos desta máquina não deixa (ulimit -Hn)."
            continue
        with Cobaia() as cobaia, Carga(cobaia.porta) as carga:
            memoria = _vazio(cobaia, carga, plano)
            plateia = carga.abre(quantos)
            carga.roda(plano.acalma)
            antes = cobaia.metricas()
            tempo, quadros, usado, nosso, dos_outros = _enquanto_escreve(cobaia, carga, plateia, plano.segundos)
            depois = cobaia.metricas()
            nome = f"{quantos} leitores"
            alvo, vinte = (45, 20) if quantos <= 5_000 else (None, None)
            yield Medida(f"{nome}: quadros recebidos por leitor", "por segundo", quadros / tempo / quantos)
            yield Medida(f"{nome}: processador do servidor", "% de um núcleo", 100 * usado / tempo, ate=alvo)
            yield Medida(f"{nome}: processador de quem lê", "% de um núcleo", 100 * nosso / tempo)
            yield Medida(f"{nome}: processador de outros processos", "% de um núcleo", 100 * dos_outros / tempo)
            yield Medida(f"{nome}: processador por quadro e leitor", "µs", MEGA * usado / max(1, quadros))
            for onde, metrica in (("laço", ATRASO), ("palco", ATRASO_DO_PALCO)):
                for q in (50, 99):
                    atraso = 1000 * quantil(antes, depois, metrica, q / 100)
                    do_laco = (onde, q) == ("laço", 99)
                    yield Medida(f"{nome}: atraso do {onde}, p{q}", "ms", atraso, ate=vinte if do_laco else None)
            por_leitor = (cobaia.memoria() - memoria) / quantos / 1024
            yield Medida(f"{nome}: memória por leitor", "KiB", por_leitor, ate=vinte)
            yield Medida(f"{nome}: caíram", "ligações", fechadas(plateia), ate=0)


def _enquanto_escreve(
    cobaia: Cobaia, carga: Carga, plateia: list[Ligacao], segundos: float
) -> tuple[float, int, float, float, float]:
    """O tempo, os quadros e o processador (o do servidor, o nosso, o dos outros), sem as pausas entre dois poemas."""
    tempo, quadros, gastos = 0.0, 0, (0.0, 0.0, 0.0)
    fim = time.perf_counter() + 4 * segundos
    while tempo < segundos and time.perf_counter() < fim:
        cheio, gasto = _quadros(plateia), Gasto(cobaia)
        carga.roda(FATIA)
        passou, *partes = gasto.ate_agora()
        if chegaram := _quadros(plateia) - cheio:
            tempo, quadros = tempo + passou, quadros + chegaram
            gastos = (gastos[0] + partes[0], gastos[1] + partes[1], gastos[2] + partes[2])
    return max(tempo, FATIA), quadros, *gastos


def parados(plano: Plano) -> Medidas:
    """Parte da plateia para de ler sem se despedir: os outros não devem notar, nem a memória.

    Metade dos que param só para. A outra metade tem pouco lugar no kernel e antes manda muitos pings, de cada um um
    tanto: as respostas enchem o buffer do servidor, das que nada enchem às que passam do limite. As do meio são as
    piores, porque o `ping` do servidor fica esperando por elas.
    """
    atentos = plano.plateia - plano.parados
    with Cobaia("--ritmo", str(plano.ritmo_dos_parados)) as cobaia, Carga(cobaia.porta) as carga:
        testemunha, guardas = Testemunha(), [Guarda() for _ in range(atentos - 1)]
        fica = carga.abre(1, v1=True, ao_ler=lambda: testemunha)
        fila = iter(guardas)
        fica += carga.abre(atentos - 1, ao_ler=lambda: next(fila))
        entopem = carga.abre(plano.parados // 2, recebe=4096)
        somem = carga.abre(plano.parados - len(entopem)) + entopem
        carga.roda(1)
        antes = cobaia.memoria()
        for ligacao in somem:
            carga.para_de_ler(ligacao)
        for i, ligacao in enumerate(entopem):
            carga.envia(ligacao, quadro(bytes(125), PING) * (ENTOPE * i // len(entopem)))
        pico, sumiram = _espera_que_sumam(cobaia, carga, atentos, plano.somem_em)
        cortados = cobaia.metricas()["poema_cortados_total"]
        carga.roda(1)
        caiu = fechadas(fica)
        cobaia.processo.send_signal(signal.SIGTERM)
        carga.roda(SOME_EM, lambda: fechadas(fica) == len(fica))
    yield Medida("parados: os atentos que caíram", "ligações", caiu, ate=0)
    yield Medida("parados: os atentos que perderam texto", "ligações", _faltas(guardas, testemunha), ate=0)
    yield Medida("parados: falhas nos deslocamentos", "falhas", testemunha.falhas, ate=0)
    yield Medida("parados: texto que cada um leu", "caracteres", len(testemunha.texto))
    yield Medida("parados: memória a mais", "MB", (pico - antes) / MEGA, ate=20)
    yield Medida("parados: cortados por deverem demais", "ligações", cortados)
    yield Medida("parados: até sumirem todos", "s", sumiram, ate=10)


def _espera_que_sumam(cobaia: Cobaia, carga: Carga, ficam: int, no_maximo: float) -> tuple[int, float]:
    """Espera até que só fiquem tantas; devolve o pico de memória e em quantos segundos foi (ou um NaN)."""
    comeco, pico = time.perf_counter(), 0
    while (passou := time.perf_counter() - comeco) < no_maximo:
        carga.roda(0.1)
        pico = max(pico, cobaia.memoria())
        if cobaia.metricas()["poema_leitores"] <= ficam:
            return pico, passou
    return pico, float("nan")


def proprios(plano: Plano) -> Medidas:
    """Uma plateia lendo o palco enquanto muitos pedem poemas próprios: o palco não deve atrasar."""
    with Cobaia() as cobaia, Carga(cobaia.porta) as carga:
        plateia = carga.abre(plano.plateia)
        enderecos = [f"127.0.1.{1 + i // POR_ENDERECO}" for i in range(plano.pedintes)]
        pedintes = [Pedinte(carga, endereco) for endereco in enderecos]
        carga.roda(SOME_EM, lambda: all(pedinte.ligacao.estado == ABERTA for pedinte in pedintes))
        carga.roda(plano.acalma)
        antes, gasto = cobaia.metricas(), Gasto(cobaia)
        carga.roda(plano.segundos, Demanda(pedintes, plano.proprios))
        tempo, usado, _, dos_outros = gasto.ate_agora()
        depois = cobaia.metricas()
        caiu = fechadas(plateia + [pedinte.ligacao for pedinte in pedintes])
        carga.roda(5, lambda: not any(pedinte.pendentes for pedinte in pedintes))
        if erros := sum((pedinte.erros for pedinte in pedintes), Counter[str]()):
            yield f"próprios: o servidor reclamou: {erros.most_common(2)}"
    pedidos = sum(pedinte.pedidos for pedinte in pedintes)
    escritos = depois["poema_caracteres_total"] - antes["poema_caracteres_total"]
    yield Medida("próprios: pedidos", "por segundo", pedidos / tempo, ao_menos=plano.proprios)
    yield Medida("próprios: escritos, com o palco", "caracteres/s", escritos / tempo, ao_menos=plano.proprios * POEMA)
    yield Medida("próprios: recusados", "pedidos", sum(pedinte.recusados for pedinte in pedintes), ate=0)
    yield Medida("próprios: sem resposta até o fim", "pedidos", sum(len(pedinte.pendentes) for pedinte in pedintes))
    for nome, esperas in (
        ("até o primeiro texto", [espera for pedinte in pedintes for espera in pedinte.ate_o_texto]),
        ("até o fim", [espera for pedinte in pedintes for espera in pedinte.ate_o_fim]),
    ):
        for q in (50, 99):
            yield Medida(f"próprios: {nome}, p{q}", "s", _percentil(esperas, q))
    atrasos = [quantil(antes, depois, ATRASO_DO_PALCO, q) for q in (0.5, 0.99)]
    yield Medida("próprios: atraso do palco, p50", "ms", 1000 * atrasos[0])
    yield Medida("próprios: atraso do palco, p99", "ms", 1000 * atrasos[1], ate=50)
    yield Medida("próprios: atraso do laço, p99", "ms", 1000 * quantil(antes, depois, ATRASO, 0.99))
    yield Medida("próprios: processador do servidor", "% de um núcleo", 100 * usado / tempo)
    yield Medida("próprios: processador de outros processos", "% de um núcleo", 100 * dos_outros / tempo)
    yield Medida("próprios: caíram", "ligações", caiu, ate=0)


def partida(plano: Plano) -> Medidas:
    """Do nascer do processo ao primeiro aperto de mãos, e a memória sem ninguém: a mediana de algumas vezes."""
    esperas, memorias = [], []
    for _ in range(plano.partidas):
        with Cobaia() as cobaia, Carga(cobaia.porta) as carga:
            memorias.append(cobaia.memoria())
            (ligacao,) = carga.abre(1)
            esperas.append(ligacao.pronta - cobaia.nasceu)
    yield Medida("partida: até o primeiro aperto de mãos", "s", statistics.median(esperas), ate=1)
    yield Medida("partida: memória sem ninguém", "MB", statistics.median(memorias) / MEGA, ate=80)


def _vazio(cobaia: Cobaia, carga: Carga, plano: Plano) -> int:
    """A memória sem ninguém, depois de já ter atendido uma leitora e mostrado as métricas."""
    (ligacao,) = carga.abre(1)
    carga.roda(plano.acalma)
    carga.fecha(ligacao)
    cobaia.metricas()
    carga.roda(0.5)
    return cobaia.memoria()


def _quadros(ligacoes: list[Ligacao]) -> int:
    return sum(ligacao.quadros for ligacao in ligacoes)


def fechadas(ligacoes: list[Ligacao]) -> int:
    return sum(ligacao.estado == FECHADA for ligacao in ligacoes)


def _faltas(guardas: list[Guarda], testemunha: Testemunha) -> int:
    """Quantos leram algo diferente. Quem chega tarde começa do começo de um poema, e o que leu é o fim do que há."""
    textos = [guarda.texto.rstrip("\n") for guarda in guardas]
    tudo = max([testemunha.texto.rstrip("\n"), *textos], key=len)
    return sum(not texto or not tudo.endswith(texto) for texto in textos)


def _percentil(valores: list[float], q: int) -> float:
    return sorted(valores)[min(len(valores) - 1, len(valores) * q // 100)] if valores else float("nan")
