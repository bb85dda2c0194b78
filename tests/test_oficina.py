"""A oficina: os mesmos poemas do `Poeta`, escritos todos juntos, e o que acontece quando algo dá errado."""

import asyncio
import itertools
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest

from casa import ESPERA, ate, medida
from conftest import pesos_ao_acaso
from poema.dados.vocabulario import Vocabulario
from poema.erros import ErroPoema
from poema.geracao.amostragem import Amostragem
from poema.geracao.artefato import Artefato
from poema.geracao.coro import Coro, Voz
from poema.geracao.poeta import Poeta
from poema.servico import oficina as sala
from poema.servico.metricas import Metricas
from poema.servico.oficina import FalhaAoEscrever, Obra, Oficina

LIMITE = 120
SEM_FIM = 50_000  # caracteres: mais do que qualquer teste espera
FRIA = 0.0  # nesta temperatura, a rede de mentira nunca acaba sozinha


@asynccontextmanager
async def aberta(artefato: Artefato) -> AsyncIterator[tuple[Oficina, Metricas]]:
    metricas = Metricas()
    oficina = Oficina(artefato, metricas)
    trabalho = asyncio.create_task(oficina.trabalha())
    try:
        async with asyncio.timeout(ESPERA):
            yield oficina, metricas
    finally:
        trabalho.cancel()
        with suppress(asyncio.CancelledError):
            await trabalho


@pytest.fixture
def outro(artefato: Artefato, vocabulario: Vocabulario) -> Artefato:
    """Outra rede, que escreve outros poemas com as mesmas letras."""
    pesos = [peso[..., ::-1].copy() for peso in pesos_ao_acaso(len(vocabulario))]
    return replace(Artefato.de_pesos(pesos, vocabulario), resumo="outro")


