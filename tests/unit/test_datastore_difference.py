"""Which rows are sent to make one table another, and when two tables are the same; synthetic, no portal."""

import csv
import io
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.errors import DatasetError
from pipelines.portals.ckan_columns import fields_of, types_of
from pipelines.portals.ckan_difference import difference
from pipelines.portals.ckan_fingerprint import _lines, _of_csv, fingerprint_of
from pipelines.portals.ckan_records import records_of

ARROW = pa.schema([("area_code", pa.string()), ("amount_thb", pa.decimal128(38, 2)), ("paid_date", pa.date32()),
                   ("final", pa.bool_()), ("note_th", pa.string())])  # fmt: skip
TYPES = {"area_code": "text", "amount_thb": "numeric", "paid_date": "date", "final": "bool", "note_th": "text"}
Row = tuple[str, Decimal | None, date | None, bool | None, str | None]


def write(path: Path, rows: Sequence[Row]) -> Path:
    columns = [pa.array([row[n] for row in rows], ARROW.field(n).type) for n in range(len(ARROW))]
    pq.write_table(pa.table(columns, schema=ARROW), path)
    return path


def row(code: str, note: str | None = None, amount: str = "1.50") -> Row:
    return (code, Decimal(amount), date(2024, 1, 31), True, note)


def sent(old: Path | None, new: Path, live: list[list[str]]) -> tuple[list[tuple[str, int | None]], list[int]]:
    """Return code and place of each row that is sent, and the places left over."""
    with difference(old, new, ["area_code"]) as found:
        found.place(iter([live] if live else []))
        rows = found.rows().read_all()
        return list(zip(rows["area_code"].to_pylist(), rows["_id"].to_pylist(), strict=True)), found.left()


def test_only_what_differs_is_sent_and_a_coming_row_takes_the_place_of_a_going_one(tmp_path: Path) -> None:
    old = write(tmp_path / "o.parquet", [row("01"), row("02"), row("03"), row("04")])
    new = write(tmp_path / "n.parquet", [row("01"), row("02", "ใหม่"), row("05"), row("06"), row("07")])
    live = [["12", "02"], ["13", "03"], ["14", "04"]]
    assert sent(old, new, live) == ([("02", 12), ("05", 13), ("06", 14), ("07", None)], [])


def test_places_that_nobody_takes_are_left_to_be_deleted(tmp_path: Path) -> None:
    old = write(tmp_path / "o.parquet", [row("01"), row("02"), row("03")])
    new = write(tmp_path / "n.parquet", [row("04")])
    assert sent(old, new, [["1", "01"], ["2", "02"], ["3", "03"]]) == ([("04", 1)], [2, 3])


def test_a_row_that_was_not_asked_for_is_never_touched(tmp_path: Path) -> None:
    """Of a key of two columns a portal gives more rows than those that differ."""
    old = write(tmp_path / "o.parquet", [row("01"), row("02"), row("03")])
    new = write(tmp_path / "n.parquet", [row("01"), row("02", "ใหม่"), row("03")])
    assert sent(old, new, [["1", "01"], ["2", "02"], ["3", "03"]]) == ([("02", 2)], [])


@pytest.mark.parametrize(
    ("codes", "keeps"), [(["01", "02"], True), (["01", "02", "03"], False), (["01"], False), (["01", "03"], False)]
)
def test_places_need_not_be_known_where_no_row_comes_or_goes(tmp_path: Path, codes: list[str], *, keeps: bool) -> None:
    old = write(tmp_path / "o.parquet", [row("01"), row("02")])
    new = write(tmp_path / "n.parquet", [row(code, "ใหม่") for code in codes])
    with difference(old, new, ["area_code"]) as found:
        assert found.keeps_places == keeps


def test_where_rows_keep_their_places_only_the_columns_that_differ_go(tmp_path: Path) -> None:
    old = write(tmp_path / "o.parquet", [row("01", "เดิม"), row("02", "เดิม"), row("03")])
    new = write(tmp_path / "n.parquet", [row("01", "ใหม่"), row("02", "เดิม", "2.00"), row("03")])
    with difference(old, new, ["area_code"]) as found:
        found.place(())
        records = records_of(found.rows().read_all())
    assert records == [
        {"area_code": "01", "amount_thb": "1.50", "note_th": "ใหม่"},
        {"area_code": "02", "amount_thb": "2.00", "note_th": "เดิม"},
    ]


def test_places_are_asked_for_where_a_key_is_empty_which_a_portal_does_not_find(tmp_path: Path) -> None:
    old, new = write(tmp_path / "o.parquet", [row("")]), write(tmp_path / "n.parquet", [row("", "ใหม่")])
    with difference(old, new, ["area_code"]) as found:
        assert not found.keeps_places


