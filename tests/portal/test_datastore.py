"""What users of the API get of a published table, on a real CKAN."""

from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.errors import PortalError
from pipelines.portals.ckan_datastore import drop_table, fingerprint_of
from tests.portal import tables
from tests.portal.tables import AWKWARD, Made, make, parquet, plain
from tests.portals import RealPortal


@pytest.fixture
def made(agency: RealPortal, request: pytest.FixtureRequest) -> Made:
    return make(agency, request.node.name.replace("[", "_").replace("]", "").lower()[:90])


def test_every_value_arrives_as_it_is_and_the_columns_are_typed_and_labelled(made: Made, tmp_path: Path) -> None:
    file = parquet(tmp_path / "t.parquet", AWKWARD)
    made.table().load(file)
    assert made.table().differs(fingerprint_of(file)) == []
    found = made.search(sort="_id")
    assert [tuple(r.values())[1:] for r in found["records"][:2]] == [
        ("001001", 2566, 12.5, 2**62, "1867-01-31", True, AWKWARD[0][6]),
        ("001002", 2566, -0.1, -1, None, False, AWKWARD[1][6]),
    ]
    types = {f["id"]: f["type"] for f in found["fields"]}
    assert types == {"_id": "int", "area_code": "text", "fiscal_year_be": "int4", "amount_thb": "numeric",
                     "recipient_count": "int8", "paid_date": "date", "final": "bool", "note_th": "text"}  # fmt: skip
    info = next(f["info"] for f in found["fields"] if f["id"] == "amount_thb")
    assert info == {
        "label": "จำนวนเงิน (บาท)",
        "notes": "ร้อยละ 100% : \"รวม\"\n\nAmount (baht): All of it: 100%, 'in total'\n\nหน่วย · Unit: THB",
    }


def test_a_number_of_thirty_digits_keeps_them_all_for_who_asks_by_sql(made: Made, tmp_path: Path) -> None:
    made.table().load(parquet(tmp_path / "t.parquet", AWKWARD))
    sql = f'SELECT amount_thb::text AS exact FROM "{made.id}" WHERE fiscal_year_be = 2567'  # noqa: S608
    assert made.portal.operator("datastore_search_sql", sql=sql)["records"] == [{"exact": AWKWARD[2][2]}]


def test_a_date_can_be_filtered_and_sorted_as_a_date(made: Made, tmp_path: Path) -> None:
    made.table().load(parquet(tmp_path / "t.parquet", plain(range(20))))
    found = made.search(filters={"paid_date": {"gt": "2023-01-18"}}, sort="paid_date desc")
    assert [r["paid_date"] for r in found["records"]] == ["2023-01-20", "2023-01-19"]


def test_the_table_can_be_looked_at_on_the_portal_with_its_dates(made: Made, tmp_path: Path) -> None:
    made.table().load(parquet(tmp_path / "t.parquet", plain(range(20))))
    view = made.portal.operator("resource_view_create", resource_id=made.id, view_type="datatables_view", title="ดู")
    with made.calls.body(f"dataset/{made.package}/resource/{made.id}/view/{view['id']}") as page:
        assert "paid_date" in page.text


@pytest.mark.parametrize("rows", [[], [("1", 2566, None, None, None, None, None)]], ids=["no_rows", "only_nothing"])
def test_a_table_with_nothing_in_it_has_its_columns_all_the_same(
    made: Made, tmp_path: Path, rows: list[tables.Row]
) -> None:
    file = parquet(tmp_path / "t.parquet", rows)
    made.table().load(file)
    assert made.table().differs(fingerprint_of(file)) == []
    assert made.search()["total"] == len(rows)
    made.table().load(file)
    assert made.table().differs(fingerprint_of(file)) == []


def test_the_number_of_rows_that_a_search_tells_is_the_new_one_after_a_change(made: Made, tmp_path: Path) -> None:
    old, new = parquet(tmp_path / "o.parquet", plain(range(5))), parquet(tmp_path / "n.parquet", plain(range(9)))
    made.table().load(old)
    assert made.search(limit=0)["total"] == 5  # CKAN keeps this number
    made.table().change(old, new)
    assert made.search(limit=0)["total"] == 9


def test_after_a_change_a_search_finds_the_new_words_and_not_the_old(made: Made, tmp_path: Path) -> None:
    old = parquet(tmp_path / "o.parquet", plain(range(5), "สิบ"))
    new = parquet(tmp_path / "n.parquet", [*plain(range(1, 5), "สิบ"), *plain(range(7, 9), "ร้อย")])
    made.table().load(old)
    assert made.table().change(old, new) == 1
    assert made.search(q="ร้อย")["total"] == 2
    assert made.search(q="สิบ")["total"] == 4


@pytest.mark.parametrize("live", [False, True], ids=["new", "live"])
def test_a_cell_that_the_portal_refuses_is_named_by_row_and_column_and_not_told(
    made: Made, tmp_path: Path, *, live: bool
) -> None:
    """An id of a column of the index is too long, behind others; synthetic."""
    if live:
        made.table().load(parquet(tmp_path / "o.parquet", plain(range(3))))
    long = "".join(f"{n * 7919 % 104729:x}ฮ" for n in range(1500))
    rows = [*plain(range(40)), (long, 2566, None, None, None, None, None), *plain(range(50, 60))]
    with pytest.raises(PortalError) as refused:
        made.table().load(parquet(tmp_path / "t.parquet", rows))
    assert (refused.value.place.file, refused.value.place.row, refused.value.place.column) == (
        "t.parquet", 41, "area_code"
    )  # fmt: skip
    assert long[:20] not in str(refused.value)
    if live:
        assert made.cells("area_code") == ["000000", "000001", "000002"]


