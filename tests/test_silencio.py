import subprocess
import sys

import pytest

ANTES = "import os\nfrom poema.silencio import silencio\nwith silencio():\n    os.write(2, b'blablabla')\n"


def test_o_que_se_escreve_por_baixo_do_python_nao_aparece_e_depois_a_voz_volta() -> None:
    fim = subprocess.run([sys.executable, "-c", f"{ANTES}os.write(2, b'ouve')"], capture_output=True, text=True)
    assert (fim.returncode, fim.stderr) == (0, "ouve")


def test_se_algo_da_errado_o_que_foi_dito_aparece() -> None:
    fim = subprocess.run([sys.executable, "-c", f"{ANTES}    1 / 0"], capture_output=True, text=True)
    assert fim.returncode == 1
    assert "blablabla" in fim.stderr


@pytest.mark.parametrize("erro", ["KeyboardInterrupt", "ErroPoema('um erro que se explica')"])
def test_a_nao_ser_que_o_erro_se_explique_ou_que_alguem_tenha_dito_ctrl_c(erro: str) -> None:
    codigo = f"from poema.erros import ErroPoema\n{ANTES}    raise {erro}"
    fim = subprocess.run([sys.executable, "-c", codigo], capture_output=True, text=True)
    assert fim.returncode != 0
    assert "blablabla" not in fim.stderr
