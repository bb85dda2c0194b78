"""O servidor ao vivo: um palco para todos, e um poema próprio para quem pede."""
