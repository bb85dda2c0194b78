import numpy as np
import pytest

from poema.erros import ErroPoema
from poema.geracao.amostragem import Amostragem

LOGITS = np.log(np.array([[0.5, 0.25, 0.15, 0.1]], np.float32))


def probabilidades(**opcoes: float) -> list[float]:
    pesos = Amostragem(**opcoes).pesos(LOGITS)[0]  # type: ignore[arg-type]
    return (pesos / pesos.sum()).round(6).tolist()


def test_temperatura_um_segue_a_rede() -> None:
    assert probabilidades(temperatura=1) == pytest.approx([0.5, 0.25, 0.15, 0.1], abs=1e-6)


def test_temperatura_meia_eleva_as_probabilidades_ao_quadrado() -> None:
    quadrados = np.array([0.5, 0.25, 0.15, 0.1]) ** 2
    assert probabilidades(temperatura=0.5) == pytest.approx(list(quadrados / quadrados.sum()), abs=1e-6)


def test_temperatura_zero_escolhe_sempre_o_mais_provavel() -> None:
    assert probabilidades(temperatura=0) == [1, 0, 0, 0]
    assert Amostragem(temperatura=0).escolhe(np.array([[0.0, 2.0, 2.0]]), np.array([0.999])).tolist() == [1]


def test_temperatura_minima_nao_estoura() -> None:
    assert probabilidades(temperatura=1e-9) == [1, 0, 0, 0]


def test_top_k_deixa_os_k_mais_provaveis() -> None:
    assert probabilidades(temperatura=1, top_k=2) == pytest.approx([2 / 3, 1 / 3, 0, 0], abs=1e-6)


def test_top_k_desempata_pelo_menor_indice() -> None:
    assert Amostragem(temperatura=1, top_k=1).pesos(np.zeros((1, 3))).tolist() == [[1, 0, 0]]


def test_top_p_deixa_o_menor_grupo_que_soma_p() -> None:
    assert probabilidades(temperatura=1, top_p=0.6) == pytest.approx([2 / 3, 1 / 3, 0, 0], abs=1e-6)
    assert probabilidades(temperatura=1, top_p=0.01) == [1, 0, 0, 0]


def test_min_p_compara_com_o_mais_provavel() -> None:
    assert probabilidades(temperatura=1, min_p=0.4) == pytest.approx([2 / 3, 1 / 3, 0, 0], abs=1e-6)


def test_cada_filtro_vale_sobre_o_que_o_anterior_deixou() -> None:
    # top-k deixa 0,5 0,25 0,15; renormalizado, os dois primeiros já somam 0,83
    assert probabilidades(temperatura=1, top_k=3, top_p=0.8) == pytest.approx([2 / 3, 1 / 3, 0, 0], abs=1e-6)


def test_a_escolha_inverte_a_soma_acumulada() -> None:
    acaso = np.array([0.0, 0.49, 0.51, 0.74, 0.76, 0.89, 0.91, 1 - 2**-53])
    escolhas = Amostragem(temperatura=1).escolhe(np.repeat(LOGITS, 8, axis=0), acaso)
    assert escolhas.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]


def test_um_simbolo_filtrado_nunca_e_escolhido() -> None:
    acaso = np.append(np.linspace(0, 1, 999, endpoint=False), 1 - 2**-53)
    logits = np.repeat(LOGITS[:, ::-1], 1000, axis=0)
    assert set(Amostragem(temperatura=1, top_k=2).escolhe(logits, acaso).tolist()) == {2, 3}


def test_as_escolhas_tem_a_frequencia_das_probabilidades() -> None:
    acaso = np.random.default_rng(0).random(40_000)
    escolhas = Amostragem(temperatura=1).escolhe(np.repeat(LOGITS, 40_000, axis=0), acaso)
    assert np.bincount(escolhas) / 40_000 == pytest.approx([0.5, 0.25, 0.15, 0.1], abs=0.01)


@pytest.mark.parametrize(
    "opcoes",
    [
        {"temperatura": -0.1},
        {"temperatura": float("nan")},
        {"temperatura": float("inf")},
        {"top_k": -1},
        {"top_p": 0},
        {"top_p": 1.1},
        {"min_p": -0.1},
        {"min_p": float("nan")},
    ],
)
def test_valor_fora_do_intervalo_e_recusado_com_o_que_foi_recebido(opcoes: dict[str, float]) -> None:
    with pytest.raises(ErroPoema, match=f"Recebido: {next(iter(opcoes.values()))}"):
        Amostragem(**opcoes)  # type: ignore[arg-type]
