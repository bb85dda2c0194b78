"""O site como vai ao ar: o nginx de verdade, com nginx/poema.top.conf, na frente do servidor de verdade.

Tudo em 127.0.0.1. Do arquivo só se trocam portas, pastas, o certificado e o lugar do socket; o servidor começa pela
linha ExecStart de poema.service, com um socket herdado e os avisos ouvidos, como no systemd.
"""

import asyncio
import gzip
import http.client
import itertools
import json
import os
import queue
import re
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from poema.geracao.web import le_web

pytestmark = pytest.mark.nginx

PASTA = Path(__file__).parents[1] / "nginx"
PAGINA = f"<!doctype html><title>Poema</title><p>a página, com acentos {'e espaço ' * 200}</p>\n"
LIGACOES, RAJADA = 50, 100  # limit_conn e burst, de poema.top.conf
ESPERA = 20.0  # segundos: um teste que passa disso está parado

# O resto de um nginx.conf como o do Debian; de onde alguém diz vir, acredita-se, para haver mais de um endereço.
NGINX_CONF = """
daemon off;
pid nginx.pid;
error_log erros.log;
include 90-poema.conf;
{usuario}
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path corpo; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    types {{ text/html html; }}
    default_type application/octet-stream;
    ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;
    ssl_prefer_server_ciphers on;
    gzip on;
    set_real_ip_from 127.0.0.1;
    set_real_ip_from ::1;
    real_ip_header X-De-Onde;
    include poema.top.conf;
}}
"""

