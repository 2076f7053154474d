"""The metadata of the Thai government catalogue, as a table: 14 mandatory items, then the others."""

from pipelines.portals.entries import SiteEntry
from pipelines.portals.site.tables import Cell, Table
from pipelines.portals.site.wording import Wording


def metadata(entry: SiteEntry, wording: Wording) -> Table:
    """List every item that has a value."""
    items = {**_mandatory(entry, wording), **_optional(entry, wording)}
    rows = [[Cell(wording.say(f"metadata.{name}")), Cell(value)] for name, value in items.items() if value]
    head = [Cell(wording.say("metadata.field")), Cell(wording.say("metadata.value"))]
    return Table(id="metadata-items", caption=wording.say("metadata.caption"), head=head, rows=rows)


def _mandatory(entry: SiteEntry, wording: Wording) -> dict[str, str]:
    spec, catalogue = entry.dataset.spec, entry.dataset.spec.catalogue
    return {
        "data_type": wording.catalogue_value(catalogue.data_type),
        "name": wording.of(spec.title),
        "owner_org": wording.of(spec.publisher.name),
        "maintainer": wording.of(spec.publisher.contact_unit),
        "maintainer_email": spec.publisher.email,
        "tags": ", ".join(catalogue.keywords),
        "notes": wording.of(spec.description),
        "objective": _list(catalogue.objective, wording),
        "update_frequency": wording.frequency(spec.update_frequency),
        "geo_coverage": wording.catalogue_value(catalogue.geo_coverage),
        "data_source": wording.of(catalogue.data_source),
        "data_format": "CSV, Parquet",
        "data_category": wording.catalogue_value(catalogue.data_category),
        "license": wording.licence(spec.licence)[0],
    }


def _optional(entry: SiteEntry, wording: Wording) -> dict[str, str]:
    catalogue = entry.dataset.spec.catalogue
    return {
        "data_language": _list(catalogue.data_language, wording),
        "disaggregate": _list(catalogue.disaggregate, wording),
        "unit_of_measure": catalogue.unit_of_measure or "",
        "unit_of_multiplier": wording.catalogue_value(catalogue.unit_of_multiplier or ""),
        "calculation_method": catalogue.calculation_method or "",
        "high_value": wording.say(f"answer.{str(catalogue.high_value_dataset).lower()}"),
        "reference_data": wording.say(f"answer.{str(catalogue.reference_data).lower()}"),
    }


def _list(values: tuple[str, ...], wording: Wording) -> str:
    return ", ".join(wording.catalogue_value(value) for value in values)
