"""A rede: caracteres -> one-hot -> GRU -> GRU -> Dense.

Depois de importar este módulo, `keras.saving.load_model("….keras")` abre qualquer modelo treinado aqui.
"""

from typing import Any

import keras
from keras import ops

from poema.configuracao import Configuracao
from poema.dados.lotes import IGNORA
from poema.dados.vocabulario import Vocabulario


@keras.saving.register_keras_serializable("poema")
class Caracteres(keras.layers.Layer):
    """Índices -> one-hot. Guarda o vocabulário e os hiperparâmetros, que assim viajam dentro do .keras.

    Entrada (lote, tempo), inteiros; saída (lote, tempo, vocabulário).
    """

    def __init__(self, simbolos: list[str], configuracao: dict[str, Any] | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.simbolos, self.configuracao = list(simbolos), dict(configuracao or {})

    def call(self, x: Any) -> Any:
        return ops.one_hot(x, len(self.simbolos), dtype=self.compute_dtype)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape, len(self.simbolos))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "simbolos": self.simbolos, "configuracao": self.configuracao}


def constroi(vocabulario: Vocabulario, configuracao: Configuracao) -> keras.Sequential:
    """Devolve a rede já compilada, com pesos sorteados pela semente da configuração.

    Na receita "poema" a saída são logits (lote, tempo, vocabulário); na "classica", probabilidades
    (lote, vocabulário) do caractere que segue a janela. Os pesos têm as mesmas formas nas duas: 179.772 com
    128 unidades, 2 camadas e 60 símbolos.

    As GRUs ficam com os argumentos padrão e sem máscara, para que numa GPU o TensorFlow use o cuDNN
    (https://keras.io/api/layers/recurrent_layers/gru/).
    """
    keras.utils.set_random_seed(configuracao.semente)
    classica = configuracao.receita == "classica"
    entrada = Caracteres(list(vocabulario.simbolos), configuracao.como_dicionario())
    rede = keras.Sequential([keras.Input((None,), dtype="int32"), entrada])
    for camada in range(configuracao.camadas):
        ultima = camada == configuracao.camadas - 1
        rede.add(keras.layers.GRU(configuracao.unidades, return_sequences=not (classica and ultima)))
        if configuracao.dropout:
            # uma máscara por poema, a mesma em todo o tempo (Gal e Ghahramani, 2016): sorteia-se muito menos
            mascara = (None, configuracao.unidades) if classica and ultima else (None, 1, configuracao.unidades)
            rede.add(keras.layers.Dropout(configuracao.dropout, noise_shape=mascara))
    rede.add(keras.layers.Dense(len(vocabulario), activation="softmax" if classica else None))
    rede.compile(
        optimizer=keras.optimizers.RMSprop(
            configuracao.taxa,
            rho=configuracao.rho,
            momentum=configuracao.momento,
            epsilon=configuracao.epsilon,
            global_clipnorm=configuracao.corte,
        ),
        loss=keras.losses.SparseCategoricalCrossentropy(
            from_logits=not classica, ignore_class=None if classica else IGNORA
        ),
        jit_compile=False if keras.backend.backend() == "tensorflow" else "auto",  # sem XLA: cuDNN na GPU, e
        # na CPU o XLA treina até três vezes mais devagar
    )
    return rede
