"""The changelog tells exactly what changed between two releases, by key. All tables are made up."""

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import StoreError
from pipelines.release.changelog import KEYS_SHOWN, changelog, compare, count_alike
from pipelines.workspace import Workspace
from tests.toy import NAME, write_project

CELLS = st.one_of(st.none(), st.sampled_from(["", "0", "007", "นครปฐม", "น้ำ", "a'b", 'x"y', " "]))
KEYS = st.tuples(st.sampled_from(["10", "๑๐", "_T", "น่าน", "'"]), st.one_of(st.none(), st.integers(0, 3)))
TABLES = st.dictionaries(KEYS, st.tuples(CELLS, st.one_of(st.none(), st.integers(-2, 2))), max_size=12)
KEY = ["province_code", "tier_code"]


def write(path: Path, rows: dict[tuple[Any, ...], tuple[Any, ...]], number: pa.DataType, *, wide: bool) -> Path:
    """Write rows as a table; `wide` adds a column, `number` is the type of the last measure."""
    columns = {
        "province_code": pa.array([key[0] for key in rows], pa.string()),
        "tier_code": pa.array([key[1] for key in rows], pa.int64()),
        "kind": pa.array([cells[0] for cells in rows.values()], pa.string()),
        "key": pa.array([cells[1] for cells in rows.values()], pa.int64()).cast(number),
    }
    if wide:
        columns["columns"] = pa.array(["new"] * len(rows), pa.string())
    pq.write_table(pa.table(columns), path)
    return path


def told_by_hand(old: dict[Any, Any], new: dict[Any, Any]) -> dict[str, Any]:
    """The same in plain Python: what the engine has to agree with."""

    def listed(keys: set[Any]) -> list[list[str | None]]:
        text = [[None if part is None else str(part) for part in key] for key in keys]
        return sorted(text, key=lambda key: [(part is None, part or "") for part in key])

    changed = {key for key in set(old) & set(new) if old[key] != new[key]}
    by_text = {tuple(listed({key})[0]): key for key in changed}
    return {
        "added": len(set(new) - set(old)),
        "changed": len(changed),
        "removed": len(set(old) - set(new)),
        "unchanged": len(set(old) & set(new)) - len(changed),
        "keys": {
            "added": listed(set(new) - set(old)),
            "removed": listed(set(old) - set(new)),
            "changed": [
                {
                    "key": text,
                    "columns": [
                        name
                        for name, before, after in zip(
                            ("kind", "key"), old[by_text[tuple(text)]], new[by_text[tuple(text)]], strict=True
                        )
                        if before != after
                    ],
                }
                for text in listed(changed)
            ],
        },
    }


