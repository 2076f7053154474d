"""What machines read of a CKAN conforms to DCAT-AP 3.0.1 and says of a dataset what its dataset.yaml says."""

import json
import re
from datetime import timedelta
from pathlib import Path

import httpx
import pyshacl
import pytest
from rdflib import DCAT, DCTERMS, FOAF, RDF, RDFS, SH, SKOS, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from pipelines.catalogue import EU, dcat_codes, vocabulary
from pipelines.periods import Period
from pipelines.portals.ckan_metadata import package_name
from pipelines.portals.site.dcat_nodes import SPDX, VCARD, Nodes
from tests.portal.catalogue import NAMES, Catalogue, download

SCHEMA = Namespace("http://schema.org/")
#: What ckanext-dcat says of files and of the catalogue by name instead of by address: nothing that is
#: sent changes it. The portal of this project does (`portal/ckan/extension`).
OF_FILES = {(DCAT.Distribution, DCAT.mediaType), (DCAT.Distribution, DCTERMS["format"])}
OF_CATALOGUE = {(DCAT.Catalog, what) for what in (DCTERMS.language, DCTERMS.publisher, FOAF.homepage)}
PAGES = ["catalog.ttl", "catalog.jsonld", "dataset/welfare-elderly-fund.ttl", "dataset/contracts-contracts.jsonld"]
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # rdflib's own


def _graph(catalogue: Catalogue, page: str) -> Graph:
    answer = httpx.get(f"{catalogue.portal.address}/{page}", timeout=60).raise_for_status()
    return Graph().parse(data=answer.content, format="turtle" if page.endswith("ttl") else "json-ld")


def _missed(graph: Graph, real_data: Path) -> set[tuple[Node | None, Node | None]]:
    """Return of which kinds of thing which properties are not as the shapes demand."""
    shapes = Graph().parse(real_data / "standards" / "dcat-ap-3.0.1" / "dcat-ap-SHACL.ttl")
    _, report, _ = pyshacl.validate(graph, shacl_graph=shapes)
    results = list(report.subjects(RDF.type, SH.ValidationResult))
    focus = {result: report.value(result, SH.focusNode) for result in results}
    return {(graph.value(focus[result], RDF.type), report.value(result, SH.resultPath)) for result in results}


def _vocabularies() -> Graph:
    """What the vocabularies that DCAT-AP names say themselves, and a validator has beside the data."""
    nodes = Nodes()
    for code in dcat_codes()["themes"]:
        nodes.theme(code)
    nodes.graph.add((VCARD.Organization, RDFS.subClassOf, VCARD.Kind))
    unknown = URIRef("http://purl.org/adms/licencetype/UnknownIPR")
    nodes.add(unknown, (RDF.type, SKOS.Concept), (SKOS.prefLabel, Literal("Unknown")))
    return nodes.graph


@pytest.mark.real_data
@pytest.mark.parametrize("page", PAGES)
def test_the_portal_conforms_to_dcat_ap(dga: Catalogue, page: str, real_data: Path) -> None:
    assert _missed(_graph(dga, page), real_data) == set()


@pytest.mark.real_data
@pytest.mark.parametrize("page", PAGES)
def test_ckan_as_it_comes_lacks_only_what_nobody_can_send_to_it(plain: Catalogue, page: str, real_data: Path) -> None:
    wanted = OF_FILES | OF_CATALOGUE if page.startswith("catalog") else OF_FILES
    assert _missed(_graph(plain, page) + _vocabularies(), real_data) == wanted


@pytest.mark.parametrize("name", NAMES)
def test_a_dataset_says_whose_it_is_what_it_is_about_and_how_often_it_is_renewed(dga: Catalogue, name: str) -> None:
    _compare(dga, name)
    graph, spec = _graph(dga, f"dataset/{package_name(name)}.ttl"), dga.ws.dataset(name).spec
    dataset = graph.value(predicate=RDF.type, object=DCAT.Dataset)
    assert set(graph.objects(dataset, DCTERMS.title)) == {Literal(spec.title.th), Literal(spec.title.en, lang="en")}
    assert set(graph.objects(dataset, DCAT.keyword)) == {Literal(word, lang="th") for word in spec.catalogue.keywords}


