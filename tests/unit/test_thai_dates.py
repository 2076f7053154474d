"""A date that is read as another day is a figure that is wrong without saying so."""

from datetime import date, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.thai.dates import DateForm, iso_dates, parse_date, parse_range
from pipelines.thai.months import months

FREE = DateForm(era="either", two_digit_from=2500, serials=True, packed=True)
FULL = ["มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน", "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม",
        "พฤศจิกายน", "ธันวาคม"]  # fmt: skip
SHORT = ["ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค."]
DAYS = st.dates(date(1900, 1, 1), date(2056, 12, 31))
THAI = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")


@pytest.mark.parametrize(
    "text",
    ["14 มิถุนายน 2566", "14 มิ.ย. 66", "14/06/2566", "14/6/66", "2566-06-14", "2023-06-14", "14.06.2566", "14-06-2023",
     "๑๔ มิ.ย. ๒๕๖๖", "วันพุธที่ 14 เดือนมิถุนายน พ.ศ. 2566", "14 มิถุนายนพ.ศ.2566", "140666", "14062566", "45091",
     "2023-06-14T00:00:00", "14/06/2566 10:30 น.", "2023-06-13T18:00:00Z", "14 June 2023", "14 มิถุนำยน 2566",
     " 14  มิถุนายน 2566 ", "14มิ.ย.2566", "วันที่ ๑๔ เดือน มิถุนายน พุทธศักราช ๒๕๖๖", "14 มิถุนายน คริสต์ศักราช 2023",
     "14-มิ.ย.-66", "14-Jun-2023", "14/มิ.ย./2566", "14 / 06 / 2566", "14–06–2566", "14\u201106\u20112566", "45091.0",
     "45091.75", "14/06/2566 00:00:00", "14/06/2566 เวลา 10.30 น.", "14/06/2566 10:30 PM", "2023-06-14 00:00:00+07",
     "14\u200b/06/2566", "14\u00a0มิ.ย.\u00a02566"],
)  # fmt: skip
def test_every_known_form_is_the_same_day(text: str) -> None:
    assert parse_date(text, FREE) == date(2023, 6, 14)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("29/02/2566", "no such day"),
        ("31 เม.ย. 2563", "no such day"),
        ("20 มิถุนายน", "year is missing"),
        ("14 มิถุ 2566", "month's name is not known"),
        ("14/06/256", "neither two nor four digits"),
        ("14/06/3566", "no year of these centuries"),
        ("14 มิ.ย. ค.ศ. 2566", "other era"),
        ("0/6/2566", "no such day"),
        ("เมื่อวาน", "not written as a date"),
        ("14/06-2566", "not written as a date"),
        ("29 ก.พ. พ.ศ. 2566", "no such day"),
        ("00/00/2490", "no such day"),
        ("31/12/2402", "no year of these centuries"),
        ("1/1/2644", "no year of these centuries"),
        ("14/06/2566 25:99", "not written as a date"),
        ("14/06/2566 10:30-12:30", "not written as a date"),
        ("ครั้งที่ 14 มิถุนายน 2566", "not written as a date"),  # the fourteenth meeting, of no day
        ("2566", "may be a year"),
        ("3.10060E+12", "not written as a date"),
    ],
)
def test_what_is_no_date_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_date(text, FREE)


def test_the_leap_day_is_asked_after_conversion() -> None:
    assert parse_date("29 กุมภาพันธ์ 2567", DateForm()) == date(2024, 2, 29)
    with pytest.raises(ValueError, match="no such day"):
        parse_date("29 กุมภาพันธ์ 2566", DateForm())


def test_a_year_of_the_other_era_is_refused_where_one_is_declared() -> None:
    with pytest.raises(ValueError, match="other era"):
        parse_date("14/06/2023", DateForm(era="be"))
    with pytest.raises(ValueError, match="other era"):
        parse_date("14/06/2566", DateForm(era="ce"))


def test_two_digits_mean_nothing_until_declared_and_then_what_was_declared() -> None:
    with pytest.raises(ValueError, match="two digits"):
        parse_date("14 มิ.ย. 66", DateForm())
    births = DateForm(two_digit_from=2470)
    assert parse_date("1/1/90", births) == date(1947, 1, 1)
    assert parse_date("1/1/65", births) == date(2022, 1, 1)
    assert parse_date("1/1/22", DateForm(era="ce", two_digit_from=1970)) == date(2022, 1, 1)
    with pytest.raises(ValueError, match="other era"):
        DateForm(era="ce", two_digit_from=2500)


def test_day_and_month_are_told_apart_by_declaration_only() -> None:
    assert parse_date("03/04/2566", DateForm(order="mdy")) == date(2023, 3, 4)
    assert parse_date("03/04/2566", DateForm(order="dmy")) == date(2023, 4, 3)


