"""Procurement: what one contract is, whose number it is, dates in all their forms, what is refused."""

import copy
from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from pipelines.errors import HeaderError, InvalidData, OpendataError, PrivacyError, SourceError
from pipelines.extract import extract
from pipelines.thai.ids import bare_id, check_digits, kind_of
from pipelines.workspace import Workspace
from tests.conftest import PROJECT
from tests.procurement import CONTRACTS, PROJECTS, Record, among, checked, contract, one, page, records

#: Nobody's: no province has the code 00.
PERSON = {"winner_tin": "1000000000319", "winner": "นายสมมุติ ไม่มีตัวตน"}


@pytest.mark.parametrize(
    ("written", "day"),
    [("1 ธ.ค. 65", date(2022, 12, 1)), ("01/12/2565", date(2022, 12, 1)), ("2022-12-01", date(2022, 12, 1)),
     ("2565-12-01", date(2022, 12, 1)), ("๑ ธันวาคม ๒๕๖๕", date(2022, 12, 1)), ("29 ก.พ. 67", date(2024, 2, 29)),
     ("-", None)],
)  # fmt: skip
def test_dates_of_both_eras_are_one_day(written: str, day: date | None, tmp_path: Path) -> None:
    project = one(announce_date=written, contract=[contract("1", "1.00", contract_date=written)])
    made = checked(tmp_path, among(project))
    (won,) = [row for row in made["contracts"] if row["project_id"] == project["project_id"]]
    (tender,) = [row for row in made["tenders"] if row["project_id"] == project["project_id"]]
    assert won["contract_date"] == tender["announce_date"] == day


@pytest.mark.parametrize("name", [PROJECTS, CONTRACTS])
def test_a_project_that_stands_twice_is_one_and_two_states_of_it_are_refused(name: str, tmp_path: Path) -> None:
    first, *rest = records()
    table = "projects" if name == PROJECTS else "tenders"
    (tmp_path / "same").mkdir()
    made = checked(tmp_path / "same", [first, *rest, copy.deepcopy(first)], name)[table]
    assert len(made) == 60
    (again,) = [row for row in made if row["project_id"] == first["project_id"]]
    assert again["contract_count"] == again["duplicate_contract_count"] == len(first["contract"])
    with pytest.raises(OpendataError, match=r"rows share a key and differ otherwise(.|\n)*column project_id\n"):
        checked(tmp_path, [first, *rest, {**first, "project_money": "1.00"}], name)


def test_whose_number_it_is_follows_the_one_rule(tmp_path: Path) -> None:
    draw = np.random.default_rng(25660)
    twelve = np.column_stack([draw.integers(0, 10, 400), np.zeros((400, 2), int), draw.integers(0, 10, (400, 9))])
    last = np.where(draw.random(400) < 0.7, check_digits(twelve), draw.integers(0, 10, 400))
    ids = ["".join(map(str, digits)) for digits in np.column_stack([twelve, last])]
    ids += ["-", "0009900000", "200000000xxxx", "000990000011", "00099000001111", "0-0099-00000-11-1", "๐๐๐๙๙๐๐๐๐๐๑๑๑"]
    won = [contract(f"{n}", "1.00", winner_tin=winner) for n, winner in enumerate(ids)]
    rows = checked(tmp_path, [one(contract=won)])["contracts"]
    expected = [{"person": "natural", "juristic": "juristic", None: "unknown"}[kind_of(text)] for text in ids]
    assert min(Counter(expected).values()) > 20
    found = {int(row["contract_no"]): row for row in rows}
    assert [found[n]["winner_kind"] for n in range(len(ids))] == expected
    for n, text in enumerate(ids):
        assert found[n]["winner_tin"] == (bare_id(text) if expected[n] == "juristic" else None)


