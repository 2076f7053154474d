"""An identity number that the scan does not see is published. The numbers here have a province code
that no province has."""

from itertools import pairwise
from pathlib import Path

import pytest
from stdnum.th import pin

from pipelines.disclosure.scan import scan_file


def person(n: int) -> str:
    return next(f"8990000{n:05}{c}" for c in "0123456789" if pin.is_valid(f"8990000{n:05}{c}"))


def code(n: int) -> str:
    return next(f"40000{n:07}{c}" for c in "0123456789" if not pin.is_valid(f"40000{n:07}{c}"))


def found(folder: Path, cells: list[str], column: str = "ref_code") -> dict[str, int]:
    file = folder / "table.csv"
    file.write_text("\n".join([column, *cells, ""]), encoding="utf-8-sig")
    return {finding.kind: finding.count for finding in scan_file(file).findings}


@pytest.mark.parametrize("between", ["", "-", " ", "–", ".", "/", "\u00a0", " - ", "--"])
def test_it_is_found_whatever_parts_its_groups(between: str, tmp_path: Path) -> None:
    number = person(1)
    groups = (number[0], number[1:5], number[5:10], number[10:12], number[12])
    assert found(tmp_path, [f"ผู้ขอ{between.join(groups)}ครับ"]) == {"national_id": 1}


@pytest.mark.parametrize("cuts", [(4, 8), (3, 6, 9), (1, 3, 5, 7, 9)])
def test_it_is_found_in_groups_of_other_sizes(cuts: tuple[int, ...], tmp_path: Path) -> None:
    number, edges = person(2), (0, *cuts, 13)
    text = " ".join(number[a:b] for a, b in pairwise(edges))
    assert found(tmp_path, [text]) == {"national_id": 1}


def test_a_column_of_other_codes_hides_no_number_in_a_sentence(tmp_path: Path) -> None:
    codes = [code(n) for n in range(30)]
    assert found(tmp_path, codes) == {}
    dashed = [f"ผู้ขอ {p[0]}-{p[1:5]}-{p[5:10]}-{p[10:12]}-{p[12]}" for p in map(person, range(3))]
    assert found(tmp_path, [*codes, *dashed]) == {"national_id": 3}


def test_amounts_and_dates_are_no_numbers_of_persons(tmp_path: Path) -> None:
    figures = [f"{n * 7919 % 10**7:07}.{n * 104729 % 10**6:06}" for n in range(1, 400)]
    assert found(tmp_path, figures, "amount") == {}
    assert found(tmp_path, [f"2566-{m:02}-{d:02}" for m in range(1, 13) for d in range(1, 29)], "day") == {}


@pytest.mark.parametrize(
    "written",
    ["0812345678", "081 234 5678", "081.234.5678", "(081) 234-5678", "(081)2345678", "+66 81 234 5678",
     "๐๘๑-๒๓๔-๕๖๗๘", "02-123-4567", "0-2123-4567", "0 4412 3456", "โทรศัพท์ 021234567"],
)  # fmt: skip
def test_a_telephone_number_is_found_as_people_write_it(written: str, tmp_path: Path) -> None:
    assert found(tmp_path, [f"ติดต่อ {written} ครับ"]) == {"phone": 1}


def test_figures_are_no_telephone_numbers(tmp_path: Path) -> None:
    cells = ["0.812345678", "98.812 3456", "66017123456", "2566-08-12", "0 21 4567"]
    assert found(tmp_path, cells) == {}
