import json
import os
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from conftest import disco_cheio
from poema.configuracao import Configuracao
from poema.dados.vocabulario import Vocabulario
from poema.erros import ErroDeModelo, ErroPoema
from poema.geracao.artefato import Artefato, le_artefato
from poema.precisao import arredonda
from poema.rede import modelo, treino
from poema.rede.checkpoint import Historico, caminho_da_retomada


@dataclass
class Ouvinte:
    """Anota os pesos de cada época; faz `no_lote` a cada lote."""

    no_lote: Any = lambda epoca, feitos: None
    pesos: list[list[Any]] = field(default_factory=list)

    def lote(self, epoca: int, feitos: int, total: int, loss: float) -> None:
        assert 0 < feitos <= total
        self.no_lote(epoca, feitos)

    def epoca(self, historico: Historico, melhorou: bool, pesos: list[Any]) -> None:
        self.pesos.append(pesos)


def treina(
    poemas: list[str],
    configuracao: Configuracao,
    destino: Path,
    ouvinte: Ouvinte | None = None,
    retomada: Path | None = None,
) -> tuple[Historico, str]:
    vocabulario = Vocabulario.de_textos(poemas)
    rede = modelo.constroi(vocabulario, configuracao)
    lotes = treino.lotes_de(poemas[8:], poemas[:8], vocabulario, configuracao)
    return treino.treina(rede, *lotes, configuracao, destino, ouvinte or Ouvinte(), {"pedido": 1}, retomada)


@pytest.mark.parametrize("receita", ["poema", "classica"])
def test_treinar_diminui_a_loss_e_grava_o_melhor(
    poemas: list[str], pequena: Configuracao, tmp_path: Path, receita: str
) -> None:
    destino = tmp_path / "m.keras"
    historico, motivo = treina(poemas, pequena.com(receita=receita, epocas=4, taxa=0.01, janela=20), destino)
    assert motivo == "épocas"
    assert historico.loss[-1] < historico.loss[0]
    assert le_artefato(destino).celula.grus[0].unidades == 8
    relato = json.loads(destino.with_suffix(".json").read_text())
    assert relato["pedido"] == 1
    assert relato["historico"]["val_loss"] == historico.val_loss
    assert relato["val_loss"] == min(historico.val_loss)
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


def test_o_modelo_gravado_e_o_da_melhor_epoca_em_oito_bits_e_nao_o_da_ultima(
    poemas: list[str], pequena: Configuracao, tmp_path: Path
) -> None:
    from poema.avaliacao.previsao import nats_por_caractere

    destino, ouvinte = tmp_path / "m.keras", Ouvinte()
    historico, _ = treina(poemas, pequena.com(epocas=30, taxa=0.08, decai=False, paciencia=2), destino, ouvinte)
    melhor = historico.melhor("val_loss")
    assert melhor < len(historico.loss) - 1
    gravado = le_artefato(destino)
    da_melhor = Artefato.de_pesos(ouvinte.pesos[melhor], gravado.vocabulario)
    assert nats_por_caractere(da_melhor, poemas[:8]) == pytest.approx(min(historico.val_loss), abs=1e-4)
    for do_arquivo, do_treino in zip(gravado.celula.pesos[:2], da_melhor.celula.pesos[:2], strict=True):
        np.testing.assert_array_equal(do_arquivo, arredonda(do_treino))


def test_medir_ignora_o_preenchimento_e_pesa_igual_cada_licao(pequena: Configuracao) -> None:
    poemas = ["a", "ab", "ba", "abababababab"]
    vocabulario = Vocabulario.de_textos(poemas)
    rede = modelo.constroi(vocabulario, pequena)
    soma, licoes = 0.0, 0
    for poema in poemas:
        indices = np.pad(vocabulario.codifica(poema), 1)
        logits = keras.ops.convert_to_numpy(rede(indices[None, :-1]))[0].astype(float)
        log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        soma -= log_p[np.arange(len(indices) - 1), indices[1:]].sum()
        licoes += len(indices) - 1
    lotes, _ = treino.lotes_de(poemas, poemas, vocabulario, pequena.com(lote=3))
    assert treino.mede(rede, lotes) == pytest.approx(soma / licoes, abs=1e-5)


