import subprocess
import sys

import pytest

from poema.erros import ErroPoema
from poema.rede import dispositivo


def test_diz_onde_treina_sem_o_ruido_do_tensorflow() -> None:
    codigo = "from poema.rede import dispositivo; print(dispositivo.prepara())"
    fim = subprocess.run([sys.executable, "-c", codigo], capture_output=True, text=True)
    assert fim.returncode == 0
    assert fim.stdout.startswith(("CPU, ", "GPU "))
    assert fim.stderr == ""


@pytest.mark.parametrize("motor", ["numpy", "banana"])
def test_um_motor_que_nao_treina_e_recusado_antes_de_se_abrir_o_keras(
    motor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", motor)
    with pytest.raises(ErroPoema, match=f"KERAS_BACKEND deve ser tensorflow, jax ou torch. Recebido: '{motor}'."):
        dispositivo.prepara()
