"""O que se mede com a biblioteca dentro do processo: o custo de enviar a muitos, e a obediência ao protocolo.

O servidor roda em um filho deste processo, para que ler não pese na conta de quem escreve.
"""

import asyncio
import json
import logging
import multiprocessing
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from websockets.asyncio.server import ServerConnection, broadcast, serve

from poema.carga.cobaia import Cobaia
from poema.carga.ligacoes import Carga
from poema.carga.provas import SOME_EM, Medida, Medidas, Plano
from poema.carga.visitantes import MEGA
from poema.erros import ErroPoema
from poema.servico.leitores import Leitores
from poema.servico.metricas import Metricas
from poema.servico.servidor import OPCOES

MENSAGEM = "meu p"
VIOLACOES = (1002, 1003, 1007)  # fechamentos de quem saiu do protocolo
Casos = dict[str, tuple[str, int | None]]  # de cada caso, como foi e com que código fechou


def difusao(plano: Plano) -> Medidas:
    """O processador que custa enviar um quadro a um leitor: em fatias, como o servidor, e um `send` para cada um."""
    with _filho(_difunde, plano.plateia, plano.rodadas) as (porta, cano), Carga(porta) as carga:
        plateia = carga.abre(plano.plateia)
        cano.send("comece")
        carga.roda(6 * SOME_EM, cano.poll)
        if not cano.poll():
            raise ErroPoema("a difusão demorou demais.")
        custos: dict[str, float] = cano.recv()
        carga.roda(2, lambda: all(ligacao.quadros >= len(custos) * plano.rodadas for ligacao in plateia))
        faltou = sum(ligacao.quadros != len(custos) * plano.rodadas for ligacao in plateia)
    for nome, custo in custos.items():
        yield Medida(f"difusão: {nome}", "µs por quadro e leitor", MEGA * custo / plano.rodadas / plano.plateia)
    yield Medida("difusão: gather(send) / a nossa", "vezes", custos["gather(send)"] / custos["a nossa"], ao_menos=2.4)
    yield Medida("difusão: leitores com quadros a menos", "ligações", faltou, ate=0)


async def _difunde(cano: Connection, quantos: int, rodadas: int) -> None:
    """No filho: envia das três formas, uma rodada de cada por vez, às mesmas ligações."""
    conexoes: list[ServerConnection] = []

    async def atende(conexao: ServerConnection) -> None:
        conexoes.append(conexao)
        await conexao.wait_closed()

    async with serve(atende, "127.0.0.1", 0, **{**OPCOES, "ping_interval": None}) as servidor:
        cano.send(servidor.sockets[0].getsockname()[1])
        await asyncio.to_thread(cano.recv)
        while len(conexoes) < quantos:
            await asyncio.sleep(0.05)
        leitores = Leitores(Metricas())
        leitores.simples.update(conexoes)

        async def a_nossa() -> None:
            await leitores.transmite(list(leitores.simples), MENSAGEM)

        async def da_biblioteca() -> None:
            broadcast(conexoes, MENSAGEM)

        async def um_a_um() -> None:
            await asyncio.gather(*(conexao.send(MENSAGEM) for conexao in conexoes))

        formas = {"a nossa": a_nossa, "broadcast()": da_biblioteca, "gather(send)": um_a_um}
        cano.send(await _cronometra(formas, rodadas))
        await asyncio.to_thread(cano.recv)


async def _cronometra(formas: dict[str, Callable[[], Coroutine[Any, Any, None]]], rodadas: int) -> dict[str, float]:
    custos, acaso = dict.fromkeys(formas, 0.0), random.Random(0)
    for _ in range(rodadas):
        for nome in acaso.sample(list(formas), len(formas)):
            antes = time.process_time()
            await formas[nome]()
            custos[nome] += time.process_time() - antes
            await asyncio.sleep(0.005)  # quem lê alcança
    return custos


