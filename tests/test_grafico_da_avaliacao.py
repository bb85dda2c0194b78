from pathlib import Path

import pytest
from matplotlib import image

from poema.avaliacao.escrita import MEDIDAS
from poema.avaliacao.exame import Exame
from poema.avaliacao.grafico import desenha
from poema.avaliacao.razao import Razao
from poema.erros import ErroPoema

NADA = Razao(float("nan"), float("nan"), float("nan"))


def exame(temperaturas: tuple[float, ...], copiados: Razao) -> Exame:
    def medidas(valor: float) -> dict[str, Razao]:
        return {**dict.fromkeys(MEDIDAS, Razao(valor, valor * 0.8, valor * 1.2)), "versos_copiados": copiados}

    um = Razao(1.0, 0.9, 1.1)
    escritos = {t: medidas(t / 10) for t in temperaturas}
    return Exame(8, um, um, um, {}, medidas(0.02), 9, escritos, dict.fromkeys(escritos, 9), temperaturas[0], [])


@pytest.mark.parametrize("temperaturas", [(0.5,), (0.3, 0.7, 1.0), (1.0, 0.2)])
@pytest.mark.parametrize("copiados", [Razao(0.1, 0.05, 0.2), Razao(0, 0, 0), NADA])
def test_desenha_um_png_com_qualquer_numero_de_temperaturas(
    temperaturas: tuple[float, ...], copiados: Razao, tmp_path: Path
) -> None:
    desenha(exame(temperaturas, copiados), tmp_path / "g.png")
    assert (tmp_path / "g.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert image.imread(tmp_path / "g.png").shape[:2] == (540, 960)
    assert [arquivo.name for arquivo in tmp_path.iterdir()] == ["g.png"]


def test_cada_erro_tem_a_sua_cor(tmp_path: Path) -> None:
    desenha(exame((0.3, 0.7, 1.0), Razao(0.3, 0.25, 0.35)), tmp_path / "g.png")
    pixels = image.imread(tmp_path / "g.png")[..., :3] * 255
    for cor in (
        [0x1B, 0x5E, 0x7A],
        [0xC9, 0xA2, 0x27],
    ):  # as palavras ficam debaixo dos repetidos: têm os mesmos valores
        assert (abs(pixels - cor) < 4).all(axis=-1).sum() > 500


def test_uma_pasta_em_que_nao_se_escreve_e_um_erro_que_se_entende(tmp_path: Path) -> None:
    with pytest.raises(ErroPoema, match="não consegui escrever"):
        desenha(exame((0.5,), NADA), tmp_path / "não existe" / "g.png")
    (tmp_path / "arquivo").write_text("")
    with pytest.raises(ErroPoema, match="não consegui escrever"):
        desenha(exame((0.5,), NADA), tmp_path / "arquivo" / "g.png")
