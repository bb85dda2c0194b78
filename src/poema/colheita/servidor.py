"""A conversa com um servidor que fala a língua da OpenAI: Ollama, llama.cpp, vLLM e outros.

Tudo o que um servidor pode fazer de errado acaba aqui, em dois erros: `ErroPoema`, que quem usa resolve, e
`FalhaPassageira`, que se tenta de novo.

A API: https://platform.openai.com/docs/api-reference; no Ollama: https://docs.ollama.com/api/openai-compatibility
"""

import asyncio
import os
from dataclasses import dataclass
from typing import Any

import httpx2
import openai

from poema.colheita.pedidos import Pedido
from poema.dados.poemas import TERMINADOR
from poema.erros import ErroPoema

TENTATIVAS = 4  # de cada pedido, com espera que dobra (ou a que o servidor pede) entre uma e outra
PRAZO = 180.0  # segundos até a resposta começar, e depois até ela acabar
MAXIMO = 400  # tokens de uma resposta: um poema de 700 caracteres cabe
MAXIMO_NUM_FORMATO = 2000  # tokens quando se pede um JSON: há modelos que antes pensam por escrito
REPETICAO = 0.4  # quanto se desestimula um token que já veio: um modelo pequeno, continuando, dá voltas
TRANSBORDO = 4000  # caracteres em que se corta um servidor que não respeita o MAXIMO
TORTO = (TypeError, AttributeError, ValueError)  # o que um JSON que não é o esperado provoca ao ser lido


class FalhaPassageira(Exception):
    """O servidor não respondeu como devia; outra vez pode dar certo."""


@dataclass(frozen=True)
class Resposta:
    """O que o modelo escreveu."""

    texto: str
    inteira: bool  # o modelo parou sozinho, e não porque o limite chegou


