"""The catalogue for machines: DCAT-AP 3.0.1, as Turtle and as JSON-LD.

One RDF graph says what is published; `catalog.ttl`, `catalog.jsonld` and the JSON-LD in
each dataset's page are written from it. Nothing is a blank node, so everything can be
pointed at and equal catalogues have equal bytes. Addresses are below `base`; with the empty
base they are relative to the website's root, wherever that lies.

What DCAT-AP only recommends is left out where nobody has told us: what type of authority a
publisher is, and under which licence the catalogue itself (not its datasets) stands.
"""

import json
from datetime import timedelta
from typing import Any

from rdflib import DCAT, DCTERMS, FOAF, RDF, RDFS, XSD, Literal, URIRef

from pipelines.catalogue import EU, Bilingual, dcat_codes
from pipelines.periods import Period
from pipelines.portals.entries import SiteEntry
from pipelines.portals.site.dcat_nodes import DCATAP, PREFIXES, SPDX, VCARD, Nodes
from pipelines.portals.site.released import ReleasedFile, ReleasedTable, periods, released_tables
from pipelines.portals.site.wording import CODES, Wording


class CatalogueGraph(Nodes):
    """What is live, as a graph below `base` (empty, or an address that ends in `/`)."""

    def __init__(self, base: str = "") -> None:
        super().__init__()
        self.base = base

    @classmethod
    def of_catalogue(cls, entries: list[SiteEntry], base: str = "") -> "CatalogueGraph":
        """Describe the catalogue and every dataset in it."""
        graph = cls(base)
        catalogue = graph._catalogue(entries)
        for entry in entries:
            graph.add(catalogue, (DCAT.dataset, graph.dataset(entry)))
        return graph

    def turtle(self) -> str:
        """Return the graph as Turtle."""
        return self.graph.serialize(format="turtle")

    def json_ld(self, root: str = "") -> dict[str, Any]:
        """Return the graph as JSON-LD, its nodes in a fixed order, for a file from which
        `root` (such as `../../`) leads to the website's root."""
        context = {prefix: str(namespace) for prefix, namespace in PREFIXES.items()}
        made: dict[str, Any] = json.loads(self.graph.serialize(format="json-ld", context=context, auto_compact=False))
        nodes = sorted((_in_order(node) for node in made["@graph"]), key=lambda node: str(node["@id"]))
        return {"@context": context | ({"@base": root} if root else {}), "@graph": nodes}

    def dataset(self, entry: SiteEntry) -> URIRef:
        """Describe a dataset with its distributions; returns its node."""
        spec, page = entry.dataset.spec, f"{entry.dataset.name}/index.html"
        languages = [dcat_codes()["languages"].get(name) for name in spec.catalogue.data_language]
        dataset = self.add(
            self._at(f"{page}#dataset"),
            (RDF.type, DCAT.Dataset),
            (DCTERMS.identifier, Literal(entry.dataset.name)),
            (DCTERMS.publisher, self._publisher(entry)),
            (DCAT.contactPoint, self._contact(entry, page)),
            (DCAT.theme, self.theme(spec.catalogue.theme)),
            *((DCAT.keyword, Literal(word, lang="th")) for word in spec.catalogue.keywords),
            *((DCTERMS.language, self.language(code)) for code in languages if code),
            (DCTERMS.accrualPeriodicity, self.frequency(spec.update_frequency)),
            (DCTERMS.accessRights, self.public()),
            (DCTERMS.spatial, self.thailand()),
            *self._dates([entry]),
            (DCAT.landingPage, self.document(self._at(page))),
        )
        source = self.add(self._at(f"{page}#source"), (RDF.type, DCTERMS.ProvenanceStatement))
        self.add(dataset, (DCTERMS.provenance, self.both(source, RDFS.label, spec.catalogue.data_source)))
        self.both(dataset, DCTERMS.title, spec.title)
        self.both(dataset, DCTERMS.description, spec.description)
        for period in periods(entry):
            self.add(dataset, (DCTERMS.temporal, self._period(entry, page, period)))
            for table in released_tables(entry, entry.live[period]):
                for file in (table.csv, table.parquet):
                    self.add(dataset, (DCAT.distribution, self._distribution(entry, table, period, file)))
        return dataset

    def _at(self, path: str) -> URIRef:
        return URIRef(self.base + path)

    def _catalogue(self, entries: list[SiteEntry]) -> URIRef:
        def texts(key: str) -> Bilingual:
            return Bilingual(th=Wording("th").say(key), en=Wording("en").say(key))

        operator = self.add(self._at("index.html#operator"), (RDF.type, FOAF.Agent))
        catalogue = self.add(
            self._at("index.html#catalog"),
            (RDF.type, DCAT.Catalog),
            (DCTERMS.publisher, self.both(operator, FOAF.name, texts("site.operator"))),
            *((DCTERMS.language, self.language(dcat_codes()["languages"][name])) for name in ("ไทย", "อังกฤษ")),
            (DCTERMS.spatial, self.thailand()),
            (DCAT.themeTaxonomy, URIRef(f"{EU}/data-theme")),
            (FOAF.homepage, self.document(self._at("index.html"))),
            *self._dates(entries),
        )
        self.both(catalogue, DCTERMS.title, texts("site.name"))
        return self.both(catalogue, DCTERMS.description, texts("index.lead"))

    def _dates(self, entries: list[SiteEntry]) -> list[tuple[URIRef, Literal]]:
        """When the first of them was published and when the last was changed."""
        first = min((str(event["published_at"]) for entry in entries for event in entry.history), default=None)
        last = max((entry.published_at.isoformat() for entry in entries), default=None)
        dates = ((DCTERMS.issued, first), (DCTERMS.modified, last))
        return [(predicate, Literal(moment, datatype=XSD.dateTime)) for predicate, moment in dates if moment]

    def _publisher(self, entry: SiteEntry) -> URIRef:
        publisher = entry.dataset.spec.publisher
        agent = self.add(self._at(f"index.html#publisher-{publisher.organisation}"), (RDF.type, FOAF.Agent))
        return self.both(agent, FOAF.name, publisher.name)

    def _contact(self, entry: SiteEntry, page: str) -> URIRef:
        publisher = entry.dataset.spec.publisher
        unit = self.add(self._at(f"{page}#contact"), (RDF.type, VCARD.Kind), (RDF.type, VCARD.Organization))
        self.add(unit, (VCARD.hasEmail, URIRef(f"mailto:{publisher.email}")))
        return self.both(unit, VCARD.fn, publisher.contact_unit)

    def _period(self, entry: SiteEntry, page: str, label: str) -> URIRef:
        period = Period(entry.dataset.spec.period.kind, label)
        return self.add(
            self._at(f"{page}#period-{label}"),
            (RDF.type, DCTERMS.PeriodOfTime),
            (DCAT.startDate, Literal(period.start)),
            (DCAT.endDate, Literal(period.end - timedelta(days=1))),
        )

    def _distribution(self, entry: SiteEntry, table: ReleasedTable, period: str, file: ReleasedFile) -> URIRef:
        spec, page = entry.dataset.spec, f"{entry.dataset.name}/index.html"
        node = self._at(f"{page}#{period}-{file.name}")
        checksum = self.add(
            self._at(f"{page}#{period}-{file.name}-checksum"),
            (RDF.type, SPDX.Checksum),
            (SPDX.algorithm, self.sha256()),
            (SPDX.checksumValue, Literal(file.sha256, datatype=XSD.hexBinary)),
        )
        self.add(
            node,
            (RDF.type, DCAT.Distribution),
            (DCAT.accessURL, self._at(page)),
            (DCAT.downloadURL, self._at(f"{entry.dataset.name}/{file.address}")),
            (DCAT.byteSize, Literal(file.bytes, datatype=XSD.nonNegativeInteger)),
            (DCAT.mediaType, self.media_type(file.format)),
            (DCTERMS["format"], self.media_type(file.format)),
            (DCTERMS.license, self.licence(spec.licence)),
            (DCTERMS.modified, Literal(entry.published_at.isoformat(), datatype=XSD.dateTime)),
            (DCATAP.availability, self.available()),
            (SPDX.checksum, checksum),
        )
        for code in CODES:
            wording = Wording(code)
            title = f"{wording.of(table.title)}, {wording.period(spec.period.kind, period)} ({file.format.upper()})"
            self.add(node, (DCTERMS.title, Literal(title, lang=code)))
        return self.both(node, DCTERMS.description, table.description or table.title)


def _in_order(node: dict[str, Any]) -> dict[str, Any]:
    return {key: sorted(v, key=json.dumps) if isinstance(v, list) else v for key, v in sorted(node.items())}
