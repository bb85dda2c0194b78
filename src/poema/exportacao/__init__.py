"""O modelo em outros formatos, cada um aberto e conferido antes de ser dado por pronto."""
