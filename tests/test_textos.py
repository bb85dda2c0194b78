import json
from pathlib import Path

import pytest

from poema.avaliacao import textos as modulo
from poema.avaliacao.textos import le_relato, sorteados, textos_de
from poema.configuracao import Configuracao
from poema.dados.poemas import le_poemas
from poema.dados.vocabulario import Vocabulario
from poema.erros import ErroDeDados

NOVOS = ["o gato canta à noite", "a lua não dorme"]


def grava(caminho: Path, poemas: list[str]) -> Path:
    caminho.write_text("".join(f"{poema}\n@\n" for poema in poemas), "utf-8")
    return caminho


@pytest.fixture
def novos(tmp_path: Path) -> Path:
    return grava(tmp_path / "novos.txt", NOVOS)


@pytest.fixture
def modelo(tmp_path: Path, dataset: Path, pequena: Configuracao) -> Path:
    """O nome de um modelo, com o `.json` do seu treino ao lado."""
    caminho = tmp_path / "modelo.keras"
    relato = {
        "configuracao": pequena.como_dicionario(),
        "dataset": {"arquivo": str(dataset), "sha256": le_poemas(dataset).sha256},
    }
    caminho.with_suffix(".json").write_text(json.dumps(relato), "utf-8")
    return caminho


@pytest.fixture
def sem_json(tmp_path: Path) -> Path:
    return tmp_path / "outro.keras"


def test_o_json_ao_lado_diz_o_que_o_modelo_leu_e_o_que_nao(
    modelo: Path, dataset: Path, vocabulario: Vocabulario, pequena: Configuracao
) -> None:
    textos = textos_de(modelo, vocabulario)
    assert (textos.treino, textos.teste) == le_poemas(dataset).divide(pequena.validacao, pequena.semente)
    assert textos.avisos == []


def test_o_arquivo_do_json_e_procurado_no_projeto(
    modelo: Path, dataset: Path, vocabulario: Vocabulario, monkeypatch: pytest.MonkeyPatch
) -> None:
    relato = json.loads(modelo.with_suffix(".json").read_text("utf-8"))
    relato["dataset"]["arquivo"] = dataset.name
    modelo.with_suffix(".json").write_text(json.dumps(relato), "utf-8")
    for pasta in ("RAIZ", "RECURSOS"):
        monkeypatch.setattr(modulo, "RAIZ", dataset.parent / "outra")
        monkeypatch.setattr(modulo, "RECURSOS", dataset.parent / "outra")
        monkeypatch.setattr(modulo, pasta, dataset.parent)
        assert len(textos_de(modelo, vocabulario).treino) == 32


def test_o_modelo_que_vem_junto_encontra_os_seus_poemas() -> None:
    from poema.caminhos import DATASET, MODELOS

    relato = le_relato(MODELOS / "poemas-5k.keras")
    assert relato is not None
    textos = textos_de(MODELOS / "poemas-5k.keras", Vocabulario.de_textos(le_poemas(DATASET).textos))
    assert len(textos.teste) == relato["dataset"]["validacao"]
    assert textos.avisos == []


def test_com_um_arquivo_de_teste_o_treino_continua_sendo_o_do_json(
    modelo: Path, novos: Path, vocabulario: Vocabulario
) -> None:
    textos = textos_de(modelo, vocabulario, teste=novos)
    assert textos.treino == textos_de(modelo, vocabulario).treino
    assert textos.teste == NOVOS
    assert textos.avisos == []


def test_os_poemas_de_teste_podem_vir_da_memoria(modelo: Path, vocabulario: Vocabulario) -> None:
    assert textos_de(modelo, vocabulario, teste=NOVOS).teste == NOVOS


def test_sem_json_avisa_e_mede_so_o_que_da(sem_json: Path, novos: Path, vocabulario: Vocabulario) -> None:
    textos = textos_de(sem_json, vocabulario, teste=novos)
    assert (textos.treino, textos.teste) == ([], NOVOS)
    (aviso,) = textos.avisos
    assert aviso.startswith("não há um .json que se entenda ao lado de outro.keras, e não sei")
    assert "--treino" in aviso


def test_sem_json_e_sem_poemas_nao_ha_o_que_medir(sem_json: Path, vocabulario: Vocabulario) -> None:
    with pytest.raises(ErroDeDados, match=r"não há um \.json que se entenda ao lado de outro\.keras.* --dataset"):
        textos_de(sem_json, vocabulario)


