"""A name that is missed is published; a word that is taken for a name stops a publication."""

import csv
from importlib.resources import files

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipelines.thai.names import title, titled_name
from pipelines.thai.places import reference_tables

NAMES = [
    "นายสมมุติ นามสมมุติ", "จ้างเหมา นางสาวทดสอบ ตัวอย่าง", "(น.ส.ทดสอบ ตัวอย่าง)", "ว่าที่ร้อยตรีทดสอบ ตัวอย่าง",
    "ดร.ทดสอบ ตัวอย่าง", "พ.ต.อ.ทดสอบ ตัวอย่าง", "ด.ช. ทดสอบ ตัวอย่าง", "ม.ร.ว.ทดสอบ ตัวอย่าง",
    "จ้างนางสาวทดสอบ ตัวอย่าง", "จากร้านนายทดสอบ ตัวอย่าง", "ค่าตอบแทนของนายทดสอบ ตัวอย่าง",
    "นาย  ทดสอบ  ตัวอย่าง", "นาย\u00a0ทดสอบ\u00a0ตัวอย่าง", "1.นายทดสอบ ตัวอย่าง", "นส.ทดสอบ ตัวอย่าง",
    "ถึงหน้าบ้านนายทดสอบ ตัวอย่าง", "ผู้รับเงินนางทดสอบ ตัวอย่าง", "นายทดสอบ ณ ตัวอย่าง", "นายทดสอบ (เล่น) ตัวอย่าง",
    "พลตำรวจเอก ทดสอบ ตัวอย่าง", "ร้อยเอกหญิง ทดสอบ ตัวอย่าง", "จ่าสิบเอกทดสอบ ตัวอย่าง", "เรืออากาศโททดสอบ ตัวอย่าง",
    "ส.ต.ท.ทดสอบ ตัวอย่าง", "พ.อ.อ.ทดสอบ ตัวอย่าง", "น.ท.ทดสอบ ตัวอย่าง", "ว่าที่ ร.ต.หญิง ทดสอบ ตัวอย่าง",
    "พระมหาทดสอบ ตัวอย่าง", "พระปลัดทดสอบ ตัวอย่าง", "สามเณรทดสอบ ตัวอย่าง", "หม่อมหลวงทดสอบ ตัวอย่าง",
    "ม.จ.ทดสอบ ตัวอย่าง", "คุณหญิงทดสอบ ตัวอย่าง", "ผู้ช่วยศาสตราจารย์ทดสอบ ตัวอย่าง", "ศ.ดร.ทดสอบ ตัวอย่าง",
    "แพทย์หญิงทดสอบ ตัวอย่าง", "ทพ.ทดสอบ ตัวอย่าง", "นายเรืองทดสอบ ตัวอย่าง", "นางฟ้าใส ตัวอย่าง",
    "นางนวล ตัวอย่าง", "นางแก้ว ตัวอย่าง", "นาย.ทดสอบ ตัวอย่าง", "น.ส ทดสอบ ตัวอย่าง", "น. ส. ทดสอบ ตัวอย่าง",
    "จ้างเหมาบริการนายทดสอบ ตัวอย่าง", "ซ่อมบ้านผู้พิการนางทดสอบ ตัวอย่าง", "พนักงานขับรถยนต์นายทดสอบ ตัวอย่าง",
    "จ้างครู Mr. Test Example สอน", "จ้างครูMr.Test Example", "MISS TEST EXAMPLE", "Mrs Test Ex-ample", "Ms.Test O'Example",
]  # fmt: skip


@pytest.mark.parametrize("text", NAMES)
def test_names_behind_titles_are_found(text: str) -> None:
    assert titled_name().search(text)


def test_no_given_name_hides_behind_a_false_friend() -> None:
    text = files("pipelines.synth").joinpath("data/given_names.csv").read_text(encoding="utf-8")
    titles = {"m": ["นาย", "เด็กชาย"], "f": ["นาง", "นางสาว"]}
    names = [f"{before}{row['name_th']} ตัวอย่าง" for row in csv.DictReader(text.splitlines())
             for before in titles[row["sex"]]]  # fmt: skip
    assert len(names) > 1500
    assert [name for name in names if not titled_name().search(name)] == []


def test_what_is_found_holds_what_is_looked_for_first() -> None:
    held = pc.match_substring_regex(pa.array(NAMES), title())
    assert pc.all(held).as_py()


@pytest.mark.parametrize(
    "text",
    ["บริษัท นางรองพาณิชย์ จำกัด", "หจก. นางรองการโยธา ก่อสร้าง", "บริษัท นายทดสอบ จำกัด (มหาชน)", "บริการนายหน้า ที่ดิน",
     "MS Office Standard", "เครื่อง MRI Scan Center", "ประกวด Miss Grand Example", "ATMs Test Example", "น.ส.3 ก เลขที่",
     "นายกเทศมนตรีตำบล ตัวอย่าง", "นายทะเบียนอำเภอ เมือง", "นายอำเภอเมือง ตัวอย่าง", "อำเภอนางรอง จังหวัดบุรีรัมย์",
     "ปีงบประมาณ พ.ศ. งบกลาง รายจ่าย", "สำนักนายกรัฐมนตรี กระทรวง", "เขื่อนนางนวล ตำบล", "ขนายนาง ตัวอย่าง",
     "จ้างนายช่างโยธา ปฏิบัติงาน", "ให้นายกเทศมนตรี ลงนาม",
     "ถนนสายนางรอง บุรีรัมย์", "นายก อบต. ลงนาม", "อำเภอ นางรอง จังหวัดบุรีรัมย์", "ตลาด นางเลิ้ง เขตป้อมปราบ",
     "บ้านนายาว หมู่ที่ 3", "บ้านนางแดด หมู่ 4 ตำบล", "นางแก้ว อำเภอโพธาราม", "ที่ดินนางัว ตำบล", "พระนคร กรุงเทพมหานคร",
     "พระมหากษัตริย์ ทรง", "นายทหาร สัญญาบัตร", "นายแพทย์ชำนาญการ ด้านเวชกรรม", "นายสัตวแพทย์ ชำนาญการ พิเศษ",
     "เช่าเรือเอกชน จำนวน", "บรรพชา สามเณร ภาคฤดูร้อน ประจำปี", "นายร้อยตำรวจ สามพราน", "รองศาสตราจารย์ ประจำ คณะ",
      "ตามพระปณิธาน ศาสตราจารย์ ดร. สมเด็จพระเจ้า น้องนางเธอ"],
)  # fmt: skip
def test_false_friends_are_no_names(text: str) -> None:
    assert not titled_name().search(text)


def test_no_district_or_subdistrict_is_taken_for_a_person() -> None:
    names = {row["name"] for table in ("district_names", "subdistrict_names")
             for row in reference_tables()[table].to_pylist()}  # fmt: skip
    told = [f"{before}{name} {after}" for name in names for before in ("ต.", "ตำบล", "บ้าน", "")
            for after in ("อำเภอเมือง", "จังหวัดตัวอย่าง", "หมู่ที่ 3")]  # fmt: skip
    assert [text for text in told if titled_name().search(text)] == []
