"""A prova de que o exportado faz a conta do modelo: os dois leem o mesmo texto, lado a lado."""

import hashlib
import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from poema.avaliacao.previsao import nats_por_caractere
from poema.avaliacao.textos import sorteados
from poema.caminhos import certificado_de, escreve_inteiro
from poema.erros import ErroPoema
from poema.geracao.artefato import Artefato

PASSOS = 2000  # símbolos lidos em seguida, sem nunca esquecer: um erro que se acumula aparece
POEMAS = 200  # em que se mede a loss: segundos, e não minutos
LOGITS = {"float32": 1e-4, "float16": 1e-2}  # a maior diferença aceita
NATS = 0.01  # por caractere: quanto o int8 pode ser pior. Nele os logits mudam de verdade; importa é o que se prevê


@dataclass(frozen=True)
class Paridade:
    """O quanto o exportado se afasta do motor NumPy."""

    passos: int
    maior_diferenca_de_logits: float
    poemas: int
    nats_por_caractere: float  # do modelo
    nats_por_caractere_exportado: float

    def __str__(self) -> str:
        depois, antes = (
            f"{nats:.4f}".replace(".", ",") for nats in (self.nats_por_caractere_exportado, self.nats_por_caractere)
        )
        return (
            f"logits a {self.maior_diferenca_de_logits:.1e} dos do NumPy, no máximo, em {self.passos} símbolos; "
            f"{depois} nats por caractere em {self.poemas} poemas, e no NumPy {antes}"
        )

    def confere(self, tipo: str, arquivo: str) -> None:
        """Confere os limites do tipo.

        Raises:
            ErroPoema: o exportado se afasta demais.
        """
        piora = self.nats_por_caractere_exportado - self.nats_por_caractere
        medida, valor, limite = (
            ("a loss piora", piora, NATS)
            if tipo == "int8"
            else ("os logits diferem", self.maior_diferenca_de_logits, LOGITS[tipo])
        )
        if not valor <= limite:  # e não "valor > limite", que deixaria passar um NaN
            raise ErroPoema(
                f"{arquivo} não foi gravado: nele {medida} {valor:.2g}, e o limite é {limite:g}. "
                "Exporte em outro --formato."
            )


def compara(artefato: Artefato, exportado: Artefato, poemas: Sequence[str]) -> Paridade:
    """Lê os poemas com os dois, um símbolo de cada vez e muitos poemas de uma vez.

    Args:
        artefato: o modelo.
        exportado: o mesmo, com o passo do arquivo exportado.
        poemas: em que medir; dos que houver, `POEMAS`, espalhados.

    Raises:
        ErroPoema: há nos poemas caracteres que o modelo não conhece.
    """
    poemas = [poemas[i] for i in sorteados(poemas, POEMAS)]
    lidos = np.concatenate([np.insert(artefato.vocabulario.codifica(poema), 0, 0) for poema in poemas])
    memorias = artefato.celula.memoria(1), exportado.celula.memoria(1)
    diferenca = 0.0
    for indice in np.resize(lidos, PASSOS):
        de_um, do_outro = (
            modelo.celula.passo([indice], memoria)
            for modelo, memoria in zip((artefato, exportado), memorias, strict=True)
        )
        diferenca = float(np.maximum(diferenca, np.abs(de_um - do_outro).max()))  # um NaN fica
    return Paridade(
        PASSOS, diferenca, len(poemas), nats_por_caractere(artefato, poemas), nats_por_caractere(exportado, poemas)
    )


def grava(
    exportado: Path,
    destino: Path,
    tipo: str,
    modelo: Path,
    artefato: Artefato,
    paridade: Paridade,
    pacotes: Sequence[str],
) -> None:
    """Grava o certificado, em JSON: o que foi exportado, de que modelo, com que versões, e o que se mediu.

    Args:
        exportado: o arquivo de que ele fala, ainda com o nome provisório.
        destino: o nome que ele vai ter.
        tipo: o dos pesos.
        modelo: o `.keras`, ou o `.poema`.
        artefato: o que se leu dele.
        paridade: o que se mediu.
        pacotes: os que fizeram e abriram o exportado.

    Raises:
        ErroPoema: não foi possível escrever.
    """
    conteudo = exportado.read_bytes()
    certificado: dict[str, Any] = {
        "arquivo": destino.name,
        "tipo": tipo,
        "bytes": len(conteudo),
        "sha256": hashlib.sha256(conteudo).hexdigest(),
        "de": modelo.name,
        "modelo": artefato.resumo,
        "vocabulario": artefato.vocabulario.simbolos,  # um .tflite e um .onnx não o trazem
        "camadas": [gru.unidades for gru in artefato.celula.grus],
        "paridade": asdict(paridade),
        "limite": {"piora_em_nats": NATS} if tipo == "int8" else {"diferenca_de_logits": LOGITS[tipo]},
        "versoes": {"python": platform.python_version()} | {pacote: version(pacote) for pacote in ("poema", *pacotes)},
    }
    with escreve_inteiro(certificado_de(destino)) as provisorio:
        provisorio.write_text(json.dumps(certificado, ensure_ascii=False, indent=2) + "\n", "utf-8")