def test_uma_epoca_curta_mede_poucos_poemas_espalhados_pelos_reservados(
    vocabulario: Vocabulario, poemas: list[str], pequena: Configuracao
) -> None:
    def medidos(**opcoes: Any) -> int:
        _, lotes = treino.lotes_de(poemas[:5], poemas * 10, vocabulario, pequena.com(lote=1, **opcoes))
        return len(lotes)

    assert medidos() == 400
    assert medidos(por_epoca=1000) == 100
    assert medidos(por_epoca=100_000) == 400


def test_duas_vezes_o_mesmo_treino_da_as_mesmas_losses(
    poemas: list[str], pequena: Configuracao, tmp_path: Path
) -> None:
    primeiro, _ = treina(poemas, pequena, tmp_path / "a.keras")
    segundo, _ = treina(poemas, pequena, tmp_path / "b.keras")
    assert (primeiro.loss, primeiro.val_loss) == (segundo.loss, segundo.val_loss)


def test_interrompido_e_continuado_da_as_mesmas_losses_que_sem_parar(
    poemas: list[str], pequena: Configuracao, tmp_path: Path
) -> None:
    configuracao = pequena.com(epocas=4, dropout=0.3)
    inteiro, _ = treina(poemas, configuracao, tmp_path / "inteiro.keras")

    def ctrl_c_no_meio_da_terceira(epoca: int, feitos: int) -> None:
        if (epoca, feitos) == (3, 2):
            os.kill(os.getpid(), signal.SIGINT)

    partido = tmp_path / "partido.keras"
    antes, motivo = treina(poemas, configuracao, partido, Ouvinte(ctrl_c_no_meio_da_terceira))
    assert motivo == "Ctrl+C"
    assert antes.loss == inteiro.loss[:2]
    depois, _ = treina(poemas, configuracao, partido, retomada=caminho_da_retomada(partido))
    assert (depois.loss, depois.val_loss) == (inteiro.loss, inteiro.val_loss)
    for a, b in zip(le_artefato(partido).celula.grus, le_artefato(tmp_path / "inteiro.keras").celula.grus, strict=True):
        np.testing.assert_array_equal(a.u, b.u)


def test_a_paciencia_tambem_continua_de_onde_parou(poemas: list[str], pequena: Configuracao, tmp_path: Path) -> None:
    configuracao = pequena.com(epocas=30, taxa=0.08, decai=False, paciencia=3)
    inteiro, motivo = treina(poemas, configuracao, tmp_path / "inteiro.keras")
    assert motivo == "paciência"
    assert len(inteiro.loss) == inteiro.melhor("val_loss") + 1 + 3
    partido = tmp_path / "partido.keras"
    treina(poemas, configuracao.com(epocas=len(inteiro.loss) - 1), partido)
    depois, motivo = treina(poemas, configuracao, partido, retomada=caminho_da_retomada(partido))
    assert motivo == "paciência"
    assert depois.val_loss == inteiro.val_loss


def test_ctrl_c_na_primeira_epoca_guarda_o_que_ha(poemas: list[str], pequena: Configuracao, tmp_path: Path) -> None:
    destino = tmp_path / "m.keras"
    ouvinte = Ouvinte(lambda epoca, feitos: os.kill(os.getpid(), signal.SIGINT) if feitos == 1 else None)
    historico, motivo = treina(poemas, pequena, destino, ouvinte)
    assert (motivo, len(historico.loss)) == ("Ctrl+C", 1)
    assert le_artefato(destino)


def test_o_segundo_ctrl_c_interrompe_na_hora(poemas: list[str], pequena: Configuracao, tmp_path: Path) -> None:
    def dois(epoca: int, feitos: int) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    de_antes = signal.getsignal(signal.SIGINT)  # quem põe os testes em segundo plano manda que o ignorem
    with pytest.raises(KeyboardInterrupt):
        treina(poemas, pequena, tmp_path / "m.keras", Ouvinte(dois))
    assert signal.getsignal(signal.SIGINT) is de_antes


