"""Põe o poema no ar: um palco para todos os que abrem a página, e um poema próprio para quem pede.

just websocket
just websocket --porta 8080 --temperatura 0.6 --ritmo 30
"""

import asyncio
import errno
import gc
import logging
import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Sequence
from pathlib import Path

from poema import terminal
from poema.caminhos import PAGINA, modelo_mais_novo
from poema.erros import ErroPoema
from poema.geracao.artefato import Artefato
from poema.terminal import Opcoes

RESERVA = 64  # descritores de arquivo que não são de leitores
RITMOS = (0.5, 100_000)

registro = logging.getLogger("poema")


def main(argumentos: Sequence[str]) -> None:
    o = _opcoes().parse_args(argumentos)
    if not 0 <= o.porta <= 65535:
        raise ErroPoema(f"--porta deve ser um número de 0 a 65535. Recebido: {o.porta}.")
    if not RITMOS[0] <= o.ritmo <= RITMOS[1]:
        raise ErroPoema(
            f"--ritmo deve estar entre {RITMOS[0]} e {RITMOS[1]} caracteres por segundo. Recebido: {o.ritmo:g}."
        )
    with terminal.exige("servidor"):
        from threadpoolctl import threadpool_limits

        from poema.servico import systemd
        from poema.servico.leitores import Leitores
        from poema.servico.metricas import Metricas
        from poema.servico.oficina import Oficina
        from poema.servico.palco import Palco
        from poema.servico.protocolo import TEMPERATURA_MAXIMA
        from poema.servico.respostas import pagina
        from poema.servico.servidor import Servidor
        from poema.servico.vagas import descritores
    if not 0 <= o.temperatura <= TEMPERATURA_MAXIMA:
        raise ErroPoema(f"--temperatura deve estar entre 0 e {TEMPERATURA_MAXIMA:g}. Recebido: {o.temperatura}.")
    caminho, artefato = terminal.abre_modelo(o.modelo, o.dataset, o.motor)
    da_pagina = pagina(PAGINA)
    escuta = systemd.socket_herdado() or _escuta(o.endereco, o.porta)
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    registro.setLevel(logging.INFO)

    metricas = Metricas()
    oficina, leitores = Oficina(artefato, metricas), Leitores(metricas)
    palco = Palco(
        oficina,
        leitores,
        metricas,
        temperatura=o.temperatura,
        ritmo=o.ritmo,
        semente=terminal.semente_ao_acaso() if o.semente is None else o.semente,
        modelo_novo=_olheiro(o.modelo, o.dataset, o.motor, caminho),
    )
    servidor = Servidor(palco, oficina, leitores, metricas, da_pagina, lotacao=descritores() - RESERVA)
    onde = _onde(escuta)
    temperatura = f"{o.temperatura:g}".replace(".", ",")
    print(f"{onde} · {caminho.name} ({artefato.resumo}) · temperatura {temperatura} · Ctrl+C termina", flush=True)
    if not o.nao_abre and onde.startswith("http") and _ha_tela():
        threading.Thread(target=webbrowser.open, args=(onde,), daemon=True).start()
    # O que já está na memória fica para sempre, e não precisa ser revisto. Das ligações, o coletor de lixo só vê por si
    # as que duram pouco; das outras cuida Leitores.recolhe, na hora certa.
    gc.freeze()
    gc.set_threshold(50_000, 20, 1_000_000)
    # Matrizes pequenas não ganham com duas threads e, em uma máquina ocupada, uma esperar pela outra custa cem vezes.
    with threadpool_limits(1, user_api="blas"):
        asyncio.run(servidor.serve(escuta))


def _olheiro(modelo: Path | None, dataset: Path | None, motor: str, de_agora: Path) -> Callable[[], Artefato | None]:
    """Devolve uma função que dá o modelo, se apareceu um mais novo (ou se o pedido mudou), e senão `None`."""

    def marca(caminho: Path) -> tuple[Path, int]:
        return caminho, caminho.stat().st_mtime_ns

    visto, dito = marca(de_agora), ""

    def olha() -> Artefato | None:
        nonlocal visto, dito
        try:
            caminho = modelo or modelo_mais_novo()
            if visto == (agora := marca(caminho)):
                return None
            artefato = terminal.abre_modelo(caminho, dataset, motor)[1]
            visto = agora  # o que não se abriu se tenta outra vez: pode ter faltado só o exportado
        except (ErroPoema, OSError) as erro:
            if str(erro) != dito:
                registro.warning("fico com o modelo que tenho: %s", erro)
            dito = str(erro)
            return None
        registro.info("agora escreve %s (%s)", caminho.name, artefato.resumo)
        return artefato

    return olha


def _escuta(endereco: str, porta: int) -> socket.socket:
    try:
        familia = socket.AF_INET6 if ":" in endereco else socket.AF_INET
        return socket.create_server((endereco, porta), family=familia)
    except OSError as erro:
        da_porta = erro.errno in (errno.EADDRINUSE, errno.EACCES)
        motivo = (erro.strerror or "").partition(" (while")[0]  # o que segue, em inglês, repete o endereço
        raise ErroPoema(
            f"não consegui abrir a porta {porta} de {endereco}: {motivo}. "
            f"{'Escolha outra com --porta.' if da_porta else 'Confira o --endereco.'}"
        ) from None


def _onde(escuta: socket.socket) -> str:
    nome = escuta.getsockname()
    if not isinstance(nome, tuple):
        return f"unix:{nome}"
    return f"http://{f'[{nome[0]}]' if ':' in nome[0] else nome[0]}:{nome[1]}/"


def _ha_tela() -> bool:
    return sys.platform != "linux" or any(os.environ.get(tela) for tela in ("DISPLAY", "WAYLAND_DISPLAY"))


def _opcoes() -> Opcoes:
    opcoes = Opcoes("websocket", "Põe o poema no ar: a página e o fluxo de texto, na mesma porta.")
    opcoes.opcoes_do_modelo("o texto de um modelo que não traz o seu vocabulário")
    opcoes.opcao_do_motor()
    opcoes.opcao("porta", "a porta (padrão: 8000; 0: uma livre)", type=terminal.inteiro, metavar="N", default=8000)
    opcoes.opcao(
        "endereco",
        "onde escutar (padrão: 127.0.0.1, só esta máquina; 0.0.0.0: toda a rede)",
        metavar="IP",
        default="127.0.0.1",
    )
    opcoes.opcao("temperatura", "a do palco (padrão: 0,5)", type=terminal.numero, metavar="T", default=0.5)
    opcoes.opcao("ritmo", "caracteres por segundo (padrão: 20)", type=terminal.numero, metavar="N", default=20.0)
    opcoes.opcao("semente", "a do primeiro poema (padrão: ao acaso)", type=terminal.semente, metavar="N")
    opcoes.opcao("nao-abre", "não abre a página no navegador", action="store_true")
    return opcoes


if __name__ == "__main__":
    terminal.executa(main)
