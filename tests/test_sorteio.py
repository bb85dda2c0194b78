import numpy as np

from poema.geracao.sorteio import uniformes


def um_a_um(semente: int, quantos: int) -> list[float]:
    """O mesmo gerador com inteiros do Python, escrito a partir da descrição."""
    mascara = 2**32 - 1

    def mistura(z: int) -> int:
        z = ((z ^ z >> 16) * 0x85EBCA6B) & mascara
        z = ((z ^ z >> 13) * 0xC2B2AE35) & mascara
        return z ^ z >> 16

    estado = mistura((semente + 0x9E3779B9) & mascara)
    saida = []
    for _ in range(quantos):
        estado = (estado + 0x9E3779B9) & mascara
        alto = mistura(estado) >> 5
        estado = (estado + 0x9E3779B9) & mascara
        saida.append((alto * 2**26 + (mistura(estado) >> 6)) / 2**53)
    return saida


def test_os_numeros_sao_os_da_descricao() -> None:
    for semente in (0, 1, 7, 2**32 - 1):
        np.testing.assert_array_equal(uniformes([semente], 0, 300)[0], um_a_um(semente, 300))


def test_o_n_esimo_numero_nao_depende_de_onde_se_comeca() -> None:
    np.testing.assert_array_equal(uniformes([5], 100, 50), uniformes([5], 0, 150)[:, 100:])


def test_cada_semente_tem_a_sua_sequencia() -> None:
    juntos = uniformes([3, 4], 0, 20)
    np.testing.assert_array_equal(juntos, [uniformes([3], 0, 20)[0], uniformes([4], 0, 20)[0]])
    assert len(np.unique(juntos)) == 40


def test_os_numeros_se_espalham_por_igual_entre_0_e_1() -> None:
    numeros = uniformes([9], 0, 100_000)[0]
    assert 0 <= numeros.min() < numeros.max() < 1
    esperado = 100_000 / 50
    qui_quadrado = ((np.histogram(numeros, 50, (0, 1))[0] - esperado) ** 2 / esperado).sum()
    assert qui_quadrado < 85.4  # 49 graus de liberdade: só 1 em 1.000 geradores perfeitos passa disso


def test_sementes_vizinhas_nao_se_parecem() -> None:
    primeiros = uniformes(np.arange(20_000), 0, 2)
    assert abs(np.corrcoef(primeiros[:-1, 0], primeiros[1:, 0])[0, 1]) < 0.03
    assert abs(np.corrcoef(primeiros[:, 0], primeiros[:, 1])[0, 1]) < 0.03
