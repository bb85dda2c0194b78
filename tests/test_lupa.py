import itertools
import re

import numpy as np
import pytest

from poema.geracao.amostragem import Amostragem
from poema.geracao.artefato import Artefato
from poema.geracao.poeta import LIMITE, SEPARADOR, Poeta
from poema.geracao.raio_x import Posicao
from poema.lupa import CORES, Lupa, candidatos

ESPERADOS = (("a", 0.5), (" ", 0.25), ("\n", 0.1), ("", 0.05), ("x", 0.004))
COR = re.compile(r"\x1b\[[\d;]*m")


def posicao(caractere: str, surpresa: float) -> Posicao:
    return Posicao(caractere, surpresa, 1.0, ESPERADOS, np.zeros(0, np.float32))


def test_a_tabela_diz_onde_o_que_veio_e_o_que_se_esperava() -> None:
    posicoes = [posicao(c, bits) for c, bits in zip("a lua\nvai", [3, 0, 2.5, 0, 0, 1.25, 0.1, 0, 0], strict=True)]
    linhas = Lupa(cores=False).tabela(posicoes).split("\n")
    assert linhas[0] == "bits por caractere, em 9: surpresa 0,76, hesitação 1,00"
    cinco = "a 50%   ␣ 25%   ↵ 10%   ∎ 5%    x <1%"
    assert linhas[3:-2] == [
        f"               (começo)   a     3,0  {cinco}",
        f"                      a   ␣     0,0  {cinco}",
        f"                     a␣   l     2,5  {cinco}",
        f"                    a l   u     0,0  {cinco}",
        f"                  a lua   ↵     1,2  {cinco}",
        f"                 a lua↵   v     0,1  {cinco}",
    ]


def test_o_que_vem_antes_e_cortado_pela_esquerda() -> None:
    posicoes = [posicao(c, 0) for c in "meu avô não diz nada também"] + [posicao("s", 5)]
    assert "\n…vô não diz nada também   s     5,0  " in Lupa(cores=False).tabela(posicoes)


@pytest.mark.parametrize("cores", [False, True])
def test_tudo_cabe_em_80_colunas(artefato: Artefato, cores: bool) -> None:
    texto = Poeta(artefato).poema(Amostragem(temperatura=0.9), 1, limite=300)
    tela = "".join(Lupa(cores).escreve(artefato, "", texto)).split("\n\n", 1)[-1]
    assert "a rede esperava" in tela
    assert max(len(COR.sub("", linha)) for linha in tela.split("\n")[-12:]) <= 80


def test_cada_nivel_tem_a_sua_cor_e_o_que_nao_se_ve_tambem() -> None:
    lupa = Lupa(cores=True)
    for nivel, bits in enumerate((0, 1, 2, 4, 6)):
        assert lupa.pinta([posicao("a", bits)]) == f"\x1b[38;5;{CORES[nivel]}ma\x1b[0m"
    assert lupa.pinta([posicao(" ", 3)]) == f"\x1b[48;5;{CORES[2]}m \x1b[0m"
    assert lupa.pinta([posicao("\n", 3)]) == f"\x1b[38;5;{CORES[2]}m↵\x1b[0m\n"
    assert lupa.pinta([posicao("\n", 0)]) == "\n"


@pytest.mark.parametrize("codigo", CORES)
def test_as_cores_se_leem_em_fundo_preto_e_em_fundo_branco(codigo: int) -> None:
    """O contraste da WCAG, de ao menos 3, a exigência para letras grandes e para sinais."""
    if codigo >= 232:
        cor = np.full(3, 8 + 10 * (codigo - 232))
    else:
        cor = np.array([0, 95, 135, 175, 215, 255])[list(np.unravel_index(codigo - 16, (6, 6, 6)))]
    luz = np.where(cor <= 10, cor / 255 / 12.92, ((cor / 255 + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]
    assert (luz + 0.05) / 0.05 >= 3
    assert 1.05 / (luz + 0.05) >= 3


def test_sem_cores_o_texto_sai_como_e() -> None:
    assert Lupa(cores=False).pinta([posicao(c, 9) for c in "a \n"]) == "a \n"


def test_sem_fim_ha_uma_tabela_por_poema_e_a_memoria_recomeca(artefato: Artefato) -> None:
    lupa = Lupa(cores=False)
    pedacos = list(lupa.escreve(artefato, "a ", ["l", SEPARADOR, "o", " ", SEPARADOR, SEPARADOR, "u"]))
    sozinho = list(lupa.escreve(artefato, "", ["o", " "]))
    assert pedacos[0] == "a "
    assert pedacos[1] == "l"
    assert "em 3:" in pedacos[2]
    assert pedacos[3:6] == ["o", " ", f"{sozinho[-1]}{SEPARADOR}"]
    assert pedacos[6] == "u"  # um poema vazio não tem tabela
    assert "em 1:" in pedacos[7]


def test_um_poema_que_nao_acaba_ganha_tabelas_pelo_caminho(artefato: Artefato) -> None:
    texto = itertools.chain.from_iterable(itertools.repeat("a ", LIMITE))
    tela = "".join(Lupa(cores=False).escreve(artefato, "", texto))
    assert tela.count(f"em {LIMITE}:") == 2


def test_num_pipe_e_com_no_color_nao_ha_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    com = Lupa.da_tela().pinta([posicao("a", 0)])
    monkeypatch.setenv("NO_COLOR", "1")
    assert (com != "a", Lupa.da_tela().pinta([posicao("a", 0)])) == (True, "a")
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setattr("sys.stdout.isatty", lambda: False)
    assert Lupa.da_tela().pinta([posicao("a", 0)]) == "a"


def test_os_candidatos_ficam_em_colunas() -> None:
    assert candidatos(ESPERADOS) == "a 50%   ␣ 25%   ↵ 10%   ∎ 5%    x <1%"
