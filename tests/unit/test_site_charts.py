"""Charts: the right figures, hidden cells never as zero, long Thai labels whole, equal bytes."""

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.portals.site.chart_data import Bar, ChartData, Part, chart_data
from pipelines.portals.site.charts import Scale, broken, colours, drawings, said
from pipelines.portals.site.wording import Wording
from pipelines.table_spec import Chart, Microdata, Statistics

THAI = Wording("th")
BOTH = {"th": "ชื่อ", "en": "name"}


def _table(**more: Any) -> Statistics:
    base = {"kind": "statistics", "title": BOTH, "from": "x", "measures": {"person_count": {"count": "rows"}}}
    return Statistics.model_validate(base | more)


def _chart(**more: Any) -> Chart:
    return Chart.model_validate({"title": BOTH, "x": "person_count", "y": "province_name_th"} | more)


@pytest.fixture
def statistics(tmp_path: Path) -> Path:
    """Invented counts by province and sex, with totals over sex and over everything."""
    rows = [
        ("10", "กรุงเทพมหานคร", "F", 40, "A"),
        ("10", "กรุงเทพมหานคร", "M", 50, "A"),
        ("10", "กรุงเทพมหานคร", "_T", 90, "A"),
        ("11", "สมุทรปราการ", "F", None, "C"),
        ("11", "สมุทรปราการ", "M", 20, "A"),
        ("11", "สมุทรปราการ", "_T", None, "C"),
        ("12", "นนทบุรี", "F", None, "C"),
        ("12", "นนทบุรี", "M", None, "C"),
        ("12", "นนทบุรี", "_T", None, "C"),
        ("_T", "รวม", "_T", 150, "A"),
    ]
    names = ["province_code", "province_name_th", "sex", "person_count", "obs_status"]
    path = tmp_path / "statistics.parquet"
    pq.write_table(pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))), path)
    return path


@pytest.fixture
def by_province() -> Statistics:
    return _table(
        dimensions=["province_code", "sex"],
        labels={"province_name_th": "province_code"},
        totals=["province_code", "sex"],
    )


def test_totals_rows_are_not_counted_a_second_time(statistics: Path, by_province: Statistics) -> None:
    data = chart_data(statistics, by_province, _chart())
    figures = [(bar.label, bar.value) for bar in data.bars]
    assert figures == [("กรุงเทพมหานคร", 90), ("สมุทรปราการ", None), ("นนทบุรี", None)]


def test_a_hidden_cell_is_said_to_be_hidden_and_a_bar_with_one_to_be_more(
    statistics: Path, by_province: Statistics
) -> None:
    data = chart_data(statistics, by_province, _chart(colour="sex"))
    figures = {bar.label: said(bar, Scale(), THAI) for bar in data.bars}
    assert figures == {"กรุงเทพมหานคร": "90", "สมุทรปราการ": "มากกว่า 20", "นนทบุรี": "ปกปิด"}
    drawn = drawings(data, Scale(), THAI)["wide"]
    assert ">ปกปิด</text>" in drawn
    assert ">0</text>" not in drawn


def test_the_greatest_bars_are_kept_and_the_others_counted(statistics: Path, by_province: Statistics) -> None:
    data = chart_data(statistics, by_province, _chart(top=2))
    assert len(data.bars) == 2
    assert data.left_out == 1


def test_the_least_bars_come_first_where_the_chart_says_so(tmp_path: Path) -> None:
    """Whoever asks where few are covered must not be shown where most are; a hidden bar is not the least."""
    rows = {"province_code": ["10", "11", "12"], "province_name_th": ["ก", "ข", "ค"], "person_count": [9, None, 7]}
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table(rows | {"obs_status": ["A", "C", "A"]}), path)
    table = _table(dimensions=["province_code"], labels={"province_name_th": "province_code"})
    data = chart_data(path, table, _chart(first="least", top=2))
    assert [bar.label for bar in data.bars] == ["ค", "ก"]