def conformidade(plano: Plano) -> Medidas:
    """Os casos do Autobahn, com o kosoku: um eco com os argumentos do servidor, um com os da biblioteca, e o servidor.

    O eco com os nossos argumentos recusa mensagens grandes, e só nelas deve diferir. O servidor não é um eco: dele se
    vê se fecha, com o mesmo código, a ligação de quem sai do protocolo.
    """
    kosoku = shutil.which("kosoku", path=str(Path(sys.executable).parent)) or shutil.which("kosoku")
    if not kosoku:
        yield "conformidade: falta o kosoku. Instale com: pip install kosoku"
        return
    ecos: dict[str, Casos] = {}
    for nome, opcoes in (("da biblioteca", {}), ("nossos", OPCOES)):
        with _filho(_ecoa, opcoes) as (porta, _):
            ecos[nome] = _roda_kosoku(kosoku, f"ws://127.0.0.1:{porta}/", plano.casos)
        contas = Counter(como for como, _ in ecos[nome].values())
        for como in ("OK", "NON-STRICT", "INFORMATIONAL", "FAILED"):
            yield Medida(f"conformidade, argumentos {nome}: {como}", "casos", contas[como])
    deles, nossos = ecos.values()
    falham = [caso for caso in deles if deles[caso][0] == nossos.get(caso, ("", 0))[0] == "FAILED"]
    yield f"conformidade: falham com os da biblioteca também: {', '.join(falham) or 'nenhum'}"
    diferentes = {caso: nossos.get(caso, ("", None)) for caso in deles if nossos.get(caso) != deles[caso]}
    grandes = [caso for caso, (_, codigo) in diferentes.items() if codigo == 1009]
    yield f"conformidade: diferem por passarem de {OPCOES['max_size']} bytes (1009): {', '.join(grandes) or 'nenhum'}"
    outros = {caso: (deles[caso], como) for caso, como in diferentes.items() if caso not in grandes}
    yield Medida("conformidade: diferem por outra razão", "casos", len(outros), ate=0)
    if outros:
        yield f"conformidade: (como a biblioteca, como nós): {outros}"
    violacoes = {caso: codigo for caso, (_, codigo) in nossos.items() if codigo in VIOLACOES}
    if violacoes:
        with Cobaia() as cobaia:
            reais = _roda_kosoku(kosoku, f"ws://127.0.0.1:{cobaia.porta}/ws/", tuple(violacoes))
        erradas = [f"{caso}: {reais[caso][1]}" for caso, codigo in violacoes.items() if reais[caso][1] != codigo]
        yield Medida("conformidade, o servidor: violações vistas", "casos", len(violacoes))
        yield Medida("conformidade, o servidor: fechadas com outro código", "casos", len(erradas), ate=0)
        if erradas:
            yield f"conformidade, o servidor: fecharam com outro código: {', '.join(erradas)}"


async def _ecoa(cano: Connection, opcoes: dict[str, Any]) -> None:
    async def eco(conexao: ServerConnection) -> None:
        async for mensagem in conexao:
            await conexao.send(mensagem)

    async with serve(eco, "127.0.0.1", 0, **opcoes) as servidor:
        cano.send(servidor.sockets[0].getsockname()[1])
        await asyncio.to_thread(cano.recv)


def _roda_kosoku(kosoku: str, endereco: str, casos: tuple[str, ...]) -> Casos:
    with tempfile.TemporaryDirectory(prefix="poema-kosoku-") as pasta:
        inclui = [parte for caso in casos for parte in ("-i", caso)]
        comando = [kosoku, "-m", "fuzzingclient", endereco, "-p", "4", "-o", pasta, *inclui]
        try:
            subprocess.run(comando, capture_output=True, timeout=150)
            (agente,) = json.loads((Path(pasta) / "index.json").read_text("utf-8")).values()
        except (subprocess.TimeoutExpired, OSError, ValueError) as erro:
            raise ErroPoema(f"o kosoku não chegou ao fim: {erro!r}.") from None
    return {caso: (visto["behavior"], visto["remoteCloseCode"]) for caso, visto in agente.items()}


@contextmanager
def _filho(alvo: Callable[..., Coroutine[Any, Any, None]], *argumentos: Any) -> Iterator[tuple[int, Connection]]:
    """Roda uma corrotina em outro processo e devolve a porta que ela abriu e o cano por onde falar com ela."""
    contexto = multiprocessing.get_context("spawn")
    cano, do_filho = contexto.Pipe()
    processo = contexto.Process(target=_no_filho, args=(alvo, do_filho, argumentos), daemon=True)
    processo.start()
    try:
        if not cano.poll(SOME_EM):
            raise ErroPoema("o servidor do teste não começou.")
        yield cano.recv(), cano
    finally:
        processo.terminate()
        processo.join()
        cano.close()
        do_filho.close()


def _no_filho(alvo: Callable[..., Coroutine[Any, Any, None]], cano: Connection, argumentos: tuple[Any, ...]) -> None:
    logging.disable()  # a biblioteca conta cada aperto de mão malfeito
    asyncio.run(alvo(cano, *argumentos))
