import subprocess
import sys


def test_diz_onde_treina_sem_o_ruido_do_tensorflow() -> None:
    codigo = "from poema.rede import dispositivo; print(dispositivo.prepara())"
    fim = subprocess.run([sys.executable, "-c", codigo], capture_output=True, text=True)
    assert fim.returncode == 0
    assert fim.stdout.startswith(("CPU, ", "GPU "))
    assert fim.stderr == ""