class Servidor:
    """Um servidor, e o modelo que se quer dele."""

    def __init__(self, url: str, modelo: str, temperatura: float, opcao: str = "--modelo"):
        """
        Args:
            url: o endereço, com o /v1.
            modelo: o nome do modelo no servidor.
            temperatura: a de todos os pedidos.
            opcao: a opção do comando que escolhe o modelo; as mensagens de erro a citam.
        """
        self.url, self.modelo, self.temperatura, self._opcao = url, modelo, temperatura, opcao
        # os servidores locais não pedem chave, mas a biblioteca exige alguma
        chave = os.environ.get("OPENAI_API_KEY") or "nenhuma"
        self._cliente = openai.AsyncOpenAI(base_url=url, api_key=chave, max_retries=TENTATIVAS - 1, timeout=PRAZO)

    async def confere(self) -> None:
        """Passa em silêncio se o servidor responde e tem o modelo.

        Raises:
            ErroPoema: não há servidor, ou ele não tem o modelo; a mensagem diz os que tem.
        """
        try:
            lista = await self._cliente.with_options(max_retries=0, timeout=10).models.list()
            modelos = [modelo.id for modelo in lista.data or [] if modelo.id]
        except (openai.AuthenticationError, openai.PermissionDeniedError):
            raise _chave_recusada(self.url) from None
        except openai.NotFoundError:
            raise ErroPoema(
                f"o servidor {self.url} não fala a língua da OpenAI nesse endereço. Falta /v1 no fim dele?"
            ) from None
        except (openai.OpenAIError, httpx2.HTTPError, *TORTO) as erro:
            raise ErroPoema(
                f"não há um modelo de linguagem atendendo em {self.url} ({_motivo(erro)}). Com o Ollama instalado, "
                f"rode em outro terminal: ollama serve; e uma vez: ollama pull {self.modelo}"
            ) from None
        if self.modelo not in {nome for modelo in modelos for nome in (modelo, modelo.removesuffix(":latest"))}:
            raise ErroPoema(
                f"o servidor {self.url} não tem o modelo {self.modelo!r}. Escolha em {self._opcao} um dos que ele tem: "
                f"{', '.join(modelos) or 'nenhum, por ora'}. No Ollama, para ter mais um: ollama pull {self.modelo}"
            )

    def parametros(self, pedido: Pedido) -> dict[str, Any]:
        """Devolve o que vai no pedido além do texto, com os nomes da API."""
        parametros = {
            "temperature": self.temperatura,
            "top_p": 0.95,
            "frequency_penalty": REPETICAO if pedido.instrucao is None else 0.0,
            "max_tokens": MAXIMO if pedido.formato is None else MAXIMO_NUM_FORMATO,
            "seed": pedido.semente,
        }
        return parametros if pedido.formato is None else {**parametros, "response_format": pedido.formato}

    async def pede(self, pedido: Pedido) -> Resposta:
        """Devolve o que o modelo respondeu.

        A resposta vem aos pedaços, para que se possa cortar a que não acaba.

        Raises:
            FalhaPassageira: o servidor falhou todas as tentativas, ou a resposta se interrompeu.
            ErroPoema: o servidor recusou o pedido de um modo que não muda tentando de novo.
        """
        texto, fim = "", None
        try:
            async with await self._abre(pedido) as fluxo, asyncio.timeout(PRAZO):
                async for parte in fluxo:
                    for escolha in parte.choices:
                        texto += (escolha.text if pedido.instrucao is None else escolha.delta.content) or ""
                        fim = escolha.finish_reason or fim
                    if len(texto) > TRANSBORDO:
                        fim = "length"
                        break
        except (openai.AuthenticationError, openai.PermissionDeniedError):
            raise _chave_recusada(self.url) from None
        except (openai.BadRequestError, openai.NotFoundError, openai.UnprocessableEntityError) as erro:
            saida = (
                "se ele não conversa, use --continuacao" if pedido.formato is None else "ele precisa responder em JSON"
            )
            raise ErroPoema(
                f"o servidor {self.url} recusou o pedido: {_motivo(erro)}. Confira {self._opcao}; {saida}."
            ) from None
        except (openai.OpenAIError, httpx2.HTTPError, TimeoutError, *TORTO) as erro:
            raise FalhaPassageira(_motivo(erro)) from None
        if fim is None:
            raise FalhaPassageira("a resposta se interrompeu")
        # um emoji pode chegar cortado em dois pedaços: aqui as metades se juntam, e a que ficou só vira "?"
        texto = texto.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return Resposta(texto, inteira=fim == "stop")

    async def _abre(self, pedido: Pedido) -> openai.AsyncStream[Any]:
        """Manda o pedido; é aqui que a biblioteca tenta de novo o que falha."""
        comuns = self.parametros(pedido)
        fluxo: openai.AsyncStream[Any]
        if pedido.instrucao is None:
            fluxo = await self._cliente.completions.create(
                model=self.modelo, prompt=pedido.texto, stop=[TERMINADOR], stream=True, **comuns
            )
        else:
            fluxo = await self._cliente.chat.completions.create(
                model=self.modelo,
                messages=[{"role": "system", "content": pedido.instrucao}, {"role": "user", "content": pedido.texto}],
                stream=True,
                **comuns,
            )
        return fluxo

    async def fecha(self) -> None:
        """Encerra as conexões."""
        await self._cliente.close()


def _motivo(erro: Exception) -> str:
    """O motivo em poucas palavras, numa linha."""
    if isinstance(erro, openai.APITimeoutError | TimeoutError):
        return f"sem resposta em {PRAZO:.0f} s"
    if isinstance(erro, openai.APIConnectionError):
        return "não consegui me conectar"
    if isinstance(erro, openai.APIStatusError):
        return f"HTTP {erro.status_code}, {' '.join(erro.message.split())[:200]}"
    return " ".join(f"{type(erro).__name__} {erro}".split())[:200]


def _chave_recusada(url: str) -> ErroPoema:
    return ErroPoema(f"o servidor {url} recusou a chave. Ponha a chave certa na variável OPENAI_API_KEY.")
