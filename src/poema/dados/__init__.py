"""Do texto aos lotes de inteiros: poemas, vocabulário, lotes."""