def test_a_nul_character_is_refused_before_anything_is_sent(made: Made, tmp_path: Path) -> None:
    rows = [*plain([1, 2]), ("3", 2566, None, None, None, None, "ก\0ข")]
    with pytest.raises(PortalError, match="NUL") as refused:
        made.table().load(parquet(tmp_path / "t.parquet", rows))
    assert (refused.value.place.row, refused.value.place.column) == (3, "note_th")
    assert "ก\0ข" not in str(refused.value)


def test_two_rows_of_one_key_are_refused_by_the_key(made: Made, tmp_path: Path) -> None:
    with pytest.raises(PortalError) as refused:
        made.table().load(parquet(tmp_path / "t.parquet", plain([1, 2, 1])))
    assert refused.value.place.column == "area_code, fiscal_year_be"


def test_a_table_larger_than_one_call_is_whole_in_the_end_and_can_be_loaded_again(made: Made, tmp_path: Path) -> None:
    file = parquet(tmp_path / "t.parquet", plain(range(5_000)))
    told: list[int] = []
    table = made.table(rows_at_once=100)
    table.load(file, lambda _what, done, _total: told.append(done))
    assert len(told) > 1
    assert told[-1] == 5_000
    table.load(file)
    assert table.differs(fingerprint_of(file)) == []


def test_what_somebody_altered_deleted_or_added_is_found(made: Made, tmp_path: Path) -> None:
    file = parquet(tmp_path / "t.parquet", plain(range(5)))
    wanted, table = fingerprint_of(file), made.table()
    table.load(file)
    write = {"resource_id": made.id, "force": True}
    made.portal.operator("datastore_upsert", **write, method="update", records=[{"_id": 2, "note_th": "อื่น"}])
    assert table.differs(wanted) == ["its content is another"]
    made.portal.operator("datastore_delete", **write, filters={"_id": 3})
    assert table.differs(wanted) == ["it has 4 rows instead of 5"]
    more = {"area_code": "9", "fiscal_year_be": 1}
    made.portal.operator("datastore_upsert", **write, method="insert", records=[more])
    assert table.differs(wanted) == ["its content is another"]
    table.load(file)
    assert table.differs(wanted) == []


def test_a_table_of_other_types_key_or_dictionary_is_found_and_made_anew(made: Made, tmp_path: Path) -> None:
    file = parquet(tmp_path / "t.parquet", plain(range(5)))
    table = made.table()
    fields = [{"id": "area_code", "type": "int4"}, {"id": "note_th", "type": "text", "info": {"label": "?"}}]
    data = {"resource_id": made.id, "force": True, "fields": fields, "primary_key": ["note_th"]}
    made.portal.operator("datastore_create", **data)
    reasons = table.differs(fingerprint_of(file))
    assert "the column area_code has the type int4 instead of text" in reasons
    assert "the column final is missing" in reasons
    assert "the dictionary says something else of the column note_th" in reasons
    assert "its primary key is another" in reasons
    table.load(file)
    assert table.differs(fingerprint_of(file)) == []


def test_a_mended_label_reaches_the_portal_without_a_row_being_sent(made: Made, tmp_path: Path) -> None:
    file = parquet(tmp_path / "t.parquet", plain(range(5)))
    made.table().load(file)
    fields = [{**field, "titles": {**field["titles"], "en": "Mended"}} for field in tables.SCHEMA["fields"]]
    mended = Made(made.portal, made.package, made.id, {**tables.SCHEMA, "fields": fields})
    assert len(mended.table().differs(fingerprint_of(file))) == 7
    assert mended.table().change(file, file) == 0
    assert mended.table().differs(fingerprint_of(file)) == []


def test_a_new_column_is_added_to_the_table_that_is_there(made: Made, tmp_path: Path) -> None:
    whole = tables.SCHEMA
    before = Made(made.portal, made.package, made.id, {**whole, "fields": whole["fields"][:-1]})
    new = parquet(tmp_path / "n.parquet", plain(range(5)))
    old = tmp_path / "o.parquet"
    pq.write_table(pq.read_table(new).drop_columns(["note_th"]), old)
    before.table().load(old)
    assert made.table().change(old, new) == 2
    assert made.table().differs(fingerprint_of(new)) == []
    assert made.cells("note_th") == [f"ปกติ {n}" for n in range(5)]


def test_a_removed_table_is_gone_and_removing_it_again_is_no_error(made: Made, tmp_path: Path) -> None:
    made.table().load(parquet(tmp_path / "t.parquet", plain(range(5))))
    assert drop_table(made.calls, made.id)
    assert not drop_table(made.calls, made.id)
    assert made.table().differs(None) == ["the table is missing"]


def test_old_dates_are_kept(made: Made, tmp_path: Path) -> None:
    rows: list[tables.Row] = [
        ("1", 2400, "1.00", 1, date(1, 1, 1), True, None),
        ("2", 1, "-1.00", 1, date(9999, 12, 31), True, None),
    ]
    file = parquet(tmp_path / "t.parquet", rows)
    made.table().load(file)
    assert made.table().differs(fingerprint_of(file)) == []
    assert made.cells("paid_date") == ["0001-01-01", "9999-12-31"]
