import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Saida
from poema import amostra
from poema.caminhos import MODELOS

Roda = Callable[..., Saida]


def test_mostra_poemas_do_modelo_que_vem_junto_nas_tres_temperaturas(roda: Roda) -> None:
    saida = roda(amostra.main, "--modelo", MODELOS / "poemas-1k.keras", "--quantidade", 1)
    assert (saida.codigo, saida.err) == (0, "")
    assert re.findall(r"temperatura (\d,\d)", saida.out) == ["0,3", "0,6", "0,9"]
    assert len(saida.out) > 200


def test_a_mesma_semente_mostra_o_mesmo(roda: Roda, modelo_salvo: Path) -> None:
    def mostra(semente: int) -> str:
        return roda(amostra.main, "--modelo", modelo_salvo, "--temperaturas", "0,5", "--semente", semente).out

    assert mostra(3) == mostra(3)
    assert mostra(3) != mostra(4)


def test_versos_que_estao_no_dataset_sao_marcados_e_contados(
    roda: Roda, modelo_salvo: Path, dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poema = "o gato dorme no quintal\num verso novo\n\na lua também"
    monkeypatch.setattr(amostra.Poeta, "poemas", lambda *a, **k: [poema])
    saida = roda(
        amostra.main, "--modelo", modelo_salvo, "--dataset", dataset, "--quantidade", 1, "--temperaturas", "0.5"
    )
    assert "≡ o gato dorme no quintal\n  um verso novo\n\n≡ a lua também\n" in saida.out
    assert "2 de 3 versos" in saida.out


def test_janela_comeca_de_um_trecho_do_dataset(roda: Roda, modelo_salvo: Path, dataset: Path) -> None:
    saida = roda(amostra.main, "--modelo", modelo_salvo, "--dataset", dataset, "--janela", "--quantidade", 1)
    inicios = re.findall(r"─\n\n. (.*)", saida.out)
    texto = dataset.read_text()
    assert len(inicios) == 3
    assert all(inicio[:15] in texto for inicio in inicios)


@pytest.mark.parametrize(
    ("argumentos", "mensagem"),
    [
        (["--quantidade", "0"], "--quantidade deve ser um inteiro positivo. Recebido: 0"),
        (["--temperaturas", "quente"], "deve ser um número, como 0,5. Recebido: 'quente'"),
        (["--temperaturas", "-1"], "temperatura deve estar entre 0 e 10. Recebido: -1"),
        (["--top-p", "2"], "top-p deve estar acima de 0"),
        (["--modelo", "/nao/existe.keras"], "/nao/existe.keras não existe"),
    ],
)
def test_pedido_impossivel_da_uma_linha_e_codigo_1(roda: Roda, argumentos: list[str], mensagem: str) -> None:
    saida = roda(amostra.main, *argumentos)
    assert (saida.codigo, saida.err.count("\n")) == (1, 1)
    assert mensagem in saida.err


def test_um_modelo_truncado_da_uma_linha_e_codigo_1(roda: Roda, modelo_salvo: Path, tmp_path: Path) -> None:
    cortado = tmp_path / "cortado.keras"
    shutil.copy(modelo_salvo, cortado)
    cortado.write_bytes(cortado.read_bytes()[:5000])
    saida = roda(amostra.main, "--modelo", cortado)
    assert (saida.codigo, saida.err.count("\n")) == (1, 1)
    assert "truncado" in saida.err