# Com o número do descritor do socket e o comando: vira o comando, como o systemd o iniciaria.
HERDA = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ |= {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid()), "WATCHDOG_PID": str(os.getpid())}
os.execv(sys.argv[2], sys.argv[2:])
"""


def precisa(programa: str) -> str:
    caminho = shutil.which(programa, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if not caminho:
        if os.environ.get("CI"):
            pytest.fail(f"a CI precisa do programa {programa}")
        pytest.skip(f"sem {programa}")
    return caminho


def unidade(nome: str) -> dict[str, list[str]]:
    """As linhas de uma unidade do systemd: cada chave e os seus valores."""
    linhas: dict[str, list[str]] = {}
    for chave, valor in re.findall(r"^(\w+)=(.*)$", (PASTA / nome).read_text("utf-8"), re.M):
        linhas.setdefault(chave, []).append(valor)
    return linhas


class Systemd:
    """O que o systemd faz com poema.socket e poema.service."""

    def __init__(self, pasta: Path):
        self.caminho = pasta / "poema.sock"
        self.registro = pasta / "servidor.log"
        self._notifica = pasta / "avisos.sock"
        self._avisos = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._avisos.bind(str(self._notifica))
        self._ouvidos: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._ouve = threading.Thread(target=self._escuta_avisos)
        self._ouve.start()
        self._processo: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None

    def abre(self) -> None:
        """`systemctl start poema.socket`."""
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(self.caminho))
        self._socket.listen(int(unidade("poema.socket")["Backlog"][0]))

    def inicia(self) -> None:
        """`systemctl start poema.service`: volta quando o servidor diz que está pronto."""
        assert self._socket
        servico = unidade("poema.service")
        ambiente = dict(linha.split("=", 1) for linha in servico["Environment"])
        ambiente |= {"NOTIFY_SOCKET": str(self._notifica), "WATCHDOG_USEC": "1000000"}
        comando = [sys.executable, *shlex.split(servico["ExecStart"][0])[1:]]
        with self.registro.open("ab") as registro:
            self._processo = subprocess.Popen(
                [sys.executable, "-c", HERDA, str(self._socket.fileno()), *comando],
                pass_fds=[self._socket.fileno()],
                env=os.environ | ambiente,
                stdout=registro,
                stderr=registro,
            )
        self.espera_aviso("READY=1")

    def _escuta_avisos(self) -> None:
        """Sem quem ouça, dez avisos depois o servidor esperaria."""
        while aviso := self._avisos.recv(4096).decode():
            self._ouvidos.put(aviso)

    def espera_aviso(self, aviso: str) -> None:
        try:
            while self._ouvidos.get(timeout=ESPERA) != aviso:
                pass
        except queue.Empty:
            pytest.fail(f"o servidor não disse {aviso}:\n{self.registro.read_text('utf-8')}")

    def para(self, sinal: int = signal.SIGTERM) -> None:
        """`systemctl stop poema.service` ou, com SIGKILL, uma queda."""
        if self._processo:
            self._processo.send_signal(sinal)
            self._processo.wait(20)
            self._processo = None

    def fecha(self) -> None:
        """`systemctl stop poema.socket poema.service`."""
        self.para()
        if self._socket:
            self._socket.close()
            self._socket = None
            self.caminho.unlink()

    def encerra(self) -> None:
        self.fecha()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ultimo:
            ultimo.sendto(b"", str(self._notifica))
        self._ouve.join()
        self._avisos.close()


class _PorTLS(http.client.HTTPConnection):
    """HTTPS com poema.top, que nestes testes mora em 127.0.0.1."""

    def __init__(self, site: "Site"):
        super().__init__("poema.top")
        self._site = site

    def connect(self) -> None:
        self.sock = self._site.tls()


@dataclass
class Resposta:
    status: int
    cabecalhos: http.client.HTTPMessage
    corpo: bytes


@dataclass
class Site:
    systemd: Systemd
    nginx: "subprocess.Popen[bytes]"
    confere: "subprocess.CompletedProcess[str]"  # o que `nginx -t` disse
    http: tuple[str, int]
    https: tuple[str, int]
    contexto: ssl.SSLContext

    def tls(self, contexto: ssl.SSLContext | None = None) -> ssl.SSLSocket:
        cru = socket.create_connection(self.https, timeout=ESPERA)
        return (contexto or self.contexto).wrap_socket(cru, server_hostname="poema.top")

    def pede(self, caminho: str, metodo: str = "GET", **cabecalhos: str) -> Resposta:
        with ExitStack() as pilha:
            return next(self.varios(pilha, caminho, metodo, **cabecalhos))

    def varios(self, pilha: ExitStack, caminho: str, metodo: str = "GET", **cabecalhos: str) -> Iterator[Resposta]:
        """Pede o mesmo quantas vezes se quiser, por uma ligação só."""
        ligacao = _PorTLS(self)
        pilha.callback(ligacao.close)
        while True:
            yield _pede(ligacao, metodo, caminho, cabecalhos)

    def pede_sem_tls(self, caminho: str) -> Resposta:
        ligacao = http.client.HTTPConnection(*self.http, timeout=ESPERA)
        try:
            return _pede(ligacao, "GET", caminho, {"Host": "poema.top"})
        finally:
            ligacao.close()

    def liga(
        self, de: str, *, caminho: str = "/ws/", eventos: bool = False, origem: str = "https://poema.top"
    ) -> connect:
        """Uma ligação nova, vinda deste endereço: `async with site.liga("203.0.113.1") as ligacao`."""
        return connect(
            f"wss://poema.top{caminho}",
            host=self.https[0],
            port=self.https[1],
            ssl=self.contexto,
            proxy=None,
            origin=origem,
            subprotocols=["poema.v1"] if eventos else None,
            additional_headers={"X-De-Onde": de},
            open_timeout=ESPERA,
        )

    async def recusa(self, de: str, **opcoes: Any) -> int:
        """O status com que uma ligação é recusada."""
        with pytest.raises(InvalidStatus) as recusa:
            await self.liga(de, **opcoes)
        return recusa.value.response.status_code


def _pede(ligacao: http.client.HTTPConnection, metodo: str, caminho: str, cabecalhos: dict[str, str]) -> Resposta:
    ligacao.request(metodo, caminho, headers={nome.replace("_", "-"): valor for nome, valor in cabecalhos.items()})
    resposta = ligacao.getresponse()
    return Resposta(resposta.status, resposta.headers, resposta.read())


def escuta(familia: int, endereco: str) -> socket.socket:
    """Um socket escutando em uma porta que o kernel escolhe."""
    aberto = socket.socket(familia)
    aberto.bind((endereco, 0))
    aberto.listen(512)
    return aberto


def ha_ipv6() -> bool:
    try:
        escuta(socket.AF_INET6, "::1").close()
    except OSError:
        return False
    return True


def troca(texto: str, trocas: dict[str, str]) -> str:
    for velho, novo in trocas.items():
        assert velho in texto, f"{velho!r} não está mais no arquivo"
        texto = texto.replace(velho, novo)
    return texto


def certificado(pasta: Path) -> None:
    """Um certificado que só vale aqui."""
    subprocess.run(
        f"{precisa('openssl')} req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        "-subj /CN=poema.top -addext subjectAltName=DNS:poema.top -keyout privkey.pem -out fullchain.pem".split(),
        cwd=pasta,
        check=True,
        capture_output=True,
    )


@contextmanager
def no_ar(pasta: Path) -> Iterator[Site]:
    """O site inteiro, nesta pasta."""
    nginx = precisa("nginx")
    certificado(pasta)
    (pasta / "desafios" / ".well-known" / "acme-challenge").mkdir(parents=True)
    (pasta / "desafios" / ".well-known" / "acme-challenge" / "abc").write_text("abc.def")
    (pasta / "raiz").mkdir()
    (pasta / "raiz" / "index.html").write_text(PAGINA, "utf-8")
    (pasta / "raiz" / "pyproject.toml").touch()

    with ExitStack() as pilha:
        escutas = {
            "listen 80;": escuta(socket.AF_INET, "127.0.0.1"),
            "listen 443 ": escuta(socket.AF_INET, "127.0.0.1"),
        }
        trocas: dict[str, str] = {}
        if ha_ipv6():
            escutas |= {f"listen [::]:{p}": escuta(socket.AF_INET6, "::1") for p in ("80;", "443 ")}
        else:
            trocas |= {"listen [::]:80;": "", "listen [::]:443 ssl http2;": ""}
        for linha, aberto in escutas.items():
            pilha.callback(aberto.close)
            endereco = f"[{aberto.getsockname()[0]}]" if "[" in linha else aberto.getsockname()[0]
            trocas[linha] = f"listen {endereco}:{aberto.getsockname()[1]}{linha[-1]}"
        trocas |= {
            "/etc/letsencrypt/live/poema.top": str(pasta),
            "/var/www/html": str(pasta / "desafios"),
            "root /opt/poema;": f"root {pasta}/raiz;",
            "/var/lib/nginx/poema": str(pasta / "copia"),
            "proxy_cache_valid 200 10s;": "proxy_cache_valid 200 1s;",
            "proxy_read_timeout 5s;": "proxy_read_timeout 1s;",
            "/run/poema.sock": str(pasta / "poema.sock"),
        }
        (pasta / "poema.top.conf").write_text(troca((PASTA / "poema.top.conf").read_text("utf-8"), trocas), "utf-8")
        usuario = "user root;" if os.geteuid() == 0 else ""  # senão os processos dele não entram na pasta do teste
        (pasta / "nginx.conf").write_text(NGINX_CONF.format(usuario=usuario), "utf-8")
        principal = (PASTA / "90-poema.conf").read_text("utf-8")
        principal = troca(principal, {"worker_shutdown_timeout 10s;": "worker_shutdown_timeout 1s;"})
        (pasta / "90-poema.conf").write_text(principal, "utf-8")

        # O nginx herda os sockets já abertos, como de um nginx que se atualiza: ninguém mais toma as portas.
        descritores = [aberto.fileno() for aberto in escutas.values()]
        comando = [nginx, "-p", str(pasta), "-c", str(pasta / "nginx.conf")]
        ambiente = os.environ | {"NGINX": "".join(f"{descritor};" for descritor in descritores)}
        confere = subprocess.run(
            [*comando, "-t"], pass_fds=descritores, env=ambiente, capture_output=True, text=True, check=False
        )
        assert confere.returncode == 0, confere.stderr

        systemd = Systemd(pasta)
        pilha.callback(systemd.encerra)
        systemd.abre()
        systemd.inicia()
        with (pasta / "nginx.log").open("wb") as saida:
            processo = subprocess.Popen(comando, pass_fds=descritores, env=ambiente, stdout=saida, stderr=saida)
        pilha.callback(processo.wait, 20)
        pilha.callback(processo.terminate)
        contexto = ssl.create_default_context(cafile=pasta / "fullchain.pem")
        yield Site(
            systemd,
            processo,
            confere,
            escutas["listen 80;"].getsockname(),
            escutas["listen 443 "].getsockname(),
            contexto,
        )
    assert "Traceback" not in systemd.registro.read_text("utf-8")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with no_ar(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def site_so_meu(tmp_path: Path) -> Iterator[Site]:
    """Para o teste que derruba alguma coisa."""
    with no_ar(tmp_path) as site:
        yield site


async def eventos(ligacao: ClientConnection) -> AsyncIterator[dict[str, Any]]:
    async for mensagem in ligacao:
        yield json.loads(mensagem)


async def le_ate_fechar(ligacao: ClientConnection) -> int | None:
    """Devolve o código com que a ligação foi fechada; 1006, se caiu sem dizer nada."""
    with suppress(ConnectionClosed):
        async for _ in ligacao:
            pass
    return ligacao.close_code


def corre(teste: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(teste, ESPERA))


# A página.


def test_a_pagina_vem_por_tls(site: Site) -> None:
    resposta = site.pede("/")
    assert resposta.status == 200
    assert resposta.corpo.decode() == PAGINA
    assert resposta.cabecalhos["Content-Type"] == "text/html; charset=utf-8"
    assert resposta.cabecalhos["Cache-Control"] == "no-cache"
    assert resposta.cabecalhos["ETag"]


@pytest.mark.parametrize("caminho", ["/", "/modelo.poema", "/saude", "/ws/", "/nada"])
def test_toda_resposta_leva_os_cabecalhos_de_seguranca(site: Site, caminho: str) -> None:
    cabecalhos = site.pede(caminho).cabecalhos
    assert "frame-ancestors 'none'" in cabecalhos.get_all("Content-Security-Policy", [])
    assert cabecalhos.get_all("Strict-Transport-Security") == ["max-age=31536000"]
    assert cabecalhos.get_all("X-Content-Type-Options") == ["nosniff"]
    assert cabecalhos.get_all("Referrer-Policy") == ["no-referrer"]
    assert cabecalhos["Server"] == "nginx"


def test_a_pagina_vem_comprimida_e_quem_ja_a_tem_nao_a_recebe_de_novo(site: Site) -> None:
    resposta = site.pede("/", Accept_Encoding="gzip")
    assert resposta.cabecalhos["Content-Encoding"] == "gzip"
    assert resposta.cabecalhos["Vary"] == "Accept-Encoding"
    assert len(resposta.corpo) < len(PAGINA) / 2
    de_novo = site.pede("/", Accept_Encoding="gzip", If_None_Match=resposta.cabecalhos["ETag"])
    assert (de_novo.status, de_novo.corpo) == (304, b"")


@pytest.mark.parametrize("caminho", ["/index.html", "/pyproject.toml", "/a/../pyproject.toml", "/ws/a", "/.git/"])
def test_o_que_nao_e_do_site_nao_existe(site: Site, caminho: str) -> None:
    resposta = site.pede(caminho)
    assert resposta.status == 404
    assert resposta.corpo.decode() == "Não há nada aqui. Os poemas estão em https://poema.top/\n"
    assert resposta.cabecalhos["Content-Type"] == "text/plain; charset=utf-8"


def test_http_leva_a_https_e_so_o_desafio_do_certificado_fica(site: Site) -> None:
    resposta = site.pede_sem_tls("/?poema=7")
    assert (resposta.status, resposta.cabecalhos["Location"]) == (301, "https://poema.top/?poema=7")
    assert site.pede_sem_tls("/.well-known/acme-challenge/abc").corpo == b"abc.def"


@pytest.mark.parametrize("versao", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def test_o_navegador_fala_http2_em_qualquer_tls_de_hoje(site: Site, versao: ssl.TLSVersion) -> None:
    contexto = ssl.create_default_context()
    contexto.load_verify_locations(cadata=ssl.DER_cert_to_PEM_cert(site.contexto.get_ca_certs(binary_form=True)[0]))
    contexto.minimum_version = contexto.maximum_version = versao
    contexto.set_alpn_protocols(["h2", "http/1.1"])
    with site.tls(contexto) as ligacao:
        assert ligacao.selected_alpn_protocol() == "h2"


# A cópia do modelo.


VENCE = 2.1  # segundos: aqui a cópia vale 1, que o nginx conta em segundos cheios


def copia(site: Site) -> list[Path]:
    return [arquivo for arquivo in (site.systemd.caminho.parent / "copia").rglob("*") if arquivo.is_file()]


def test_o_modelo_vem_comprimido_a_quem_aceita_e_inteiro_a_quem_nao(site: Site, tmp_path: Path) -> None:
    comprimido, inteiro = site.pede("/modelo.poema", Accept_Encoding="br, gzip"), site.pede("/modelo.poema?agora")
    assert (comprimido.status, inteiro.status) == (200, 200)
    assert gzip.decompress(comprimido.corpo) == inteiro.corpo
    (tmp_path / "modelo.poema").write_bytes(inteiro.corpo)
    assert le_web(tmp_path / "modelo.poema").vocabulario
    for nome, valor in {
        "Content-Type": "application/octet-stream",
        "Content-Encoding": "gzip",
        "Cache-Control": "no-cache",
        "Vary": "Accept-Encoding",
        "ETag": inteiro.cabecalhos["ETag"],
    }.items():
        assert comprimido.cabecalhos.get_all(nome) == [valor]
    assert len(copia(site)) == 1


def test_quem_ja_tem_o_modelo_nao_o_recebe_de_novo(site: Site) -> None:
    etiqueta = site.pede("/modelo.poema").cabecalhos["ETag"]
    de_novo = site.pede("/modelo.poema", Accept_Encoding="gzip", If_None_Match=etiqueta)
    assert (de_novo.status, de_novo.corpo) == (304, b"")


def test_sem_o_servidor_quem_abriu_a_pagina_ainda_recebe_o_modelo(site_so_meu: Site) -> None:
    site = site_so_meu
    site.pede("/")
    while not copia(site):
        time.sleep(0.01)
    site.systemd.para()  # e o socket fica aberto, sem quem responda
    time.sleep(VENCE)
    comeco = time.monotonic()
    modelo = site.pede("/modelo.poema", Accept_Encoding="gzip")
    assert time.monotonic() - comeco < 0.9  # sem esperar que o nginx desista dele
    site.systemd.fecha()
    for _ in range(3):
        assert gzip.decompress(modelo.corpo) == site.pede("/modelo.poema").corpo
        time.sleep(0.5)


def test_se_o_servidor_nunca_esteve_no_ar_o_modelo_nao_existe_e_isso_se_diz_logo(site_so_meu: Site) -> None:
    site = site_so_meu
    site.systemd.para()
    assert site.pede("/modelo.poema").status == 504
    site.systemd.fecha()
    assert site.pede("/modelo.poema").status == 502
    assert site.pede("/").corpo.decode() == PAGINA


def test_vencida_a_copia_o_nginx_pergunta_se_o_modelo_mudou(site_so_meu: Site) -> None:
    site = site_so_meu
    site.systemd.fecha()
    with socket.socket(socket.AF_UNIX) as escuta, ThreadPoolExecutor(1) as fio:  # no lugar do servidor, ouve o nginx
        escuta.bind(str(site.systemd.caminho))
        escuta.listen()
        escuta.settimeout(ESPERA / 4)

        def responde(resposta: bytes) -> set[str]:
            ligacao, _ = escuta.accept()
            with ligacao:
                pedido = ligacao.recv(65536).decode()
                ligacao.sendall(b"HTTP/1.1 " + resposta)
            return set(pedido.split("\r\n"))

        def modelo(nome: bytes) -> bytes:
            return b'200 OK\r\nETag: W/"%b"\r\nCache-Control: no-cache\r\nContent-Length: 3\r\n\r\n%b' % (nome, nome)

        primeira = fio.submit(responde, modelo(b"um1"))
        assert site.pede("/modelo.poema").corpo == b"um1"
        assert "Accept-Encoding: gzip" in primeira.result(ESPERA)
        for resposta, antes in ((b'304 Not Modified\r\nETag: W/"um1"\r\n\r\n', b"um1"), (modelo(b"dos"), b"um1")):
            time.sleep(VENCE)
            pergunta = fio.submit(responde, resposta)
            assert site.pede("/modelo.poema").corpo == antes
            assert 'If-None-Match: W/"um1"' in pergunta.result(ESPERA)
        while site.pede("/modelo.poema").corpo != b"dos":
            pass


# O que é vivo.


def test_o_palco_chega_em_texto_a_quem_so_sabe_ler(site: Site) -> None:
    async def teste() -> None:
        async with site.liga("203.0.113.1") as ligacao:
            assert "".join([str(await ligacao.recv()) for _ in range(3)]).strip()

    corre(teste())


def test_o_palco_chega_em_eventos_e_um_poema_proprio_tambem(site: Site) -> None:
    async def teste() -> None:
        async with site.liga("203.0.113.1", eventos=True) as ligacao:
            chegam = eventos(ligacao)
            assert (await anext(chegam))["tipo"] == "ola"
            await ligacao.send(json.dumps({"tipo": "poema", "pedido": "a1", "inicio": "a lua", "semente": 7}))
            tipos: dict[bool, list[str]] = {False: [], True: []}
            while not (tipos[False] and tipos[True][-1:] == ["fim"]):
                evento = await anext(chegam)
                tipos["pedido" in evento].append(evento["tipo"])
            assert tipos[False][0] == "texto"
            assert tipos[True][:2] == ["aceito", "texto"]

    corre(teste())


def test_os_parametros_de_quem_volta_chegam_ao_servidor(site: Site) -> None:
    async def teste() -> None:
        caminho = "/ws/?palco=outro&epoca=1&deslocamento=2"
        async with site.liga("203.0.113.1", eventos=True, caminho=caminho) as ligacao:
            chegam = eventos(ligacao)
            assert "perdido" in [(await anext(chegam))["tipo"] for _ in range(3)]

    corre(teste())


def test_a_pagina_de_outro_endereco_nao_se_liga(site: Site) -> None:
    async def teste() -> None:
        assert await site.recusa("203.0.113.1", origem="https://outro.example") == 403

    corre(teste())


def test_a_saude_e_de_todos_e_as_metricas_so_de_quem_esta_na_maquina(site: Site) -> None:
    assert site.pede("/saude", X_De_Onde="203.0.113.1").status == 200
    assert site.pede("/metricas", X_De_Onde="203.0.113.1").status == 403
    assert b"poema_" in site.pede("/metricas").corpo  # sem dizer de onde: de 127.0.0.1


def test_o_servidor_da_noticias_ao_cao_de_guarda(site: Site) -> None:
    site.systemd.espera_aviso("WATCHDOG=1")


# Os limites.


def test_quem_abre_ligacoes_demais_recebe_503_e_os_outros_nao(site: Site) -> None:
    async def teste() -> None:
        async with AsyncExitStack() as pilha:
            primeira, *_ = [await pilha.enter_async_context(site.liga("203.0.113.2")) for _ in range(LIGACOES)]
            assert await site.recusa("203.0.113.2") == 503
            async with site.liga("203.0.113.3") as outra:
                assert await outra.recv()
            await primeira.close()
            while True:  # o nginx desconta a ligação logo depois que ela se fecha
                with suppress(InvalidStatus):
                    await pilha.enter_async_context(site.liga("203.0.113.2"))
                    break

    corre(teste())


def test_quem_insiste_demais_recebe_429_e_os_outros_nao(site: Site) -> None:
    with ExitStack() as pilha:
        pedidos = site.varios(pilha, "/saude", X_De_Onde="203.0.113.4")
        status = [pedido.status for pedido in itertools.islice(pedidos, RAJADA)]
        assert status == [200] * RAJADA
        assert any(pedido.status == 429 for pedido in itertools.islice(pedidos, 4 * RAJADA))
        for caminho in ("/ws/", "/modelo.poema"):  # a conta é uma só: cabe um ou outro, que ela esvazia devagar
            pedidos = site.varios(pilha, caminho, X_De_Onde="203.0.113.4")
            assert any(pedido.status == 429 for pedido in itertools.islice(pedidos, RAJADA // 2))
    assert site.pede("/saude", X_De_Onde="203.0.113.5").status == 200


def test_uma_rede_de_ipv6_conta_como_um_endereco(site: Site) -> None:
    async def teste() -> None:
        async with AsyncExitStack() as pilha:
            for n in range(LIGACOES):
                await pilha.enter_async_context(site.liga(f"2001:db8:0:a::{n + 1:x}"))
            assert await site.recusa("2001:db8:0:a:ffff::1") == 503
            async with site.liga("2001:db8:0:b::1") as vizinha:
                assert await vizinha.recv()

    corre(teste())


def test_o_endereco_de_quem_le_chega_ao_servidor_e_nao_pode_ser_inventado(site_so_meu: Site) -> None:
    site_so_meu.systemd.fecha()
    with socket.socket(socket.AF_UNIX) as escuta, ThreadPoolExecutor(1) as fio:  # no lugar do servidor, ouve o nginx
        escuta.bind(str(site_so_meu.systemd.caminho))
        escuta.listen()
        pedido = fio.submit(site_so_meu.pede, "/ws/?a=1", X_De_Onde="2001:db8::7", X_Real_IP="192.0.2.1")
        ligacao, _ = escuta.accept()
        with ligacao:
            linha, *cabecalhos = ligacao.recv(65536).decode().split("\r\n")
            ligacao.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        assert pedido.result(20).status == 204
    assert linha == "GET /ws/?a=1 HTTP/1.1"
    assert {"X-Real-IP: 2001:db8::7", "Host: poema.top", "Connection: close"} <= set(cabecalhos)
    assert not [cabecalho for cabecalho in cabecalhos if "192.0.2.1" in cabecalho]


# O que cai e volta.


def test_quem_chega_enquanto_o_servidor_reinicia_espera_e_e_atendida(site_so_meu: Site) -> None:
    async def teste() -> None:
        site = site_so_meu
        async with site.liga("203.0.113.1") as ligacao:
            await ligacao.recv()
            site.systemd.para(signal.SIGKILL)
            assert await le_ate_fechar(ligacao) == 1006
        chegam = [asyncio.create_task(site.liga("203.0.113.1").__aenter__()) for _ in range(8)]
        prontas, _ = await asyncio.wait(chegam, timeout=0.2)
        assert not prontas
        site.systemd.inicia()
        for ligacao in await asyncio.gather(*chegam):
            assert await ligacao.recv()
            await ligacao.close()

    corre(teste())


def test_sem_o_servidor_a_pagina_abre_e_ele_volta_sem_ninguem_mexer_no_nginx(site_so_meu: Site) -> None:
    async def teste() -> None:
        site = site_so_meu
        site.systemd.fecha()
        for _ in range(3):
            assert await site.recusa("203.0.113.1") == 502
        assert site.pede("/").corpo.decode() == PAGINA
        site.systemd.abre()
        site.systemd.inicia()
        async with site.liga("203.0.113.1") as ligacao:
            assert await ligacao.recv()

    corre(teste())


def test_ao_parar_o_servidor_avisa_que_volta(site_so_meu: Site) -> None:
    async def teste() -> None:
        async with site_so_meu.liga("203.0.113.1") as ligacao:
            await ligacao.recv()
            parada = asyncio.create_task(asyncio.to_thread(site_so_meu.systemd.para))
            assert await le_ate_fechar(ligacao) == 1012
            await parada

    corre(teste())


def test_recarregar_o_nginx_solta_quem_lia_pelo_processo_velho(site_so_meu: Site) -> None:
    async def teste() -> None:
        site = site_so_meu
        async with site.liga("203.0.113.1") as ligacao:
            await ligacao.recv()
            site.nginx.send_signal(signal.SIGHUP)
            assert await le_ate_fechar(ligacao) == 1006
        async with site.liga("203.0.113.1") as ligacao:
            assert await ligacao.recv()

    corre(teste())


# As unidades do systemd.


def test_o_systemd_aceita_as_unidades(tmp_path: Path) -> None:
    analisa = precisa("systemd-analyze")
    for nome in ("poema.service", "poema.socket"):
        texto = (PASTA / nome).read_text("utf-8")
        (tmp_path / nome).write_text(texto.replace("/opt/poema/.venv/bin/python", sys.executable), "utf-8")
    fim = subprocess.run(
        [analisa, "verify", "--man=no", tmp_path / "poema.service", tmp_path / "poema.socket"],
        capture_output=True,
        text=True,
    )
    assert fim.returncode == 0, fim.stderr
    assert "poema" not in fim.stderr  # nem um aviso


def test_o_servico_roda_com_o_minimo_de_permissoes() -> None:
    """O systemd dá uma nota de exposição: 10 é sem proteção alguma; até 2 ele acha bom."""
    comando = [precisa("systemd-analyze"), "security", "--no-pager", "--offline=true", "--threshold=10"]
    fim = subprocess.run([*comando, PASTA / "poema.service"], capture_output=True, text=True)
    assert fim.returncode == 0, fim.stdout + fim.stderr


def test_o_nginx_procura_o_servidor_onde_o_socket_e_aberto() -> None:
    (caminho,) = unidade("poema.socket")["ListenStream"]
    assert f"server unix:{caminho} " in (PASTA / "poema.top.conf").read_text("utf-8")