def test_a_birthday_of_which_only_the_year_is_known_is_the_first_of_january_where_declared() -> None:
    assert parse_date("00/00/2480", DateForm(unknown_day="first")) == date(1937, 1, 1)
    with pytest.raises(ValueError, match="no such day"):
        parse_date("00/00/2480", DateForm())
    column = iso_dates(pa.array(["00/00/2480", "00/05/2480", "02/05/2480"]), DateForm(unknown_day="first"))
    assert column.column.to_pylist() == ["1937-01-01", "1937-05-01", "1937-05-02"]
    assert column.assumed == 2


def test_a_bare_number_is_a_day_only_where_declared() -> None:
    for text in ("45091", "140666"):
        with pytest.raises(ValueError, match="not written as a date"):
            parse_date(text, DateForm(two_digit_from=2500))


FORMS = ["{d} {full} {be}", "{d} {short} {be}", "{d}/{m}/{be}", "{be}-{m:02}-{d:02}", "{d:02}{m:02}{be}"]


@given(DAYS, st.sampled_from(FORMS), st.sampled_from([{}, THAI]))
def test_what_was_written_is_read(day: date, form: str, digits: dict[int, int]) -> None:
    names = {"full": FULL[day.month - 1], "short": SHORT[day.month - 1]}
    text = form.format(d=day.day, m=day.month, be=day.year + 543, **names)
    assert parse_date(text.translate(digits), FREE) == day


@given(DAYS)
def test_serial_numbers_are_the_spreadsheets(day: date) -> None:
    number = (day - date(1899, 12, 30)).days
    if number > 2643:  # the last year of our centuries, B.E.
        assert parse_date(str(number), FREE) == parse_date(f"{number}.5", FREE) == day
    elif number > 999 and not (1860 <= number <= 2100 or number >= 2403):
        assert parse_date(str(number), FREE) == day
    elif number > 999:
        with pytest.raises(ValueError, match="may be a year"):
            parse_date(str(number), FREE)


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_refused_in_words_of_ours(text: str) -> None:
    column = iso_dates(pa.array([f"x{text}"]), FREE)
    assert list(column.failures.values()) == [[0]]
    assert not any(text in why for why in column.failures if len(text) > 3)


FRAGMENTS = ["14", "06", "2566", "2023", "66", "/", "-", "–", " ", "T", "Z", "+07:00", "10:30", ".", "มิ.ย.", "มิถุนายน",
             "พ.ศ.", "พุทธศักราช", "วันที่", "เดือน", "ถึง", "น.", "0", "๑๔", "ก.พ.", "29", "เวลา", "Jun", "พุธที่"]  # fmt: skip


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join))
def test_pieces_of_dates_in_disorder_are_a_date_or_refused_without_showing_them(text: str) -> None:
    for read in (parse_date, parse_range):
        try:
            read(text, FREE)
        except ValueError as error:
            assert not any(piece in str(error) for piece in ("14", "66", "มิ"))  # noqa: PT017


@given(DAYS, st.integers(0, 400))
def test_ranges(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    text = (
        f"{first.day} {FULL[first.month - 1]} {first.year + 543} – {last.day} {SHORT[last.month - 1]} {last.year + 543}"
    )
    assert parse_range(text, FREE) == (first, last)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("11-17 เม.ย. 2563", date(2020, 4, 11), date(2020, 4, 17)),
        ("28 กุมภำพันธ์ – 18 กรกฎำคม 2564", date(2021, 2, 28), date(2021, 7, 18)),
        ("2566-06-14 - 2566-06-20", date(2023, 6, 14), date(2023, 6, 20)),
        ("11เม.ย.-17พ.ค.2563", date(2020, 4, 11), date(2020, 5, 17)),
        ("ระหว่างวันที่ 11-17 เมษายน 2563", date(2020, 4, 11), date(2020, 4, 17)),
        ("30 ธ.ค. 2566 - 2 ม.ค. 2567", date(2023, 12, 30), date(2024, 1, 2)),
        ("14-06-2566-20-06-2566", date(2023, 6, 14), date(2023, 6, 20)),
        ("14/06/2566", date(2023, 6, 14), date(2023, 6, 14)),
    ],
)
def test_ranges_leave_out_what_the_end_says(text: str, first: date, last: date) -> None:
    assert parse_range(text, FREE) == (first, last)


@pytest.mark.parametrize("text", ["17-11 เม.ย. 2563", "30 ธ.ค. - 2 ม.ค. 2567"])
def test_a_range_that_runs_backwards_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="backwards"):
        parse_range(text, FREE)


def test_a_column_tells_which_cells_are_no_dates_and_leaves_empty_ones() -> None:
    found = iso_dates(pa.array(["14/06/2566", None, "-", "", "x", "29/02/2566", "x"]), DateForm(), empty=("", "-"))
    assert found.column.to_pylist() == ["2023-06-14", None, "-", "", "x", "29/02/2566", "x"]
    assert found.failures == {"not written as a date": [4, 6], "there is no such day": [5]}
    assert found.assumed == 0


def test_no_two_months_share_a_spelling() -> None:
    assert sorted(set(months().values())) == list(range(1, 13))
    assert [months()[name] for name in FULL] == list(range(1, 13))
