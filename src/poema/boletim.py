"""Conta um exame na tela, e em palavras."""

import math
from collections.abc import Sequence

from tqdm import tqdm

from poema.avaliacao import exame as exames
from poema.avaliacao.copia import Trechos
from poema.avaliacao.escrita import MEDIDAS, Escrito
from poema.avaliacao.exame import Exame
from poema.avaliacao.razao import Razao
from poema.avaliacao.textos import Textos
from poema.geracao.artefato import Artefato
from poema.terminal import MARCA, decimal, porcento

PARECIDO = "≈"  # à esquerda do verso de treino mais próximo
_VARREDURA = ("palavras_inexistentes", "versos_copiados", "versos_repetidos", "versos_de_outros", "terminados")
POUCOS = 10  # poemas de teste: com menos, o intervalo é estreito demais para dizer quem é melhor


def examina(artefato: Artefato, textos: Textos, temperaturas: Sequence[float]) -> Exame:
    """Examina o modelo, com uma barra que diz em que etapa está."""
    total = exames.etapas(textos, temperaturas)
    with tqdm(total=total, leave=False, disable=None, bar_format="{bar:30} {desc}") as barra:

        def avisa(etapa: str) -> None:
            barra.set_description_str(etapa)
            barra.update()

        return exames.examina(artefato, textos, temperaturas, avisa)


def previsao(exame: Exame) -> list[str]:
    """Devolve as linhas que dizem quão bem o modelo prevê, ao lado dos rivais."""
    linhas = [
        f"Previsão, em {exame.poemas} poemas de teste",
        f"  {'':32}{'nats/caractere':26}{'bits':>6}{'perplexidade':>14}",
        _linha_de_nats("este modelo", exame.nats),
        f"  {'  só os caracteres':32}{_intervalo(exame.nats_dos_caracteres, 3)}",
        f"  {'  só a fronteira':32}{_intervalo(exame.nats_da_fronteira, 3)} nats por poema"
        if not math.isnan(exame.nats_da_fronteira.valor)
        else "    não tem fronteira: não paga por ela, e os rivais pagam",
    ]
    for nome, rival in exame.rivais.items():
        quantos = "" if rival.poemas == exame.poemas else f" ({rival.poemas} deles)"
        linhas.append(_linha_de_nats(nome + quantos, rival.nats))
        linhas.append(f"  {'  o modelo gasta a menos':32}{_intervalo(rival.vantagem, 3)}")
    return linhas


def escrita(exame: Exame) -> list[str]:
    """Devolve as linhas que comparam o que o modelo escreve com poemas de verdade."""
    temperatura = _numero(exame.temperatura)
    linhas = [f"Escrita, na temperatura {temperatura}", f"  {'':52}{'modelo':26}poemas de verdade"]
    for chave, medida in MEDIDAS.items():
        do_modelo, piso = exame.escritos[exame.temperatura][chave], exame.piso[chave]
        linhas.append(f"  {medida.nome:52}{_valor(do_modelo, medida.fracao):26}{_valor(piso, medida.fracao)}")
    if exame.piso_maior_copia is not None:
        maior = f"{exame.maior_copia[exame.temperatura]} caracteres"
        linhas.append(f"  {'maior trecho copiado do treino':52}{maior:26}{exame.piso_maior_copia} caracteres")
    linhas += [
        "",
        f"Em cada temperatura{'':35}"
        + "".join(f"{_numero(t):>8}" for t in sorted(exame.escritos))
        + f"{'de verdade':>13}",
    ]
    for chave in _VARREDURA:
        valores = [exame.escritos[t][chave].valor for t in sorted(exame.escritos)]
        celulas = "".join(f"{porcento(valor):>8}" for valor in valores)
        linhas.append(f"  {MEDIDAS[chave].nome:52}{celulas}{porcento(exame.piso[chave].valor):>13}")
    return linhas


