import subprocess
import sys


def test_diz_onde_treina_sem_o_ruido_do_tensorflow() -> None:
    codigo = "from poema.rede import dispositivo; print(dispositivo.prepara())"
    fim = subprocess.run([sys.executable, "-c", codigo], capture_output=True, text=True)
    assert fim.returncode == 0
    assert fim.stdout.startswith(("CPU, ", "GPU "))
    assert fim.stderr == ""


def test_se_o_motor_nao_abre_o_que_ele_disse_aparece() -> None:
    codigo = (
        "import os, sys; sys.modules['keras'] = None\n"
        "from poema.rede import dispositivo\n"
        "with dispositivo._silencio():\n    os.write(2, b'o motivo'); import keras\n"
    )
    fim = subprocess.run([sys.executable, "-c", codigo], capture_output=True, text=True)
    assert fim.returncode == 1
    assert "o motivo" in fim.stderr
