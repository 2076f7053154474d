"""A name that is missed is published; a word that is taken for a name stops a publication."""

import pytest

from pipelines.thai.names import titled_name


@pytest.mark.parametrize(
    "text",
    ["นายสมมุติ นามสมมุติ", "จ้างเหมา นางสาวทดสอบ ตัวอย่าง", "(น.ส.ทดสอบ ตัวอย่าง)", "ว่าที่ร้อยตรีทดสอบ ตัวอย่าง",
     "ดร.ทดสอบ ตัวอย่าง", "พ.ต.อ.ทดสอบ ตัวอย่าง", "ด.ช. ทดสอบ ตัวอย่าง", "ม.ร.ว.ทดสอบ ตัวอย่าง",
     "จ้างนางสาวทดสอบ ตัวอย่าง", "ค่าตอบแทนของนายทดสอบ ตัวอย่าง"],
)  # fmt: skip
def test_names_behind_titles_are_found(text: str) -> None:
    assert titled_name().search(text)


@pytest.mark.parametrize(
    "text",
    ["นายกเทศมนตรีตำบล ตัวอย่าง", "นายทะเบียนอำเภอ เมือง", "นายอำเภอเมือง ตัวอย่าง", "อำเภอนางรอง จังหวัดบุรีรัมย์",
     "ปีงบประมาณ พ.ศ. งบกลาง รายจ่าย", "สำนักนายกรัฐมนตรี กระทรวง", "เขื่อนนางนวล ตำบล", "ขนายนาง ตัวอย่าง",
     "จ้างนายช่างโยธา ปฏิบัติงาน", "ให้นายกเทศมนตรี ลงนาม",
     "ถนนสายนางรอง บุรีรัมย์", "ตามพระปณิธาน ศาสตราจารย์ ดร. สมเด็จพระเจ้า น้องนางเธอ"],
)  # fmt: skip
def test_false_friends_are_no_names(text: str) -> None:
    assert not titled_name().search(text)
