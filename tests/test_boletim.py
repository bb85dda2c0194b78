import dataclasses

import pytest

from poema import boletim
from poema.avaliacao import exame as exames
from poema.avaliacao.copia import Trechos
from poema.avaliacao.escrita import Escrito
from poema.avaliacao.exame import Exame, Rival
from poema.avaliacao.razao import Razao
from poema.avaliacao.textos import Textos
from poema.geracao.artefato import Artefato


@pytest.fixture(scope="module")
def exame(artefato: Artefato, poemas: list[str]) -> Exame:
    return exames.examina(artefato, Textos(poemas[:30], poemas[30:]), [0.5], lambda _: None)


def test_o_resumo_diz_quem_vence_quem(exame: Exame) -> None:
    nats = Razao(1, 1, 1)
    rivais = {
        "pior": Rival(9, nats, Razao(0.2, 0.1, 0.3)),
        "igual": Rival(9, nats, Razao(0.0, -0.1, 0.1)),
        "melhor": Rival(9, nats, Razao(-0.2, -0.3, -0.1)),
    }
    resumo = boletim.resumo(dataclasses.replace(exame, rivais=rivais))
    assert "o modelo prevê melhor que o pior; empata com o igual; prevê pior que o melhor." in resumo


@pytest.mark.parametrize(
    ("do_modelo", "palavra"),
    [
        (Razao(0.5, 0.4, 0.6), "mais que poemas de verdade"),
        (Razao(0.1, 0.0, 0.2), "menos que poemas de verdade"),
        (Razao(0.32, 0.28, 0.36), "tanto quanto poemas de verdade"),
    ],
)
def test_so_ha_mais_ou_menos_quando_os_intervalos_nao_se_tocam(exame: Exame, do_modelo: Razao, palavra: str) -> None:
    novo = dataclasses.replace(
        exame,
        piso=exame.piso | {"versos_copiados": Razao(0.3, 0.25, 0.35)},
        escritos={exame.temperatura: exame.escritos[exame.temperatura] | {"versos_copiados": do_modelo}},
    )
    assert f"copia versos {palavra}" in boletim.resumo(novo)


def test_no_exemplo_o_verso_copiado_tem_a_marca_e_o_outro_o_mais_proximo() -> None:
    linhas = boletim.exemplo(Escrito("a lua caiu\n\na lua sumiu"), Trechos(["a lua caiu\no sol sumiu"]))
    assert linhas[0] == "  ≡ a lua caiu"
    assert linhas[1] == ""
    assert "≈ o sol sumiu" in linhas[2] or "≈ a lua caiu" in linhas[2]
