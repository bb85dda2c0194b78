import json
from dataclasses import replace

import numpy as np
import pytest

from poema.avaliacao import exame, ppm
from poema.avaliacao.copia import Trechos
from poema.avaliacao.escrita import DO_TREINO, MEDIDAS, Escrito, Referencia, mede
from poema.avaliacao.exame import Exame, escreve, etapas, examina, sugere
from poema.avaliacao.ngrama import NGramas
from poema.avaliacao.previsao import nats_por_caractere, preve
from poema.avaliacao.razao import Razao
from poema.avaliacao.textos import Textos, sorteados
from poema.dados.vocabulario import Vocabulario
from poema.erros import ErroPoema
from poema.geracao.amostragem import Amostragem
from poema.geracao.artefato import Artefato

TEMPERATURAS = (0.4, 1.0)


def cala(_: str) -> None:
    pass


@pytest.fixture
def textos(poemas: list[str]) -> Textos:
    return Textos(poemas[:32], poemas[32:], ["um aviso"])


@pytest.fixture
def feito(artefato: Artefato, textos: Textos) -> Exame:
    return examina(artefato, textos, TEMPERATURAS, cala)


@pytest.fixture
def sem_treino(artefato: Artefato, textos: Textos) -> Exame:
    return examina(artefato, replace(textos, treino=[]), TEMPERATURAS, cala)


@pytest.mark.parametrize("com_treino", [True, False])
@pytest.mark.parametrize("temperaturas", [(0.5,), (0.4, 0.7, 1.0)])
def test_avisa_no_comeco_de_cada_etapa(
    com_treino: bool, temperaturas: tuple[float, ...], artefato: Artefato, textos: Textos
) -> None:
    textos = textos if com_treino else replace(textos, treino=[])
    avisos: list[str] = []
    examina(artefato, textos, temperaturas, avisos.append)
    assert len(avisos) == etapas(textos, temperaturas)
    assert avisos[0] == "previsão"
    assert avisos[-1] == f"temperatura {temperaturas[-1]:g}".replace(".", ",")


def test_a_loss_e_a_dos_poemas_de_teste(feito: Exame, artefato: Artefato, textos: Textos) -> None:
    assert feito.nats.valor == nats_por_caractere(artefato, textos.teste)
    assert feito.nats_dos_caracteres == preve(artefato, textos.teste).so_caracteres
    assert feito.nats_da_fronteira == preve(artefato, textos.teste).so_fronteira
    assert feito.poemas == 8


def test_o_rival_de_contagens_e_o_melhor_dos_n_gramas(feito: Exame, textos: Textos) -> None:
    medias = NGramas(8, textos.treino).nats_por_caractere(textos.teste)
    melhor = min(exame.ORDENS, key=lambda ordem: medias[ordem])
    rival = feito.rivais[f"{melhor}-grama"]
    assert rival.nats.valor == pytest.approx(medias[melhor])
    assert rival.poemas == len(textos.teste)


def test_o_ppmd_e_medido_em_alguns_poemas(feito: Exame, textos: Textos) -> None:
    alguns = [textos.teste[i] for i in sorteados(textos.teste, exame.POEMAS_DO_PPMD)]
    for ordem in exame.ORDENS_DO_PPMD:
        rival = feito.rivais[f"PPMd de ordem {ordem}"]
        gastos = sum(ppm.nats(ordem, textos.treino, alguns))
        assert rival.nats.valor == pytest.approx(gastos / sum(len(poema) + 1 for poema in alguns))
        assert rival.poemas == exame.POEMAS_DO_PPMD


def test_a_vantagem_e_o_que_o_rival_gasta_a_mais_nos_mesmos_poemas(
    feito: Exame, artefato: Artefato, textos: Textos
) -> None:
    assert len(feito.rivais) == 3
    for rival in feito.rivais.values():
        mesmos = [textos.teste[i] for i in sorteados(textos.teste, rival.poemas)]
        do_modelo = nats_por_caractere(artefato, mesmos)
        assert rival.vantagem.valor == pytest.approx(rival.nats.valor - do_modelo)
        assert rival.vantagem.ate < 0  # esta rede nada aprendeu


def test_um_modelo_sem_fronteira_se_compara_pelo_que_gasta_em_cada_caractere(
    artefato: Artefato, textos: Textos
) -> None:
    sem_fronteira = Artefato(artefato.celula, Vocabulario(("#", *artefato.vocabulario.simbolos[1:])))
    feito = examina(sem_fronteira, textos, (1.0,), cala)
    tamanhos = np.array([len(poema) for poema in textos.teste])
    por_caractere = np.array([nats_por_caractere(sem_fronteira, [poema]) for poema in textos.teste])
    (rival,) = [rival for nome, rival in feito.rivais.items() if "grama" in nome]
    media = np.average(por_caractere, weights=tamanhos + 1)
    assert rival.vantagem.valor == pytest.approx(rival.nats.valor - media)
    assert np.isnan(feito.nats_da_fronteira.valor)
    assert feito.escritos[1.0]["terminados"].valor == 0  # nunca acaba sozinho
    json.dumps(feito.como_dicionario(), allow_nan=False)


def test_o_piso_sao_as_mesmas_medidas_dos_poemas_de_teste(feito: Exame, textos: Textos) -> None:
    do_piso = mede([Escrito(poema) for poema in textos.teste], Referencia(textos.treino))
    assert replace(feito, piso=do_piso).como_dicionario() == feito.como_dicionario()
    assert feito.piso_maior_copia == Trechos(textos.treino).maior(textos.teste) > 0


