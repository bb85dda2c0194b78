"""Poema: uma rede neural minúscula que escreve poemas em português do Brasil, caractere por caractere."""