def test_sem_json_o_treino_dado_e_lido_inteiro(
    sem_json: Path, dataset: Path, novos: Path, vocabulario: Vocabulario, poemas: list[str]
) -> None:
    textos = textos_de(sem_json, vocabulario, treino=dataset, teste=novos)
    assert textos.treino == poemas
    assert textos.avisos == [
        f"não há um .json que se entenda ao lado de outro.keras: tomo {dataset} pelo texto que ele leu."
    ]


def test_sem_json_nem_o_treino_dado_diz_o_que_foi_reservado(
    sem_json: Path, dataset: Path, vocabulario: Vocabulario
) -> None:
    with pytest.raises(ErroDeDados, match="--dataset"):
        textos_de(sem_json, vocabulario, treino=dataset)


@pytest.mark.parametrize(
    "conteudo",
    [
        "",
        "não é JSON",
        "[]",
        "{}",
        '{"dataset": {"arquivo": "x.txt"}, "configuracao": {}}',
        '{"dataset": {"arquivo": 3, "sha256": "x"}, "configuracao": {}}',
        '{"dataset": {"arquivo": "x.txt", "sha256": "x"}, "configuracao": []}',
        '{"dataset": {"arquivo": "x.txt", "sha256": "x"}, "configuracao": {"validacao": "muita"}}',
        '{"dataset": {"arquivo": "x.txt", "sha256": "x"}, "configuracao": {"validacao": 7}}',
    ],
)
def test_um_json_que_nao_se_entende_e_como_se_nao_houvesse(
    conteudo: str, sem_json: Path, novos: Path, vocabulario: Vocabulario
) -> None:
    sem_json.with_suffix(".json").write_text(conteudo, "utf-8")
    assert le_relato(sem_json) is None
    assert textos_de(sem_json, vocabulario, teste=novos).treino == []


def test_um_texto_de_treino_que_mudou_nao_serve(
    modelo: Path, dataset: Path, novos: Path, vocabulario: Vocabulario
) -> None:
    grava(dataset, ["outro poema", "e mais um"])
    textos = textos_de(modelo, vocabulario, teste=novos)
    assert textos.treino == []
    (aviso,) = textos.avisos
    assert aviso == f"{dataset} não é mais o texto que modelo.keras leu (o hash é outro)."
    with pytest.raises(ErroDeDados, match=r"hash é outro.* --dataset"):
        textos_de(modelo, vocabulario)


def test_um_texto_de_treino_que_sumiu_e_dito(
    modelo: Path, dataset: Path, novos: Path, vocabulario: Vocabulario
) -> None:
    dataset.unlink()
    textos = textos_de(modelo, vocabulario, teste=novos)
    assert textos.treino == []
    assert "não está à mão" in textos.avisos[0]


def test_o_treino_dado_vale_onde_quer_que_o_arquivo_esteja(
    modelo: Path, dataset: Path, tmp_path: Path, vocabulario: Vocabulario
) -> None:
    antes = textos_de(modelo, vocabulario)
    mudado = dataset.rename(tmp_path / "mudado.txt")
    depois = textos_de(modelo, vocabulario, treino=mudado)
    assert (depois.treino, depois.teste, depois.avisos) == (antes.treino, antes.teste, [])


def test_o_treino_dado_que_nao_e_o_do_json_e_usado_e_dito(
    modelo: Path, dataset: Path, tmp_path: Path, novos: Path, vocabulario: Vocabulario
) -> None:
    dataset.unlink()  # o do json não está mais à mão
    diferente = grava(tmp_path / "diferente.txt", ["outro poema", "e mais um"])
    textos = textos_de(modelo, vocabulario, treino=diferente, teste=novos)
    assert textos.treino == ["outro poema", "e mais um"]
    (aviso,) = textos.avisos
    assert "o hash é outro" in aviso
    assert "porque você pediu" in aviso


def test_se_o_texto_do_json_esta_a_mao_e_ele_que_vale_e_o_outro_e_dito(
    modelo: Path, dataset: Path, tmp_path: Path, vocabulario: Vocabulario
) -> None:
    diferente = grava(tmp_path / "diferente.txt", ["outro poema", "e mais um"])
    textos = textos_de(modelo, vocabulario, treino=diferente)
    assert textos.treino == textos_de(modelo, vocabulario).treino
    assert textos.avisos == [f"{diferente} não é o texto que modelo.keras leu: uso {dataset}."]


