"""A register that is read while it changes must be one state of it, and a run that was cut off
must neither lose a row nor use one that has changed since."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import sqlalchemy as sa

from pipelines.errors import HeaderError, SourceError, UnreachableError, UsageError
from pipelines.extract import extract
from pipelines.workspace import Workspace
from tests import postgres, sources

COLUMNS = {"person_id": "pid", "paid_thb": "amount", "paid_on": "paid_on"}


def source(*, changed: str | None = "changed_at", piece_rows: int = 100, **table: Any) -> dict[str, Any]:
    spec = {"relation": "register", "key": ["pid"], "changed": changed, "columns": COLUMNS,
            "ignore": {"changed_at": "of the system", "month": "x"}} | table  # fmt: skip
    return {"reader": "sql", "piece_rows": piece_rows, "tables": {"register": spec}}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres.running() as address:
        yield address


@pytest.fixture
def database(server: str) -> Iterator[sa.Engine]:
    engine = sa.create_engine(server, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS register")
        connection.exec_driver_sql(
            "CREATE TABLE register (pid text PRIMARY KEY, amount numeric(12,2), paid_on date, month text,"
            " changed_at timestamptz DEFAULT clock_timestamp())"
        )
        fill(connection, 1, 1000)
    yield engine
    engine.dispose()


def fill(connection: sa.Connection, first: int, last: int) -> None:
    connection.exec_driver_sql(
        "INSERT INTO register SELECT 'P' || lpad(n::text, 9, '0'), 600 + mod(n, 3), date '2023-01-01' + mod(n, 300),"
        " '2566', clock_timestamp() FROM generate_series(%s::int, %s::int) n",
        (first, last),
    )


def taken(ws: Workspace, database: sa.Engine) -> list[dict[str, Any]]:
    extract(ws, ws.dataset(sources.NAME), period="2566", location=address(database))
    return sources.rows(ws)["register"]


def address(database: sa.Engine) -> str:
    return database.url.render_as_string(hide_password=False)


def truth(database: sa.Engine) -> list[tuple[str, str, str]]:
    with database.connect() as connection:
        query = "SELECT pid, amount::text, paid_on::text FROM register ORDER BY pid"
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def as_read(rows: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(row["person_id"], row["paid_thb"], row["paid_on"]) for row in rows]


def test_every_row_comes_as_the_database_writes_it_in_the_order_of_its_key(database: sa.Engine, tmp_path: Path) -> None:
    ws = sources.project(tmp_path, source())
    rows = taken(ws, database)
    assert as_read(rows) == truth(database)
    assert [row["source_row"] for row in rows] == list(range(1, 1001))
    assert rows[0]["paid_thb"] == "601.00"
    assert not extract(ws, ws.dataset(sources.NAME), period="2566", location=address(database)).written


@pytest.mark.parametrize("changed", ["changed_at", None])
def test_what_changed_since_is_read_again(changed: str | None, database: sa.Engine, tmp_path: Path) -> None:
    ws = sources.project(tmp_path, source(changed=changed))
    taken(ws, database)
    with database.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE register SET amount = 999, changed_at = clock_timestamp() WHERE pid = 'P000000150'"
        )
        connection.exec_driver_sql("DELETE FROM register WHERE pid = 'P000000333'")
        fill(connection, 2001, 2150)
        connection.exec_driver_sql("INSERT INTO register VALUES ('P0000004505', 1, '2023-02-02', '2566')")
    assert as_read(taken(ws, database)) == truth(database)


def test_a_change_that_is_committed_after_a_later_one_is_read(database: sa.Engine, tmp_path: Path) -> None:
    """A transaction stamps its rows when it begins; others may be committed before it ends."""
    ws = sources.project(tmp_path, source())
    with database.connect() as slow:
        slow.exec_driver_sql("UPDATE register SET amount = 5, changed_at = now() WHERE pid = 'P000000010'")
        with database.begin() as quick:
            quick.exec_driver_sql(
                "UPDATE register SET amount = 6, changed_at = clock_timestamp() WHERE pid = 'P000000020'"
            )
        taken(ws, database)
        slow.commit()
    assert as_read(taken(ws, database)) == truth(database)


def test_only_pieces_that_changed_are_read_again(database: sa.Engine, tmp_path: Path) -> None:
    ws = sources.project(tmp_path, source())
    taken(ws, database)
    before = {path: path.stat().st_mtime_ns for path in Path(ws.home, "cache").rglob("*.parquet")}
    with database.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE register SET amount = 1, changed_at = clock_timestamp() WHERE pid = 'P000000150'"
        )
    taken(ws, database)
    again = [path for path in before if path.stat().st_mtime_ns != before[path]]
    assert len(before) == 11
    assert len(again) == 2  # the piece that changed, and the open one at the end


def test_a_run_sees_one_state_though_the_register_changes_meanwhile(database: sa.Engine, tmp_path: Path) -> None:
    ws = sources.project(tmp_path, source(piece_rows=50))
    expected = truth(database)
    changed: list[int] = []

    def meanwhile(what: str, done: int, _total: int | None) -> None:
        if what == "reading register" and done >= 200 and not changed:
            with database.begin() as connection:
                connection.exec_driver_sql("UPDATE register SET amount = amount + 1, changed_at = clock_timestamp()")
                connection.exec_driver_sql("DELETE FROM register WHERE pid > 'P000000900'")
                fill(connection, 3001, 3100)
            changed.append(done)

    extract(ws, ws.dataset(sources.NAME), period="2566", location=address(database), on_progress=meanwhile)
    assert changed
    assert as_read(sources.rows(ws)["register"]) == expected


def test_only_the_rows_of_the_period_are_read(database: sa.Engine, tmp_path: Path) -> None:
    with database.begin() as connection:
        connection.exec_driver_sql("UPDATE register SET month = '2565' WHERE pid <= 'P000000100'")
    ws = sources.project(tmp_path, source(of_period="month"))
    assert len(taken(ws, database)) == 900
    with pytest.raises(UsageError, match="one period"):
        extract(ws, ws.dataset(sources.NAME), location=address(database))


@pytest.mark.parametrize("column", ["month", "paid_on"])
def test_a_year_is_read_out_of_its_months(database: sa.Engine, tmp_path: Path, column: str) -> None:
    """Fiscal year 2566 is October 2022 to September 2023."""
    rows = [(m, f"{m}-01", f"P{n:09}") for n, m in enumerate(("2022-09", "2022-10", "2023-09", "2023-10"), 1)]
    with database.begin() as connection:
        connection.exec_driver_sql("DELETE FROM register WHERE pid > 'P000000004'")
        connection.exec_driver_sql("UPDATE register SET month = %s, paid_on = %s WHERE pid = %s", rows)
    ws = sources.project(tmp_path, source(of_period=column, months=True))
    assert [row["person_id"] for row in taken(ws, database)] == ["P000000002", "P000000003"]


@pytest.mark.parametrize(
    ("changes", "kind", "said"),
    [
        ({"relation": "gone"}, SourceError, "no such relation"),
        ({"key": ["nothing"]}, HeaderError, "no column nothing"),
        ({"ignore": {"changed_at": "x"}}, HeaderError, "not known: month"),
        ({"columns": COLUMNS | {"more": "more"}}, HeaderError, "missing: more"),
        ({"key": ["paid_on"]}, SourceError, "no key"),
        ({"of_period": "paid_on", "months": True}, SourceError, "say no period"),
    ],
)
def test_what_is_not_as_declared_is_refused_by_name(
    changes: dict[str, Any], kind: type[Exception], said: str, database: sa.Engine, tmp_path: Path
) -> None:
    with database.begin() as connection:
        connection.exec_driver_sql("UPDATE register SET paid_on = NULL WHERE pid = 'P000000001'")
    ws = sources.project(tmp_path, source(**changes))
    with pytest.raises(kind, match=said):
        taken(ws, database)


def test_an_address_is_never_said(tmp_path: Path) -> None:
    ws = sources.project(tmp_path, source())
    for wrong in ("postgresql+psycopg://u:SECRET@127.0.0.1:1/x", "postgresql+nodriver://u:SECRET@h/x", "SECRET://h"):
        with pytest.raises((UnreachableError, SourceError)) as refused:
            extract(ws, ws.dataset(sources.NAME), period="2566", location=wrong)
        assert "SECRET" not in str(refused.value)
        assert refused.value.__cause__ is None
    assert b"SECRET" not in b"".join(p.read_bytes() for p in Path(ws.home, "quarantine").rglob("*.json"))


def test_a_run_that_was_killed_goes_on_where_it_was_and_sees_what_changed_since(
    database: sa.Engine, tmp_path: Path
) -> None:
    with database.begin() as connection:
        fill(connection, 1001, 60_000)
    ws = sources.project(tmp_path, source(piece_rows=2000))
    code = ("import sys; from pathlib import Path; from pipelines.workspace import Workspace;"
            "from pipelines.extract import extract;"
            f"ws = Workspace(Path({str(ws.project)!r}), {ws.home!r});"
            f"extract(ws, ws.dataset({sources.NAME!r}), period='2566', location=sys.argv[1])")  # fmt: skip
    with subprocess.Popen(
        [sys.executable, "-c", code, address(database)], env=os.environ | {"PYTHONPATH": "."}
    ) as child:
        while len(list(Path(ws.home, "cache").rglob("piece-*.parquet"))) < 8:
            time.sleep(0.005)
        child.send_signal(signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL
    kept = {path: path.stat().st_mtime_ns for path in Path(ws.home, "cache").rglob("piece-*.parquet")}
    assert 8 <= len(kept) < 31
    with database.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE register SET amount = 7, changed_at = clock_timestamp() WHERE pid = 'P000000005'"
        )
    assert as_read(taken(ws, database)) == truth(database)
    untouched = [path for path, moment in kept.items() if path.stat().st_mtime_ns == moment]
    assert len(untouched) >= 6


def test_a_connection_that_breaks_is_unreachable_and_the_next_run_is_whole(database: sa.Engine, tmp_path: Path) -> None:
    ws = sources.project(tmp_path, source(piece_rows=100))

    def cut(what: str, done: int, _total: int | None) -> None:
        if what == "reading register" and done == 500:
            with database.begin() as connection:
                connection.exec_driver_sql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                )

    with pytest.raises(UnreachableError):
        extract(ws, ws.dataset(sources.NAME), period="2566", location=address(database), on_progress=cut)
    assert as_read(taken(ws, database)) == truth(database)


def test_memory_does_not_grow_with_the_register(database: sa.Engine, tmp_path: Path) -> None:
    ws = sources.project(tmp_path, source(piece_rows=100_000))
    taken(ws, database)
    before = psutil.Process().memory_info().rss
    with database.begin() as connection:
        fill(connection, 10_000, 500_000)
    highest = [before]
    extract(ws, ws.dataset(sources.NAME), period="2566", location=address(database),
            on_progress=lambda *_: highest.append(psutil.Process().memory_info().rss))  # fmt: skip
    assert max(highest) - before < 150 << 20
