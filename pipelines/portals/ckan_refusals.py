"""Which row and column a portal does not take, said without the value.

CKAN names the last row of an insert instead of the wrong one and tells of the rest in words that
quote the data. So the rows of a refused call are tried again without effect (`dry_run`), until it is
plain which row and which column it is.
"""

from dataclasses import dataclass

import pyarrow as pa

from pipelines.errors import Place, PortalError
from pipelines.portals.ckan_answers import InvalidError
from pipelines.portals.ckan_calls import Calls
from pipelines.portals.ckan_records import ID, place_of, records_of


@dataclass(frozen=True)
class Refused:
    """Explains what the table of a resource does not take of a file."""

    calls: Calls
    resource_id: str
    types: dict[str, str]
    key: tuple[str, ...]
    file: str

    def explain(self, error: InvalidError, rows: pa.Table) -> PortalError:
        """Return the refusal as an error of a row and a column of the file."""
        if "records" not in error.fields:
            error.at(file=self.file)
            return error
        number = self._row(rows)
        if number is None:
            return PortalError(
                "the portal finds the key of a row in another row",
                place=Place(file=self.file, column=", ".join(self.key)),
                remedy="mend the primary key, which tells rows apart; else run again: somebody else may write there",
            )
        column = self._column(rows.slice(number, 1))
        kind = f" as {self.types[column]}" if column else ""
        return PortalError(
            f"the portal does not take what stands there{kind}",
            place=Place(file=self.file, row=place_of(rows, number), column=column),
            remedy="look at that cell: it is too long for an index or a search, or out of the type's bounds",
        )

    def _row(self, rows: pa.Table) -> int | None:
        """An upsert is done row by row, so that CKAN knows the wrong one; of two rows with one key none is."""
        found = self._tried("upsert", rows.drop_columns([ID]) if ID in rows.column_names else rows)
        return found.row if found else None

    def _column(self, row: pa.Table) -> str | None:
        sent = [name for name in self.types if name in row.column_names]
        return next((name for name in sent if self._tried("insert", row.select([name]))), None)

    def _tried(self, method: str, rows: pa.Table) -> InvalidError | None:
        data = {"resource_id": self.resource_id, "force": True, "method": method, "dry_run": True}
        try:
            self.calls.write("datastore_upsert", {**data, "records": records_of(rows), "calculate_record_count": False})
        except InvalidError as error:
            return error
        return None
