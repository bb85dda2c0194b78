"""A colheita: pedir poemas a um modelo de linguagem, guardar tudo o que vem, ficar só com o que presta."""
