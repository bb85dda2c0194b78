"""`just coleta`, do pedido ao .txt."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conftest import Roda, disco_cheio
from poema import coleta
from poema.caminhos import DATASET
from poema.colheita import coletor
from poema.colheita.regras import Acervo, Candidato
from poema.colheita.regras import recusa as recusado
from poema.dados.poemas import le_poemas
from servidor_falso import Atendente, Resposta, diz, em_ordem, interrompe, nao_acaba, recusa, servidor_falso

TODOS = le_poemas(DATASET, minusculas=False).textos
SEMENTE, OUTROS = TODOS[:800], TODOS[800:]


@pytest.fixture(scope="module")
def bons() -> list[str]:
    """Poemas que passam por todas as regras."""
    acervo = Acervo.da_semente(SEMENTE)
    return [poema for poema in OUTROS if recusado(Candidato(poema), acervo) is None][:60]


@pytest.fixture
def exemplos(tmp_path: Path) -> Path:
    caminho = tmp_path / "semente.txt"
    caminho.write_text("".join(f"{poema}\n@\n" for poema in SEMENTE), "utf-8")
    return caminho


@pytest.fixture
def saida(tmp_path: Path) -> Path:
    return tmp_path / "dataset" / "meus.txt"


@pytest.fixture(autouse=True)
def sem_espera(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coletor, "ESPERA", 0.01)


def recita(poemas: list[str]) -> Resposta:
    """Um poema diferente a cada pedido."""
    return lambda atendente, n: diz(poemas[n % len(poemas)])(atendente, n)


def textos(saida: Path) -> list[str]:
    return list(le_poemas(saida, minusculas=False).textos)


def registros(saida: Path) -> list[dict[str, object]]:
    return [json.loads(linha) for linha in saida.with_suffix(".jsonl").read_text("utf-8").splitlines()]


def test_pede_ate_ter_a_quantidade_e_conta_o_que_houve(
    roda: Roda, exemplos: Path, saida: Path, bons: list[str]
) -> None:
    ruim = "The rain has stopped at my window.\nGrandmother opened the street door,\nlooked at the sky and smiled."
    with servidor_falso(recita([f"Claro! Aqui vai um poema:\n\n{bons[0]}", ruim, *bons[1:]])) as falso:
        fim = roda(
            coleta.main,
            "--quantidade",
            8,
            "--saida",
            saida,
            "--url",
            falso.url,
            "--exemplos",
            exemplos,
            "--paralelos",
            1,
        )
    assert (fim.codigo, fim.err) == (0, "")
    assert len(textos(saida)) == 8
    assert bons[0] in textos(saida)
    assert "recebidos        9" in fim.out
    assert "lingua            1  está em outra língua" in fim.out
    relato = json.loads(saida.with_suffix(".json").read_text("utf-8"))
    assert relato["sha256"] == hashlib.sha256(saida.read_bytes()).hexdigest()
    assert relato["regras"]["lingua"]["recusou"] == relato["aparas"]["preambulo"]["aparou"] == 1
    assert (relato["recebidos"], relato["aceitos"]) == (9, 8)
    assert relato["modelos"] == [{"modelo": "llama3.1", "modo": "conversa", "recebidos": 9}]
    assert relato["exemplos"]["sha256"] == hashlib.sha256(exemplos.read_bytes()).hexdigest()
    guardado = registros(saida)[0]
    assert guardado["modelo"] == "llama3.1"
    assert guardado["parametros"]["seed"] == falso.pedidos[0]["seed"]
    assert not saida.with_suffix(".lock").exists()


def test_dois_servidores_trabalham_e_se_um_cai_o_outro_acaba(
    roda: Roda, exemplos: Path, saida: Path, bons: list[str]
) -> None:
    with (
        servidor_falso(em_ordem(diz(bons[-1]), diz(bons[-2]), interrompe)) as cai,
        servidor_falso(recita(bons[:-2])) as firme,
    ):
        fim = roda(
            coleta.main, "--quantidade", 30, "--saida", saida, "--paralelos", 2, "--exemplos", exemplos,
            "--url", cai.url, "--url", firme.url,
        )  # fmt: skip
    assert (fim.codigo, fim.err) == (0, "")
    assert len(textos(saida)) == 30
    numeros = [registro["numero"] for registro in registros(saida)]
    assert len(set(numeros)) == len(numeros)
    assert {registro["servidor"] for registro in registros(saida)} == {cai.url, firme.url}


def test_se_todos_caem_o_que_veio_fica_e_depois_continua(
    roda: Roda, exemplos: Path, saida: Path, bons: list[str]
) -> None:
    opcoes = ["--quantidade", 10, "--saida", saida, "--paralelos", 1, "--exemplos", exemplos, "--url"]
    with servidor_falso(em_ordem(*map(diz, bons[:4]), interrompe)) as falso:
        fim = roda(coleta.main, *opcoes, falso.url)
    assert fim.codigo == 1
    assert fim.err.startswith("erro: os servidores pararam de responder: http")
    assert fim.err.count("\n") == 1
    assert textos(saida) == bons[:4]
    with servidor_falso(recita(bons[4:])) as falso:
        fim = roda(coleta.main, *opcoes, falso.url)
    assert fim.codigo == 0
    assert "já havia 4 recebidos, 4 aceitos" in fim.out
    assert textos(saida) == bons[:10]
    assert [registro["numero"] for registro in registros(saida)] == list(range(10))


def test_respostas_vazias_sem_fim_ou_que_repetem_o_pedido_sao_guardadas_e_recusadas(
    roda: Roda, exemplos: Path, saida: Path, bons: list[str]
) -> None:
    def repete(atendente: Atendente, n: int) -> None:
        diz(falso.pedidos[n]["messages"][0]["content"].replace(". ", ".\n"))(atendente, n)

    with servidor_falso(em_ordem(diz(""), nao_acaba, repete, *map(diz, bons))) as falso:
        fim = roda(
            coleta.main, "--quantidade", 2, "--saida", saida, "--url", falso.url, "--exemplos", exemplos,
            "--paralelos", 1,
        )  # fmt: skip
    assert (fim.codigo, fim.err) == (0, "")
    recusados = json.loads(saida.with_suffix(".json").read_text("utf-8"))["regras"]
    assert {nome for nome, regra in recusados.items() if regra["recusou"]} == {"vazio", "cortado", "eco"}
    assert len(registros(saida)) == 5


def test_quando_nada_presta_a_coleta_para_e_diz_que_regra_olhar(
    roda: Roda, exemplos: Path, saida: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coletor, "EM_VAO", 5)
    with servidor_falso(diz("Sim.")) as falso:
        fim = roda(coleta.main, "--quantidade", 2, "--saida", saida, "--url", falso.url, "--exemplos", exemplos)
    assert fim.codigo == 1
    assert "todas recusadas" in fim.err
    assert "--mostra curto" in fim.err


def test_disco_cheio_para_sem_perder_nada_e_depois_continua(
    roda: Roda, exemplos: Path, saida: Path, bons: list[str]
) -> None:
    opcoes = ["--quantidade", 9, "--saida", saida, "--paralelos", 1, "--exemplos", exemplos, "--url"]
    with servidor_falso(recita(bons)) as falso:
        with disco_cheio(3000):
            fim = roda(coleta.main, *opcoes, falso.url)
        assert fim.codigo == 1
        assert "continua de onde parou" in fim.err
        antes_de_continuar = registros(saida)
        assert 0 < len(antes_de_continuar) < 9
        fim = roda(coleta.main, *opcoes, falso.url)
    assert fim.codigo == 0
    assert registros(saida)[: len(antes_de_continuar)] == antes_de_continuar
    assert len(textos(saida)) == 9


def test_um_erro_que_nao_passa_para_a_coleta_na_hora(roda: Roda, exemplos: Path, saida: Path, bons: list[str]) -> None:
    with servidor_falso(em_ordem(diz(bons[0]), recusa(400, "não converso"))) as falso:
        um_por_vez = ("--quantidade", 9, "--paralelos", 1, "--saida", saida)
        fim = roda(coleta.main, *um_por_vez, "--url", falso.url, "--exemplos", exemplos)
    assert fim.codigo == 1
    assert "recusou o pedido: HTTP 400" in fim.err
    assert textos(saida) == [bons[0]]


def test_morta_com_sigkill_e_chamada_de_novo_nada_se_perde_nem_se_repete(
    exemplos: Path, saida: Path, bons: list[str]
) -> None:
    def com_calma(atendente: Atendente, n: int) -> None:
        time.sleep(0.05)
        recita(bons)(atendente, n)

    diario = saida.with_suffix(".jsonl")
    with servidor_falso(com_calma) as falso:
        comando = [sys.executable, "-m", "poema.coleta", "--quantidade", "40", "--saida", str(saida)]
        comando += ["--url", falso.url, "--exemplos", str(exemplos), "--paralelos", "3"]
        with subprocess.Popen(comando, stdout=subprocess.DEVNULL) as processo:
            while not (diario.exists() and diario.read_bytes().count(b"\n") >= 5):
                assert processo.poll() is None
                time.sleep(0.02)
            os.kill(processo.pid, signal.SIGKILL)
        inteiras = diario.read_bytes()[: diario.read_bytes().rfind(b"\n") + 1]
        assert not saida.exists()
        fim = subprocess.run(comando, capture_output=True, text=True)
    assert (fim.returncode, fim.stderr) == (0, "")
    assert diario.read_bytes().startswith(inteiras)
    numeros = [registro["numero"] for registro in registros(saida)]
    assert len(set(numeros)) == len(numeros)
    assert len(textos(saida)) == len(set(textos(saida))) == 40


def test_a_linha_pela_metade_e_dita(roda: Roda, exemplos: Path, saida: Path, bons: list[str]) -> None:
    saida.parent.mkdir()
    saida.with_suffix(".jsonl").write_text('{"numero": 0, "te', "utf-8")
    with servidor_falso(recita(bons)) as falso:
        fim = roda(coleta.main, "--quantidade", 2, "--saida", saida, "--url", falso.url, "--exemplos", exemplos)
    assert "estava pela metade e saiu" in fim.out
    assert len(textos(saida)) == 2


@pytest.fixture
def coletado(saida: Path, bons: list[str]) -> Path:
    """Um diário de mentira, com um poema bom, uma cópia dele e um bom embrulhado."""
    recebidos = [bons[0], bons[0], f"# Título\n\n{bons[1]}"]
    saida.parent.mkdir()
    saida.with_suffix(".jsonl").write_text(
        "".join(json.dumps({"numero": n, "texto": texto}) + "\n" for n, texto in enumerate(recebidos)), "utf-8"
    )
    return saida


def test_limpa_refaz_o_txt_sem_pedir_nada_e_da_sempre_o_mesmo(
    roda: Roda, exemplos: Path, coletado: Path, bons: list[str]
) -> None:
    for _ in range(2):
        fim = roda(coleta.main, "--limpa", "--saida", coletado, "--exemplos", exemplos)
        assert (fim.codigo, fim.err) == (0, "")
        assert textos(coletado) == bons[:2]
        assert "quase_copia       1" in fim.out


@pytest.mark.parametrize(("regra", "mostrado"), [("quase_copia", 0), ("titulo", 1), ("prosa", None)])
def test_mostra_o_que_uma_regra_recusou_ou_aparou(
    roda: Roda, exemplos: Path, coletado: Path, bons: list[str], regra: str, mostrado: int | None
) -> None:
    fim = roda(coleta.main, "--mostra", regra, "--saida", coletado, "--exemplos", exemplos)
    esperado = {0: f"{bons[0]}\n@\n", 1: f"# Título\n\n{bons[1]}\n@\n", None: ""}
    assert (fim.codigo, fim.out) == (0, esperado[mostrado])
    assert not coletado.exists()


def test_nunca_escreve_por_cima_de_poemas_que_nao_vieram_de_uma_coleta(roda: Roda, saida: Path) -> None:
    saida.parent.mkdir()
    saida.write_text("meus versos\n@\n", "utf-8")
    fim = roda(coleta.main, "--quantidade", 3, "--saida", saida)
    assert (fim.codigo, saida.read_text("utf-8")) == (1, "meus versos\n@\n")
    assert "não veio de uma coleta" in fim.err


@pytest.mark.parametrize(
    ("opcoes", "mensagem"),
    [
        ([], "falta --saida"),
        (["--saida", "x.txt"], "falta dizer quantos poemas"),
        (["--saida", "x.md", "--quantidade", "3"], "deve ser um .txt"),
        (["--saida", "x.txt", "--quantidade", "0"], "--quantidade deve ser um inteiro positivo. Recebido: 0"),
        (["--saida", "x.txt", "--quantidade", "3", "--paralelos", "-1"], "--paralelos deve ser"),
        (["--saida", "x.txt", "--quantidade", "3", "--temperatura", "9"], "vai de 0 a 2"),
        (["--saida", "x.txt", "--quantidade", "3", "--exemplos", "nada.txt"], "nada.txt não existe"),
        (["--saida", "x.txt", "--mostra", "beleza"], "--mostra quer uma destas: vazio, cortado"),
        (["--saida", "x.txt", "--quantidade", "3", "--url", "localhost:11434"], "deve ser um endereço como http"),
        (["--saida", "x.txt", "--quantidade", "3", "--url", "http://[::1"], "deve ser um endereço como http"),
        (["--saida", "x.txt", "--quantidade", "3", "--url", "http://a:99999/v1"], "deve ser um endereço como http"),
        (["--saida", "x.txt", "--limpa"], "não há o que limpar"),
    ],
)
def test_opcoes_ruins_dao_uma_linha(
    roda: Roda, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opcoes: list[str], mensagem: str
) -> None:
    monkeypatch.chdir(tmp_path)
    fim = roda(coleta.main, *opcoes)
    assert (fim.codigo, fim.out) == (1, "")
    assert fim.err.startswith("erro: ")
    assert fim.err.count("\n") == 1
    assert mensagem in fim.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.modelo_de_linguagem
@pytest.mark.timeout(900)  # a máquina pode estar ocupada
def test_um_modelo_de_linguagem_de_verdade_escreve_poemas_que_passam(roda: Roda, saida: Path, gemma: str) -> None:
    # um modelo de 270 milhões acerta um poema em 25; desta semente, um pedido por vez, o sétimo é um deles
    fim = roda(
        coleta.main, "--quantidade", 1, "--saida", saida, "--url", gemma, "--modelo", "gemma", "--continuacao",
        "--paralelos", 1, "--temperatura", 0.65, "--semente", 3,
    )  # fmt: skip
    assert (fim.codigo, fim.err) == (0, "")
    assert len(textos(saida)) == 1
    assert all(registro["modo"] == "continuacao" for registro in registros(saida))
    print(saida.read_text("utf-8"))


@pytest.mark.modelo_de_linguagem
def test_um_modelo_que_o_servidor_de_verdade_nao_tem_e_dito(roda: Roda, saida: Path, gemma: str) -> None:
    fim = roda(coleta.main, "--quantidade", 1, "--saida", saida, "--url", gemma, "--modelo", "llama9")
    assert fim.codigo == 1
    assert "não tem o modelo 'llama9'. Escolha em --modelo um dos que ele tem: gemma." in fim.err
