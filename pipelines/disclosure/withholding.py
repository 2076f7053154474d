"""Cells of free text that hold personal data: left out of published records where the dataset says
so, and counted. Elsewhere one such cell refuses the release, which is the rule."""

import duckdb
import pyarrow as pa

from pipelines.dataset_files import Dataset
from pipelines.disclosure.scan import kinds_in
from pipelines.errors import DatasetError, Place
from pipelines.table_spec import Microdata


def withhold(database: duckdb.DuckDBPyConnection, dataset: Dataset, name: str, table: Microdata) -> dict[str, int]:
    """Empty the cells of the table `made_<name>` that hold what their column declares; returns how
    many by column.

    Raises:
        DatasetError: a column of the key is to be withheld.
    """
    counts: dict[str, int] = {}
    for column in table.columns:
        kinds = set(dataset.spec.privacy.columns[column].withhold)
        if not kinds:
            continue
        if column in table.key:
            raise DatasetError(
                "a column of the key cannot be withheld", place=Place(column=column), remedy="choose another key"
            )
        distinct = f'SELECT DISTINCT "{column}"::VARCHAR FROM "made_{name}" WHERE "{column}" IS NOT NULL'  # noqa: S608
        personal = [text for (text,) in database.sql(distinct).fetchall() if kinds & kinds_in(column, text)]
        database.register("personal_texts", pa.table({"text": pa.array(personal, pa.string())}))
        among = f'"{column}"::VARCHAR IN (SELECT text FROM personal_texts)'  # noqa: S608
        ((counts[column],),) = database.sql(f'SELECT count(*) FROM "made_{name}" WHERE {among}').fetchall()  # noqa: S608
        database.execute(f'UPDATE "made_{name}" SET "{column}" = NULL WHERE {among}')  # noqa: S608
        database.unregister("personal_texts")
    return counts