def test_em_cada_temperatura_mede_os_poemas_que_escreveu(feito: Exame, artefato: Artefato, textos: Textos) -> None:
    assert tuple(feito.escritos) == tuple(feito.maior_copia) == TEMPERATURAS
    for temperatura in TEMPERATURAS:
        escritos = escreve(artefato, Amostragem(temperatura=temperatura))
        assert feito.maior_copia[temperatura] == Trechos(textos.treino).maior([e.texto for e in escritos])
        medidos = {**feito.escritos, temperatura: mede(escritos, Referencia(textos.treino))}
        assert replace(feito, escritos=medidos).como_dicionario() == feito.como_dicionario()


def test_um_poema_que_chega_ao_limite_foi_cortado(artefato: Artefato) -> None:
    escritos = escreve(artefato, Amostragem(temperatura=1))
    assert len(escritos) == exame.POEMAS
    assert {escrito.inteiro for escrito in escritos} == {True, False}
    assert all(escrito.inteiro == (len(escrito.texto) < exame.LIMITE) for escrito in escritos)


def test_sem_o_treino_nao_ha_rivais_nem_copia(sem_treino: Exame, feito: Exame) -> None:
    sem, com = sem_treino.como_dicionario(), feito.como_dicionario()
    assert sem["rivais"] == {}
    nula = {"valor": None, "de": None, "ate": None}
    for das_sem, das_com in (
        (sem["piso"], com["piso"]),
        *((sem["escritos"][t], com["escritos"][t]) for t in com["escritos"]),
    ):
        assert das_sem == {chave: nula if chave in DO_TREINO else das_com[chave] for chave in MEDIDAS}
    assert sem["nats"] == com["nats"]


def test_o_dicionario_e_json_de_verdade(feito: Exame, sem_treino: Exame) -> None:
    for um in (feito, sem_treino):
        dicionario = um.como_dicionario()
        assert json.loads(json.dumps(dicionario, allow_nan=False)) == dicionario


def test_as_chaves_do_dicionario_nao_mudam(feito: Exame, sem_treino: Exame) -> None:
    dicionario = feito.como_dicionario()
    assert [*dicionario] == [*sem_treino.como_dicionario()]
    assert [*dicionario] == [
        "poemas",
        "nats",
        "nats_dos_caracteres",
        "nats_da_fronteira",
        "rivais",
        "piso",
        "piso_maior_copia",
        "escritos",
        "maior_copia",
        "temperatura",
        "avisos",
    ]
    assert [*dicionario["escritos"]] == [*dicionario["maior_copia"]] == ["0.4", "1.0"]
    assert [*dicionario["piso"]] == [*MEDIDAS]
    assert [*dicionario["nats"]] == ["valor", "de", "ate"]
    assert all([*rival] == ["poemas", "nats", "vantagem"] for rival in dicionario["rivais"].values())
    assert dicionario["avisos"] == ["um aviso"]
    assert dicionario["nats"]["valor"] == pytest.approx(feito.nats.valor, abs=1e-6)


def test_o_mesmo_modelo_e_os_mesmos_textos_dao_o_mesmo_exame(feito: Exame, artefato: Artefato, textos: Textos) -> None:
    assert examina(artefato, textos, TEMPERATURAS, cala).como_dicionario() == feito.como_dicionario()


def test_uma_temperatura_impossivel_e_recusada_antes_de_qualquer_conta(artefato: Artefato, textos: Textos) -> None:
    avisos: list[str] = []
    with pytest.raises(ErroPoema, match="temperatura"):
        examina(artefato, textos, (0.5, 11), avisos.append)
    assert avisos == []


NADA = float("nan")


def medidas(inexistentes: float, copiados: float, repetidos: float) -> dict[str, Razao]:
    return {
        chave: Razao(valor, valor, valor)
        for chave, valor in (
            ("palavras_inexistentes", inexistentes),
            ("versos_copiados", copiados),
            ("versos_repetidos", repetidos),
            ("versos_de_outros", 0.0),
        )
    }


PISO = medidas(0.02, 0.01, 0.05)


@pytest.mark.parametrize(
    ("escritos", "esperada"),
    [
        # excessos: 0 + 0,10 + 0,10; 0,01 + 0,02 + 0; 0,08 + 0 + 0
        ({0.3: (0.02, 0.11, 0.15), 0.6: (0.03, 0.03, 0.05), 1.0: (0.10, 0.01, 0.05)}, 0.6),
        # estar abaixo do piso não compensa: 0,03 contra 0,04
        ({0.3: (0.05, 0.01, 0.05), 0.6: (0.06, 0.0, 0.0)}, 0.3),
        # no empate, a mais alta
        ({0.3: (0.02, 0.01, 0.05), 0.6: (0.01, 0.0, 0.0), 0.5: (0.0, 0.0, 0.0)}, 0.6),
        # sem treino não se sabe o que foi copiado, e só o resto decide
        ({0.3: (0.02, NADA, 0.05), 0.6: (0.04, NADA, 0.05)}, 0.3),
        # quem não escreveu palavra alguma não errou nenhuma, mas não serve
        ({0.3: (0.05, 0.01, 0.05), 0.6: (NADA, NADA, NADA)}, 0.3),
        ({0.7: (0.9, 0.9, 0.9)}, 0.7),
    ],
)
def test_sugere_a_temperatura_em_que_menos_se_erra_alem_do_piso(
    escritos: dict[float, tuple[float, float, float]], esperada: float
) -> None:
    sem_treino = np.isnan(next(iter(escritos.values()))[1])
    piso = medidas(0.02, NADA, 0.05) if sem_treino else PISO
    assert sugere({t: medidas(*valores) for t, valores in escritos.items()}, piso) == esperada
