"""Rows of the LTAX workbook, heading by heading; which headings there are is in `data/ltax_layout.csv`."""

from typing import Any

import numpy as np

from pipelines.synth import firms, people
from pipelines.synth.draw import Weighted, table
from pipelines.synth.land import NATURAL, Parcels

Row = dict[str, Any]
#: Uses of land on which there may be a house or another building, how often there is one, and a sign. Made up.
BUILT, BUILT_SHARE, SIGN_SHARE = frozenset("2345"), 0.7, 0.02
OWNER, PARCEL, USE = "เลขบัตรเจ้าของที่ดิน", "รหัสแปลงที่ดิน", "ประเภทการใช้ประโยชน์"


def measures(area: int) -> Row:
    """Return hundredths of a square wa as whole rai, whole ngan and square wa."""
    rai, rest = divmod(area, 40_000)
    ngan, wa = divmod(rest, 10_000)
    return {"ไร่": rai, "งาน": ngan, "ตร.วา": f"{wa / 100:.2f}"}


def owner_names(parcels: Parcels) -> list[Row]:
    """Return title, name and nationality of each owner: persons by sex and region, others made up."""
    random, count = parcels.random, parcels.owners
    sexes = random.integers(0, 2, count)
    region = people.name_regions(random, np.full(count, people.places(parcels.land.within).regions[0]))
    titles = people.titles(sexes, random).to_pylist()
    first = people.given_names(random, sexes, region, random.integers(1940, 1995, count)).to_pylist()
    last = people.family_names(random, region).to_pylist()
    stems = firms.stems(random, count)
    return [
        {"คำนำหน้า": titles[n], "ชื่อ": first[n], "นามสกุล": last[n], "สัญชาติ": "ไทย"}
        if parcels.owner_kind[n] == NATURAL
        else {"ชื่อ": parcels.owner_form[n].format(stems[n])}
        for n in range(count)
    ]


def owner_rows(parcels: Parcels) -> list[Row]:
    """Return the sheet of owners. Telephone numbers begin with 000, as none does."""
    rows, within = [], parcels.land.within
    homes = parcels.random.integers(1, 400, parcels.owners).tolist()
    for owner, name in enumerate(owner_names(parcels)):
        place = within[owner % len(within)]
        rows.append(name | {
            "ลำดับ": parcels.first + owner + 1, "เลขบัตรประชาชน": parcels.owner_ids[owner],
            "ประเภทบุคคล": parcels.owner_kind[owner], "เลขที่บ้าน": f"{homes[owner]}/{owner % 30 + 1}",
            "หมู่ที่": str(owner % 12 + 1), "ตำบล": place, "อำเภอ": place[:4], "จังหวัด": place[:2],
            "โทรศัพท์": f"000{parcels.first + owner:07}",
        })  # fmt: skip
    return rows


def parcel_rows(parcels: Parcels) -> list[Row]:
    """Return the sheet of parcels, without use and value."""
    random, within = parcels.random, parcels.land.within
    kinds = [row for row in table("land_kinds") if row["of"] == "document"]
    documents = Weighted.of([float(row["weight"]) for row in kinds]).draw(random, parcels.rows).tolist()
    numbers = random.integers(1, 100_000, (parcels.rows, 2)).tolist()
    rows = []
    for parcel, code in enumerate(parcels.codes()):
        place = within[parcels.place[parcel]]
        rows.append({
            "ลำดับ": parcels.first + parcel + 1, OWNER: parcels.owner_ids[parcels.owner[parcel]], PARCEL: code,
            "ประเภทเอกสาร": kinds[documents[parcel]]["code"], "เลขที่เอกสาร": str(numbers[parcel][0]),
            "หน้าสำรวจ": str(numbers[parcel][1] % 9000 + 1), "เล่มที่": str(numbers[parcel][1] % 400 + 1),
            "มาตราส่วน": "1:4000", "เลขที่ดิน": str(numbers[parcel][1] % 700 + 1),
            "หมู่ที่": str(parcel % 12 + 1), "ตำบล": place, "อำเภอ": place[:4], "จังหวัด": place[:2],
        } | measures(int(parcels.area[parcel])))  # fmt: skip
    return rows


def building_rows(parcels: Parcels) -> tuple[list[Row], list[Row]]:
    """Return the sheets of buildings and of their uses; a building has one use here."""
    random = parcels.random
    kinds = [row for row in table("land_kinds") if row["of"] == "structure"]
    built = np.flatnonzero(random.random(parcels.rows) < BUILT_SHARE)
    structures = Weighted.of([float(row["weight"]) for row in kinds]).draw(random, parcels.rows).tolist()
    sizes = random.integers(4, 20, (parcels.rows, 2)).tolist()
    years = random.integers(2500, 2566, parcels.rows).tolist()
    codes = parcels.codes()
    buildings: list[Row] = []
    uses: list[Row] = []
    for parcel in built.tolist():
        if (use := parcels.land.uses[parcels.use[parcel]]) not in BUILT:
            continue
        owner, building = parcels.owner_ids[parcels.owner[parcel]], f"{codes[parcel]}-B001"
        (wide, long), floors = sizes[parcel], 1 + parcel % 2
        buildings.append({
            "ลำดับ": len(buildings) + 1, OWNER: owner, "เลขบัตรเจ้าของสิ่งปลูกสร้าง": owner, PARCEL: codes[parcel],
            "รหัสสิ่งปลูกสร้าง": building, "เลขที่บ้าน": str(parcel % 400 + 1), "หมู่ที่": str(parcel % 12 + 1),
            "โครงสร้าง": kinds[structures[parcel]]["code"], "จำนวนชั้น": str(floors), "กว้าง(ม.)": str(wide),
            "ยาว(ม.)": str(long), "ปีที่สร้าง": str(years[parcel]),
        })  # fmt: skip
        uses.append({
            "เลขบัตรเจ้าของสิ่งปลูกสร้าง": owner, "รหัสสิ่งปลูกสร้าง": building, "ประเภทการใช้งาน": use,
            "เต็มพื้นที่ทุกชั้น": "Y", "พื้นที่รวม(ตร.ม.)": str(wide * long * floors), "ลักษณะการใช้": "1",
        })  # fmt: skip
    return buildings, uses


def sign_rows(parcels: Parcels) -> list[Row]:
    """Return the sheet of signs, which is of another tax."""
    random, codes = parcels.random, parcels.codes()
    signed = np.flatnonzero(random.random(parcels.rows) < SIGN_SHARE).tolist()
    names = firms.firm_names(random, len(signed), "shop")
    return [
        {"รหัสป้าย": f"{codes[parcel]}-P001", "เลขบัตรเจ้าของป้าย": parcels.owner_ids[parcels.owner[parcel]],
         "ชื่อสถานประกอบการค้า/กิจการ": name, "ป้ายแสดง": "1", "ประเภทป้าย": "1", "กว้าง (ซม.)": "200",
         "ยาว (ซม.)": "100", "จำนวนด้าน": "1", "ข้อความภายในป้าย": name,
         "จังหวัด": parcels.land.within[0][:2]}
        for parcel, name in zip(signed, names, strict=True)
    ]  # fmt: skip