CASES: dict[str, tuple[list[Record], list[str | None], str]] = {
    "one stated twice": ([contract("1", "5.00"), contract("1", "5.00")], ["5.00"], "yes"),
    "one with its number spelt otherwise": (
        [contract("1", "5.00"), contract("1", "5.00", winner_tin="0-0099-00000-11-1")], ["5.00"], "yes"),
    "the earliest of one number": (
        [contract("1", "9.00", contract_date="2 ธ.ค. 65"), contract("1", "5.00")], ["5.00"], "yes"),
    "two of one number but two winners": (
        [contract("1", "2.00"), contract("1", "3.00", winner="บริษัท อื่น จำกัด")], ["2.00", "3.00"], "yes"),
    "two without a number": ([contract("-", "2.00"), contract("-", "3.00")], ["2.00", "3.00"], "yes"),
    "one without a number, twice": ([contract("-", "5.00"), contract("-", "5.00")], ["5.00"], "yes"),
    "more than was agreed": ([contract("1", "5.00"), contract("2", "0.01")], ["5.00", "0.01"], "no"),
    "one without a value": ([contract("1", "5.00"), contract("2", "-")], ["5.00", None], "incomplete"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_is_one_contract_and_what_it_comes_to(case: str, tmp_path: Path) -> None:
    won, amounts, reconciles = CASES[case]
    project = one(sum_price_agree="5.00", contract=won)
    made = checked(tmp_path, among(project))
    ours = {
        table: [row for row in rows if row.get("project_id") == project["project_id"]] for table, rows in made.items()
    }
    found = [row["contract_amount_thb"] for row in ours["contracts"]]
    assert found == [None if amount is None else Decimal(amount) for amount in amounts]
    (tender,) = ours["tenders"]
    assert (tender["reconciles"], tender["duplicate_contract_count"]) == (reconciles, len(won) - len(amounts))


REFUSED: dict[str, tuple[Callable[[Record], object], type[OpendataError], str]] = {
    "a telephone number in a department's name": (
        lambda p: p.update(dept_sub_name="กองช่าง โทร 081-234-5678"), PrivacyError, "sub_department_name_th"),
    "a person's name in a status": (
        lambda p: p.update(project_status="แจ้ง นายสมมุติ ไม่มีตัวตน"), PrivacyError, "project_status_th"),
    "a project of another year": (lambda p: p.update(budget_year="2565"), InvalidData, "fits_period"),
    "a project number of another time": (
        lambda p: p.update(project_id="63001000001"), InvalidData, "fits_project_year"),
    "a project number of ten digits": (lambda p: p.update(project_id="6600100000"), InvalidData, "project_id"),
    "a province that does not exist": (lambda p: p.update(province="จังหวัดสมมุติ"), InvalidData, "province_code"),
    "a date in words nobody knows": (lambda p: p.update(announce_date="กลางปี"), InvalidData, "announce_date"),
    "a day that does not exist": (lambda p: p.update(announce_date="29/02/2566"), InvalidData, "announce_date"),
    "a figure that can be read in two ways": (
        lambda p: p.update(project_money="1,25"), InvalidData, "budget_amount_thb"),
    "money below nothing": (lambda p: p.update(project_money="-1.00"), InvalidData, "budget_amount_thb"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_told_by_its_column_and_not_by_its_words(case: str, tmp_path: Path) -> None:
    spoil, kind, column = REFUSED[case]
    project = one(contract=[contract("1", "1.00")])
    projects = among(project)
    spoil(project)
    with pytest.raises(kind) as refusal:
        checked(tmp_path, projects)
    assert refusal.value.place.column == column
    assert "สมมุติ" not in str(refusal.value)


@pytest.mark.parametrize("title", ["จ้างเหมา นางสาวสังเคราะห์ ทดลองชื่อ", "จ้างเหมา 1-0000-00000-31-9", "โทร 081-234-5678"])
@pytest.mark.parametrize(("name", "table"), [(CONTRACTS, "tenders"), (PROJECTS, "projects")])
def test_a_title_that_names_a_person_by_the_way_is_left_out_and_its_money_stays(
    name: str, table: str, title: str, tmp_path: Path
) -> None:
    project = one(project_name=title)
    made = checked(tmp_path, among(project), name)
    (row,) = [row for row in made[table] if row["project_id"] == project["project_id"]]
    assert row["project_name_th"] is None
    assert row["budget_amount_thb"] is not None
    assert title not in str(made)


#: Right check digits, and nobody's: persons without registration have numbers with 0 too.
ZERO, FIRM = "0012345678909", "0009900000111"
PERSONS = ["MR. TEST EXAMPLE", "Miss Test Example", "TEST EXAMPLE", "นายโซ", "นาย โซ", "นางสาวเอ", "น.ส ทดสอบ ตัวอย่าง",
           "น. ส. ทดสอบ ตัวอย่าง", "ว่าที่ ร้อยตรี ทดสอบ ตัวอย่าง", "พันตำรวจโท ทดสอบ ตัวอย่าง", "คุณทดสอบ ตัวอย่าง",
           "ทดสอบ ตัวอย่าง", "ร้านนายทดสอบ", "ร้าน นายทดสอบ ตัวอย่าง", "คณะบุคคล ทดสอบ และ ตัวอย่าง"]  # fmt: skip
FIRMS = ["บริษัท นางรองพาณิชย์ จำกัด", "หจก.นายายอามก่อสร้าง", "นายายอามก่อสร้าง", "บริษัท นายทดสอบ จำกัด (มหาชน)",
         "พญ.คลินิก จำกัด", "สหกรณ์การเกษตรนางรอง จำกัด", "Example Overseas Pte. Ltd.", "มหาวิทยาลัยตัวอย่าง วิทยาเขต",
         "กรมตัวอย่าง"]  # fmt: skip


def test_a_person_whose_number_begins_as_those_of_firms_is_not_named(tmp_path: Path) -> None:
    won = [contract(f"p{n}", "1.00", winner_tin=ZERO, winner=name) for n, name in enumerate(PERSONS)]
    won += [contract(f"f{n}", "1.00", winner_tin=FIRM, winner=name) for n, name in enumerate(FIRMS)]
    rows = {row["contract_no"]: row for row in checked(tmp_path, [one(contract=won)])["contracts"]}
    told = {name: (rows[f"p{n}"]["winner_tin"], rows[f"p{n}"]["winner_name_th"]) for n, name in enumerate(PERSONS)}
    assert told == dict.fromkeys(PERSONS, (None, None))
    assert [rows[f"f{n}"]["winner_name_th"] for n in range(len(FIRMS))] == FIRMS


def test_a_firm_called_by_a_persons_name_keeps_its_number_alone(tmp_path: Path) -> None:
    project = one(contract=[contract("1", "1.00", winner="หจก. นายสมมุติ การช่าง"), contract("2", "1.00")])
    rows = checked(tmp_path, among(project))["contracts"]
    names = [row["winner_name_th"] for row in rows if row["project_id"] == project["project_id"]]
    assert names == [None, "บริษัท ตัวอย่างก่อสร้าง จำกัด"]


NOT_KNOWN = {"winner_tin": "-", "winner": "สมมุติ ไม่มีตัวตน"}
SHORT = {"winner_tin": "-", "winner": "ร้านนายโซดา"}
FOREIGN = {"winner_tin": "-", "winner": "MR. TEST EXAMPLE"}


@pytest.mark.parametrize(("name", "table"), [(CONTRACTS, "tenders"), (PROJECTS, "projects")])
@pytest.mark.parametrize(
    ("text", "winner"),
    [(f"สอน{PERSON['winner']} ขับรถ", PERSON), ("จ้างสมมุติ  ไม่มีตัวตน ขับรถ", PERSON),
     ("จ้างสมมุติ ไม่มีตัวตน", NOT_KNOWN), ("ซื้อของจากร้านนายโซดา", SHORT), ("Teacher: Test Example", FOREIGN)],
)  # fmt: skip
def test_a_title_with_the_name_of_who_won_is_left_out_and_everything_else_stays(
    text: str, winner: dict[str, str], name: str, table: str, tmp_path: Path
) -> None:
    number = f"1 {winner['winner']}"
    project = one(project_name=text, contract=[contract(number, "1.00", **winner), contract("2", "3.00")])
    made = checked(tmp_path, among(project), name)
    (row,) = [row for row in made[table] if row["project_id"] == project["project_id"]]
    assert (row["project_name_th"], row["contract_count"], row["contract_total_thb"]) == (None, 2, 4)
    told = str(made).casefold().replace(" ", "")
    assert "สมมุติไม่มีตัวตน" not in told
    assert "testexample" not in told
    assert "โซดา" not in told
    assert len(made[table]) == 60


def test_a_number_among_many_may_be_of_an_older_project(tmp_path: Path) -> None:
    many = [{**one(), "project_id": f"66002{n:06}"} for n in range(199)]
    assert len(checked(tmp_path, [*many, one(project_id="63001000001")])["tenders"]) == 200


@pytest.mark.parametrize("name", [PROJECTS, CONTRACTS])
def test_a_column_nobody_placed_and_an_error_of_the_service_are_refused(name: str, tmp_path: Path) -> None:
    ws = Workspace(PROJECT, str(tmp_path / "home"))
    with pytest.raises(HeaderError, match="contact_person"):
        extract(ws, ws.dataset(name), location=page(tmp_path / "a.json", [one(contact_person="x")]))
    added = one(contract=[contract("1", "1.00", director="x")])
    with pytest.raises(HeaderError, match=r"contract\.director"):
        extract(ws, ws.dataset(name), location=page(tmp_path / "b.json", [added]))
    with pytest.raises(SourceError, match=r"fiscal_year_be of projects \(row 1\) says 2566"):
        extract(ws, ws.dataset(name), period="2567", location=page(tmp_path / "c.json", records()))
