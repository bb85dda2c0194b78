"""O que assusta um servidor: morrer e voltar, mensagens más, gente que não para de entrar e sair."""

import random
import signal
import socket
import statistics
import time
from collections import Counter

from poema.carga.cobaia import Cobaia, socket_de_escuta
from poema.carga.ligacoes import Carga
from poema.carga.provas import SOME_EM, Medida, Medidas, Plano, fechadas
from poema.carga.visitantes import MEGA, Ataque, Testemunha, Visitas

DURA_NO_MAXIMO = 120.0  # segundos de ataque


def reinicio(plano: Plano) -> Medidas:
    """Reinícios com o socket herdado, a bem (SIGTERM) e à força (SIGKILL), enquanto chega gente sem parar."""
    with socket_de_escuta() as escuta:
        for sinal in (signal.SIGTERM, signal.SIGKILL):
            yield from _reinicia(plano, escuta, sinal)
    with Cobaia() as cobaia, Carga(cobaia.porta) as carga:
        plateia = carga.abre(plano.plateia)
        carga.roda(plano.acalma)
        linhas, comeco = len(cobaia.registro().splitlines()), time.perf_counter()
        cobaia.processo.send_signal(signal.SIGTERM)
        carga.roda(SOME_EM, lambda: cobaia.processo.poll() is not None)
        tempo, linhas = time.perf_counter() - comeco, len(cobaia.registro().splitlines()) - linhas
        avisados = sum(ligacao.codigo == 1012 for ligacao in plateia)
    yield Medida("SIGTERM: linhas no registro, por 100 leitores", "linhas", 100 * linhas / len(plateia), ate=1)
    yield Medida("SIGTERM: leitores avisados com 1012", "%", 100 * avisados / len(plateia), ao_menos=100)
    yield Medida("SIGTERM: até o processo acabar", "s", tempo)


def _reinicia(plano: Plano, escuta: socket.socket, sinal: signal.Signals) -> Medidas:
    cobaia = Cobaia(escuta=escuta)

    def morreu() -> bool:
        return visitas() or cobaia.processo.poll() is not None

    try:
        with Carga(cobaia.porta) as carga:
            visitas = Visitas(carga, plano.apertos)
            carga.roda(plano.acalma, visitas)
            for _ in range(plano.reinicios):
                cobaia.processo.send_signal(sinal)
                carga.roda(SOME_EM, morreu)
                cobaia.termina()
                cobaia = Cobaia(escuta=escuta)
                carga.roda(plano.acalma + 1, visitas)
            carga.roda(SOME_EM, lambda: not carga.ligando)
    finally:
        cobaia.termina()
    recusas = Counter(visita.recusa for visita in visitas.todas if not visita.pronta)
    nome = f"reinício com {sinal.name}"
    yield Medida(f"{nome}: apertos de mãos pedidos", "apertos", len(visitas.todas))
    yield Medida(f"{nome}: recusados", "apertos", recusas["recusada"], ate=0)
    yield Medida(f"{nome}: respondidos com 503", "apertos", recusas["503"], ate=0)
    yield Medida(
        f"{nome}: caídos antes do 101", "apertos", recusas.total() - recusas["recusada"] - recusas["503"], ate=0
    )
    esperas = [visita.pronta - visita.nasceu for visita in visitas.todas if visita.pronta]
    yield Medida(f"{nome}: a maior espera por um aperto", "s", max(esperas, default=float("nan")))


def hostil(plano: Plano) -> Medidas:
    """Mensagens que ninguém de bem mandaria, aos milhares: depois delas tudo deve estar como antes."""
    with Cobaia() as cobaia, Carga(cobaia.porta) as carga:
        testemunha = Testemunha()
        plateia = carga.abre(1, v1=True, ao_ler=lambda: testemunha)
        carga.roda(plano.acalma)
        antes, linhas = _restos(cobaia, carga), len(cobaia.registro().splitlines())
        ataque, comeco = Ataque(carga, plano.hostis), time.perf_counter()
        carga.roda(DURA_NO_MAXIMO, ataque)
        tempo = time.perf_counter() - comeco
        fim = time.perf_counter() + SOME_EM
        while (depois := _restos(cobaia, carga)) and max(depois[0] - antes[0], depois[1] - antes[1]) > 0:
            if time.perf_counter() > fim:
                break
        registro, perdas = cobaia.registro(), testemunha.falhas + fechadas(plateia)
    yield Medida("hostil: mensagens mandadas", "mensagens", ataque.mandadas, ao_menos=plano.hostis)
    yield Medida("hostil: ligações que elas gastaram", "ligações", ataque.ligacoes)
    yield Medida("hostil: mensagens mandadas", "por segundo", ataque.mandadas / tempo)
    yield "hostil: fechamentos: " + ", ".join(f"{como}: {n}" for como, n in sorted(ataque.fechamentos.items()))
    yield Medida("hostil: Traceback no registro", "vezes", registro.count("Traceback"), ate=0)
    yield Medida("hostil: linhas a mais no registro", "linhas", len(registro.splitlines()) - linhas)
    for i, nome in enumerate(("arquivos abertos", "tarefas")):
        yield Medida(f"hostil: {nome} a mais", nome.split()[0], depois[i] - antes[i], ate=0)
    yield Medida("hostil: memória a mais", "MB", (depois[2] - antes[2]) / MEGA)
    yield Medida("hostil: falhas de quem só lia", "falhas", perdas, ate=0)


def _restos(cobaia: Cobaia, carga: Carga) -> tuple[int, float, int]:
    """O que um servidor pode esquecer de devolver: arquivos, tarefas, memória. Antes, um instante de calma."""
    carga.roda(0.5)
    arquivos, memoria = cobaia.arquivos(), cobaia.memoria()
    return arquivos, cobaia.metricas().get("poema_tarefas", float("nan")), memoria


def rotatividade(plano: Plano) -> Medidas:
    """Gente que chega e vai embora, com e sem despedida: a memória não deve crescer com o tempo."""
    acaso = random.Random(0)
    with Cobaia() as cobaia, Carga(cobaia.porta) as carga:
        visitas = Visitas(carga, plano.por_segundo, demora=lambda: acaso.uniform(0.2, 4), v1=0.5)
        carga.roda(plano.aquece, visitas)
        fim = time.perf_counter() + 60 * plano.rotatividade
        memorias = []
        while time.perf_counter() < fim:
            carga.roda(plano.rotatividade, visitas)  # um sessenta avos do tempo, em segundos
            memorias.append(cobaia.memoria())
        carga.roda(SOME_EM, lambda: not carga.ligando)
        falhas = sum(not visita.pronta and bool(visita.recusa) for visita in visitas.todas)
    terco = max(1, len(memorias) // 3)
    primeiro, ultimo = statistics.mean(memorias[:terco]), statistics.mean(memorias[-terco:])
    nome = f"rotatividade de {plano.rotatividade:g} min".replace(".", ",")
    yield Medida(f"{nome}: visitas", "ligações", len(visitas.todas))
    yield Medida(f"{nome}: visitas que não entraram", "ligações", falhas, ate=0)
    yield Medida(f"{nome}: memória no fim", "MB", ultimo / MEGA)
    yield Medida(f"{nome}: memória, do 1º ao 3º terço", "%", 100 * (ultimo / primeiro - 1), ate=5)
