"""Com que poemas medir um modelo: os que ele leu, e os que nunca viu."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from poema.caminhos import RAIZ, RECURSOS
from poema.configuracao import Configuracao
from poema.dados.poemas import le_poemas
from poema.dados.vocabulario import Vocabulario
from poema.erros import ErroDeDados, ErroPoema


@dataclass(frozen=True)
class Textos:
    """Os poemas de treino (nenhum, se não estão à mão) e os de teste, e o que é preciso dizer sobre eles."""

    treino: list[str]
    teste: list[str]
    avisos: list[str] = field(default_factory=list)


def textos_de(
    modelo: Path, vocabulario: Vocabulario, treino: Path | None = None, teste: Path | Sequence[str] | None = None
) -> Textos:
    """Descobre os textos de um modelo pelo `.json` ao lado dele.

    Os de treino são os do arquivo que o `.json` nomeia, se ele ainda é o mesmo, menos os reservados; os de teste, os
    reservados.

    Args:
        modelo: o `.keras`.
        vocabulario: o do modelo; o que ele não conhece é trocado ou tirado dos poemas de teste, e contado.
        treino: o arquivo com que o modelo foi treinado, em vez do que o `.json` diz.
        teste: os poemas em que medir, ou o arquivo em que estão, em vez dos reservados.

    Raises:
        ErroDeDados: não há poemas de teste, ou um dos arquivos não pode ser lido.
    """
    minusculas = not any(simbolo.isupper() for simbolo in vocabulario.simbolos)
    lidos, reservados, avisos = _le_treino(modelo, treino, minusculas)
    if isinstance(teste, Path):
        teste = le_poemas(teste, minusculas).textos
    poemas = list(teste or reservados)
    if not poemas:
        raise ErroDeDados(f"{avisos[-1]} Sem ele não sei que poemas o modelo nunca viu: dê alguns em --dataset.")
    if repetidos := len(set(poemas) & set(lidos)):
        avisos.append(
            f"ATENÇÃO: {repetidos} dos {len(poemas)} poemas em que se mede estão no texto de treino. O modelo já os "
            "leu: as medidas valem menos do que parecem."
        )
    conhecidos = [_so_conhecidos(poema, vocabulario) for poema in poemas]
    trocados = Counter(c for poema in poemas for c in poema if c not in vocabulario.simbolos)
    if trocados:
        lista = ", ".join(f"{c!r} {vezes}" for c, vezes in trocados.most_common(10))
        avisos.append(
            f"{trocados.total()} caracteres que o modelo não conhece foram trocados pelo parente mais próximo ou, sem "
            f"parente, tirados: {lista}{'…' if len(trocados) > 10 else ''}."
        )
    if not (conhecidos := [poema for poema in conhecidos if poema]):
        raise ErroDeDados(f"o modelo não conhece nenhum caractere dos poemas em que medir. Ele só lê: {vocabulario}")
    return Textos(lidos, conhecidos, avisos)


def le_relato(modelo: Path) -> dict[str, Any] | None:
    """Devolve o `.json` ao lado do modelo, ou `None` se não há um que se entenda."""
    try:
        relato: dict[str, Any] = json.loads(modelo.with_suffix(".json").read_text("utf-8"))
        Path(relato["dataset"]["arquivo"]), relato["dataset"]["sha256"]
        Configuracao.de_dicionario(relato["configuracao"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ErroPoema):
        return None
    return relato


def _le_treino(modelo: Path, dado: Path | None, minusculas: bool) -> tuple[list[str], list[str], list[str]]:
    """Os poemas lidos pelo modelo, os reservados e os avisos."""
    relato = le_relato(modelo)
    if relato is None:
        if dado:
            return list(le_poemas(dado, minusculas).textos), [], [f"não há um .json ao lado de {modelo.name}."]
        return [], [], [f"não há um .json ao lado de {modelo.name}, e não sei que texto ele leu. Diga-o em --treino."]
    nome = relato["dataset"]["arquivo"]
    arquivo = dado or next((pasta / nome for pasta in (RAIZ, RECURSOS) if (pasta / nome).is_file()), None)
    if arquivo is None:
        return [], [], [f"o texto que {modelo.name} leu, {nome}, não está à mão. Diga em --treino onde está."]
    configuracao = Configuracao.de_dicionario(relato["configuracao"])
    poemas = le_poemas(arquivo, configuracao.minusculas)
    if poemas.sha256 != relato["dataset"]["sha256"]:
        aviso = f"{arquivo} não é, ou não é mais, o texto que {modelo.name} leu (o hash é outro)."
        return (list(poemas.textos), [], [f"{aviso} Comparo com ele porque você pediu."]) if dado else ([], [], [aviso])
    return *poemas.divide(configuracao.validacao, configuracao.semente), []


def _so_conhecidos(poema: str, vocabulario: Vocabulario) -> str:
    return "".join(c for c in vocabulario.dobra(poema) if c in vocabulario.simbolos).strip()


def sorteados(poemas: Sequence[str], quantos: int) -> list[int]:
    """Devolve os índices de `quantos` poemas espalhados pela lista, ou de todos, se são menos."""
    return [i * len(poemas) // quantos for i in range(quantos)] if len(poemas) > quantos else [*range(len(poemas))]
