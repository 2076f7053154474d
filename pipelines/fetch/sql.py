"""Reads a database in one consistent snapshot, in pieces that are kept.

Every value is cast to text by the database, with ISO dates and Bangkok time. A relation is cut
into ranges of its first key column; a range is read through a server-side cursor into one
Parquet file, so memory is bounded whatever the size. Where the relation has a column of
changes, a range read before (by a run that was cut off, or last month's) is kept if, *in the new
snapshot*, it has the same rows' changes one by one (the latest alone would not tell of a change
that was begun before it and committed after it, or made in the same second); without such a column
nothing old is ever used. SQL is built by SQLAlchemy from declared names; nothing is pasted together.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from pipelines.delivery import Delivery
from pipelines.errors import HeaderError, Place, SourceError, UnreachableError
from pipelines.fetch.order import Order
from pipelines.fetch.pieces import Piece, PieceBook, write_piece
from pipelines.periods import Period
from pipelines.readers.header import map_columns
from pipelines.source_spec import SqlSource
from pipelines.source_table import SourceTable
from pipelines.store import sha256_of

#: The isolation level at which a transaction sees one state, and what makes its text stable.
SNAPSHOT = {"postgresql": "REPEATABLE READ", "mysql": "REPEATABLE READ", "mariadb": "REPEATABLE READ",
            "oracle": "SERIALIZABLE", "mssql": "SNAPSHOT", "sqlite": "SERIALIZABLE"}  # fmt: skip
STABLE_TEXT = {"postgresql": ("SET LOCAL datestyle = 'ISO, YMD'", "SET LOCAL timezone = 'Asia/Bangkok'")}
FETCHED_AT_A_TIME = 20_000


def fetch(order: Order) -> Delivery:
    """Bring every declared relation; the delivery's own file lists the pieces with their sha256.

    Raises:
        UnreachableError: the database does not answer, or the connection broke.
        SourceError: it cannot give one snapshot, a relation or its key is not as declared.
        HeaderError: its columns are not the declared ones.
    """
    source = order.source
    if not isinstance(source, SqlSource):
        raise TypeError(source.reader)
    with _snapshot(order) as connection:
        read = {name: _Relation(order, source, connection, name, table) for name, table in source.tables.items()}
        pieces = {name: relation.pieces() for name, relation in read.items()}
    listing = {name: [{"rows": p.rows, "sha256": p.sha256} for p in found] for name, found in pieces.items()}
    order.whole.write_text(json.dumps(listing, indent=1), encoding="utf-8")
    return Delivery(order.whole, pieces={name: tuple(p.path for p in found) for name, found in pieces.items()})


@contextmanager
def _snapshot(order: Order) -> Iterator[sa.Connection]:
    """Give a read-only connection that sees one state throughout. Messages of the database may
    hold its address or values: they are not passed on."""
    try:
        engine = sa.create_engine(_url(order), poolclass=sa.NullPool)
        dialect = engine.dialect.name
        if dialect not in SNAPSHOT:
            raise SourceError("no way to one snapshot of this kind of database is known", remedy="use another")
        options: dict[str, Any] = {"isolation_level": SNAPSHOT[dialect]}
        if dialect == "postgresql":
            options["postgresql_readonly"] = True
        with engine.connect().execution_options(**options) as connection, connection.begin():
            if dialect == "sqlite":
                connection.exec_driver_sql("BEGIN")
            for statement in STABLE_TEXT.get(dialect, ()):
                connection.exec_driver_sql(statement)
            yield connection
    except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
        if error.connection_invalidated or error.statement is None:
            raise UnreachableError("the database does not answer", remedy="run again: what has come is kept") from None
        raise SourceError("the database refuses the reading", remedy="check the user's rights and the names") from None
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ModuleNotFoundError):
        raise SourceError(
            "the address is no database's, or its driver is missing", remedy="check the address"
        ) from None
    except sa.exc.SQLAlchemyError:
        raise SourceError("the database refuses the reading", remedy="check the user's rights and the names") from None


def _url(order: Order) -> str | sa.URL:
    if not order.is_local:
        return order.address
    path = Path(order.address)
    if not path.is_file():
        raise SourceError("there is no such source", remedy="check source.location or --source")
    return sa.URL.create("sqlite", database=f"file:{quote(str(path))}", query={"mode": "ro", "uri": "true"})


def _month(column: sa.Column[Any], first: date) -> date | str:
    """Return a month as a column writes it: its first day, or the label."""
    return first if isinstance(column.type, (sa.Date, sa.DateTime)) else f"{first:%Y-%m}"


@dataclass
class _Relation:
    """One relation, read piece by piece."""

    order: Order
    source: SqlSource
    connection: sa.Connection
    name: str
    spec: SourceTable

    def __post_init__(self) -> None:
        schema, _, relation = (self.spec.relation or "").rpartition(".")
        try:
            found = sa.inspect(self.connection).get_columns(relation, schema=schema or None)
        except sa.exc.NoSuchTableError:
            raise SourceError(
                "there is no such relation", place=Place(table=self.name), remedy="check its `relation` and the rights"
            ) from None
        self._table = sa.Table(
            relation, sa.MetaData(), *(sa.Column(c["name"], c["type"]) for c in found), schema=schema or None
        )
        self._demand_columns()
        mapping = map_columns([c["name"] for c in found], self.spec, 0, self.name)
        self._columns = [found[position]["name"] for position in mapping.positions]
        self._names = mapping.columns
        self._key = self._table.c[self.spec.key[0]]
        self._rows = self._of_period()

    def pieces(self) -> list[Piece]:
        """Bring every piece, oldest key first; raises `SourceError` where the rows do not add up."""
        book = PieceBook(self.order.cache, self._request())
        if self._one(sa.select(sa.func.count()).where(self._rows, self._key.is_(None))):
            raise SourceError(
                "rows have no key", place=Place(table=self.name, column=self.spec.key[0]), remedy="check `key`"
            )
        total = self._one(sa.select(sa.func.count()).select_from(self._table).where(self._rows))
        found: list[Piece] = []
        after: Any = None
        for old in list(book.pieces) if self.spec.changed else []:
            if old.upto is None or self._print(after, old.upto) != (old.rows, old.changes):
                if old.upto is None:
                    break
                old = self._bring(book, len(found), after, old.upto)  # noqa: PLW2901 - the same piece, read anew
            found.append(old)
            after = old.upto
            self._progress(found, total)
        while True:
            upto = self._cut(after)
            found.append(self._bring(book, len(found), after, upto))
            self._progress(found, total)
            if upto is None:
                break
            after = upto
        book.keep(found)
        if sum(piece.rows for piece in found) != total:
            raise SourceError("the pieces do not add up to the relation", remedy="check that `key` tells rows apart")
        return found

    def _cut(self, after: Any) -> Any:  # noqa: ANN401 - a key of any type
        """Return the greatest key of the next piece, None for the last."""
        within = sa.select(self._key).where(self._rows, self._after(after))
        return self._one(within.order_by(self._key).offset(self.source.piece_rows - 1).limit(1))

    def _bring(self, book: PieceBook, number: int, after: Any, upto: Any) -> Piece:  # noqa: ANN401
        """Read one piece, as it is in the snapshot."""
        text = [sa.cast(self._table.c[column], sa.Text()).label(f"c{n}") for n, column in enumerate(self._columns)]
        order = [self._table.c[column] for column in self.spec.key]
        query = sa.select(*text).where(self._rows, self._after(after), self._upto(upto)).order_by(*order)
        rows = self.connection.execute(
            query, execution_options={"stream_results": True, "yield_per": FETCHED_AT_A_TIME}
        )
        path = book.path(number)
        count = write_piece(path, self._names, rows.partitions())
        expected, changes = self._print(after, upto)
        if count != expected:
            raise SourceError("a piece changed while it was read", remedy="the database gives no snapshot: use a view")
        piece = Piece(path, count, changes, upto, sha256_of(path))
        book.put(number, piece)
        return piece

    def _print(self, after: Any, upto: Any) -> tuple[int, str | None]:  # noqa: ANN401
        """Return what tells whether a range is as it was: its number of rows and a digest of their changes."""
        within = (self._rows, self._after(after), self._upto(upto))
        if self.spec.changed is None:
            return int(self._one(sa.select(sa.func.count()).select_from(self._table).where(*within))), None
        text = sa.cast(self._table.c[self.spec.changed], sa.Text())
        rows = self.connection.execute(
            sa.select(text).where(*within).order_by(*(self._table.c[column] for column in self.spec.key)),
            execution_options={"stream_results": True, "yield_per": FETCHED_AT_A_TIME},
        )
        count, digest = 0, hashlib.sha256()
        for part in rows.scalars().partitions():
            digest.update(json.dumps(list(part)).encode())
            count += len(part)
        return count, digest.hexdigest()

    def _after(self, key: Any) -> sa.ColumnElement[bool]:  # noqa: ANN401
        return sa.true() if key is None else self._key > key

    def _upto(self, key: Any) -> sa.ColumnElement[bool]:  # noqa: ANN401
        return sa.true() if key is None else self._key <= key

    def _of_period(self) -> sa.ColumnElement[bool]:
        """Return the condition that a row is of the period asked for; where none was and the
        relation holds but one, all are."""
        if self.spec.of_period is None:
            return sa.true()
        column = self._table.c[self.spec.of_period]
        if self._one(sa.select(sa.func.count()).select_from(self._table).where(column.is_(None))):
            raise SourceError(
                "rows say no period", place=Place(table=self.name, column=self.spec.of_period),
                remedy="have them filled in: no period would ever read them",
            )  # fmt: skip
        if self.order.period is None:
            several = self.connection.execute(sa.select(column).distinct().limit(2)).fetchall()
            if len(several) == 1:
                return sa.true()
        label = self.order.demanded_period()
        period = Period.parse(self.order.dataset.spec.period.kind, label)
        if self.spec.months:
            return sa.and_(column >= _month(column, period.start), column < _month(column, period.end))
        if isinstance(column.type, (sa.Date, sa.DateTime)):
            return column == period.start
        return sa.cast(column, sa.Text()) == label

    def _demand_columns(self) -> None:
        named = [*self.spec.key, *filter(None, (self.spec.changed, self.spec.of_period))]
        if gone := [column for column in named if column not in self._table.c]:
            raise HeaderError(
                f"the relation has no column {gone[0]}", place=Place(table=self.name), remedy="check key and changed"
            )

    def _request(self) -> dict[str, Any]:
        return {"address": self.order.address, "relation": self.spec.relation, "columns": dict(
            zip(self._names, self._columns, strict=True)), "key": self.spec.key, "changed": self.spec.changed,
            "period": self.order.period if self.spec.of_period else None}  # fmt: skip

    def _one(self, query: sa.Select[Any]) -> Any:  # noqa: ANN401
        return self.connection.execute(query).scalar()

    def _progress(self, found: list[Piece], total: int) -> None:
        self.order.on_progress(f"reading {self.name}", sum(piece.rows for piece in found), total)
