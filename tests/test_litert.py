import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from conftest import Roda
from poema import amostra, avalia, exporta, infere
from poema.erros import ErroDeModelo
from poema.geracao.amostragem import Amostragem
from poema.geracao.artefato import Artefato, le_artefato
from poema.geracao.coro import Coro
from poema.geracao.poeta import Poeta
from poema.terminal import abre_modelo

pytestmark = [pytest.mark.litert, pytest.mark.usefixtures("exportacao")]

VERSO = "a canção já não é você,\nmeu avô põe o pão à mesa"


@pytest.fixture(scope="module")
def numpy(levado: Path) -> Artefato:
    return le_artefato(levado)


@pytest.fixture(scope="module")
def litert(levado: Path) -> Artefato:
    return abre_modelo(levado, None, "litert")[1]


def test_os_logits_e_a_memoria_sao_os_do_numpy_em_lotes_que_mudam_de_tamanho(numpy: Artefato, litert: Artefato) -> None:
    lidos = numpy.vocabulario.codifica(VERSO)
    for fluxos in (1, 33, 2, 256, 1):
        memorias = numpy.celula.memoria(fluxos), litert.celula.memoria(fluxos)
        for indice in lidos:
            indices = (indice + np.arange(fluxos)) % len(numpy.vocabulario)
            esperados = numpy.celula.passo(indices, memorias[0])
            np.testing.assert_allclose(litert.celula.passo(indices, memorias[1]), esperados, atol=1e-4)
        for esperada, obtida in zip(*memorias, strict=True):
            np.testing.assert_allclose(obtida, esperada, atol=1e-4)
            obtida[:] = 0  # é de quem chamou: o Poeta apaga a memória de quem recomeça


def test_sem_fluxo_nenhum_nao_ha_conta(litert: Artefato) -> None:
    assert litert.celula.passo(np.zeros(0, int), litert.celula.memoria(0)).shape == (0, len(litert.vocabulario))


def test_a_conta_e_do_arquivo_e_nao_dos_pesos(numpy: Artefato, levado: Path) -> None:
    from poema.geracao.litert import com_litert

    int8 = com_litert(numpy, levado, int8=True)
    diferenca = np.abs(
        int8.celula.passo([3], int8.celula.memoria(1)) - numpy.celula.passo([3], numpy.celula.memoria(1))
    )
    assert 1e-4 < diferenca.max() < 1


@pytest.mark.parametrize("temperatura", [0.3, 0.6, 0.9])
def test_a_mesma_semente_da_o_mesmo_poema(numpy: Artefato, litert: Artefato, temperatura: float) -> None:
    """Os logits diferem em um centésimo de milésimo: só muda o poema de quem sorteou um número bem na divisa."""
    pedido = Amostragem(temperatura=temperatura), range(200), ["a lua"] * 200, 300
    pares = list(zip(Poeta(numpy).poemas(*pedido), Poeta(litert).poemas(*pedido), strict=True))
    assert sum(um == outro for um, outro in pares) >= 199


def test_o_coro_canta_com_o_litert_o_que_o_poeta_escreve_com_o_numpy(numpy: Artefato, litert: Artefato) -> None:
    coro, textos = Coro(litert), {}
    vozes = [coro.entra(0.5, semente, "", 80) for semente in range(5)]
    while coro.vozes:
        for voz, pedaco in coro.canta(16):
            textos[voz] = textos.get(voz, "") + pedaco
    for semente, voz in enumerate(vozes):
        assert textos[voz] == "".join(Poeta(numpy).poema(Amostragem(), semente, limite=80))


def test_muitas_threads_com_o_mesmo_artefato_nao_se_misturam(litert: Artefato) -> None:
    def escreve(semente: int) -> str:
        return "".join(
            Poeta(litert).poemas(Amostragem(), [semente] * (1 + semente % 3), [""] * (1 + semente % 3), 60)[0]
        )

    with ThreadPoolExecutor(8) as threads:
        juntos = list(threads.map(escreve, range(24)))
    assert juntos == [escreve(semente) for semente in range(24)]


