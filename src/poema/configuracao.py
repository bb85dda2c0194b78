"""Os hiperparâmetros de um treino, cada um com a sua razão, e as receitas que os reúnem."""

from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self

from poema.erros import ErroPoema

SEMENTE_MAXIMA = 2**32 - 1


@dataclass(frozen=True, kw_only=True)
class Configuracao:
    """Tudo o que decide um treino, além do texto. O mesmo texto e a mesma configuração dão a mesma rede.

    Raises:
        ErroPoema: um valor fora do que faz sentido; a mensagem diz a regra e o valor recebido.
    """

    receita: str = "poema"  # "poema": toda posição é lição; "classica": só o caractere depois da janela
    unidades: int = 128  # memória de cada GRU: com 128 cabe num vCPU e já escreve versos
    camadas: int = 2  # GRUs empilhadas: a primeira soletra, a segunda lembra do assunto
    dropout: float = 0.05  # fração das saídas de cada GRU apagada durante um poema, contra decorar o texto
    lote: int = 64  # poemas (ou janelas) por passo: maior rende mais por segundo, menor aprende mais por época
    taxa: float = 0.004  # learning rate do RMSProp no começo
    rho: float = 0.99  # memória do RMSProp: 0,99 divide por uma média longa dos gradientes, menos ruidosa que a de 0,9
    momento: float = 0.9  # inércia: cada passo leva 90% do anterior, e a rede aprende várias vezes mais depressa
    epsilon: float = 1e-6  # com 1e-7 os primeiros passos, quando a média mal começou, são grandes demais
    decai: bool = True  # a taxa cai em linha reta até perto de zero no fim das épocas (ou dos minutos)
    corte: float | None = 1.0  # norma máxima do gradiente; sem corte, um lote ruim desfaz o aprendido
    epocas: int = 60  # no máximo; cada uma é uma passada pelo texto, ou `por_epoca` poemas dele
    por_epoca: int | None = None  # poemas por época, girando pelo texto; None: todos. Para textos enormes
    minutos: float | None = None  # tempo de treino, no máximo
    paciencia: int = 20  # épocas sem melhorar até desistir: é no fim, com a taxa baixa, que mais se ganha
    monitora: str = "val_loss"  # o que decide o melhor: a loss de poemas nunca vistos
    validacao: float = 0.05  # fração dos poemas que a rede não vê, para medir
    minusculas: bool = True  # sem maiúsculas o vocabulário encolhe, e sobra rede para o resto
    maximo: int = 1000  # símbolos por poema num lote; um poema maior é ensinado em pedaços
    janela: int = 60  # receita classica: caracteres que a rede vê antes de adivinhar um
    passo: int = 3  # receita classica: caracteres entre uma janela e a próxima
    semente: int = 0  # da divisão, da ordem dos lotes e dos pesos iniciais

    def __post_init__(self) -> None:
        if self.receita not in ("poema", "classica"):
            raise ErroPoema(f"a receita deve ser 'poema' ou 'classica'. Recebido: {self.receita!r}.")
        for nome in ("unidades", "camadas", "lote", "epocas", "por_epoca", "paciencia", "maximo", "janela", "passo"):
            valor = getattr(self, nome)
            if not (valor is None and nome == "por_epoca") and not (isinstance(valor, int) and valor > 0):
                raise ErroPoema(f"{nome} deve ser um inteiro positivo. Recebido: {valor!r}.")
        if self.unidades > 4096 or self.camadas > 16:
            raise ErroPoema(f"unidades vai até 4096 e camadas até 16. Recebido: {self.unidades} e {self.camadas}.")
        if self.por_epoca and self.receita == "classica":
            raise ErroPoema("por_epoca conta poemas, e a receita classica ensina janelas. Use a receita poema.")
        if self.monitora not in ("loss", "val_loss"):
            raise ErroPoema(f"monitora deve ser 'loss' ou 'val_loss'. Recebido: {self.monitora!r}.")
        for nome in ("taxa", "epsilon", "corte", "minutos"):
            valor = getattr(self, nome)
            if not (valor is None and nome in ("corte", "minutos")) and not 0 < valor < float("inf"):
                raise ErroPoema(f"{nome} deve ser um número positivo. Recebido: {valor!r}.")
        for nome in ("dropout", "rho", "momento"):
            valor = getattr(self, nome)
            if not 0 <= valor < 1:
                raise ErroPoema(f"{nome} deve estar entre 0 e 1, sem chegar a 1. Recebido: {valor!r}.")
        if not 0 < self.validacao < 1:
            raise ErroPoema(f"validacao deve estar entre 0 e 1, sem chegar a eles. Recebido: {self.validacao!r}.")
        if not 0 <= self.semente <= SEMENTE_MAXIMA:
            raise ErroPoema(f"a semente deve ser um inteiro de 0 a {SEMENTE_MAXIMA}. Recebido: {self.semente!r}.")

    def com(self, **opcoes: Any) -> Self:
        """Devolve uma cópia com as opções dadas; as que são `None` ficam como estavam."""
        return replace(self, **{nome: valor for nome, valor in opcoes.items() if valor is not None})

    def como_dicionario(self) -> dict[str, Any]:
        """Devolve os campos como um dicionário que o JSON entende."""
        return asdict(self)

    @classmethod
    def de_dicionario(cls, valores: dict[str, Any]) -> Self:
        """Devolve a configuração de um dicionário, ignorando o que esta versão não conhece."""
        conhecidos = {campo.name for campo in fields(cls)}
        return cls(**{nome: valor for nome, valor in valores.items() if nome in conhecidos})


RECEITAS = {
    "poema": Configuracao(),
    # Como o projeto que deu origem a este ensinava, para que os dois modos possam ser comparados.
    "classica": Configuracao(
        receita="classica",
        dropout=0.0,
        lote=128,
        taxa=0.001,
        rho=0.9,
        momento=0.0,
        epsilon=1e-7,
        decai=False,
        corte=None,
        epocas=1000,
        paciencia=50,
        monitora="loss",
    ),
}