def test_um_poema_lido_com_um_titulo_a_mais_ainda_e_um_poema_lido(sem_json: Path, tmp_path: Path) -> None:
    poema = "a chuva cai no telhado da escola\ne ninguém sabe o caminho de volta\npara a casa da avó"
    vocabulario = Vocabulario.de_textos([poema])
    treino, teste = grava(tmp_path / "a.txt", [poema, "outro"]), grava(tmp_path / "b.txt", [f"a chuva\n\n{poema}"])
    assert any(aviso.startswith("ATENÇÃO") for aviso in textos_de(sem_json, vocabulario, treino, teste).avisos)


def test_medir_em_poemas_que_o_modelo_leu_e_dito_em_voz_alta(
    modelo: Path, tmp_path: Path, vocabulario: Vocabulario
) -> None:
    lidos = textos_de(modelo, vocabulario).treino[:3]
    textos = textos_de(modelo, vocabulario, teste=grava(tmp_path / "lidos.txt", [*lidos, *NOVOS]))
    (aviso,) = textos.avisos
    assert aviso.startswith("ATENÇÃO: o modelo já leu 3 dos 5 poemas")


def test_caracteres_desconhecidos_viram_parentes_ou_somem_e_sao_contados(
    modelo: Path, vocabulario: Vocabulario
) -> None:
    textos = textos_de(modelo, vocabulario, teste=["o gatò ☂ dorme ☂", "a lua"])  # ò é parente de o; ☂, de ninguém
    assert textos.teste == ["o gato  dorme", "a lua"]
    (aviso,) = textos.avisos
    assert aviso.startswith("3 caracteres que o modelo não conhece")
    assert aviso.endswith("tirados: '☂' 2, 'ò' 1.")


def test_so_os_dez_caracteres_desconhecidos_mais_comuns_sao_nomeados(modelo: Path, vocabulario: Vocabulario) -> None:
    (aviso,) = textos_de(modelo, vocabulario, teste=["o gato 0123456789☂"]).avisos
    assert aviso.startswith("11 caracteres")
    assert "☂" not in aviso
    assert aviso.endswith("'9' 1….")


def test_um_poema_de_que_o_modelo_nada_conhece_fica_de_fora(modelo: Path, vocabulario: Vocabulario) -> None:
    assert textos_de(modelo, vocabulario, teste=["☂☂☂", "a lua"]).teste == ["a lua"]


def test_se_o_modelo_nada_conhece_nao_ha_o_que_medir(modelo: Path, tmp_path: Path, vocabulario: Vocabulario) -> None:
    with pytest.raises(ErroDeDados, match="não conhece nenhum caractere"):
        textos_de(modelo, vocabulario, teste=grava(tmp_path / "estranho.txt", ["☂☂", "☃"]))


@pytest.mark.parametrize("conteudo", ["", "\n@\n@\n"])
def test_um_arquivo_de_teste_vazio_e_recusado(
    conteudo: str, modelo: Path, tmp_path: Path, vocabulario: Vocabulario
) -> None:
    (tmp_path / "vazio.txt").write_text(conteudo, "utf-8")
    with pytest.raises(ErroDeDados, match="vazio"):
        textos_de(modelo, vocabulario, teste=tmp_path / "vazio.txt")


def test_um_modelo_que_conhece_maiusculas_e_medido_com_elas(sem_json: Path, tmp_path: Path) -> None:
    teste = grava(tmp_path / "teste.txt", ["O Gato"])
    assert textos_de(sem_json, Vocabulario.de_textos(["O Gato"]), teste=teste).teste == ["O Gato"]
    assert textos_de(sem_json, Vocabulario.de_textos(["o gato"]), teste=teste).teste == ["o gato"]


def test_os_sorteados_se_espalham_pela_lista() -> None:
    assert sorteados(["x"] * 100, 4) == [0, 25, 50, 75]
    assert sorteados(["x"] * 10, 3) == [0, 3, 6]


@pytest.mark.parametrize("quantos", [3, 4, 50])
def test_de_poucos_poemas_sorteia_todos(quantos: int) -> None:
    assert sorteados(["x"] * 3, quantos) == [0, 1, 2]