def exemplo(escrito: Escrito, trechos: Trechos) -> list[str]:
    """Devolve um poema, cada verso com o verso de treino mais próximo dele."""
    linhas = []
    for verso in escrito.texto.split("\n"):
        if not verso.strip():
            linhas.append("")
        elif trechos.verso(verso):
            linhas.append(f"  {MARCA} {verso}")
        else:
            proximo, quanto = trechos.mais_proximo(verso)
            linhas.append(f"    {verso:44}  {PARECIDO} {proximo} ({quanto:.0%})")
    return linhas


def resumo(exame: Exame) -> str:
    """Devolve o que as medidas querem dizer, em uma ou duas frases."""
    if exame.poemas < POUCOS:
        return f"Em resumo: com {exame.poemas} poemas de teste não se diz se o modelo é bom. Dê mais em --dataset."
    frases = []
    if exame.rivais:
        vencidos = [nome for nome, rival in exame.rivais.items() if rival.vantagem.de > 0]
        empates = [nome for nome, rival in exame.rivais.items() if rival.vantagem.de <= 0 <= rival.vantagem.ate]
        perdas = [nome for nome, rival in exame.rivais.items() if rival.vantagem.ate < 0]
        partes = [
            f"{verbo} {_lista(nomes)}"
            for verbo, nomes in (
                ("prevê melhor que", vencidos),
                ("empata com", empates),
                ("prevê pior que", perdas),
            )
            if nomes
        ]
        frases.append("; ".join(partes))
    medidas = exame.escritos[exame.temperatura]
    partes = [
        f"{verbo} {_quanto(medidas[chave], exame.piso[chave])} ({porcento(medidas[chave].valor)} "
        f"{oque}; de verdade, {porcento(exame.piso[chave].valor)})"
        for chave, verbo, oque in (
            ("palavras_inexistentes", "inventa palavras", "não existem"),
            ("versos_copiados", "copia versos", "são do treino"),
            ("versos_repetidos", "repete versos", "já vieram no poema"),
            ("versos_de_outros", "repete-se de um poema a outro", "vieram em outro"),
        )
        if not math.isnan(medidas[chave].valor)
    ]
    frases.append(f"na temperatura {_numero(exame.temperatura)} {'; '.join(partes) or 'não escreve nada'}")
    return (
        "Em resumo: o modelo "
        + ". ".join(frase if i == 0 else frase[0].upper() + frase[1:] for i, frase in enumerate(frases))
        + "."
    )


def _quanto(do_modelo: Razao, piso: Razao) -> str:
    """Compara com o piso; intervalos que se tocam não dizem quem é maior."""
    if do_modelo.de > piso.ate:
        return "mais que poemas de verdade"
    return "menos que poemas de verdade" if do_modelo.ate < piso.de else "tanto quanto poemas de verdade"


def _lista(nomes: Sequence[str]) -> str:
    *primeiros, ultimo = [f"o {nome}" for nome in nomes]
    return f"{', '.join(primeiros)} e {ultimo}" if primeiros else ultimo


def _linha_de_nats(nome: str, nats: Razao) -> str:
    bits, perplexidade = decimal(nats.valor / math.log(2), 2), decimal(math.exp(nats.valor), 2)
    return f"  {nome:32}{_intervalo(nats, 3):26}{bits:>6}{perplexidade:>14}"


def _intervalo(razao: Razao, casas: int) -> str:
    return f"{decimal(razao.valor, casas)} ({decimal(razao.de, casas)} a {decimal(razao.ate, casas)})"


def _valor(razao: Razao, fracao: bool) -> str:
    if math.isnan(razao.valor):
        return "não foi medido"
    if not fracao:
        return _intervalo(razao, 1)
    return f"{porcento(razao.valor)} ({porcento(razao.de)} a {porcento(razao.ate)})"


def _numero(valor: float) -> str:
    return f"{valor:g}".replace(".", ",")
