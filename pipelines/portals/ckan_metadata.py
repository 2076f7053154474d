"""What a CKAN dataset says of one of ours, from its dataset.yaml alone: two profiles of the same facts.

`gd_catalogue` fills the fields of the Thai government catalogue (the 14 mandatory ones and those
its kind of data has); `extras` is for a CKAN as it comes: its own fields, and the rest beside them.
In both the free fields say for machines, by the names that ckanext-dcat reads, what DCAT-AP asks for.
Years are of the Buddhist era, as the catalogue stores them.
"""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Literal

from pipelines.catalogue import EU, dcat_codes, vocabulary
from pipelines.dataset import DatasetSpec
from pipelines.dataset_files import Dataset
from pipelines.periods import Period

Profile = Literal["extras", "gd_catalogue"]
Fields = dict[str, Any]

STATISTICS = "ข้อมูลสถิติ"
#: CKAN's own tags take no vowels and tones above and below: those keywords go out in `keywords` alone.
TAG = re.compile(r"^[\w \-.]{2,100}$")
#: The free field with the licence's address, which every resource says as well.
LICENCE = "license"
#: Fields of the catalogue that a CKAN as it comes has itself.
OWN = ("title", "notes", "maintainer", "maintainer_email")


def package_name(dataset: str) -> str:
    """Return the name in a dataset's address: `welfare/elderly_fund` is `welfare-elderly-fund`."""
    return dataset.replace("/", "-").replace("_", "-")


def fields_of(dataset: Dataset, profile: Profile, live: list[str]) -> Fields:
    """Return the fields of a dataset whose live releases are of these periods; `extras` by name."""
    return _PROFILES[profile](dataset.spec, live)


def licence_of(spec: DatasetSpec) -> str:
    """Return the address of a dataset's licence."""
    return str(vocabulary()["licences"][spec.licence]["url"])


def _gd_catalogue(spec: DatasetSpec, periods: list[str]) -> Fields:
    catalogue = spec.catalogue
    common = {
        "title": spec.title.th,
        "title_en": spec.title.en,
        "notes": spec.description.th,
        "notes_en": spec.description.en,
        "maintainer": spec.publisher.contact_unit.th,
        "maintainer_email": spec.publisher.email,
        "data_type": catalogue.data_type,
        "keywords": list(catalogue.keywords),
        "objective": list(catalogue.objective),
        "update_frequency_unit": vocabulary()["frequencies"][spec.update_frequency]["unit"],
        "geo_coverage": catalogue.geo_coverage,
        "data_source": catalogue.data_source.th,
        "data_format": ["CSV", "JSON"],
        "data_category": catalogue.data_category,
        "license_id": vocabulary()["licences"][spec.licence]["license_id"],
        "data_language": list(catalogue.data_language),
        "allow_harvest": "True",
    }
    return {**common, **_of_kind(spec, periods), "extras": _dcat(spec, periods)}


def _dcat(spec: DatasetSpec, periods: list[str]) -> dict[str, str]:
    """Return what ckanext-dcat reads of free fields, codes as addresses. It knows one text for a name."""
    known = [Period.parse(spec.period.kind, label) for label in periods]
    languages = [dcat_codes()["languages"].get(name) for name in spec.catalogue.data_language]
    return {
        "access_rights": f"{EU}/access-right/PUBLIC",
        "frequency": vocabulary()["frequencies"][spec.update_frequency]["dcat"],
        "language": json.dumps([f"{EU}/language/{code}" for code in languages if code]),
        LICENCE: licence_of(spec),
        "provenance": spec.catalogue.data_source.th,
        "publisher_name": spec.publisher.name.th,
        "spatial_text": "ประเทศไทย",
        "spatial_uri": f"{EU}/country/THA",
        "temporal_end": str(max(period.end for period in known) - timedelta(days=1)),
        "temporal_start": str(min(period.start for period in known)),
        "theme": json.dumps([f"{EU}/data-theme/{spec.catalogue.theme}"]),
    }


def _of_kind(spec: DatasetSpec, periods: list[str]) -> Fields:
    """Return the fields that only statistics have, or only other data."""
    catalogue = spec.catalogue
    if catalogue.data_type != STATISTICS:
        return {
            "high_value_dataset": str(catalogue.high_value_dataset),
            "reference_data": str(catalogue.reference_data),
        }
    years = [Period.parse(spec.period.kind, label).year_be for label in periods]
    wanted = {
        "disaggregate": list(catalogue.disaggregate),
        "unit_of_measure": catalogue.unit_of_measure,
        "unit_of_multiplier": catalogue.unit_of_multiplier,
        "calculation_method": catalogue.calculation_method,
        "first_year_of_data": str(min(years)),
        "last_year_of_data": str(max(years)),
    }
    return {name: value for name, value in wanted.items() if value}


def _extras(spec: DatasetSpec, periods: list[str]) -> Fields:
    known = _gd_catalogue(spec, periods)
    beside = {name: value for name, value in known.items() if name not in {*OWN, "extras", "license_id"}}
    texts = {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in beside.items()
    }
    return {
        **{name: known[name] for name in OWN},
        "license_id": vocabulary()["licences"][spec.licence]["ckan_id"],
        "tags": [{"name": word} for word in sorted(spec.catalogue.keywords) if TAG.match(word)],
        "extras": texts | known["extras"],
    }


_PROFILES: dict[Profile, Callable[[DatasetSpec, list[str]], Fields]] = {
    "extras": _extras,
    "gd_catalogue": _gd_catalogue,
}