def test_two_places_of_one_name_stay_two_bars(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(
        pa.table({"d_code": ["1", "2"], "d_name_th": ["บางรัก", "บางรัก"], "n_count": [3, 4], "obs_status": ["A", "A"]}),
        path,
    )
    table = _table(dimensions=["d_code"], labels={"d_name_th": "d_code"}, measures={"n_count": {"count": "rows"}})
    data = chart_data(path, table, _chart(x="n_count", y="d_name_th"))
    assert [bar.value for bar in data.bars] == [4, 3]


def test_records_are_added_up_by_the_column_that_names_the_bars(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"k": ["a", "b", "c"], "plan_th": ["น้ำ", "น้ำ", None], "x_thb": [1.5, 2.0, 9.0]}), path)
    table = Microdata.model_validate(
        {"kind": "microdata", "title": BOTH, "from": "x", "columns": ["k", "plan_th", "x_thb"], "key": ["k"]}
    )
    data = chart_data(path, table, _chart(x="x_thb", y="plan_th"))
    assert [(bar.label, bar.value) for bar in data.bars] == [("", 9.0), ("น้ำ", 3.5)]
    assert ">ไม่ระบุ</text>" in drawings(data, Scale(), THAI)["wide"]


def test_equal_data_gives_equal_drawings_and_text_stays_text() -> None:
    data = ChartData((Bar("ประจำปี น้ำ", (Part(None, 2.5e6),)),), 0)
    scale = Scale.of("amount_thb", data, THAI)
    first, second = drawings(data, scale, THAI), drawings(data, scale, THAI)
    assert first == second
    assert ">ประจำปี น้ำ</text>" in first["wide"]
    assert ">2.50</text>" in first["wide"]
    assert scale.unit == "ล้านบาท"


@pytest.mark.parametrize(
    ("column", "values", "written"),
    [
        ("person_count", [3, 1200], ["3", "1,200"]),
        ("budget_thb", [143_512_000_000, 874_400_000], ["143,512.0", "874.4"]),
        ("budget_thb", [17_100_000, 60_000], ["17.10", "0.06"]),
        ("budget_thb", [950_000.5, 20], ["950,000.5", "20.0"]),
        ("area_rai", [12.25, 3], ["12.25", "3.00"]),
    ],
)
def test_the_figures_of_a_chart_have_one_unit_and_equally_many_decimals(
    column: str, values: list[float], written: list[str]
) -> None:
    data = ChartData(tuple(Bar(str(v), (Part(None, float(v)),)) for v in values), 0)
    scale = Scale.of(column, data, THAI)
    assert [scale.write(float(value), THAI) for value in values] == written


def test_a_label_that_looks_like_markup_is_only_text() -> None:
    data = ChartData((Bar("<script>alert(1)</script>&", (Part('"><img src=x>', 1.0),)),), 0)
    for drawn in drawings(data, Scale(), THAI).values():
        assert "<script" not in drawn
        assert "<img" not in drawn


def test_parts_beyond_the_last_colour_share_it() -> None:
    parts = tuple(Part(f"p{n:02}", float(100 - n)) for n in range(12))
    given_colours = colours(ChartData((Bar("a", parts),), 0))
    assert len({given_colours[f"p{n:02}"] for n in range(8)}) == 8
    assert len({given_colours[f"p{n:02}"] for n in range(7, 12)}) == 1


def test_a_chart_of_nothing_is_drawn_all_the_same() -> None:
    assert drawings(ChartData((), 0), Scale(), THAI)["wide"].startswith("<svg")


@given(st.text(alphabet="กขคงน้ำเแป่ิ์ ab1()", max_size=120), st.integers(8, 60))
def test_a_label_is_broken_without_losing_a_letter_or_overflowing(text: str, letters: int) -> None:
    lines = broken(text, letters)
    assert "".join(lines).replace(" ", "") == "".join(text.split())
    for line in lines:
        assert len(re.sub(r"[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]", "", line)) <= letters + 1


def test_no_line_begins_with_a_mark_that_belongs_to_the_letter_before() -> None:
    for letters in range(4, 20):
        lines = broken("ป้องกันน้ำท่วมที่อยู่อาศัยชั้นสูงสุด", letters)
        assert not any(re.match(r"[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]", line) for line in lines)
