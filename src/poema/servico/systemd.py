"""As duas conversas com o systemd: herdar o socket que ele abriu e dizer que está tudo bem.

São dois protocolos de poucas linhas, descritos em sd_listen_fds(3) e sd_notify(3).
"""

import os
import socket
from contextlib import suppress

from poema.erros import ErroPoema

PRIMEIRO = 3  # SD_LISTEN_FDS_START


def socket_herdado() -> socket.socket | None:
    """Devolve o socket que já veio aberto e escutando, ou `None`.

    Raises:
        ErroPoema: o ambiente promete um socket que não está lá.
    """
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or os.environ.get("LISTEN_FDS", "0") == "0":
        return None
    try:
        return socket.socket(fileno=PRIMEIRO)
    except OSError as erro:
        raise ErroPoema(
            f"LISTEN_FDS promete um socket no descritor {PRIMEIRO}, e não há: {erro.strerror}. "
            "Tire LISTEN_FDS do ambiente."
        ) from None


def avisa(estado: str) -> None:
    """Diz algo a quem iniciou o processo (`READY=1`, `WATCHDOG=1`); se ninguém perguntou, ou ouve, não faz nada."""
    endereco = os.environ.get("NOTIFY_SOCKET")
    if not endereco:
        return
    if endereco.startswith("@"):
        endereco = "\0" + endereco[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as saida, suppress(OSError):
        saida.sendto(estado.encode(), socket.MSG_DONTWAIT, endereco)  # quem não escuta não pode parar o servidor