class Rede:
    """A rede de verdade, que falha quando o teste quer."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        self.quebrada = False
        self.passadas = 0
        canta = Coro.canta

        def talvez(coro: Coro, passos: int) -> list[tuple[Voz, str]]:
            self.passadas += 1
            if self.quebrada and coro.vozes:
                raise FloatingPointError("a conta não fecha")
            return canta(coro, passos)

        monkeypatch.setattr(Coro, "canta", talvez)


@pytest.fixture
def rede(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Rede:
    caplog.set_level(logging.INFO, "poema")
    return Rede(monkeypatch)


def poema(artefato: Artefato, temperatura: float, semente: int, inicio: str = "", limite: int = LIMITE) -> str:
    return "".join(Poeta(artefato).poema(Amostragem(temperatura=temperatura), semente, inicio, limite))


async def le(obra: Obra) -> str:
    return "".join([pedaco async for pedaco in obra])


@pytest.mark.parametrize("temperatura", [0.0, 0.5, 1.7])
@pytest.mark.parametrize("inicio", ["", "a lua", "o gato dorme\n"])
def test_uma_obra_e_o_poema_que_o_poeta_escreveria(artefato: Artefato, temperatura: float, inicio: str) -> None:
    async def cena() -> None:
        async with aberta(artefato) as (oficina, _):
            obras = [oficina.encomenda(temperatura, semente, inicio, LIMITE) for semente in (0, 7, 2**32 - 1)]
            for obra in obras:
                assert await le(obra) == poema(artefato, temperatura, obra.semente, inicio)

    asyncio.run(cena())


def test_trinta_de_uma_vez_sao_cada_um_o_que_seria_sozinho(artefato: Artefato) -> None:
    async def cena() -> None:
        async with aberta(artefato) as (oficina, _):
            obras = [
                oficina.encomenda(temperatura, semente, inicio, 40 + semente * 5)
                for semente, temperatura, inicio in zip(
                    range(30), itertools.cycle([0.3, 0.9, 1.5]), itertools.cycle(["", "você"]), strict=False
                )
            ]
            textos = await asyncio.gather(*map(le, obras))
        for obra, texto in zip(obras, textos, strict=True):
            assert texto == poema(artefato, obra.temperatura, obra.semente, obra.inicio, obra.limite)

    asyncio.run(cena())


def test_o_poema_vem_aos_pedacos_enquanto_e_escrito(artefato: Artefato) -> None:
    async def cena() -> None:
        async with aberta(artefato) as (oficina, _):
            obra = oficina.encomenda(FRIA, 1, "", SEM_FIM)
            primeiro = await anext(obra)
            assert 0 < len(primeiro) < 1000
            assert obra.motivo == ""
            oficina.larga(obra)

    asyncio.run(cena())


def test_o_motivo_diz_se_a_rede_acabou_ou_se_foi_cortada(artefato: Artefato) -> None:
    async def cena() -> None:
        async with aberta(artefato) as (oficina, _):
            obras = [oficina.encomenda(0.9, semente, "", 40) for semente in range(40)]
            textos = await asyncio.gather(*map(le, obras))
        assert {obra.motivo for obra in obras} == {"fim", "limite"}
        for obra, texto in zip(obras, textos, strict=True):
            assert obra.motivo == ("limite" if len(poema(artefato, 0.9, obra.semente)) >= 40 else "fim")
            assert len(texto) <= 40

    asyncio.run(cena())


def test_quem_larga_uma_obra_nao_espera_por_ela_e_as_outras_nem_sabem(artefato: Artefato) -> None:
    async def cena() -> None:
        async with aberta(artefato) as (oficina, _):
            largada = oficina.encomenda(FRIA, 1, "", SEM_FIM)
            outra = oficina.encomenda(0.9, 11, "a lua", LIMITE)
            assert await anext(largada)
            oficina.larga(largada)
            oficina.larga(largada)
            assert len(await le(largada)) < 1000
            assert largada.motivo == "parado"
            assert await le(outra) == poema(artefato, 0.9, 11, "a lua")
            assert oficina.fila == 0  # quando a outra acabou, a largada já tinha saído do lote
            assert await le(oficina.encomenda(0.9, 3, "", LIMITE)) == poema(artefato, 0.9, 3)

    asyncio.run(cena())


def test_uma_obra_largada_antes_de_comecar_nao_e_escrita(artefato: Artefato) -> None:
    async def cena() -> None:
        async with aberta(artefato) as (oficina, metricas):
            obra = oficina.encomenda(FRIA, 1, "", SEM_FIM)
            oficina.larga(obra)
            assert await le(obra) == ""
            await ate(lambda: oficina.fila == 0)
            assert obra.motivo == "parado"
            assert medida(metricas, "poema_caracteres_total") == 0

    asyncio.run(cena())


def test_largar_o_que_ja_acabou_nao_muda_nada(artefato: Artefato) -> None:
    async def cena() -> None:
        async with aberta(artefato) as (oficina, _):
            obra = oficina.encomenda(FRIA, 1, "", 30)
            await le(obra)
            oficina.larga(obra)
            assert obra.motivo == "limite"
            assert oficina.fila == 0
            assert len(await le(oficina.encomenda(FRIA, 1, "", 30))) == 30

    asyncio.run(cena())


def test_uma_falha_chega_a_quem_esperava_e_a_quem_ia_comecar(artefato: Artefato, rede: Rede) -> None:
    async def cena() -> None:
        async with aberta(artefato) as (oficina, metricas):
            obras = [oficina.encomenda(FRIA, semente, "", SEM_FIM) for semente in range(3)]
            for obra in obras:
                await anext(obra)
            rede.quebrada = True
            obras.append(oficina.encomenda(0.5, 9, "", LIMITE))
            for obra in obras:
                with pytest.raises(FalhaAoEscrever, match="a conta não fecha"):
                    await le(obra)
            assert oficina.fila == 0
            assert oficina.falhou
            assert medida(metricas, "poema_falhas_total") == 1

    asyncio.run(cena())


def test_quem_encomenda_bem_na_hora_da_falha_nao_fica_esperando_para_sempre(
    artefato: Artefato, monkeypatch: pytest.MonkeyPatch
) -> None:
    comecou, pode = threading.Event(), threading.Event()

    def quebra(coro: Coro, passos: int) -> None:
        comecou.set()
        pode.wait(5)
        raise FloatingPointError("a conta não fecha")

    monkeypatch.setattr(Coro, "canta", quebra)

    async def cena() -> None:
        async with aberta(artefato) as (oficina, _):
            obras = [oficina.encomenda(0.5, 1, "", LIMITE)]
            await ate(comecou.is_set)
            obras.append(oficina.encomenda(0.5, 2, "", LIMITE))
            largada = oficina.encomenda(0.5, 3, "", LIMITE)
            oficina.larga(largada)
            pode.set()
            for obra in obras:
                with pytest.raises(FalhaAoEscrever):
                    await le(obra)
            assert await le(largada) == ""
            await ate(lambda: oficina.fila == 0)

    asyncio.run(cena())


def test_muitas_falhas_seguidas_sao_ditas_uma_vez_e_a_volta_tambem(
    artefato: Artefato, rede: Rede, caplog: pytest.LogCaptureFixture
) -> None:
    async def cena() -> None:
        async with aberta(artefato) as (oficina, metricas):
            rede.quebrada = True
            for semente in range(5):
                with pytest.raises(FalhaAoEscrever):
                    await le(oficina.encomenda(0.5, semente, "", LIMITE))
                await asyncio.sleep(0.02)
            assert oficina.falhou
            assert medida(metricas, "poema_falhas_total") == 5
            assert [registro.levelname for registro in caplog.records] == ["ERROR"]
            rede.quebrada = False
            assert await le(oficina.encomenda(0.5, 4, "", LIMITE)) == poema(artefato, 0.5, 4)
            assert not oficina.falhou
            assert [registro.message for registro in caplog.records[1:]] == ["a rede voltou a escrever"]

    asyncio.run(cena())


def test_depois_de_uma_falha_a_oficina_descansa_ate_a_proxima_encomenda(
    artefato: Artefato, monkeypatch: pytest.MonkeyPatch
) -> None:
    chamadas = []

    def quebra(coro: Coro, passos: int) -> None:
        chamadas.append(passos)
        raise FloatingPointError("a conta não fecha")

    monkeypatch.setattr(Coro, "canta", quebra)

    async def cena() -> None:
        async with aberta(artefato) as (oficina, _):
            with pytest.raises(FalhaAoEscrever):
                await le(oficina.encomenda(0.5, 1, "", LIMITE))
            await asyncio.sleep(0.1)
            assert len(chamadas) == 1

    asyncio.run(cena())


def test_sem_encomendas_a_oficina_nao_trabalha(artefato: Artefato, rede: Rede) -> None:
    async def cena() -> None:
        async with aberta(artefato) as (oficina, _):
            await le(oficina.encomenda(0.9, 3, "", LIMITE))
            passadas = rede.passadas
            await asyncio.sleep(0.1)
            assert rede.passadas <= passadas + 1

    asyncio.run(cena())


def test_o_que_ja_se_escrevia_acaba_com_o_modelo_antigo_e_o_novo_escreve_o_resto(
    artefato: Artefato, outro: Artefato
) -> None:
    async def cena() -> None:
        async with aberta(artefato) as (oficina, _):
            de_antes = oficina.encomenda(FRIA, 1, "a lua", 400)
            comeco = await anext(de_antes)
            oficina.troca(outro)
            assert oficina.artefato is outro
            de_agora = oficina.encomenda(FRIA, 1, "a lua", 400)
            textos = await asyncio.gather(le(de_antes), le(de_agora))
        esperados = [poema(modelo, FRIA, 1, "a lua", 400) for modelo in (artefato, outro)]
        assert esperados[0] != esperados[1]
        assert [comeco + textos[0], textos[1]] == esperados

    asyncio.run(cena())


def test_o_que_foi_encomendado_e_ainda_nao_comecou_tambem_e_do_modelo_antigo(
    artefato: Artefato, outro: Artefato
) -> None:
    async def cena() -> None:
        async with aberta(artefato) as (oficina, _):
            obra = oficina.encomenda(0.7, 1, "a lua", LIMITE)
            oficina.troca(outro)
            assert await le(obra) == poema(artefato, 0.7, 1, "a lua")

    asyncio.run(cena())


def test_um_inicio_que_so_o_modelo_antigo_conhece_nao_estraga_o_poema_de_ninguem(artefato: Artefato) -> None:
    poucas = Vocabulario.de_textos(["abc"])
    novo = Artefato.de_pesos(pesos_ao_acaso(len(poucas)), poucas)

    async def cena() -> None:
        async with aberta(artefato) as (oficina, _):
            em_curso = oficina.encomenda(0.9, 11, "", LIMITE)
            obra = oficina.encomenda(0.7, 1, "você", LIMITE)
            oficina.troca(novo)
            textos = await asyncio.gather(le(em_curso), le(obra), le(oficina.encomenda(0.9, 1, "a", LIMITE)))
        assert textos == [
            poema(artefato, 0.9, 11),
            poema(artefato, 0.7, 1, "você"),
            poema(novo, 0.9, 1, "a"),
        ]

    asyncio.run(cena())


def test_muitas_trocas_seguidas_nao_misturam_os_poemas(artefato: Artefato, outro: Artefato) -> None:
    async def cena() -> None:
        async with aberta(artefato) as (oficina, _):
            obras = []
            for vez in range(6):
                obra = oficina.encomenda(FRIA, vez, "", 300)
                obras.append((oficina.artefato, obra, await anext(obra)))
                oficina.troca(outro if vez % 2 == 0 else artefato)
            for modelo, obra, comeco in obras:
                assert comeco + await le(obra) == poema(modelo, FRIA, obra.semente, "", 300)

    asyncio.run(cena())


def test_enquanto_a_rede_escreve_o_laco_de_eventos_anda(artefato: Artefato, monkeypatch: pytest.MonkeyPatch) -> None:
    comecou, pode = threading.Event(), threading.Event()
    liberada = []
    canta = Coro.canta

    def demora(coro: Coro, passos: int) -> list[tuple[Voz, str]]:
        comecou.set()
        liberada.append(pode.wait(5))
        return canta(coro, passos)

    monkeypatch.setattr(Coro, "canta", demora)

    async def cena() -> None:
        async with aberta(artefato) as (oficina, _):
            obra = oficina.encomenda(0.9, 3, "", LIMITE)
            await ate(comecou.is_set)
            for _ in range(3):
                await asyncio.sleep(0)
            pode.set()
            assert await le(obra) == poema(artefato, 0.9, 3)
        assert all(liberada)

    asyncio.run(cena())


def test_quem_pega_a_vez_faz_a_rede_esperar(artefato: Artefato) -> None:
    async def cena() -> None:
        async with aberta(artefato) as (oficina, metricas):
            async with oficina.vez:
                obra = oficina.encomenda(0.9, 3, "", LIMITE)
                await asyncio.sleep(0.05)
                assert medida(metricas, "poema_caracteres_total") == 0
            assert await le(obra) == poema(artefato, 0.9, 3)

    asyncio.run(cena())


def test_a_fila_conta_quem_escreve_e_quem_vai_escrever(artefato: Artefato) -> None:
    async def cena() -> None:
        async with aberta(artefato) as (oficina, _):
            assert oficina.fila == 0
            obras = [oficina.encomenda(FRIA, 1, "", SEM_FIM)]
            await anext(obras[0])
            async with oficina.vez:
                obras += [oficina.encomenda(FRIA, semente, "", SEM_FIM) for semente in (2, 3)]
                assert oficina.fila == 3
            for obra in obras[1:]:
                await anext(obra)
            assert oficina.fila == 3
            for obra in obras:
                oficina.larga(obra)
            await ate(lambda: oficina.fila == 0)

    asyncio.run(cena())


def test_a_espera_e_o_que_falta_ao_poema_que_acaba_primeiro(
    artefato: Artefato, monkeypatch: pytest.MonkeyPatch
) -> None:
    relogio = itertools.count(step=sala.PASSOS)  # cada passada parece durar um segundo por símbolo
    monkeypatch.setattr(sala, "monotonic", lambda: float(next(relogio)))

    async def cena() -> None:
        async with aberta(artefato) as (oficina, _):
            assert oficina.espera() == 0.5
            curta, longa = oficina.encomenda(FRIA, 1, "", 300), oficina.encomenda(FRIA, 2, "", 30_000)
            lidos = len(await anext(curta)) + len(await anext(curta))
            async with oficina.vez:
                antes = oficina.espera()
            assert 0.5 <= antes <= 300 - lidos
            await le(curta)
            async with oficina.vez:
                assert 20_000 < oficina.espera() < 30_000
            oficina.larga(longa)

    asyncio.run(cena())


def test_um_caractere_que_o_modelo_nao_conhece_e_recusado_na_hora(artefato: Artefato) -> None:
    async def cena() -> None:
        async with aberta(artefato) as (oficina, metricas):
            outra = oficina.encomenda(0.9, 3, "", LIMITE)
            with pytest.raises(ErroPoema, match="não conhece este caractere: '漢'"):
                oficina.encomenda(0.5, 1, "漢", LIMITE)
            assert oficina.fila == 1
            assert await le(outra) == poema(artefato, 0.9, 3)
            assert medida(metricas, "poema_falhas_total") == 0

    asyncio.run(cena())


def test_a_oficina_conta_os_poemas_e_os_caracteres_que_escreveu(artefato: Artefato) -> None:
    async def cena() -> None:
        async with aberta(artefato) as (oficina, metricas):
            obras = [oficina.encomenda(0.9, semente, "a lua", LIMITE) for semente in range(7)]
            textos = await asyncio.gather(*map(le, obras))
            assert medida(metricas, "poema_poemas_total") == 7
            assert medida(metricas, "poema_caracteres_total") == sum(map(len, textos)) > 0

    asyncio.run(cena())
