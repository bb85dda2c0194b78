# As receitas do Poema. Todas as opções passam adiante: just treina --dataset meu.txt --minutos 10

set positional-arguments

poema := "uv run --project '" + justfile_directory() + "'"
treino := poema + " --extra treino"
llm := poema + " --extra llm"
avalia := poema + " --extra avalia --extra llm"
tudo := poema + " --extra treino --extra llm --group verifica"

# mostra as receitas
[private]
default:
    @just --list --justfile '{{ justfile() }}'

# mostra poemas do modelo, em várias temperaturas
[group('poemas')]
[no-cd]
[no-exit-message]
@amostra *opcoes:
    {{ poema }} python -m poema.amostra "$@"

# continua as suas primeiras palavras, até Ctrl+C
[group('poemas')]
[no-cd]
[no-exit-message]
@infere *opcoes:
    {{ poema }} python -m poema.infere "$@"

# pede poemas a um modelo de linguagem, para fazer um texto
[group('rede')]
[no-cd]
[no-exit-message]
@coleta *opcoes:
    {{ llm }} python -m poema.coleta "$@"

# treina a rede com um texto
[group('rede')]
[no-cd]
[no-exit-message]
@treina *opcoes:
    {{ treino }} python -m poema.treina "$@"

# diz quão bom é um modelo, ao lado de poemas de verdade
[group('rede')]
[no-cd]
[no-exit-message]
@avalia *opcoes:
    {{ avalia }} python -m poema.avalia "$@"

# põe modelos lado a lado
[group('rede')]
[no-cd]
[no-exit-message]
@compara *opcoes:
    {{ avalia }} python -m poema.compara "$@"

# mede a velocidade, a memória e a loss, ao lado dos rivais
[group('rede')]
[no-cd]
[no-exit-message]
@mede *opcoes:
    {{ treino }} python -m poema.mede "$@"

# refaz a tabela de modelos_treinados/README.md
[group('projeto')]
[no-exit-message]
@cartoes:
    {{ poema }} python -m poema.cartoes

# roda os testes
[group('projeto')]
[no-exit-message]
@testa *opcoes:
    {{ tudo }} pytest "$@"

# confere formato, tipos e testes: o que todo commit deve passar
[group('projeto')]
[no-exit-message]
verifica:
    {{ tudo }} ruff format --check
    {{ tudo }} ruff check
    {{ tudo }} mypy
    {{ tudo }} pytest --ignore tests/test_qualidade.py
