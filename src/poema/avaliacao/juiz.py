"""O juiz: um modelo de linguagem dá notas aos poemas sem saber de quem são.

Ele lê, fora de ordem, um por pedido, os poemas do modelo, poemas de verdade e os mesmos poemas de verdade com as
palavras embaralhadas. Estes últimos são a prova do próprio juiz: se não lhes dá notas menores, ele não sabe ler.
"""

import asyncio
import json
import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from poema.avaliacao.razao import Razao
from poema.colheita.pedidos import Pedido
from poema.colheita.servidor import FalhaPassageira, Servidor
from poema.erros import ErroPoema

INSTRUCAO = (
    "Você avalia poemas curtos em português. Leia o poema e dê duas notas inteiras, de 0 a 10. "
    "coesao: as palavras se ligam em orações bem formadas? 0 é uma lista de palavras soltas; 10, orações sem falha. "
    "coerencia: os versos fazem sentido juntos? 0 é nenhum sentido; 10, um todo claro. "
    "Não julgue beleza, rima, pontuação nem letras maiúsculas. "
    'Responda só com o JSON {"coesao": nota, "coerencia": nota}, sem mais nada.'
)
LEMBRETE = "\n\n(Só o JSON, com as duas notas inteiras.)"  # na temperatura 0, só outro texto dá outra resposta
_NOTA = {"type": "integer", "enum": list(range(11))}
_NOTAS = {
    "type": "object",
    "properties": {"coesao": _NOTA, "coerencia": _NOTA},
    "required": ["coesao", "coerencia"],
    "additionalProperties": False,
}
FORMATO = {"type": "json_schema", "json_schema": {"name": "notas", "strict": True, "schema": _NOTAS}}
TENTATIVAS = 3  # por poema, até contá-lo como falha
FALHAS_SEGUIDAS = 6  # do servidor, até desistir dele; cada uma já é o fim de várias tentativas
ESPERA = 2.0  # segundos depois da primeira falha seguida; dobra a cada uma: dá um minuto a quem reinicia
PARES_MINIMOS = 10  # o bootstrap de percentis com menos que isso dá intervalos estreitos demais para absolver um juiz

Notas = tuple[int, int]  # coesão, coerência
TodasAsNotas = dict[tuple[str, int], Notas | None]  # do grupo e do número do poema; None se não veio nota


@dataclass(frozen=True)
class Grupo:
    """As notas que um grupo de poemas recebeu."""

    poemas: int
    julgados: int
    falhas: int  # sem nota depois de todas as tentativas; os que faltam para o total o juiz não chegou a ler
    coesao: Razao
    coerencia: Razao


@dataclass(frozen=True)
class Julgamento:
    """As notas dos três grupos, e se elas merecem confiança."""

    grupos: dict[str, Grupo]
    pares: int  # poemas de verdade julgados das duas formas: como são e embaralhados
    separacao: Razao  # nesses pares, quanto a nota de um passa a do outro; nota é a média das duas
    parou: str | None  # por que o juiz parou no meio

    @classmethod
    def de_notas(cls, poemas: Mapping[str, int], notas: TodasAsNotas, parou: str | None) -> "Julgamento":
        """Resume as notas; `poemas` diz quantos há em cada grupo, mesmo os que o juiz não chegou a ler."""
        grupos = {}
        for nome, quantos in poemas.items():
            lidos = [nota for (grupo, _), nota in notas.items() if grupo == nome]
            dadas = [nota for nota in lidos if nota]
            coesao, coerencia = (Razao.de_poemas((nota[qual], 1) for nota in dadas) for qual in (0, 1))
            grupos[nome] = Grupo(quantos, len(dadas), len(lidos) - len(dadas), coesao, coerencia)
        pares = [(notas.get(("reais", n)), notas.get(("embaralhados", n))) for n in range(poemas["reais"])]
        diferencas = [(sum(real) - sum(solto)) / 2 for real, solto in pares if real and solto]
        return cls(grupos, len(diferencas), Razao.de_poemas((d, 1) for d in diferencas), parou)

    @property
    def apto(self) -> bool:
        """O juiz separa poemas de verdade dos embaralhados: o intervalo da diferença está todo acima de 0."""
        return self.pares >= PARES_MINIMOS and self.separacao.de > 0

    def linhas(self) -> list[str]:
        """Devolve a tabela e a sentença, para o terminal."""
        linhas = [f"{'':<14}{'julgados':<14}{'falhas':<8}{'coesão':<23}coerência"]
        for nome, grupo in self.grupos.items():
            julgados = f"{grupo.julgados} de {grupo.poemas}"
            coesao, coerencia = map(_com_intervalo, (grupo.coesao, grupo.coerencia))
            linhas.append(f"{nome:<14}{julgados:<14}{grupo.falhas:<8}{coesao:<23}{coerencia}")
        diferenca = _com_intervalo(self.separacao)
        if self.apto:
            linhas.append(f"o juiz serve: separa poemas de verdade dos embaralhados por {diferenca} pontos")
        else:
            por_que = f"a diferença entre poemas de verdade e embaralhados, {diferenca}, não está toda acima de 0"
            if self.pares < PARES_MINIMOS:
                por_que = f"de {self.pares} poemas leu o verdadeiro e o embaralhado, e são precisos {PARES_MINIMOS}"
            linhas.append(f"o juiz não serve: {por_que}; desconsidere as notas")
        return linhas

    def como_dicionario(self) -> dict[str, Any]:
        """Devolve o que vai para um JSON, com None onde não há medida."""
        cru = json.dumps({"apto": self.apto, **asdict(self)})
        dicionario: dict[str, Any] = json.loads(cru, parse_constant=lambda _: None)  # o JSON não tem NaN
        return dicionario


