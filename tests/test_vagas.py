"""Quantos cabem, e quanto se tolera de quem insiste."""

import resource

import pytest

from poema.servico import vagas
from poema.servico.vagas import Folego, SemVaga, Vagas


@pytest.fixture
def relogio(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A hora, que só anda quando o teste manda."""
    agora = [1000.0]
    monkeypatch.setattr(vagas, "monotonic", lambda: agora[0])
    return agora


def test_uma_ligacao_tem_duas_vagas_e_a_outra_nao_tem_nada_com_isso() -> None:
    todas = Vagas()
    todas.ocupa("uma", "a")
    todas.ocupa("uma", "a")
    with pytest.raises(SemVaga, match="você já tem 2 poemas sendo escritos"):
        todas.ocupa("uma", "a")
    todas.ocupa("outra", "a")


def test_um_endereco_tem_dezesseis_vagas_por_muitas_que_sejam_as_ligacoes() -> None:
    todas = Vagas()
    for ligacao in range(16):
        todas.ocupa(ligacao, "a")
    with pytest.raises(SemVaga, match="da sua rede"):
        todas.ocupa(16, "a")
    todas.ocupa(16, "b")


def test_no_total_ha_sessenta_e_quatro_vagas() -> None:
    todas = Vagas()
    for ligacao in range(64):
        todas.ocupa(ligacao, f"casa {ligacao}")
    with pytest.raises(SemVaga, match="muita gente"):
        todas.ocupa(64, "casa 64")


def test_uma_vaga_devolvida_serve_a_quem_esperava() -> None:
    todas = Vagas()
    for ligacao in range(64):
        todas.ocupa(ligacao, "a" if ligacao < 16 else f"casa {ligacao}")
    todas.libera(0, "a")
    todas.ocupa(100, "a")
    with pytest.raises(SemVaga):
        todas.ocupa(101, "b")
    todas.libera(40, "casa 40")
    todas.ocupa(101, "b")


def test_devolver_uma_das_duas_vagas_deixa_a_outra_ocupada(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vagas, "POR_ENDERECO", 2)
    todas = Vagas()
    todas.ocupa("uma", "a")
    todas.ocupa("uma", "a")
    todas.libera("uma", "a")
    todas.ocupa("uma", "a")
    for ligacao, endereco in (("uma", "b"), ("outra", "a")):
        with pytest.raises(SemVaga):
            todas.ocupa(ligacao, endereco)


def test_quem_foi_recusado_nao_ocupa_nada(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vagas, "POR_ENDERECO", 1)
    monkeypatch.setattr(vagas, "NO_TOTAL", 2)
    todas = Vagas()
    todas.ocupa("uma", "a")
    for _ in range(5):
        with pytest.raises(SemVaga, match="da sua rede"):
            todas.ocupa("outra", "a")
    todas.ocupa("outra", "b")
    todas.libera("uma", "a")
    todas.libera("outra", "b")
    todas.ocupa("outra", "a")


def test_mil_visitas_depois_tudo_esta_como_no_comeco() -> None:
    todas = Vagas()
    for _ in range(1000):
        todas.ocupa("uma", "a")
        todas.ocupa("uma", "a")
        todas.libera("uma", "a")
        todas.libera("uma", "a")
    for ligacao in range(16):
        todas.ocupa(ligacao, "a")
    with pytest.raises(SemVaga):
        todas.ocupa("mais uma", "a")


def test_o_folego_acaba_se_as_mensagens_vem_todas_de_uma_vez(relogio: list[float]) -> None:
    folego = Folego()
    assert [folego.gasta(1) for _ in range(41)] == [True] * 40 + [False]


def test_quem_manda_devagar_nunca_perde_o_folego(relogio: list[float]) -> None:
    folego = Folego()
    for _ in range(1000):
        relogio[0] += 0.5
        assert folego.gasta(1)


def test_o_folego_volta_com_o_tempo_mas_so_ate_encher(relogio: list[float]) -> None:
    folego = Folego()
    assert folego.gasta(40)
    assert not folego.gasta(1)
    relogio[0] += 1.0
    assert folego.gasta(1)  # em um segundo voltaram dois, e um era devido
    relogio[0] += 3600.0
    assert folego.gasta(40)
    assert not folego.gasta(1)


def test_um_erro_gasta_mais_depressa(relogio: list[float]) -> None:
    folego, aceitas = Folego(), 0
    while folego.gasta(1):
        folego.gasta(vagas.ERRO)
        aceitas += 1
    assert aceitas == 8


@pytest.mark.parametrize(
    ("limites", "pedido", "resultado"),
    [
        ((256, 20_000), (20_000, 20_000), 20_000),
        ((256, resource.RLIM_INFINITY), (vagas.MUITOS, vagas.MUITOS), vagas.MUITOS),
        ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), None, vagas.MUITOS),
        ((1_000_000, 1_000_000), None, 1_000_000),
    ],
)
def test_pede_ao_sistema_os_arquivos_que_ele_da_mesmo_que_diga_que_nao_ha_limite(
    monkeypatch: pytest.MonkeyPatch, limites: tuple[int, int], pedido: tuple[int, int] | None, resultado: int
) -> None:
    pedidos: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: limites)
    monkeypatch.setattr(resource, "setrlimit", lambda _, limite: pedidos.append(limite))
    assert vagas.descritores() == resultado
    assert pedidos == ([pedido] if pedido else [])


def test_se_o_sistema_da_menos_do_que_promete_fica_o_que_havia(monkeypatch: pytest.MonkeyPatch) -> None:
    def nega(*_: object) -> None:
        raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", nega)
    assert vagas.descritores() == 256
