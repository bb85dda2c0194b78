"""O mesmo treino com outro motor por baixo do Keras."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

# o JAX compila a mesma rede em cada teste: que guarde o que já compilou
# (https://docs.jax.dev/en/latest/persistent_compilation_cache.html)
GUARDA = {"JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0", "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "0"}
DA_REDE = ["test_modelo.py", "test_treino.py", "test_celula.py", "test_artefato.py", "test_previsao.py"]


@pytest.mark.parametrize("motor", ["jax", "torch"])
def test_a_rede_passa_nos_seus_testes_com_outro_motor(motor: str, tmp_path: Path) -> None:
    if os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow":
        pytest.skip("já está rodando com outro motor")
    if importlib.util.find_spec(motor) is None:
        if motor == "jax" and os.environ.get("CI"):
            pytest.fail("a CI precisa do grupo jax")
        pytest.skip(f"sem {motor}")
    aqui = Path(__file__).parent
    guarda = GUARDA | {"JAX_COMPILATION_CACHE_DIR": str(tmp_path)}
    arquivos = [str(aqui / nome) for nome in DA_REDE]
    fim = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arquivos],
        env=os.environ | guarda | {"KERAS_BACKEND": motor, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert fim.returncode == 0, fim.stdout[-5000:]
