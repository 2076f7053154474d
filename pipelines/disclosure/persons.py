"""Who is a person: one number, in whatever spelling, is one person; a row without one is refused.

Every table that has the column `privacy.unit` is read with a column `_unit` beside it.
"""

from pathlib import Path

import duckdb
import pyarrow.dataset as pa_dataset

from pipelines.dataset_files import Dataset
from pipelines.errors import DatasetError, Place, PrivacyError
from pipelines.thai.ids import DIGITS, SEPARATORS

UNIT = "_unit"
_BLANK = r"[\s\p{Z}]"


def register(database: duckdb.DuckDBPyConnection, dataset: Dataset, name: str, path: Path) -> None:
    """Make a validated table known by its name, with the persons of its rows."""
    read, unit = pa_dataset.dataset(path), dataset.spec.privacy.unit
    if unit is None or unit not in read.schema.names:
        database.register(name, read)
        return
    database.register(f"{name} as read", read)
    database.execute(f'CREATE TEMP VIEW "{name}" AS SELECT *, {_bare(unit)} AS {UNIT} FROM "{name} as read"')  # noqa: S608


def _bare(unit: str) -> str:
    """Return the SQL of `thai.ids.bare_ids`; what is blank is null."""
    text = f'"{unit}"::VARCHAR'
    trimmed = f"regexp_replace({text}, '^{_BLANK}+|{_BLANK}+$', '', 'g')"
    bare = f"regexp_replace(translate({trimmed}, '๐๑๒๓๔๕๖๗๘๙', '0123456789'), '{SEPARATORS}', '', 'g')"
    is_id = f"regexp_full_match({bare}, '[0-9]{{{DIGITS}}}')"
    return f"CASE WHEN {is_id} THEN {bare} ELSE nullif({text}, '') END"


def demand(database: duckdb.DuckDBPyConnection, dataset: Dataset, source: str) -> None:
    """Demand that every row of a table that is published from is somebody's.

    Raises:
        DatasetError: the table does not have the column that tells persons apart.
        PrivacyError: rows have no person's id.
    """
    unit = dataset.spec.privacy.unit
    if not unit:
        return
    if UNIT not in database.table(source).columns:
        raise DatasetError(
            f"{source} has no {unit}: nobody could tell how many persons are in it",
            place=Place(column="privacy.unit"),
            remedy="keep the column in every table that is published from",
        )
    nobody = f"coalesce(regexp_full_match({UNIT}, '{_BLANK}*'), true)"
    ((rows,),) = database.sql(f'SELECT count(*) FILTER ({nobody}) FROM "{source}"').fetchall()  # noqa: S608
    if rows:
        raise PrivacyError(
            f"{rows:,} rows have no person's id: they would be counted as nobody",
            place=Place(column=unit),
            remedy="make the column `required` in the source schema, and have the rows completed at the source",
        )
