"""A profile for ckanext-dcat: what DCAT-AP 3 asks for and `euro_dcat_ap_3`, which goes before it, leaves out.

Of datasets with the fields of the Thai government catalogue it says keywords and the English texts,
and of every file its format by address instead of by name. Runs in CKAN, not in the pipeline. What a
publisher can say itself, in fields that ckanext-dcat reads, does not belong here.
"""

from collections.abc import Mapping
from typing import Any

from rdflib import DCAT, DCTERMS, FOAF, RDF, RDFS, SKOS, BNode, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

EU = "http://publications.europa.eu/resource/authority"
MEDIA_TYPES = "https://www.iana.org/assignments/media-types"
#: Those of the EU's file types that a portal of tables may have, by the name that CKAN shows.
FILE_TYPES = {
    "CSV",
    "DOCX",
    "GEOJSON",
    "HTML",
    "JSON",
    "ODS",
    "PARQUET",
    "PDF",
    "TSV",
    "TXT",
    "XLS",
    "XLSX",
    "XML",
    "ZIP",
}
LANGUAGES = {"th": "THA", "en": "ENG"}
#: What ckanext-dcat says of every licence, those that are known to be open too.
UNKNOWN = URIRef("http://purl.org/adms/licencetype/UnknownIPR")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")


class GdCatalogueProfile:
    """Completes the graph of ckanext-dcat; reads nothing into CKAN. It has the calls of ckanext-dcat's profiles
    and nothing of their code."""

    name = "gd_catalogue"

    def __init__(self, graph: Graph, dataset_type: str = "dataset", compatibility_mode: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - of ckanext-dcat
        self.g = graph

    def parse_dataset(self, dataset_dict: dict[str, Any], dataset_ref: Node) -> dict[str, Any]:  # noqa: ARG002 - of ckanext-dcat
        """Read nothing: what is there stays."""
        return dataset_dict

    def graph_from_dataset(self, dataset_dict: Mapping[str, Any], dataset_ref: Node) -> None:
        """Complete what is said of a dataset and its files."""
        for word in dataset_dict.get("keywords") or []:
            self.g.add((dataset_ref, DCAT.keyword, Literal(word, lang="th")))
        for field, predicate in (("title_en", DCTERMS.title), ("notes_en", DCTERMS.description)):
            if text := dataset_dict.get(field):
                self.g.add((dataset_ref, predicate, Literal(text, lang="en")))
        for contact in self.g.objects(dataset_ref, DCAT.contactPoint):
            self.g.add((contact, RDF.type, VCARD.Kind))
        for theme in self.g.objects(dataset_ref, DCAT.theme):
            self.g.add((theme, RDF.type, SKOS.Concept))
            self.g.add((theme, SKOS.prefLabel, Literal(str(theme).rpartition("/")[2])))
        self.g.remove((None, DCTERMS.type, UNKNOWN))
        for file in self.g.objects(dataset_ref, DCAT.distribution):
            self._address(file, DCAT.mediaType, DCTERMS.MediaType, self._media_type)
            self._address(file, DCTERMS["format"], DCTERMS.MediaTypeOrExtent, self._file_type)

    def graph_from_catalog(self, catalog_dict: Mapping[str, Any], catalog_ref: URIRef) -> None:  # noqa: ARG002 - of ckanext-dcat
        """Complete what is said of the catalogue: whose it is, in which language, where its page is."""
        operator = URIRef(f"{catalog_ref}#operator")
        self.g.add((catalog_ref, DCTERMS.publisher, operator))
        self.g.add((operator, RDF.type, FOAF.Agent))
        for title in self.g.objects(catalog_ref, DCTERMS.title):
            self.g.add((operator, FOAF.name, title))
        for page in self.g.objects(catalog_ref, FOAF.homepage):
            self.g.add((page, RDF.type, FOAF.Document))
        self._address(catalog_ref, DCTERMS.language, DCTERMS.LinguisticSystem, self._language)

    def _address(self, subject: Node, predicate: URIRef, kind: URIRef, address_of: Any) -> None:  # noqa: ANN401 - a function
        """Put addresses in the place of names; one that has none becomes a thing of that name."""
        for name in [name for name in self.g.objects(subject, predicate) if isinstance(name, Literal)]:
            self.g.remove((subject, predicate, name))
            thing = URIRef(address) if (address := address_of(str(name))) else BNode()
            self.g.add((subject, predicate, thing))
            self.g.add((thing, RDF.type, kind))
            if not address:
                self.g.add((thing, RDFS.label, name))

    @staticmethod
    def _media_type(name: str) -> str:
        return f"{MEDIA_TYPES}/{name}"

    @staticmethod
    def _file_type(name: str) -> str | None:
        return f"{EU}/file-type/{name.upper()}" if name.upper() in FILE_TYPES else None

    @staticmethod
    def _language(name: str) -> str | None:
        return f"{EU}/language/{LANGUAGES[name]}" if name in LANGUAGES else None
