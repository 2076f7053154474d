"""Corrections: what is known to be wrong at the source, as reviewed data that expires.

`corrections.yaml` lies beside dataset.yaml. An entry is in force for one period; in force
and matching nothing is an error, because then the source has changed and the entry must be
looked at again. Personal values are never written in a reviewed file.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from pipelines.catalogue import Bilingual, Model
from pipelines.dataset_files import Dataset
from pipelines.errors import DatasetError, Place

FILE = "corrections.yaml"


class Cell(Model):
    """Cells of an open column that are wrong, and what they should be."""

    kind: Literal["cell"]
    period: str
    table: str
    match: dict[str, str]
    """Columns and values that pick the rows."""
    column: str
    found: str
    """What stands there now."""
    replace: str
    """What should stand there."""
    count: Annotated[int, Field(ge=1)] = 1
    """How many rows this is true of."""
    reason: Bilingual
    reported: date


class Discrepancy(Model):
    """A total that the source states wrongly. It is left as the source's fault and said in
    the quality report; the rows themselves are published as they are."""

    kind: Literal["discrepancy"]
    period: str
    table: str
    row: Annotated[int, Field(ge=1)]
    """Row of the subtotal, as the source shows it."""
    column: str
    stated: Decimal
    """What the source states."""
    computed: Decimal
    """What its rows add up to."""
    reason: Bilingual
    reported: date


Correction = Annotated[Cell | Discrepancy, Field(discriminator="kind")]
_FILE = TypeAdapter(tuple[Correction, ...])


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of corrections.yaml, for editors."""
    return _FILE.json_schema()


def corrections_of(dataset: Dataset, period: str) -> tuple[Cell | Discrepancy, ...]:
    """Return the entries in force for a period; raises `DatasetError`."""
    place = Place(dataset=dataset.name, file=f"datasets/{dataset.name}/{FILE}")
    if FILE not in dataset.extras:
        return ()
    try:
        entries = _FILE.validate_python(yaml.safe_load(dataset.extras[FILE]) or [])
    except (yaml.YAMLError, ValidationError) as error:
        first = error.errors()[0] if isinstance(error, ValidationError) else {"loc": (), "msg": "not YAML"}
        key = ".".join(map(str, first["loc"]))
        raise DatasetError(f"{key}: {first['msg']}", place=place, remedy="mend the entry") from None
    for entry in entries:
        for column in (entry.column, *(entry.match if isinstance(entry, Cell) else ())):
            known = dataset.spec.privacy.columns.get(column)
            if known is None or known.cls != "open":
                raise DatasetError(
                    f"an entry touches {column!r}, which is not an open column", place=place,
                    remedy="have such cells mended at the source: personal values are not written here",
                )  # fmt: skip
    return tuple(entry for entry in entries if entry.period == period)
