"""A drop of authority files: one register, a file for each authority, dialects and damage.

What comes out is a folder of files; the truth counts only the persons of undamaged ones.
"""

import csv
from collections import defaultdict
from datetime import date
from functools import cache
from pathlib import Path

from pipelines.progress import Progress, silent
from pipelines.synth import people
from pipelines.synth.damage import KINDS
from pipelines.synth.dialects import Dialect, Row, encoded, grid
from pipelines.synth.draw import table
from pipelines.synth.welfare import PAID, Register, Truth
from pipelines.thai.dates import DateForm, parse_date
from pipelines.thai.ids import bare_id
from pipelines.thai.places import reference_tables

DIALECTS = 20
#: Columns of the register that the files have as they are.
KEPT = ("title_th", "first_name_th", "last_name_th", "sex_th", "monthly_amount_thb", "disability_type_code")
BIRTHS = DateForm(era="either", unknown_day="first")


def write_drop(
    register: Register, rows: int, files: int, damaged: int, out: Path, on_progress: Progress = silent
) -> tuple[Truth, dict[str, str]]:
    """Write a drop of `files` files, the first `damaged` kinds of damage among them, evenly.

    Returns the truth (district, sex, disability type -> persons) and, for each damaged file, its
    kind of damage.
    """
    out.mkdir(parents=True, exist_ok=True)
    by_place = _persons(register, rows, files)
    truth, spoilt = Truth(), dict[str, str]()
    step = max(files // max(damaged, 1), 1)
    for number, (code, persons) in enumerate(sorted(by_place.items())):
        dialect = Dialect(number % DIALECTS)
        kind = list(KINDS)[number // step] if number % step == 0 and number // step < damaged else None
        authority = _authority(code)
        name = f"{code[:4]}-{authority}{dialect.suffix}"
        rows_written = [dialect.row(person, born) for person, born in persons]
        total = dialect.total([person for person, _ in persons])
        if kind:
            spoilt[name] = kind
            data = KINDS[kind](dialect, authority, rows_written, total)
        else:
            data = encoded(grid(dialect, authority, rows_written, total), dialect.form)
            truth.update((code[:4], p["sex_th"], p["disability_type_code"]) for p, _ in persons)
        (out / name).write_bytes(data)
        on_progress("writing files", number + 1, files)
    return truth, spoilt


def write_truth(truth: Truth, spoilt: dict[str, str], out: Path) -> None:
    """Write what the drop must come to, and which files are damaged how, beside it."""
    with Path(f"{out}.truth.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["district_code", "sex_th", "disability_type_code", "recipient_count"])
        writer.writerows((*cell, count) for cell, count in sorted(truth.items()))
    with Path(f"{out}.damaged.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("file", "damage"), *sorted(spoilt.items())])


def _persons(register: Register, rows: int, files: int) -> dict[str, list[tuple[Row, date]]]:
    """Draw the register's paid persons, each once, spread over as many subdistricts as files."""
    places = people.places(register.provinces).codes.to_pylist()
    chosen = places[:: max(len(places) // files, 1)][:files]
    names = _names()
    kinds = {row["disability_type_code"]: row["disability_type_name_th"] for row in table("disability_types")}
    found: dict[str, list[tuple[Row, date]]] = defaultdict(list)
    seen: set[str] = set()
    for batch, _ in register.chunks(rows):
        for number, person in enumerate(batch.to_pylist()):
            bare = bare_id(person["national_id"]) or ""
            if person["status_th"] != PAID or bare in seen:
                continue
            seen.add(bare)
            code = chosen[(number * 7 + len(seen)) % len(chosen)]
            row: Row = {name: person[name] for name in KEPT}
            row |= dict(zip(("subdistrict", "district", "province"), names[code], strict=True))
            kind = kinds[person["disability_type_code"]]
            row |= {"number": str(len(found[code]) + 1), "national_id": bare, "disability_type": kind}
            found[code].append((row, parse_date(person["birth_date"], BIRTHS)))
    return found


def _authority(code: str) -> str:
    """Return a made-up local authority of a subdistrict, named as real ones are."""
    subdistrict, district, _ = _names()[code]
    if code.startswith("10"):
        return f"สำนักงาน{district}-{subdistrict}"
    return ("เทศบาลตำบล" if int(code) % 3 == 0 else "อบต.") + subdistrict


@cache
def _names() -> dict[str, tuple[str, str, str]]:
    """Return the names of every subdistrict, its district and its province."""
    tables = reference_tables()
    provinces = {row["province_code"]: row["province_name_th"] for row in tables["provinces"].to_pylist()}
    districts = {row["district_code"]: row["district_name_th"] for row in tables["districts"].to_pylist()}
    return {
        row["subdistrict_code"]: (
            row["subdistrict_name_th"],
            districts[code := row["district_code"]],
            provinces[code[:2]],
        )
        for row in tables["subdistricts"].to_pylist()
    }