def test_the_same_is_said_by_ckan_as_it_comes(plain: Catalogue) -> None:
    for name in plain.runs:
        _compare(plain, name)


def _compare(catalogue: Catalogue, name: str) -> None:
    """Compare what DCAT says of a dataset with its dataset.yaml, and of its files with the files."""
    graph, spec = _graph(catalogue, f"dataset/{package_name(name)}.ttl"), catalogue.ws.dataset(name).spec
    dataset = graph.value(predicate=RDF.type, object=DCAT.Dataset)

    def of(*predicates: URIRef) -> str:
        node: Node | None = dataset
        for predicate in predicates:
            node = graph.value(node, predicate, any=False)
        return str(node)

    assert of(DCTERMS.publisher, FOAF.name) == spec.publisher.name.th
    assert of(DCAT.contactPoint, VCARD.hasEmail) == f"mailto:{spec.publisher.email}"
    assert of(DCAT.theme) == f"{EU}/data-theme/{spec.catalogue.theme}"
    assert of(DCTERMS.accrualPeriodicity) == vocabulary()["frequencies"][spec.update_frequency]["dcat"]
    assert of(DCTERMS.language) == f"{EU}/language/THA"
    assert of(DCTERMS.accessRights) == f"{EU}/access-right/PUBLIC"
    assert of(DCTERMS.provenance, RDFS.label) == spec.catalogue.data_source.th
    period = Period(spec.period.kind, catalogue.runs[name].period)
    assert of(DCTERMS.temporal, DCAT.startDate) == str(period.start)
    assert of(DCTERMS.temporal, DCAT.endDate) == str(period.end - timedelta(days=1))
    files, resources = list(graph.objects(dataset, DCAT.distribution)), catalogue.resources(name).values()
    licence = URIRef(vocabulary()["licences"][spec.licence]["url"])
    assert {graph.value(file, DCTERMS.license) for file in files} == {licence}
    assert {str(graph.value(file, DCAT.accessURL)) for file in files} == {resource["url"] for resource in resources}
    sizes = {str(graph.value(file, DCAT.accessURL)): int(str(graph.value(file, DCAT.byteSize))) for file in files}
    assert sizes == {resource["url"]: len(download(resource)) for resource in resources}
    sums = [graph.value(file, SPDX.checksum) for file in files]
    assert {graph.value(one, SPDX.algorithm) for one in sums} == {SPDX.checksumAlgorithm_md5}
    assert {str(graph.value(one, SPDX.checksumValue)) for one in sums} == {resource["hash"] for resource in resources}


@pytest.mark.parametrize("name", NAMES)
def test_a_page_tells_search_engines_of_the_dataset(dga: Catalogue, name: str) -> None:
    page = httpx.get(f"{dga.portal.address}/dataset/{package_name(name)}", timeout=60).raise_for_status().text
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    graph, spec = Graph().parse(data=json.dumps(json.loads(block)), format="json-ld"), dga.ws.dataset(name).spec
    dataset = graph.value(predicate=RDF.type, object=SCHEMA.Dataset)
    assert str(graph.value(dataset, SCHEMA.name)) == spec.title.th
    assert str(graph.value(dataset, SCHEMA.license)) == vocabulary()["licences"][spec.licence]["url"]
    assert str(graph.value(graph.value(dataset, SCHEMA.publisher), SCHEMA.name)) == spec.publisher.name.th
    assert graph.value(dataset, SCHEMA.temporalCoverage)
    told = {str(graph.value(file, SCHEMA.url)) for file in graph.objects(dataset, SCHEMA.distribution)}
    assert told == {resource["url"] for resource in dga.resources(name).values()}