def test_amostra_e_infere_escrevem_o_mesmo_com_os_dois_motores(roda: Roda, levado: Path) -> None:
    for comando, opcoes in ((amostra, ()), (infere, ("--poema", "--inicio", "a canção"))):
        saidas = [
            roda(comando.main, "--modelo", levado, "--semente", 7, "--motor", motor, *opcoes)
            for motor in ("numpy", "litert")
        ]
        assert [saida.codigo for saida in saidas] == [0, 0]
        assert saidas[0].out == saidas[1].out


def test_avalia_mede_com_o_motor_pedido(roda: Roda, modelo_com_relato: Path, tmp_path: Path) -> None:
    opcoes = ("--modelo", modelo_com_relato)
    assert roda(exporta.main, *opcoes).codigo == 0
    opcoes += ("--json", "--grafico", tmp_path / "g.png", "--temperaturas", "0,5", "--motor")
    do_numpy, do_litert = (json.loads(roda(avalia.main, *opcoes, motor).out) for motor in ("numpy", "litert"))
    assert do_litert["nats"]["valor"] == pytest.approx(do_numpy["nats"]["valor"], abs=1e-5)


def test_o_comando_nao_diz_nada_alem_do_poema(levado: Path) -> None:
    comando = [sys.executable, "-m", "poema.amostra", "--modelo", levado, "--motor", "litert", "--quantidade", "1"]
    fim = subprocess.run(list(map(str, comando)), capture_output=True, text=True)
    assert (fim.returncode, fim.stderr) == (0, "")


@pytest.fixture
def copia(levado: Path, tmp_path: Path) -> Path:
    for sufixo in (".keras", ".tflite", ".tflite.json"):
        shutil.copy(levado.with_suffix(sufixo), tmp_path)
    return tmp_path / levado.name


@pytest.mark.parametrize(
    ("arquivo", "conteudo", "mensagem"),
    [
        (".tflite", None, r"poemas-5k\.tflite, que não existe"),
        (".tflite.json", None, r"poemas-5k\.tflite\.json, que não existe"),
        (".tflite", b"outra coisa", "mudou depois de conferido"),
        (".tflite.json", b"{", "o seu certificado"),
        (".tflite.json", b"[]", "o seu certificado"),
        (".tflite.json", b"{}", "o seu certificado"),
        (".tflite.json", b'{"modelo": "00000000", "sha256": ""}', "não saiu deste modelo"),
    ],
)
def test_um_exportado_que_falta_ou_nao_e_deste_modelo_e_recusado_em_uma_linha(
    roda: Roda, copia: Path, arquivo: str, conteudo: bytes | None, mensagem: str
) -> None:
    alvo = copia.with_suffix(arquivo)
    if conteudo is None:
        alvo.unlink()
    else:
        alvo.write_bytes(conteudo)
    with pytest.raises(ErroDeModelo, match=rf"{mensagem}.*just exporta --formato litert"):
        abre_modelo(copia, None, "litert")
    saida = roda(amostra.main, "--modelo", copia, "--motor", "litert")
    assert (saida.codigo, saida.out, saida.err.count("\n")) == (1, "", 1)
    assert roda(amostra.main, "--modelo", copia).codigo == 0  # o NumPy não pede nada disso


def test_quando_o_modelo_e_treinado_de_novo_o_exportado_velho_nao_serve(copia: Path, modelo_salvo: Path) -> None:
    shutil.copy(modelo_salvo, copia)
    with pytest.raises(ErroDeModelo, match="não saiu deste modelo"):
        abre_modelo(copia, None, "litert")


def test_sem_o_pacote_diz_como_instalar(roda: Roda, levado: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "poema.geracao.litert", raising=False)
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    saida = roda(amostra.main, "--modelo", levado, "--motor", "litert")
    assert (saida.codigo, saida.out, saida.err.count("\n")) == (1, "", 1)
    assert "falta o pacote ai_edge_litert" in saida.err
    assert "[litert]" in saida.err


@pytest.mark.parametrize("comando", [amostra, infere, avalia])
def test_um_motor_que_nao_existe_e_recusado(roda: Roda, comando: ModuleType) -> None:
    saida = roda(comando.main, "--motor", "vapor")
    assert (saida.codigo, saida.err.count("\n")) == (1, 1)
    assert "--motor: deve ser numpy ou litert. Recebido: 'vapor'." in saida.err