async def julga(
    servidor: Servidor,
    gerados: Sequence[str],
    reais: Sequence[str],
    semente: int,
    paralelos: int,
    avisa: Callable[[], None],
) -> Julgamento:
    """Pede notas para os poemas gerados, os de verdade e os de verdade embaralhados, e encerra o servidor.

    Args:
        servidor: de preferência na temperatura 0.
        gerados: os poemas do modelo.
        reais: poemas de verdade, com as mesmas letras que o modelo usa (minúsculas, se ele só tem minúsculas).
        semente: decide a ordem e o embaralhamento.
        paralelos: quantos pedidos ao mesmo tempo.
        avisa: chamada depois de cada poema, com nota ou sem.

    Raises:
        ErroPoema: não há servidor, ou ele não tem o modelo. Depois disso, um servidor que falha só faz o juiz parar.
    """
    acaso = random.Random(semente)
    grupos = {"modelo": gerados, "reais": reais, "embaralhados": [embaralha(poema, acaso) for poema in reais]}
    casos = [(nome, n) for nome, poemas in grupos.items() for n in range(len(poemas))]
    acaso.shuffle(casos)
    fila = enumerate(casos)  # todos os leitores tiram daqui
    notas: TodasAsNotas = {}
    parou = None
    falhas_seguidas = 0

    async def le() -> None:
        for ordem, (nome, n) in fila:
            notas[nome, n] = await da_notas(grupos[nome][n], semente + ordem * TENTATIVAS)
            avisa()

    async def da_notas(poema: str, semente: int) -> Notas | None:
        nonlocal falhas_seguidas
        for tentativa in range(TENTATIVAS):
            texto = poema + LEMBRETE if tentativa else poema
            try:
                resposta = await servidor.pede(Pedido(0, texto, (semente + tentativa) % 2**31, INSTRUCAO, FORMATO))
            except FalhaPassageira as falha:
                falhas_seguidas += 1
                if falhas_seguidas >= FALHAS_SEGUIDAS:
                    raise ErroPoema(f"o servidor {servidor.url} parou de responder ({falha})") from None
                await asyncio.sleep(ESPERA * 2 ** (falhas_seguidas - 1))
                continue
            falhas_seguidas = 0
            if lidas := le_notas(resposta.texto):
                return lidas
        return None

    try:
        await servidor.confere()
        try:
            async with asyncio.TaskGroup() as leitores:
                for _ in range(paralelos):
                    leitores.create_task(le())
        except* ErroPoema as erros:
            parou = str(erros.exceptions[0])
    finally:
        await servidor.fecha()
    return Julgamento.de_notas({nome: len(poemas) for nome, poemas in grupos.items()}, notas, parou)


def embaralha(poema: str, acaso: random.Random) -> str:
    """Devolve as mesmas palavras em outra ordem, com tantas em cada verso quantas havia."""
    versos = [verso.split() for verso in poema.split("\n")]
    palavras = [palavra for verso in versos for palavra in verso]
    acaso.shuffle(palavras)
    fila = iter(palavras)
    return "\n".join(" ".join(islice(fila, len(verso))) for verso in versos)


def le_notas(resposta: str) -> Notas | None:
    """Lê a resposta, que deve ser o JSON pedido e nada mais; de outra coisa qualquer devolve None."""
    try:
        lido = json.loads(resposta)
    except (ValueError, RecursionError):
        return None
    if not isinstance(lido, dict) or set(lido) != {"coesao", "coerencia"}:
        return None
    notas = (lido["coesao"], lido["coerencia"])
    return notas if all(type(nota) is int and 0 <= nota <= 10 for nota in notas) else None  # True também é int


def _com_intervalo(razao: Razao) -> str:
    if math.isnan(razao.valor):
        return "sem notas"
    return f"{razao.valor:.1f} (de {razao.de:.1f} a {razao.ate:.1f})".replace(".", ",")
