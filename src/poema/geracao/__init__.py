"""Do modelo ao poema, só com NumPy: começa em um décimo de segundo e cabe em qualquer servidor."""
