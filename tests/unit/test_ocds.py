"""The OCDS package is what users of the standard can load. All projects, firms and persons are made up."""

import csv
import datetime as dt
import json
import re
import tracemalloc
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from jsonschema import Draft4Validator  # type: ignore[import-untyped]
from referencing import Registry, Resource

from pipelines.errors import InvalidData, PrivacyError
from pipelines.release import ocds
from pipelines.release.ocds import METHODS, NATURAL, Package, Publication, write_package
from tests.conftest import PROJECT

TYPES = {"thb": pa.decimal128(18, 2), "date": pa.date32(), "be": pa.int64(), "sequence": pa.int64()}
WHERE = ("https://example.org/ocds/2568.json", "https://creativecommons.org/licenses/by/4.0/")
PUBLICATION = Publication("ocds-bq4ldt", "เทศบาลตัวอย่าง", *WHERE, dt.datetime(2025, 11, 1, 2, 30, tzinfo=dt.UTC))
HEADING = "วิธีการจัดหา ประกาศเชิญชวนทั่วไป คัดเลือก เฉพาะเจาะจง"
BIDDING = "ประกวดราคาอิเล็กทรอนิกส์ (e-bidding)"
TENDER = {
    "project_id": "68019000001", "project_name_th": 'ถนน\tคสล. "สายหนึ่ง"', "project_type_name_th": "จ้างก่อสร้าง",
    "department_name_th": "กรมตัวอย่าง", "sub_department_name_th": "สำนักงานตัวอย่าง", "subdistrict_name_th": "สุเทพ",
    METHODS[0]: BIDDING, METHODS[1]: HEADING, "announce_date": dt.date(2025, 1, 6), "province_name_th": "เชียงใหม่",
    "budget_amount_thb": Decimal("1234567890123456.78"), "reference_price_thb": Decimal("0.10"), "fiscal_year_be": 2568,
    "agreed_amount_thb": None, "project_status_th": "จัดทำสัญญา/PO แล้ว", "district_name_th": "เมือง",
}  # fmt: skip
CONTRACT = {
    "project_id": "68019000001", "contract_no": "1/2568", "contract_date": dt.date(2025, 2, 3),
    "contract_finish_date": dt.date(2025, 8, 2), "contract_amount_thb": Decimal("100000.00"),
    "contract_status_th": "ส่งงานครบถ้วน", "winner_kind": "juristic", "winner_tin": "0105500000019",
    "winner_name_th": "บริษัท ตัวอย่าง จำกัด", "contract_sequence": 1,
}  # fmt: skip
CODES = yaml.safe_load((PROJECT / "pipelines/release/ocds_codes.yaml").read_text(encoding="utf-8"))
COLUMNS = (METHODS[0], "project_type_name_th", "project_status_th")
DETAILS = ("procurementMethod", "mainProcurementCategory", "status")


def table(path: Path, like: dict[str, Any], rows: list[dict[str, Any]], group: int = 1000) -> Path:
    schema = pa.schema([(name, TYPES.get(name.rpartition("_")[2], pa.string())) for name in like])
    pq.write_table(pa.Table.from_pylist([like | row for row in rows], schema), path, row_group_size=group)
    return path


def write(folder: Path, tenders: list[Any], contracts: list[Any], group: int = 1000) -> tuple[Package, Path]:
    """Write a package of rows that say only how they differ from `TENDER` and `CONTRACT`."""
    paths = table(folder / "t.parquet", TENDER, tenders, group), table(folder / "c.parquet", CONTRACT, contracts, group)
    return write_package(*paths, folder / "package.json", PUBLICATION), folder / "package.json"


def releases(folder: Path, tenders: list[Any], contracts: list[Any]) -> Any:
    return json.loads(write(folder, tenders, contracts)[1].read_bytes(), parse_float=Decimal)["releases"]