@settings(max_examples=150, deadline=None)
@given(old=TABLES, new=TABLES, retyped=st.booleans(), widened=st.booleans(), narrowed=st.booleans())
def test_every_row_is_counted_once_and_named_as_by_hand(
    old: dict[Any, Any], new: dict[Any, Any], *, retyped: bool, widened: bool, narrowed: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        before = write(Path(folder, "old"), old, pa.int64(), wide=narrowed)
        after = write(Path(folder, "new"), new, pa.string() if retyped else pa.int64(), wide=widened)
        told = compare(before, after, KEY, Path(folder))
    by_hand = told_by_hand(old, new)
    assert {name: told[name] for name in by_hand} == by_hand
    assert told["columns"] == {
        "added": ["columns"] if widened and not narrowed else [],
        "removed": ["columns"] if narrowed and not widened else [],
        "changed": ["key"] if retyped else [],
    }


def test_of_many_keys_the_first_hundred_are_named_and_all_are_counted(tmp_path: Path) -> None:
    rows = {(f"{n:05}", None): ("", 0) for n in range(2_000)}
    before = write(tmp_path / "old", rows, pa.int64(), wide=False)
    after = write(tmp_path / "new", dict.fromkeys(rows, ("", 1)), pa.int64(), wide=False)
    told = compare(before, after, KEY, tmp_path)
    assert (told["changed"], len(told["keys"]["changed"])) == (2_000, KEYS_SHOWN)
    assert told["keys"]["changed"][0] == {"key": ["00000", None], "columns": ["key"]}


class Released:
    """A store with one earlier release of the toy dataset and a folder with the next."""

    def __init__(self, folder: Path, key: str = "visit_code") -> None:
        self.ws: Workspace = write_project(folder)
        self.dataset = self.ws.dataset(NAME)
        self.built = folder / "built"
        self.built.mkdir()
        for table in self.dataset.spec.tables:
            self.table(self.built / f"{table}.parquet", table, ["1001-001", "1001-002"])
        before = folder / "before"
        before.mkdir()
        self.table(before / "notes.parquet", "notes", ["1001-002", "1001-003", "1001-004"])
        resources = ", ".join(
            f'{{"path": "{table}.csv", "format": "csv", "schema": {{"primaryKey": ["{key}"]}}}}'
            for table in ("notes", "withdrawn_table")
        )
        (before / "datapackage.json").write_text(f'{{"resources": [{resources}]}}')
        self.ws.store.adopt(before, f"releases/{NAME}", "2566-000000000001")

    def table(self, path: Path, table: str, keys: list[str]) -> None:
        names = self.dataset.spec.tables[table].columns
        pq.write_table(pa.table(dict.fromkeys(names, keys)), path)

    def told(self, previous: str | None, *, may_list: bool = True) -> dict[str, Any]:
        return changelog(self.ws, self.dataset, self.built, previous, lambda _table, _keys: may_list)


def test_a_first_release_is_compared_with_nothing(tmp_path: Path) -> None:
    assert Released(tmp_path).told(None) == {
        "previous": None, "tables": {}, "tables_removed": [], "schema_changes": [],
    }  # fmt: skip


def test_tables_that_come_and_go_are_told(tmp_path: Path) -> None:
    told = Released(tmp_path).told("2566-000000000001")
    assert told["tables_removed"] == ["withdrawn_table"]
    assert told["tables"]["notes"]["keys"]["removed"] == [["1001-003"], ["1001-004"]]
    assert (told["tables"]["visits_by_district"]["added"], told["tables"]["visits_by_district"]["matched"]) == (
        2,
        False,
    )


def test_rows_are_not_matched_by_a_key_that_is_another_than_before(tmp_path: Path) -> None:
    told = Released(tmp_path, key="note_th").told("2566-000000000001")["tables"]["notes"]
    assert (told["added"], told["removed"], told["matched"]) == (2, 3, False)


def test_keys_that_may_not_stand_in_public_are_counted_only(tmp_path: Path) -> None:
    told = Released(tmp_path).told("2566-000000000001", may_list=False)["tables"]["notes"]
    assert (told["added"], told["removed"], told["unchanged"]) == (1, 2, 1)
    assert told["keys"] == {"added": [], "changed": [], "removed": []}


def test_without_the_earlier_release_no_changelog_is_made_up(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="not in the store"):
        Released(tmp_path).told("2566-00000000000f")


RECORDS = st.lists(st.tuples(st.sampled_from(["10", "_T", "น่าน", None]), st.sampled_from([None, 0, 1])), max_size=12)


@settings(max_examples=60, deadline=None)
@given(RECORDS, RECORDS)
def test_records_that_only_a_number_tells_apart_are_counted_as_alike_or_not(old: list[Any], new: list[Any]) -> None:
    """One more record in front changes every number and no record."""
    with tempfile.TemporaryDirectory() as folder:
        before, after = numbered(Path(folder, "old"), old), numbered(Path(folder, "new"), new)
        told = count_alike(before, after, ["record_number"], Path(folder))
    alike = (Counter(old) & Counter(new)).total()
    counts = {name: told[name] for name in ("added", "changed", "removed", "unchanged")}
    assert counts == {
        "added": len(new) - alike, "changed": 0, "removed": len(old) - alike, "unchanged": alike,
    }  # fmt: skip
    assert told["keys"] == {"added": [], "changed": [], "removed": []}


def numbered(path: Path, records: list[tuple[str | None, int | None]]) -> Path:
    columns = {
        "record_number": pa.array(range(1, len(records) + 1), pa.int64()),
        "province_code": pa.array([record[0] for record in records], pa.string()),
        "tier_code": pa.array([record[1] for record in records], pa.int64()),
    }
    pq.write_table(pa.table(columns), path)
    return path
