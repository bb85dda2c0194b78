"""O raio-x na tela: o texto pintado pela surpresa da rede e, depois, onde ela mais se surpreendeu."""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from statistics import fmean

from poema.geracao.artefato import Artefato
from poema.geracao.poeta import LIMITE, SEPARADOR
from poema.geracao.raio_x import Candidatos, Leitura, Posicao, mais_surpreendentes, visivel
from poema.terminal import decimal

CORES = (244, 30, 136, 166, 161)  # uma por nível, das 256 do terminal; lê-se em fundo preto e em fundo branco
NIVEIS = ("menos de 1", "1 a 2", "2 a 4", "4 a 6", "6 ou mais")
_LINHAS = 6  # posições na tabela
_ANTES = 22  # caracteres mostrados antes de cada uma


class Lupa:
    """Pinta o que a rede lê. Sem cores, o texto sai como é, e a tabela diz o resto."""

    def __init__(self, cores: bool):
        self._cores = cores

    @classmethod
    def da_tela(cls) -> "Lupa":
        """Com cores em um terminal, a não ser que haja um NO_COLOR no ambiente (https://no-color.org)."""
        return cls(sys.stdout.isatty() and not os.environ.get("NO_COLOR"))

    def escreve(self, artefato: Artefato, inicio: str, texto: Iterable[str]) -> Iterator[str]:
        """Devolve o início e cada caractere do texto, pintados; depois de cada poema, a tabela dele.

        Um poema que passa do limite ganha uma tabela a cada `LIMITE` caracteres.
        """
        leitura = Leitura(artefato)
        lidas = [leitura.le(caractere) for caractere in inicio]
        yield self.pinta(lidas)
        for pedaco in texto:
            if pedaco != SEPARADOR:
                lidas.append(leitura.le(pedaco))
                yield self.pinta(lidas[-1:])
            if lidas and (pedaco == SEPARADOR or len(lidas) >= LIMITE):
                yield f"\n\n{self.tabela(lidas)}{SEPARADOR}"
                lidas = []
            if pedaco == SEPARADOR:
                leitura = Leitura(artefato)
        if lidas:
            yield f"\n\n{self.tabela(lidas)}"

    def pinta(self, posicoes: Iterable[Posicao]) -> str:
        """Devolve o texto, cada caractere na cor da sua surpresa; um espaço que surpreende pinta o fundo."""
        return "".join(self._cor(posicao.caractere, posicao.nivel) for posicao in posicoes)

    def tabela(self, posicoes: Sequence[Posicao]) -> str:
        """Devolve a legenda, as médias e as posições mais surpreendentes, com o que a rede esperava ali."""
        surpresa = decimal(fmean(posicao.surpresa for posicao in posicoes), 2)
        hesitacao = decimal(fmean(posicao.hesitacao for posicao in posicoes), 2)
        linhas = [
            f"bits por caractere, em {len(posicoes)}: surpresa {surpresa}, hesitação {hesitacao}",
            "",
            f"{'depois de':>{_ANTES + 1}}  veio  bits  a rede esperava",
        ]
        if self._cores:
            escala = "  ".join(self._cor(f"■ {nome}", nivel) for nivel, nome in enumerate(NIVEIS))
            linhas.insert(0, f"surpresa, em bits   {escala}")
        texto = "".join(posicao.caractere for posicao in posicoes)
        for i in mais_surpreendentes(posicoes, _LINHAS):
            antes = texto[:i] if i <= _ANTES else f"…{texto[i - _ANTES : i]}"
            antes = antes[:-1].replace("\n", visivel("\n")) + visivel(antes[-1:]) if i else "(começo)"
            veio = self._cor(visivel(texto[i]), posicoes[i].nivel)
            bits = decimal(posicoes[i].surpresa, 1)
            linhas.append(f"{antes:>{_ANTES + 1}}   {veio}    {bits:>4}  {candidatos(posicoes[i].esperados)}")
        return "\n".join([*linhas, "", "␣ espaço   ↵ fim do verso   ∎ fim do poema"])

    def _cor(self, texto: str, nivel: int) -> str:
        if not self._cores:
            return texto
        if texto == "\n":  # pintar a quebra estenderia a cor pela linha: pinta-se um sinal antes dela
            return f"{self._cor('↵', nivel)}\n" if nivel else texto
        plano = 48 if texto == " " and nivel else 38
        return f"\x1b[{plano};5;{CORES[nivel]}m{texto}\x1b[0m"


def candidatos(esperados: Candidatos) -> str:
    """Devolve os símbolos e as suas probabilidades, em colunas, do mais provável ao menos."""
    return "".join(f"{visivel(simbolo)} {_chance(p):<6}" for simbolo, p in esperados).rstrip()


def _chance(p: float) -> str:
    return f"{100 * p:.0f}%" if p >= 0.005 else "<1%"
