"""Names of refused files are public: a person's in one must not be."""

import pytest

from pipelines.fates import shown_name


@pytest.mark.parametrize(
    ("name", "shown"),
    [("3305-นายทดสอบ_ตัวอย่าง.xlsx", "3305-….xlsx"), ("รายชื่อ-นายทดสอบ-ตัวอย่าง.csv", "รายชื่อ-….csv"),
     ("2566-10/นางสาวเอ.csv", "2566-10/….csv"), ("ร.ต.ทดสอบ ตัวอย่าง.csv", "….csv"), ("Mr_Test_Example.xlsx", "….xlsx"),
     ("Ms.Test-Example.csv", "….csv"), ("โทร 081-234-5678.csv", "โทร ….csv"), ("1-0000-00000-31-9.csv", "….csv"),
     ("a/test@example.org.xlsx", "a/…"), ("1000000000319.csv", "….csv")],
)  # fmt: skip
def test_a_files_name_is_shown_without_a_person_however_its_words_are_parted(name: str, shown: str) -> None:
    assert shown_name(name) == shown


@pytest.mark.parametrize(
    "name",
    ["drop-2566-10/3305-เทศบาลตำบลตัวอย่าง.csv", "2566-10-01/3305-a.xlsx", "นายก-อบต-ตัวอย่าง.csv", "31-เมืองนางรอง.csv"],
)
def test_a_files_name_that_is_of_an_office_is_shown(name: str) -> None:
    assert shown_name(name) == name