def many() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Projects with none to three contracts, every kind of winner and every reviewed text; the
    last one has nothing but its id."""
    texts = [[text for code in CODES[name].values() for text in code] for name in (*DETAILS[:2], "tenderStatus")]
    signed = [text for code in CODES["contractStatus"].values() for text in code]
    tenders, contracts = [], []
    for number in range(60):
        project = {"project_id": f"680190{number:05}"}
        tenders.append(project | dict(zip(COLUMNS, (each[number % len(each)] for each in texts), strict=True)))
        for turn in range(number + number % 4, number, -1):
            told = {"winner_kind": ("juristic", "natural", "unknown")[turn % 3], "contract_sequence": turn}
            contracts.append(project | told | {"contract_status_th": signed[turn % len(signed)]})
    bare = [dict.fromkeys(like) | {"project_id": "69"} for like in (TENDER, CONTRACT)]
    return [*tenders, bare[0]], [*contracts, bare[1] | {"contract_sequence": 1}]


def under(value: Any) -> Iterator[tuple[str, Any]]:
    """Every member of a JSON value with its name, at any depth."""
    for key, item in value.items() if isinstance(value, dict) else [("", item) for item in value]:
        yield key, item
        yield from under(item) if isinstance(item, dict | list) else ()


@pytest.mark.real_data
def test_the_package_is_valid_by_the_schema_of_the_standard(real_data: Path, tmp_path: Path) -> None:
    names = (real_data / f"standards/ocds-1.1.5/{name}-schema.json" for name in ("release-package", "release"))
    package, release = (json.loads(path.read_bytes()) for path in names)
    validator = Draft4Validator(package, registry=(Resource.from_contents(release) @ Registry()).crawl())
    loaded = json.loads(write(tmp_path, *many())[1].read_bytes())
    assert [error.message for error in validator.iter_errors(loaded)] == []
    dates = [item for key, item in under(loaded) if key.endswith("Date") or key in {"date", "dateSigned"}]
    assert len(dates) > 200
    assert [text for text in dates if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+07:00", text)] == []
    del loaded["releases"][0]["ocid"]
    assert not validator.is_valid(loaded), "the schema of releases is not looked at"


@pytest.mark.real_data
def test_every_code_is_in_its_codelist_and_a_text_has_one_code(real_data: Path, tmp_path: Path) -> None:
    def codelist(name: str) -> set[str]:
        with (real_data / f"standards/ocds-1.1.5/codelists/{name}.csv").open(encoding="utf-8") as file:
            return {row["Code"] for row in csv.DictReader(file)}

    lists = {"procurementMethod": "method", "mainProcurementCategory": "procurementCategory"}
    for name, codes in CODES.items():
        assert set(codes) - {"no_code", "heading"} <= codelist(lists.get(name, name)), name
        texts = ["".join(text.split()).casefold() for texts in codes.values() for text in texts]
        assert sorted(set(texts)) == sorted(texts), f"a text of {name} stands for two codes"
    found = [member for release in releases(tmp_path, *many()) for member in under(release)]
    for name, known in {"tag": "releaseTag", "roles": "partyRole"}.items():
        assert {code for key, value in found if key == name for code in value} <= codelist(known)
    for name in ("initiationType", "currency"):
        assert {value for key, value in found if key == name} <= codelist(name)


def test_equal_input_gives_equal_bytes_wherever_batches_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package, out = write(tmp_path, *many())
    first = out.read_bytes()
    assert (package.releases, package.contracts, package.unknown) == (61, 91, {})
    for batch, group in ((1, 1000), (7, 2), (10_000, 3)):
        monkeypatch.setattr(ocds, "BATCH_ROWS", batch)
        assert write(tmp_path, *many(), group)[0] == package
        assert out.read_bytes() == first


def test_a_release_changes_its_id_when_and_only_when_it_changes(tmp_path: Path) -> None:
    both = [{}, {"project_id": "68019000002"}]
    before, after = (releases(tmp_path, both, [{"contract_status_th": text}]) for text in ("ส่งงานครบถ้วน", "ยกเลิกสัญญา"))
    assert [one["id"] == other["id"] for one, other in zip(before, after, strict=True)] == [False, True]


def test_a_project_is_told_from_plan_to_contract_and_money_keeps_every_digit(tmp_path: Path) -> None:
    (release,) = releases(tmp_path, [{}], [{}])
    start, signed = "2025-01-06T00:00:00+07:00", "2025-02-03T00:00:00+07:00"
    assert (release["ocid"], release["date"]) == ("ocds-bq4ldt-68019000001", signed)
    assert release["tag"] == ["planning", "tender", "award", "contract"]
    assert [party["roles"] for party in release["parties"]] == [["buyer"], ["procuringEntity"], ["supplier"]]
    buyer, entity, supplier = ({"id": party["id"], "name": party["name"]} for party in release["parties"])
    assert release["parties"][1]["address"] == {"region": "เชียงใหม่", "locality": "สุเทพ, เมือง"}
    assert release["parties"][2]["identifier"]["id"] == "0105500000019"
    assert release["planning"]["budget"]["amount"]["amount"] == Decimal("1234567890123456.78")
    assert release["tender"] == {
        "id": "68019000001", "title": TENDER["project_name_th"], "procuringEntity": entity, "status": "complete",
        "statusDetails": "จัดทำสัญญา/PO แล้ว", "value": {"amount": Decimal("0.10"), "currency": "THB"},
        "procurementMethod": "open", "procurementMethodDetails": BIDDING, "tenderPeriod": {"startDate": start},
        "mainProcurementCategory": "works", "mainProcurementCategoryDetails": "จ้างก่อสร้าง",
    }  # fmt: skip
    (award,) = release["awards"]
    assert (release["buyer"], award["suppliers"], award["status"]) == (buyer, [supplier], "active")
    assert release["contracts"][0] == {
        "id": award["id"], "awardID": award["id"], "title": "1/2568", "value": award["value"], "dateSigned": signed,
        "status": "terminated", "statusDetails": "ส่งงานครบถ้วน", "period": {"endDate": "2025-08-02T00:00:00+07:00"},
    }  # fmt: skip
    _, out = write(tmp_path, [{"reference_price_thb": Decimal("0.00")}], [{"contract_amount_thb": Decimal("-0.05")}])
    assert re.findall(r'"amount":(-?\d\.\d+),', out.read_text(encoding="utf-8")) == ["0.00", "-0.05", "-0.05"]


def test_a_natural_winner_has_no_name_and_no_number_even_if_the_table_has(tmp_path: Path) -> None:
    told = {"winner_tin": "1101700203451", "winner_name_th": "นายสมมุติ ตัวอย่าง"}
    kinds = enumerate(("natural", "natural", "unknown"), 1)
    _, out = write(tmp_path, [{}], [told | {"contract_sequence": n, "winner_kind": kind} for n, kind in kinds])
    assert not any(text in out.read_text(encoding="utf-8") for text in told.values())
    (release,) = json.loads(out.read_bytes())["releases"]
    suppliers = [{"id": f"68019000001-{n}-supplier", "name": NATURAL, "roles": ["supplier"]} for n in (1, 2)]
    assert release["parties"][2:] == suppliers
    assert [len(award.get("suppliers", [])) for award in release["awards"]] == [1, 1, 0]


@pytest.mark.parametrize("number", ["1101700203451", "010550000001", "0105500000019\n", "๐105500000019"])
def test_a_number_that_could_be_a_persons_stops_the_package(tmp_path: Path, number: str) -> None:
    with pytest.raises(PrivacyError) as refused:
        write(tmp_path, [{}], [{"winner_tin": number}])
    assert number.strip() not in str(refused.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.parquet", "t.parquet"]


def test_every_contract_has_one_award_of_its_own_and_every_reference_a_party(tmp_path: Path) -> None:
    for release in releases(tmp_path, *many()):
        awards, parties = release.get("awards", []), release.get("parties", [])
        roles = {party["id"]: party["roles"] for party in parties}
        assert [contract["awardID"] for contract in release.get("contracts", [])] == [each["id"] for each in awards]
        assert len(roles) == len(parties)
        numbers = [int(award["id"].removeprefix(f"{release['tender']['id']}-")) for award in awards]
        assert numbers == sorted(set(numbers))
        assert all("supplier" in roles[each["id"]] for award in awards for each in award.get("suppliers", []))


def test_a_firm_with_two_contracts_is_one_party_and_so_is_a_department_without_units(tmp_path: Path) -> None:
    (release,) = releases(tmp_path, [{"sub_department_name_th": "กรมตัวอย่าง"}], [{}, {"contract_sequence": 2}])
    assert [party["roles"] for party in release["parties"]] == [["buyer", "procuringEntity"], ["supplier"]]
    assert release["tender"]["procuringEntity"] == release["buyer"]


def test_an_unknown_text_is_published_word_for_word_without_a_code_and_counted_by_column(tmp_path: Path) -> None:
    texts = ("วิธีใหม่", "แบบใหม่", "สถานะใหม่")
    odd = [dict(zip(COLUMNS, texts, strict=True)), {"project_id": "8", "project_status_th": "ระหว่างดำเนินการ"}]
    package, out = write(tmp_path, odd, [{"contract_status_th": "อื่น"}])
    assert package.unknown == dict.fromkeys(["contract_status_th", *COLUMNS], 1)
    first, second = json.loads(out.read_bytes())["releases"]
    assert first["tender"].keys().isdisjoint(DETAILS)
    assert tuple(first["tender"][f"{name}Details"] for name in DETAILS) == texts
    assert (first["contracts"][0].get("status"), first["contracts"][0]["statusDetails"]) == (None, "อื่น")
    assert "status" not in first["awards"][0] | second["tender"], "of that contract, and by review, no code is known"


@pytest.mark.parametrize(("method", "group", "code", "words"), [
    (HEADING, "คัดเลือก", "selective", "คัดเลือก"), ("คัดเลือก", "เฉพาะเจาะจง", None, "คัดเลือก; เฉพาะเจาะจง"),
    ("ตกลงราคา", "เฉพาะเจาะจง", "direct", "ตกลงราคา; เฉพาะเจาะจง"), ("สอบ ราคา", None, "open", "สอบ ราคา"),
])  # fmt: skip
def test_the_method_is_found_in_either_column(tmp_path: Path, method: str, group: str, code: str, words: str) -> None:
    package, out = write(tmp_path, [dict(zip(METHODS, (method, group), strict=True))], [])
    tender = json.loads(out.read_bytes())["releases"][0]["tender"]
    assert (tender.get("procurementMethod"), tender["procurementMethodDetails"]) == (code, words)
    assert package.unknown == ({} if code else {METHODS[1]: 1})


@pytest.mark.parametrize(("tenders", "contracts", "what"), [
    ([{}], [{"project_id": "1"}], "without tender"), ([{}], [{"project_id": "9"}], "without tender"),
    ([{}, {"project_id": "9"}], [{"project_id": "7"}], "without tender"), ([{}, {}], [], "two tenders"),
    ([{}], [{}, {}], "of one number"), ([{}], [{"contract_sequence": None}], "of one number"),
    ([{}, {"project_id": "1"}], [], "out of order"), ([{"project_id": None}], [], "empty"), ([], [], "no project"),
])  # fmt: skip
def test_tables_that_do_not_fit_leave_no_file(tmp_path: Path, tenders: Any, contracts: Any, what: str) -> None:
    with pytest.raises(InvalidData, match=what):
        write(tmp_path, tenders, contracts)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.parquet", "t.parquet"]


@pytest.mark.parametrize(("column", "wrong"), [("budget_amount_thb", 1.5), ("announce_date", "2025"), ("uri", None)])
def test_columns_that_are_missing_or_not_exact_are_refused(tmp_path: Path, column: str, wrong: Any) -> None:
    held = {name: value for name, value in TENDER.items() if wrong or name != "project_status_th"} | {column: wrong}
    pq.write_table(pa.Table.from_pylist([held]), tmp_path / "t.parquet")
    with pytest.raises(InvalidData, match="missing, or not of its type"):
        write_package(tmp_path / "t.parquet", table(tmp_path / "c", CONTRACT, []), tmp_path / "package", PUBLICATION)


def test_memory_does_not_grow_with_the_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocds, "BATCH_ROWS", 100)
    peaks = []
    for count in (500, 1500):
        rows = [{"project_id": f"{number:011}"} for number in range(count)]
        tables = [table(tmp_path / name, like, rows, 100) for name, like in (("t", TENDER), ("c", CONTRACT))]
        tracemalloc.start()
        write_package(tables[0], tables[1], tmp_path / "package.json", PUBLICATION)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 200_000