def test_os_minutos_param_o_treino_no_meio_de_uma_epoca(
    poemas: list[str], pequena: Configuracao, tmp_path: Path
) -> None:
    historico, motivo = treina(poemas, pequena.com(epocas=1000, minutos=0.0001), tmp_path / "m.keras")
    assert (motivo, len(historico.loss)) == ("tempo", 1)
    assert le_artefato(tmp_path / "m.keras")


def test_a_taxa_cai_em_linha_reta_ate_perto_de_zero(
    poemas: list[str], pequena: Configuracao, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taxas = []
    original = keras.callbacks.LearningRateScheduler.on_epoch_begin

    def anota(self: Any, epoch: int, logs: Any = None) -> None:
        original(self, epoch, logs)
        taxas.append(float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)))

    monkeypatch.setattr(keras.callbacks.LearningRateScheduler, "on_epoch_begin", anota)
    treina(poemas, pequena.com(epocas=4, taxa=0.004), tmp_path / "m.keras")
    assert taxas == pytest.approx([0.004, 0.003, 0.002, 0.001])


def test_depois_de_parar_pelo_tempo_a_continuacao_nao_perde_o_melhor(
    poemas: list[str], pequena: Configuracao, tmp_path: Path
) -> None:
    destino = tmp_path / "m.keras"
    antes, motivo = treina(poemas, pequena.com(epocas=1000, minutos=0.0001), destino)
    assert motivo == "tempo"
    depois, _ = treina(poemas, pequena.com(epocas=3), destino, retomada=caminho_da_retomada(destino))
    assert depois.val_loss[:1] == antes.val_loss
    assert json.loads(destino.with_suffix(".json").read_text())["val_loss"] == min(depois.val_loss)


def test_uma_retomada_truncada_ou_de_outra_rede_e_recusada(
    poemas: list[str], pequena: Configuracao, tmp_path: Path
) -> None:
    destino = tmp_path / "m.keras"
    treina(poemas, pequena, destino)
    retomada = caminho_da_retomada(destino)
    with pytest.raises(ErroDeModelo, match="não serve para continuar"):
        treina(poemas, pequena.com(unidades=9), destino, retomada=retomada)
    retomada.write_bytes(retomada.read_bytes()[:500])
    with pytest.raises(ErroDeModelo, match="não serve para continuar"):
        treina(poemas, pequena, destino, retomada=retomada)
    retomada.unlink()
    with pytest.raises(ErroDeModelo, match="não existe"):
        treina(poemas, pequena, destino, retomada=retomada)


def test_lotes_de_mesmo_tempo_no_comeco_nao_enganam_o_keras(pequena: Configuracao, tmp_path: Path) -> None:
    iguais = ["a" * 20 + c for c in "bcdefghijklmnopqrstuv"] + ["ab" * n for n in range(4, 30)]
    for epocas in (1, 2):
        historico, _ = treina(iguais, pequena.com(lote=2, epocas=epocas), tmp_path / "m.keras")
        assert len(historico.loss) == epocas


def test_uma_loss_infinita_para_o_treino_e_guarda_o_que_ja_havia(
    poemas: list[str], pequena: Configuracao, tmp_path: Path
) -> None:
    with pytest.raises(ErroPoema, match="o treino desandou: a loss virou nan na época 1"):
        treina(poemas, pequena.com(taxa=1e38), tmp_path / "m.keras")
    assert not list(tmp_path.iterdir())


def test_disco_cheio_para_com_uma_mensagem_e_nada_pela_metade(
    poemas: list[str], pequena: Configuracao, tmp_path: Path
) -> None:
    with disco_cheio(1000), pytest.raises(ErroPoema, match="não consegui escrever"):
        treina(poemas, pequena, tmp_path / "m.keras")
    assert not list(tmp_path.iterdir())
