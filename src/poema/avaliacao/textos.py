"""Com que poemas medir um modelo: os que ele leu, e os que nunca viu."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from poema.avaliacao.copia import Trechos
from poema.caminhos import RAIZ, RECURSOS, ao_lado
from poema.configuracao import Configuracao
from poema.dados.poemas import le_poemas
from poema.dados.vocabulario import Vocabulario
from poema.erros import ErroDeDados, ErroPoema

TRECHO = 40  # caracteres: em poemas diferentes, um trecho deste tamanho raramente é o mesmo


@dataclass(frozen=True)
class Textos:
    """Os poemas de treino (nenhum, se não estão à mão) e os de teste, e o que é preciso dizer sobre uns e outros."""

    treino: list[str]
    teste: list[str]
    avisos_do_treino: list[str] = field(default_factory=list)
    avisos_do_teste: list[str] = field(default_factory=list)

    @property
    def avisos(self) -> list[str]:
        """Tudo o que é preciso dizer sobre eles."""
        return self.avisos_do_treino + self.avisos_do_teste


def textos_de(
    modelo: Path, vocabulario: Vocabulario, treino: Path | None = None, teste: Path | Sequence[str] | None = None
) -> Textos:
    """Descobre os textos de um modelo pelo `.json` ao lado dele.

    Os de treino são os do arquivo que o `.json` nomeia, se ele ainda é o mesmo, menos os reservados; os de teste, os
    reservados.

    Args:
        modelo: o `.keras` ou o `.poema`.
        vocabulario: o do modelo; o que ele não conhece é trocado ou tirado dos poemas de teste, e contado.
        treino: onde está o texto com que o modelo foi treinado, se não é onde o `.json` diz ou se não há `.json`.
        teste: os poemas em que medir, ou o arquivo em que estão, em vez dos reservados.

    Raises:
        ErroDeDados: não há poemas de teste, ou um dos arquivos não pode ser lido.
    """
    minusculas = not any(simbolo.isupper() for simbolo in vocabulario.simbolos)
    lidos, reservados, avisos_do_treino = _le_treino(modelo, treino, minusculas)
    if isinstance(teste, Path):
        teste = le_poemas(teste, minusculas).textos
    poemas = list(teste or reservados)
    if not poemas:
        raise ErroDeDados(f"{avisos_do_treino[-1]} Não sei que poemas este modelo nunca viu: dê alguns em --dataset.")
    avisos = []
    if teste and (repetidos := _quantos_lidos(poemas, lidos)):
        avisos.append(
            f"ATENÇÃO: o modelo já leu {repetidos} dos {len(poemas)} poemas em que se mede: estão, inteiros ou quase, "
            "no texto de treino. As medidas valem menos do que parecem."
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
    return Textos(lidos, conhecidos, avisos_do_treino, avisos)


def le_relato(modelo: Path) -> dict[str, Any] | None:
    """Devolve o `.json` ao lado do modelo, ou `None` se não há um que se entenda."""
    try:
        relato: dict[str, Any] = json.loads(ao_lado(modelo, ".json").read_text("utf-8"))
        Path(relato["dataset"]["arquivo"]), relato["dataset"]["sha256"]
        Configuracao.de_dicionario(relato["configuracao"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ErroPoema):
        return None
    return relato


def _le_treino(modelo: Path, dado: Path | None, minusculas: bool) -> tuple[list[str], list[str], list[str]]:
    """Os poemas lidos pelo modelo, os reservados e os avisos."""
    relato = le_relato(modelo)
    if relato is None:
        aviso = f"não há um .json que se entenda ao lado de {modelo.name}"
        if dado:
            return list(le_poemas(dado, minusculas).textos), [], [f"{aviso}: tomo {dado} pelo texto que ele leu."]
        return [], [], [f"{aviso}, e não sei que texto ele leu. Diga-o em --treino."]
    nome, configuracao = relato["dataset"]["arquivo"], Configuracao.de_dicionario(relato["configuracao"])
    candidatos = [dado] if dado else []
    candidatos += [arquivo for pasta in (RAIZ, RECURSOS) if (arquivo := pasta / nome).is_file()]
    for arquivo in candidatos:
        poemas = le_poemas(arquivo, configuracao.minusculas)
        if poemas.sha256 == relato["dataset"]["sha256"]:
            avisos = [] if dado in (None, arquivo) else [f"{dado} não é o texto que {modelo.name} leu: uso {arquivo}."]
            return *poemas.divide(configuracao.validacao, configuracao.semente), avisos
    if dado:
        aviso = f"{dado} não é, ou não é mais, o texto que {modelo.name} leu (o hash é outro)."
        return list(le_poemas(dado, minusculas).textos), [], [f"{aviso} Comparo com ele porque você pediu."]
    if candidatos:
        return [], [], [f"{nome} não é mais o texto que {modelo.name} leu (o hash é outro)."]
    return [], [], [f"o texto que {modelo.name} leu, {nome}, não está à mão. Diga em --treino onde está."]


def _quantos_lidos(poemas: Sequence[str], lidos: Sequence[str]) -> int:
    """Quantos são iguais a um dos lidos, ou têm metade dos seus trechos em algum: um título a mais não os muda."""
    iguais, trechos = set(lidos), Trechos(lidos)
    return sum(
        poema in iguais or (len(poema) >= TRECHO and trechos.vistos(poema, TRECHO).mean() >= 0.5) for poema in poemas
    )


def _so_conhecidos(poema: str, vocabulario: Vocabulario) -> str:
    return "".join(c for c in vocabulario.dobra(poema) if c in vocabulario.simbolos).strip()


def sorteados(poemas: Sequence[str], quantos: int) -> list[int]:
    """Devolve os índices de `quantos` poemas espalhados pela lista, ou de todos, se são menos."""
    return [i * len(poemas) // quantos for i in range(quantos)] if len(poemas) > quantos else [*range(len(poemas))]
