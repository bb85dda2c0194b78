"""O que o servidor conta de si."""

import asyncio
import time

from prometheus_client.parser import text_string_to_metric_families

from casa import ate, medida
from poema.servico.metricas import Metricas


def test_o_prometheus_le_tudo_e_cada_medida_diz_o_que_e() -> None:
    metricas = Metricas()
    metricas.observa("fila", "poemas sendo escritos", lambda: 3)
    familias = {familia.name: familia for familia in text_string_to_metric_families(metricas.texto().decode())}
    contadores = {"quadros", "caracteres", "poemas", "cortados", "recusados", "abusos", "falhas"}
    assert {nome for nome, familia in familias.items() if familia.type == "counter"} == {
        f"poema_{nome}" for nome in contadores
    }
    assert {nome for nome, familia in familias.items() if familia.type == "histogram"} == {
        "poema_atraso_segundos",
        "poema_atraso_do_palco_segundos",
    }
    assert all(familia.documentation for familia in familias.values())


def test_um_contador_comeca_em_zero_e_so_cresce_o_que_foi_contado() -> None:
    metricas = Metricas()
    metricas.caracteres.inc(12)
    metricas.caracteres.inc(3)
    assert medida(metricas, "poema_caracteres_total") == 15
    assert medida(metricas, "poema_poemas_total") == 0


def test_o_que_se_observa_e_lido_na_hora() -> None:
    metricas, valor = Metricas(), [1.0]
    metricas.observa("leitores", "ligações", lambda: valor[0])
    assert medida(metricas, "poema_leitores") == 1
    valor[0] = 7
    assert medida(metricas, "poema_leitores") == 7


def test_dois_servidores_no_mesmo_processo_nao_somam_as_contas() -> None:
    uma, outra = Metricas(), Metricas()
    uma.poemas.inc()
    assert medida(outra, "poema_poemas_total") == 0


def test_o_pulso_mede_quanto_o_laco_de_eventos_demorou_a_atender() -> None:
    async def cena() -> None:
        metricas = Metricas()
        pulso = asyncio.create_task(metricas.pulsa(a_cada=0.01))
        async with asyncio.timeout(20):
            await ate(lambda: medida(metricas, "poema_atraso_segundos_count") >= 2)
            antes = medida(metricas, "poema_atraso_segundos_sum")
            contados = medida(metricas, "poema_atraso_segundos_count")
            time.sleep(0.2)  # ninguém é atendido
            await ate(lambda: medida(metricas, "poema_atraso_segundos_count") > contados)
        assert medida(metricas, "poema_atraso_segundos_sum") - antes > 0.15
        pulso.cancel()

    asyncio.run(cena())
