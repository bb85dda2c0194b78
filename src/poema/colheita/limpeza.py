"""A limpeza: passa cada registro do diário pelas aparas e pelas regras, e conta o que cada uma fez."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from poema.colheita.aparas import APARAS, apara
from poema.colheita.diario import Registro
from poema.colheita.regras import REGRAS, Acervo, Candidato, recusa


class Limpeza:
    """O estado de uma limpeza em andamento: o que foi aceito e quanto cada regra recusou.

    O resultado depende só dos exemplos, dos registros e da ordem deles: limpar de novo dá o mesmo.
    """

    def __init__(self, exemplos: Iterable[str]):
        self._acervo = Acervo.da_semente(exemplos)
        self.aceitos: list[str] = []
        self.recusados: Counter[str] = Counter()  # regra -> quantos
        self.aparados: Counter[str] = Counter()  # apara -> em quantos

    @property
    def recebidos(self) -> int:
        return len(self.aceitos) + self.recusados.total()

    def examina(self, registro: Registro) -> tuple[str | None, Sequence[str]]:
        """Devolve a regra que recusou o registro, ou None se ele foi aceito, e as aparas que acharam o que tirar."""
        texto, aparas = apara(registro["texto"])
        self.aparados.update(aparas)
        pedido = f"{registro.get('instrucao', '')}\n{registro.get('pedido', '')}"
        poema = Candidato(texto, pedido, registro.get("inteiro", True))
        regra = recusa(poema, self._acervo)
        if regra:
            self.recusados[regra] += 1
        else:
            self._acervo.guarda(poema)
            self.aceitos.append(texto)
        return regra, aparas

    def tabela(self) -> str:
        """Devolve, linha por linha, quantos poemas cada regra recusou e em quantos cada apara mexeu."""
        linhas = [f"recebidos {self.recebidos:>8}", f"aceitos   {len(self.aceitos):>8}", "", "recusados por"]
        linhas += [f"  {nome:12} {self.recusados[nome]:>6}  {explica(nome)}" for nome in REGRAS]
        linhas += ["", "aparados de"]
        linhas += [f"  {nome:12} {self.aparados[nome]:>6}  {explica(nome)}" for nome in APARAS]
        return "\n".join(linhas)

    def relato(self) -> dict[str, Any]:
        """Devolve as mesmas contas, para o .json."""
        return {
            "recebidos": self.recebidos,
            "aceitos": len(self.aceitos),
            "regras": {nome: {"explicacao": explica(nome), "recusou": self.recusados[nome]} for nome in REGRAS},
            "aparas": {nome: {"explicacao": explica(nome), "aparou": self.aparados[nome]} for nome in APARAS},
        }


def explica(nome: str) -> str:
    """Devolve, em uma frase, o que uma regra ou uma apara faz: a primeira linha da sua docstring."""
    funcao = REGRAS.get(nome) or APARAS[nome]
    return (funcao.__doc__ or "").strip().split("\n")[0]
