import tracemalloc
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poema.dados.poemas import TRECHO, le_poemas
from poema.erros import ErroDeDados


def escreve(pasta: Path, conteudo: bytes) -> Path:
    caminho = pasta / "texto.txt"
    caminho.write_bytes(conteudo)
    return caminho


def test_separa_os_poemas_na_arroba_sozinha_na_linha(tmp_path: Path) -> None:
    arquivo = escreve(tmp_path, "um\nverso\n@\nfulano@casa\n@\ntrês\n@\n".encode())
    assert le_poemas(arquivo).textos == ("um\nverso", "fulano@casa", "três")


@pytest.mark.parametrize(
    "conteudo",
    [
        "\ufeffnão\n@\nsei\n@\n",  # BOM
        "não\r\n@\r\nsei\r\n@\r\n",  # Windows
        "não\r@\rsei\r@\r",  # Mac antigo
        unicodedata.normalize("NFD", "não\n@\nsei\n@\n"),
        "não\n@\nsei",  # sem o último terminador
        "não\n@\n\n  \n@\nsei\n@\n@\n",  # poemas em branco
        "  não  \n @ \nsei\t\n@\n",  # espaços sobrando
        "NÃO\n@\nSei\n@\n",  # maiúsculas
    ],
)
def test_todas_as_formas_de_escrever_o_mesmo_texto_dao_os_mesmos_poemas(tmp_path: Path, conteudo: str) -> None:
    assert le_poemas(escreve(tmp_path, conteudo.encode())).textos == ("não", "sei")


def test_guarda_as_maiusculas_quando_se_pede(tmp_path: Path) -> None:
    assert le_poemas(escreve(tmp_path, b"Oi\n@\n"), minusculas=False).textos == ("Oi",)


def test_tira_e_conta_os_repetidos(tmp_path: Path) -> None:
    lidos = le_poemas(escreve(tmp_path, b"a\n@\nb\n@\na\n@\nA\n@\n"))
    assert (lidos.textos, lidos.repetidos) == (("a", "b"), 2)


def test_texto_sem_arroba_vira_trechos_que_juntos_sao_o_texto(tmp_path: Path) -> None:
    texto = "\n".join(f"linha {i} " + "palavra " * (i % 40) for i in range(200)) + "".join(map(str, range(500)))
    lidos = le_poemas(escreve(tmp_path, texto.encode()))
    assert lidos.continuo
    assert "".join("".join(lidos.textos).split()) == "".join(texto.split())
    assert max(map(len, lidos.textos)) <= 2 * TRECHO + 2


def test_a_divisao_reserva_a_fracao_sem_perder_nem_repetir_poema(tmp_path: Path) -> None:
    lidos = le_poemas(escreve(tmp_path, "\n@\n".join(f"poema {i}" for i in range(100)).encode()))
    treino, validacao = lidos.divide(0.05, semente=3)
    assert len(validacao) == 5
    assert sorted(treino + validacao) == sorted(lidos.textos)


def test_a_divisao_depende_so_da_semente(tmp_path: Path) -> None:
    lidos = le_poemas(escreve(tmp_path, "\n@\n".join(f"poema {i}" for i in range(100)).encode()))
    assert lidos.divide(0.1, 1) == lidos.divide(0.1, 1)
    assert lidos.divide(0.1, 1) != lidos.divide(0.1, 2)


def test_um_poema_so_nao_se_divide(tmp_path: Path) -> None:
    with pytest.raises(ErroDeDados, match=r"pelo menos 2 poemas.*Recebido: 1"):
        le_poemas(escreve(tmp_path, b"sozinho\n@\n")).divide(0.05, 0)


@pytest.mark.parametrize(
    ("conteudo", "mensagem"),
    [
        (b"", "vazio"),
        (b"\n @\n\n@\n", "vazio"),
        (b"\x89PNG\r\n\x1a\n\0\0", "binário"),
        ("coração".encode("latin1"), r"UTF-8 \(byte 0xE7 na posição 4\).*iconv"),
    ],
)
def test_arquivo_que_nao_serve_e_explicado_em_uma_linha(tmp_path: Path, conteudo: bytes, mensagem: str) -> None:
    with pytest.raises(ErroDeDados, match=mensagem) as erro:
        le_poemas(escreve(tmp_path, conteudo))
    assert "\n" not in str(erro.value)


def test_arquivo_que_nao_existe_e_pasta_sao_explicados(tmp_path: Path) -> None:
    with pytest.raises(ErroDeDados, match="não existe"):
        le_poemas(tmp_path / "nada.txt")
    with pytest.raises(ErroDeDados, match="não consegui ler"):
        le_poemas(tmp_path)


def test_ler_custa_poucas_copias_do_texto(tmp_path: Path) -> None:
    conteudo = "".join(f"poema {i}\n{'não diz nada ' * 20}\n@\n" for i in range(10_000)).encode()
    arquivo = escreve(tmp_path, conteudo)
    tracemalloc.start()
    le_poemas(arquivo)
    _, pico = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert pico < 5 * len(conteudo)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0@")))
def test_ler_de_novo_o_que_se_leu_da_os_mesmos_poemas(tmp_path_factory: pytest.TempPathFactory, texto: str) -> None:
    pasta = tmp_path_factory.mktemp("ida")
    try:
        primeira = le_poemas(escreve(pasta, texto.encode())).textos
    except ErroDeDados:
        return
    assert le_poemas(escreve(pasta, "".join(f"{p}\n@\n" for p in primeira).encode())).textos == primeira
