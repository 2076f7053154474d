"""The catalogue for machines: conforms to DCAT-AP 3.0.1, says the files as they are, equal bytes."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pyshacl
import pytest
from rdflib import DCAT, DCTERMS, RDF, Graph, Literal, URIRef

from pipelines.portals.entries import SiteEntry
from pipelines.portals.site import render
from pipelines.portals.site.dcat import CatalogueGraph
from pipelines.portals.site.dcat_nodes import SPDX
from tests.site_sample import BUDGET, entries

PROJECT = Path(__file__).parents[2]
#: rdflib's own reader of JSON-LD still uses a class that rdflib has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> list[SiteEntry]:
    return entries(tmp_path_factory.mktemp("releases"))


@pytest.fixture(scope="module")
def site(published: list[SiteEntry], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    render(published, folder)
    return folder


def _shapes(real_data: Path, name: str) -> Graph:
    return Graph().parse(real_data / "standards" / "dcat-ap-3.0.1" / name)


@pytest.mark.real_data
@pytest.mark.parametrize("file", ["catalog.ttl", "catalog.jsonld"])
def test_the_catalogue_conforms_to_dcat_ap(site: Path, file: str, real_data: Path) -> None:
    shapes = _shapes(real_data, "dcat-ap-SHACL.ttl")
    conforms, _, text = pyshacl.validate(Graph().parse(site / file), shacl_graph=shapes)
    assert conforms, text


@pytest.mark.real_data
def test_only_what_nobody_has_told_us_is_missing_of_what_dcat_ap_recommends(site: Path, real_data: Path) -> None:
    data = Graph().parse(site / "catalog.ttl")
    _, report, _ = pyshacl.validate(data, shacl_graph=_shapes(real_data, "shapes_recommended.ttl"))
    sh = "http://www.w3.org/ns/shacl#"
    missing = {
        (
            str(report.value(result, URIRef(f"{sh}focusNode"))).rpartition("#")[2],
            report.value(result, URIRef(f"{sh}resultPath")),
        )
        for result in report.subjects(RDF.type, URIRef(f"{sh}ValidationResult"))
    }
    types = {(agent, DCTERMS.type) for agent in ("operator", "publisher-sample")}
    assert missing == {("catalog", DCTERMS.license), *types}


def test_a_harvester_gets_the_checksum_size_and_address_of_every_file(published: list[SiteEntry]) -> None:
    graph = CatalogueGraph.of_catalogue(published, "https://data.example.go.th/").graph
    (entry,) = [entry for entry in published if entry.dataset.name == BUDGET]
    release = entry.live["2565"]
    address = URIRef(f"https://data.example.go.th/{BUDGET}/{release}/lines.csv")
    distribution = graph.value(predicate=DCAT.downloadURL, object=address)
    data = (entry.releases[release] / "lines.csv").read_bytes()
    checksum = graph.value(distribution, SPDX.checksum)
    assert str(graph.value(checksum, SPDX.checksumValue)) == hashlib.sha256(data).hexdigest()
    assert int(str(graph.value(distribution, DCAT.byteSize))) == len(data)
    assert str(graph.value(distribution, DCAT.mediaType)).endswith("/text/csv")


def test_titles_are_in_thai_and_in_english(published: list[SiteEntry]) -> None:
    graph = CatalogueGraph.of_catalogue(published).graph
    titles = set(graph.objects(URIRef(f"{BUDGET}/index.html#dataset"), DCTERMS.title))
    assert titles == {
        Literal("งบประมาณตามแผนพัฒนากรุงเทพมหานคร", lang="th"),
        Literal("Bangkok development plan budget", lang="en"),
    }


def test_both_files_and_the_pages_say_the_same(site: Path, published: list[SiteEntry]) -> None:
    turtle = Graph().parse(site / "catalog.ttl", publicID="https://x.example/catalog.ttl")
    linked = Graph().parse(site / "catalog.jsonld", publicID="https://x.example/catalog.jsonld")
    assert set(turtle) == set(linked)
    graph = CatalogueGraph()
    (entry,) = [entry for entry in published if entry.dataset.name == BUDGET]
    graph.dataset(entry)
    block = json.dumps(graph.json_ld(root="../../"))
    page = Graph().parse(data=block, format="json-ld", publicID=f"https://x.example/{BUDGET}/index.html")
    assert set(page) <= set(turtle)


def test_equal_catalogues_have_equal_bytes_in_another_process(tmp_path: Path) -> None:
    program = (
        "import sys, hashlib, pathlib; from tests.site_sample import entries;"
        "from pipelines.portals.site import render;"
        "out = pathlib.Path(sys.argv[1]); render(entries(out / 'r'), out / 's');"
        "print([hashlib.sha256((out / 's' / n).read_bytes()).hexdigest() for n in ('catalog.ttl', 'catalog.jsonld')])"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / seed)],
            cwd=PROJECT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


def test_an_empty_website_has_an_empty_catalogue(tmp_path: Path) -> None:
    render([], tmp_path)
    graph = Graph().parse(tmp_path / "catalog.ttl")
    assert list(graph.subjects(RDF.type, DCAT.Catalog))
    assert not list(graph.subjects(RDF.type, DCAT.Dataset))


def test_the_base_address_comes_from_the_environment(
    published: list[SiteEntry], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENDATA_SITE_URL", "https://data.example.go.th")
    render(published[:1], tmp_path)
    assert "<https://data.example.go.th/welfare/elderly/index.html#dataset>" in (tmp_path / "catalog.ttl").read_text(
        "utf-8"
    )
