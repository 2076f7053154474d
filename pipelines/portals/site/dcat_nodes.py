"""RDF nodes of the vocabularies that DCAT-AP leans on: themes, languages, licences, places.

Knows no dataset. Every node carries the type and label that DCAT-AP asks for, so that the
catalogue can be understood, and checked, without fetching anything.
"""

from rdflib import DCAT, DCTERMS, FOAF, RDF, RDFS, SKOS, XSD, Graph, Literal, Namespace, URIRef

from pipelines.catalogue import EU, Bilingual, dcat_codes, vocabulary
from pipelines.portals.site.wording import CODES, Wording

DCATAP = Namespace("http://data.europa.eu/r5r/")
GEO = Namespace("http://www.opengis.net/ont/geosparql#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
PREFIXES = {
    "dcat": DCAT,
    "dcatap": DCATAP,
    "dct": DCTERMS,
    "foaf": FOAF,
    "geo": GEO,
    "rdfs": RDFS,
    "skos": SKOS,
    "spdx": SPDX,
    "vcard": VCARD,
    "xsd": XSD,
}


class Nodes:
    """A graph, and how to say things in it."""

    def __init__(self) -> None:
        self.graph = Graph(bind_namespaces="none")
        for prefix, namespace in PREFIXES.items():
            self.graph.bind(prefix, namespace)

    def add(self, subject: URIRef, *facts: tuple[URIRef, URIRef | Literal]) -> URIRef:
        """State facts of a subject; returns the subject."""
        for predicate, thing in facts:
            self.graph.add((subject, predicate, thing))
        return subject

    def both(self, subject: URIRef, predicate: URIRef, text: Bilingual) -> URIRef:
        """State a text in both languages."""
        return self.add(subject, *((predicate, Literal(Wording(code).of(text), lang=code)) for code in CODES))

    def document(self, address: URIRef) -> URIRef:
        """A page."""
        return self.add(address, (RDF.type, FOAF.Document))

    def theme(self, code: str) -> URIRef:
        """A theme of the EU's data-theme vocabulary."""
        scheme = self.add(URIRef(f"{EU}/data-theme"), (RDF.type, SKOS.ConceptScheme))
        self.add(scheme, (DCTERMS.title, Literal("Data theme", lang="en")))
        theme = self.add(URIRef(f"{EU}/data-theme/{code}"), (RDF.type, SKOS.Concept), (SKOS.inScheme, scheme))
        return self.both(theme, SKOS.prefLabel, Bilingual(**dcat_codes()["themes"][code]))

    def language(self, code: str) -> URIRef:
        """A language, by its three letters."""
        return self.add(URIRef(f"{EU}/language/{code}"), (RDF.type, DCTERMS.LinguisticSystem))

    def frequency(self, name: str) -> URIRef:
        """How often something is brought up to date, by the name in dataset.yaml."""
        return self.add(URIRef(vocabulary()["frequencies"][name]["dcat"]), (RDF.type, DCTERMS.Frequency))

    def public(self) -> URIRef:
        """Open to everyone."""
        return self.add(URIRef(f"{EU}/access-right/PUBLIC"), (RDF.type, DCTERMS.RightsStatement))

    def available(self) -> URIRef:
        """Meant to stay available."""
        node = self.add(URIRef(f"{EU}/planned-availability/STABLE"), (RDF.type, SKOS.Concept))
        return self.add(node, (SKOS.prefLabel, Literal("stable", lang="en")))

    def media_type(self, ending: str) -> URIRef:
        """A file format, by its ending."""
        node = URIRef(f"https://www.iana.org/assignments/media-types/{dcat_codes()['media_types'][ending]}")
        return self.add(node, (RDF.type, DCTERMS.MediaType), (RDF.type, DCTERMS.MediaTypeOrExtent))

    def sha256(self) -> URIRef:
        """The checksum algorithm."""
        return self.add(SPDX.checksumAlgorithm_sha256, (RDF.type, SPDX.ChecksumAlgorithm))

    def licence(self, name: str) -> URIRef:
        """A licence, by its name in dataset.yaml."""
        code = dcat_codes()["licence_types"][name]
        kind = self.add(URIRef(f"http://purl.org/adms/licencetype/{code}"), (RDF.type, SKOS.Concept))
        self.add(kind, (SKOS.prefLabel, Literal(code, lang="en")))
        found = vocabulary()["licences"][name]
        node = self.add(URIRef(found["url"]), (RDF.type, DCTERMS.LicenseDocument), (DCTERMS.type, kind))
        return self.both(node, RDFS.label, Bilingual(**found["title"]))

    def thailand(self) -> URIRef:
        """The country, with its extent."""
        west, south, east, north = dcat_codes()["extent"]
        ring = f"{west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}"
        middle = f"POINT({(west + east) / 2:.2f} {(south + north) / 2:.2f})"
        node = self.add(
            URIRef(f"{EU}/country/THA"),
            (RDF.type, DCTERMS.Location),
            (DCAT.bbox, Literal(f"POLYGON(({ring}))", datatype=GEO.wktLiteral)),
            (DCAT.centroid, Literal(middle, datatype=GEO.wktLiteral)),
        )
        return self.both(node, SKOS.prefLabel, Bilingual(th="ประเทศไทย", en="Thailand"))
