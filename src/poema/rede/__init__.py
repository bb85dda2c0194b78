"""A rede em Keras e o seu treino. É a única sala que importa Keras ou TensorFlow."""
