from pathlib import Path

from matplotlib import image

from poema.rede.grafico import desenha


def test_desenha_as_duas_curvas_em_um_png(tmp_path: Path) -> None:
    desenha([2.0, 1.5, 1.2], [2.1, 1.7, 1.8], 1, tmp_path / "g.png")
    pixels = image.imread(tmp_path / "g.png")
    assert pixels.shape[:2] == (540, 960)
    azul = (abs(pixels[..., :3] - [0x1B / 255, 0x5E / 255, 0x7A / 255]) < 0.02).all(axis=-1)
    cinza = (abs(pixels[..., :3] - 0.6) < 0.02).all(axis=-1)
    assert azul.sum() > 500
    assert cinza.sum() > 500


def test_uma_epoca_so_tambem_se_desenha(tmp_path: Path) -> None:
    desenha([2.0], [2.1], 0, tmp_path / "g.png")
    assert (tmp_path / "g.png").stat().st_size > 1000
