# As receitas do Poema. Todas as opções passam adiante: just treina --dataset meu.txt --minutos 10

set positional-arguments

poema := "uv run --project '" + justfile_directory() + "'"
treino := poema + " --extra treino"
llm := poema + " --extra llm"
avalia := poema + " --extra avalia --extra llm"
servidor := poema + " --extra servidor"
navegador := poema + " --group servidor-real"
exporta := poema + " --extra treino --extra litert --extra onnx"
tudo := poema + " --extra treino --extra llm --extra servidor --extra litert --extra onnx --group verifica"
com_litert := '--motor(es|[ =]litert)' # as opções que pedem o extra litert; quem não as usa não o instala
com_pagina := '--pagina' # a que pede um navegador, e não o TensorFlow

# mostra as receitas
[private]
default:
    @just --list --justfile '{{ justfile() }}'

# mostra poemas do modelo, em várias temperaturas
[group('poemas')]
[no-cd]
[no-exit-message]
@amostra *opcoes:
    {{ poema }} {{ if opcoes =~ com_litert { '--extra litert' } else { '' } }} python -m poema.amostra "$@"

# continua as suas primeiras palavras, até Ctrl+C
[group('poemas')]
[no-cd]
[no-exit-message]
@infere *opcoes:
    {{ poema }} {{ if opcoes =~ com_litert { '--extra litert' } else { '' } }} python -m poema.infere "$@"

# põe o poema no ar: a página e o fluxo de texto, na mesma porta
[group('ar')]
[no-cd]
[no-exit-message]
@websocket *opcoes:
    {{ servidor }} {{ if opcoes =~ com_litert { '--extra litert' } else { '' } }} python -m poema.websocket "$@"

# mostra o que copiar para um servidor seu, e onde
[group('ar')]
site:
    #!/bin/sh
    cat <<'FIM'
    Em um servidor com nginx, este projeto em /opt/poema e um certificado para o seu domínio, copie:

      {{ justfile_directory() }}/nginx/poema.top.conf   para  /etc/nginx/sites-enabled/   (com o seu domínio no lugar de poema.top)
      {{ justfile_directory() }}/nginx/90-poema.conf    para  /etc/nginx/modules-enabled/
      {{ justfile_directory() }}/nginx/poema.socket     para  /etc/systemd/system/
      {{ justfile_directory() }}/nginx/poema.service    para  /etc/systemd/system/

    e então, como root:

      systemctl daemon-reload && systemctl enable --now poema.socket poema.service
      nginx -t && systemctl restart nginx

    O passo a passo, do apt ao certificado, e o que fazer se algo não vai:

      {{ justfile_directory() }}/nginx/README.md
    FIM

# põe em uma pasta a página e o modelo, para qualquer hospedagem de arquivos, sem servidor
[group('ar')]
[no-cd]
[no-exit-message]
@estatico *opcoes:
    {{ poema }} --extra avalia python -m poema.exporta --formato estatico {{ if opcoes =~ '^[^-]' { '--saida' } else { '' } }} "$@"

# mede o servidor com milhares de ligações, só nesta máquina
[group('ar')]
[no-cd]
[no-exit-message]
@mede-servidor *opcoes:
    {{ servidor }} --group servidor-real python -m poema.mede_servidor "$@"

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
    {{ avalia }} {{ if opcoes =~ com_litert { '--extra litert' } else { '' } }} python -m poema.avalia "$@"

# põe modelos lado a lado
[group('rede')]
[no-cd]
[no-exit-message]
@compara *opcoes:
    {{ avalia }} python -m poema.compara "$@"

# lê um texto seu com a rede e desenha o que ela esperava
[group('rede')]
[no-cd]
[no-exit-message]
@raio-x *opcoes:
    {{ poema }} --extra avalia python -m poema.raio_x "$@"

# leva o modelo para outro lugar: LiteRT, ONNX, a página
[group('rede')]
[no-cd]
[no-exit-message]
@exporta *opcoes:
    {{ exporta }} python -m poema.exporta "$@"

# mede a velocidade, a memória e a loss, ao lado dos rivais
[group('rede')]
[no-cd]
[no-exit-message]
@mede *opcoes:
    {{ if opcoes =~ com_pagina { navegador } else { treino } }} {{ if opcoes =~ com_litert { '--extra litert' } else { '' } }} python -m poema.mede "$@"

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