def test_a_whole_table_lies_over_what_is_there_by_key(tmp_path: Path) -> None:
    new = write(tmp_path / "n.parquet", [row("01"), row("03"), row("05")])
    assert sent(None, new, [["7", "02"], ["8", "03"], ["9", "04"]]) == ([("01", 7), ("03", 8), ("05", 9)], [])


def test_rows_that_are_there_already_are_sent_to_their_own_place(tmp_path: Path) -> None:
    """As after a change that broke off, or was done."""
    old = write(tmp_path / "o.parquet", [row("01"), row("02")])
    new = write(tmp_path / "n.parquet", [row("03"), row("04")])
    assert sent(old, new, [["2", "03"], ["1", "01"]]) == ([("03", 2), ("04", 1)], [])


def test_the_fingerprint_does_not_know_the_order_of_rows_and_sees_every_cell(tmp_path: Path) -> None:
    rows = [row(f"{n:03}", f"ที่ {n}") for n in range(50)]
    one = fingerprint_of(write(tmp_path / "1.parquet", rows))
    assert one == fingerprint_of(write(tmp_path / "2.parquet", rows[::-1]))
    for n, other in enumerate([row("900"), row("049", "ที 49"), row("049", "ที่ 49", "1.51"), row("049"), rows[0]]):
        assert one != fingerprint_of(write(tmp_path / f"x{n}.parquet", [*rows[:-1], other]))
    assert one.rows == 50


def test_a_cell_that_moves_into_the_next_column_is_another_content(tmp_path: Path) -> None:
    one = write(tmp_path / "1.parquet", [("a", None, None, None, "b")])
    assert fingerprint_of(one) != fingerprint_of(write(tmp_path / "2.parquet", [("b", None, None, None, "a")]))


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
rows = st.lists(
    st.tuples(
        texts,
        st.none() | st.decimals(-(10**30), 10**30, places=2),
        st.none() | st.dates(),
        st.none() | st.booleans(),
        st.none() | texts,
    ),
    max_size=8,
)


@given(rows)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_dump_read_in_pieces_has_the_fingerprint_of_its_file(tmp_path: Path, given: list[Row]) -> None:
    """The dump as CKAN writes it: the header ends in CRLF, rows in LF, ends of line are in quotes, truth is t or f."""
    file = write(tmp_path / "t.parquet", given)
    text = io.StringIO(newline="")
    csv.writer(text).writerow(["_id", *TYPES])
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    for n, (code, amount, day, final, note) in enumerate(given):
        truth = None if final is None else "t" if final else "f"
        written = None if amount is None else format(amount, "f")
        writer.writerow([n, code, written, day, truth, note])
    dump = text.getvalue().encode()
    pieces = [dump[start : start + 7] for start in range(0, len(dump), 7)]
    assert _of_csv(_lines(pieces), TYPES) == fingerprint_of(file)


def test_numbers_go_as_texts_so_that_no_digit_is_lost(tmp_path: Path) -> None:
    given: list[Row] = [("01", Decimal("123456789012345678901234567890.10"), date(1867, 1, 2), None, "")]
    assert records_of(pq.read_table(write(tmp_path / "t.parquet", given))) == [
        {"area_code": "01", "amount_thb": "123456789012345678901234567890.10", "paid_date": "1867-01-02",
         "final": None, "note_th": ""},
    ]  # fmt: skip


def test_every_column_says_what_it_is_in_both_languages() -> None:
    field = {
        "name": "amount_thb",
        "type": "number",
        "titles": {"th": "จำนวนเงิน", "en": "Amount"},
        "descriptions": {"th": "รวมภาษี", "en": "With tax"},
        "unit": "THB",
    }
    info = {"label": "จำนวนเงิน", "notes": "รวมภาษี\n\nAmount: With tax\n\nหน่วย · Unit: THB"}
    assert fields_of({"fields": [field]}) == [{"id": "amount_thb", "type": "numeric", "info": info}]
    assert fields_of({"fields": [{"name": "n", "type": "year"}]})[0]["info"] == {"label": "n", "notes": ""}


@pytest.mark.parametrize("name", ["จำนวนเงิน", "_id", "a" * 61, 'a"b', "a b", "1a", ""])
def test_a_name_that_a_portal_would_cut_off_or_refuse_is_refused_here(name: str) -> None:
    with pytest.raises(DatasetError, match="cannot have a column of this name"):
        types_of({"fields": [{"name": name, "type": "string"}]})


def test_a_type_that_a_portal_does_not_have_is_refused() -> None:
    with pytest.raises(DatasetError, match="no type for fields of type geopoint"):
        types_of({"fields": [{"name": "a", "type": "geopoint"}]})
