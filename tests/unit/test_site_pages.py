"""Pages: everything is escaped, equal entries give equal bytes, nothing is fetched, all is said."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.catalogue import Bilingual, vocabulary
from pipelines.portals.entries import SiteEntry
from pipelines.portals.site import render
from pipelines.portals.site.pages import dataset_page, index_page
from pipelines.portals.site.released import released_tables
from pipelines.portals.site.reports import changes, privacy
from pipelines.portals.site.wording import CODES, Wording, _data
from tests.site_sample import BUDGET, EGP, ELDERLY, entries

THAI, ENGLISH = Wording("th"), Wording("en")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SiteEntry]:
    return {entry.dataset.name: entry for entry in entries(tmp_path_factory.mktemp("releases"))}


class _Reader(HTMLParser):
    """Collects the elements, the text and the content of script elements of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        tag, attributes = self.tags[-1] if self.tags else ("", {})
        if tag == "script" and "type" in attributes and data.strip():
            self.scripts.append(data)
        else:
            self.text += data


def _titled(entry: SiteEntry, text: str) -> SiteEntry:
    title = Bilingual.model_construct(th=text, en=text)
    return replace(entry, dataset=replace(entry.dataset, spec=entry.dataset.spec.model_copy(update={"title": title})))


HOSTILE = [
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<!--<script>",
    "{{ 7*7 }}",
    "&lt;b&gt;",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("code", CODES)
def test_a_title_is_text_whatever_it_looks_like(published: dict[str, SiteEntry], text: str, code: Any) -> None:
    _check_title(published, text, Wording(code))


@given(text=st.text(alphabet=st.sampled_from("<>/!-\"'&;={}กำscript \\\u2028"), min_size=1, max_size=40))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_title_is_text(published: dict[str, SiteEntry], text: str) -> None:
    _check_title(published, text, THAI)


def _check_title(published: dict[str, SiteEntry], text: str, wording: Wording) -> None:
    plain = [tag for tag, _ in _Reader(dataset_page(published[EGP], wording)).tags]
    hostile = _titled(published[EGP], text)
    page, index = _Reader(dataset_page(hostile, wording)), _Reader(index_page([hostile], wording))
    assert [tag for tag, _ in page.tags] == plain
    assert text in page.text
    described = json.loads(page.scripts[-1])
    assert described["name"] == text
    assert text in json.loads(index.scripts[-1])["datasets"][EGP]


def test_equal_entries_give_equal_bytes_of_every_file(published: dict[str, SiteEntry], tmp_path: Path) -> None:
    found = []
    for name, given_entries in (("a", list(published.values())), ("b", list(reversed(published.values())))):
        render(given_entries, tmp_path / name)
        root = tmp_path / name
        found.append({p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()})
    assert found[0] == found[1]
    assert {"index.html", "index.en.html", "catalog.ttl", "catalog.jsonld", f"{ELDERLY}/index.html"} <= set(found[0])
    assert {"assets/NotoSansThai.ttf", "assets/NotoSansThai-LICENSE.txt"} <= set(found[0])


def test_a_page_loads_nothing_from_elsewhere_and_runs_no_script_of_its_own_text(
    published: dict[str, SiteEntry],
) -> None:
    for html in (index_page(list(published.values()), THAI), dataset_page(published[ELDERLY], ENGLISH)):
        for tag, attributes in _Reader(html).tags:
            loads = attributes.get("src") or (attributes.get("href") if tag == "link" else None) or ""
            assert not re.match(r"(https?:)?//", loads)
            assert "style" not in attributes
            assert not any(name.startswith("on") for name in attributes)
            assert (
                tag != "script"
                or "src" in attributes
                or attributes["type"] in {"application/json", "application/ld+json"}
            )


def test_the_page_says_who_when_and_under_which_licence_in_thai_years(published: dict[str, SiteEntry]) -> None:
    page = _Reader(dataset_page(published[BUDGET], THAI)).text
    for said in ("หน่วยงานตัวอย่าง", "กองข้อมูลตัวอย่าง", "CC BY 4.0", "รายปี", "ปีงบประมาณ พ.ศ. 2565"):
        assert said in page
    assert "1 ตุลาคม 2564 ถึง 30 กันยายน 2565" in page
    assert "24 พฤศจิกายน 2569" in page
    english = _Reader(dataset_page(published[BUDGET], ENGLISH)).text
    assert "fiscal year 2565 B.E. (2022)" in english
    assert "1 October 2021 to 30 September 2022" in english


def test_the_fourteen_mandatory_items_of_the_government_catalogue_are_there(published: dict[str, SiteEntry]) -> None:
    html = dataset_page(published[ELDERLY], THAI)
    metadata = html[html.index('id="metadata-items"') :]
    items = (
        "data_type name owner_org maintainer maintainer_email tags notes objective update_frequency geo_coverage "
        "data_source data_format data_category license"
    )
    for item in items.split():
        assert f">{THAI.say(f'metadata.{item}')}</th>" in metadata


def test_the_preview_shows_no_more_than_twenty_rows_and_years_without_commas(published: dict[str, SiteEntry]) -> None:
    html = dataset_page(published[BUDGET], THAI)
    preview = html[html.index('id="preview-lines"') : html.index('id="dictionary"')]
    assert preview.count("<tr>") == 21
    assert "20 แถวแรก จาก 60 แถว" in preview
    assert ">2565<" in preview
    assert "1,234,567.25" in preview


def test_earlier_periods_and_releases_stay_within_reach(published: dict[str, SiteEntry]) -> None:
    elderly = dataset_page(published[ELDERLY], THAI)
    assert 'href="2022-10-000000000000/recipients_by_area.csv"' in elderly
    assert elderly.count(">เผยแพร่อยู่<") == 2
    assert dataset_page(published[BUDGET], THAI).count(">เผยแพร่อยู่<") == 1


def test_the_quality_report_says_what_was_checked_left_out_and_is_wrong_at_the_source(
    published: dict[str, SiteEntry],
) -> None:
    page = _Reader(dataset_page(published[BUDGET], THAI)).text
    assert "อ่านข้อมูลจากต้นทาง 96 แถว" in page
    assert "แถวผลรวม 34 แถวในต้นทางตรงกับผลบวกของรายการพอดี" in page
    assert "แถวที่ 12 ของต้นทางระบุผลรวมของ “เลขประจำตัวประชาชน”, “x” ไม่ตรงกับรายการ" in page
    assert page.count("หน่วยงานรับทราบแล้ว") == 2
    assert "“ปีงบประมาณ (พ.ศ.)” ไม่มีค่าร้อยละ 2.50 ของแถว" in page
    assert "the agency has been told" in _Reader(dataset_page(published[BUDGET], ENGLISH)).text


def test_the_privacy_report_says_what_was_removed_and_hidden_how_much_and_why(
    published: dict[str, SiteEntry],
) -> None:
    page = _Reader(dataset_page(published[ELDERLY], THAI)).text
    assert "ระบุตัวบุคคลได้โดยตรง: เลขประจำตัวประชาชน" in page
    assert "เผยแพร่เป็นช่วงหรือกลุ่มที่กว้างขึ้นแทนค่าจริง: กลุ่มอายุ" in page
    assert "ปกปิด 7 ช่อง คือช่องที่มีน้อยกว่า 5 คน และช่องอื่นเท่าที่จำเป็น" in page
    assert "มีอีก 2 ช่องที่แสดงจำนวนแต่ปกปิดผลรวม" in page
    assert "ยังกว้าง 9 คน" in page
    assert "ไม่มีคอลัมน์ที่เกี่ยวกับตัวบุคคล" in _Reader(dataset_page(published[BUDGET], THAI)).text


def test_records_of_shown_cells_are_said_to_be_those_of_the_table_and_which_have_none(
    published: dict[str, SiteEntry],
) -> None:
    entry = published[BUDGET]
    table = {"kind": "microdata", "protected": True, "smallest_group": 40, "shown_by": "figures", "too_uniform": 3}
    report = {"model": {"k": 5}, "columns": {}, "tables": {"lines": table}, "scan": {}}
    said = privacy(report, entry.dataset, released_tables(entry, entry.live["2565"]), ENGLISH)
    assert any("one row for each person of the cells that “figures” shows" in sentence for sentence in said)
    assert any("Of 3 further cells" in sentence for sentence in said)
    assert any("the smallest group has 40" in sentence for sentence in said)
    table |= {"smallest_group": None, "too_uniform": 0}
    said = privacy(report, entry.dataset, released_tables(entry, entry.live["2565"]), ENGLISH)
    assert not any("smallest group" in sentence or "further cells" in sentence for sentence in said)


def test_the_changes_are_said_against_the_release_before(published: dict[str, SiteEntry]) -> None:
    columns = {"added": ["plan_code"], "removed": [], "changed": []}
    table = {"added": 2, "changed": 1, "removed": 0, "unchanged": 57, "keys": {}, "columns": columns}
    released = released_tables(published[BUDGET], published[BUDGET].live["2565"])
    rows, fields = changes({"previous": "2565-00000000000e", "tables": {"lines": table}}, released, THAI)
    assert fields == "ตาราง “รายการงบประมาณ” มีคอลัมน์ใหม่: plan_code"
    assert rows == "ตาราง “รายการงบประมาณ” เทียบกับรุ่น 2565-00000000000e: เพิ่ม 2 แถว แก้ไข 1 แถว ลบ 0 แถว"


def test_a_dataset_whose_definition_has_moved_on_still_shows_what_was_released(
    published: dict[str, SiteEntry],
) -> None:
    entry = published[BUDGET]
    spec = entry.dataset.spec
    renamed = spec.model_copy(update={"tables": {"other_table": spec.tables["lines"]}})
    moved_on = replace(entry, dataset=replace(entry.dataset, spec=renamed, public_schema={"fields": []}))
    page = dataset_page(moved_on, THAI)
    assert 'href="latest/lines.csv"' in page
    assert "รายการงบประมาณ" in page
    assert BUDGET in index_page([moved_on], THAI)


def test_a_dataset_that_was_withdrawn_keeps_its_page_but_leaves_the_catalogue(published: dict[str, SiteEntry]) -> None:
    withdrawn = replace(published[EGP], live={})
    assert THAI.say("dataset.withdrawn") in dataset_page(withdrawn, THAI)
    assert EGP not in index_page([withdrawn], THAI)


def test_every_text_is_there_in_both_languages_and_asks_for_the_same_values() -> None:
    for key, text in _data("texts.yaml").items():
        assert set(text) == {"th", "en"}, key
        if key != "months":
            asked = [set(re.findall(r"{\w+}", text[code])) - {"{common}"} for code in CODES]
            assert asked[0] == asked[1], key


def test_every_value_of_the_government_catalogue_has_an_english_name() -> None:
    lists = (
        "data_type",
        "data_category",
        "geo_coverage",
        "objective",
        "data_language",
        "disaggregate",
        "unit_of_multiplier",
    )
    missing = [value for name in lists for value in vocabulary()[name] if value not in _data("catalogue_en.yaml")]
    assert missing == []


@pytest.mark.parametrize(("count", "thai"), [(0, "0 ไบต์"), (1023, "1,023 ไบต์"), (2048, "2 KB"), (5_500_000, "5.2 MB")])
def test_sizes_are_written_for_people(count: int, thai: str) -> None:
    assert THAI.size(count) == thai
