"""Os erros que o usuário pode resolver. Um comando mostra cada um em uma linha e termina com código 1."""


class ErroPoema(Exception):
    """Algo que quem usa pode consertar: a mensagem diz o que houve, o que foi recebido e o que fazer."""


class ErroDeDados(ErroPoema):
    """O arquivo de poemas não serve."""


class ErroDeModelo(ErroPoema):
    """O arquivo do modelo não serve."""
