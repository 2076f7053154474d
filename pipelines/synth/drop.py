"""A drop of authority files: one register, a file for each authority, dialects and damage.

What comes out is a folder of files, written one after the other: memory is that of the largest.
The truth counts only the persons of undamaged files; nobody is on two lists.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from pipelines.errors import UsageError
from pipelines.progress import Progress, silent
from pipelines.synth import dirt, people, records
from pipelines.synth.damage import KINDS
from pipelines.synth.dialects import Dialect, Row, encoded, grid
from pipelines.synth.draw import generator, table
from pipelines.synth.places_written import authority, place_names, province_spellings, with_prefixes
from pipelines.synth.truth import Truth, write_table
from pipelines.synth.welfare import Register
from pipelines.thai.dates import DateForm, parse_date
from pipelines.thai.ids import bare_id

DIALECTS = 20
#: What a figure of a list is by, beside district and sex.
BY = {"elderly": "monthly_amount_thb", "disability": "disability_type_code"}
#: Columns of the register that the files have as they are.
KEPT = ("title_th", "first_name_th", "last_name_th", "sex_th", "monthly_amount_thb", "disability_type_code")
BIRTHS = DateForm(era="either", unknown_day="first")
#: A person with the day of birth, and its year in the era in which the register writes it.
Listed = tuple[Row, date, int]


def write_drop(
    register: Register, rows: int, files: int, damaged: int, out: Path, on_progress: Progress = silent
) -> Truth:
    """Write a drop of `files` files of about `rows` persons, the first `damaged` kinds of damage
    among them, evenly, and `<out>.damaged.csv`, which names them.

    Raises:
        UsageError: the folder holds something, there are fewer places than files or fewer files than are to be
            damaged, or too many persons for one file.
    """
    if damaged > files:
        raise UsageError(f"{damaged} of {files} files cannot be damaged", remedy="ask for more --files")
    if out.is_dir() and any(out.iterdir()):
        raise UsageError("the folder is not empty: what lies there would be read with the drop", remedy="name another")
    out.mkdir(parents=True, exist_ok=True)
    truth = Truth(("district_code", "sex_th", BY[register.kind], "recipient_count"))
    spoilt: dict[str, str] = {}
    step = max(files // max(damaged, 1), 1)
    names = _file_names(register, files)
    for number, (name, code) in enumerate(names):
        dialect = Dialect(number % DIALECTS, register.kind)
        kind = list(KINDS)[number // step] if number % step == 0 and number // step < damaged else None
        share = rows * (number + 1) // files - rows * number // files
        persons = _persons(replace(register, within=(code,)), number, share)
        _write(out / f"{name}{dialect.suffix}", dialect, persons, kind)
        if kind:
            spoilt[f"{name}{dialect.suffix}"] = kind
        else:
            truth.update((code[:4], person["sex_th"], person[BY[register.kind]]) for person, *_ in persons)
        on_progress("writing files", number + 1, files)
    write_table(f"{out}.damaged.csv", ("file", "damage"), sorted(spoilt.items()))
    return truth


def _write(path: Path, dialect: Dialect, persons: list[Listed], kind: str | None) -> None:
    authority = path.stem.partition("-")[2]
    numbered = [person | {"number": str(n)} for n, (person, *_) in enumerate(persons, 1)]
    total = dialect.total(numbered)
    rows = [dialect.row(row, born, year) for row, (_, born, year) in zip(numbered, persons, strict=True)]
    if kind:
        path.write_bytes(KINDS[kind](dialect, authority, rows, total))
    else:
        path.write_bytes(encoded(grid(dialect, authority, rows, total), dialect.form))


def _file_names(register: Register, files: int) -> list[tuple[str, str]]:
    """Return names without extension, sorted, each with the subdistrict that it is of."""
    codes = people.places(register.within).codes.to_pylist()
    if files > len(codes):
        raise UsageError(f"there are {len(codes):,} places for {files:,} files", remedy="ask for fewer --files")
    chosen = codes[:: max(len(codes) // files, 1)][:files]
    return sorted((f"{code[:4]}-{authority(code)}", code) for code in chosen)


def _persons(register: Register, number: int, rows: int) -> list[Listed]:
    """Draw the persons of one file who are paid."""
    if rows > records.CHUNK:
        raise UsageError(f"a file would have more than {records.CHUNK:,} persons", remedy="ask for more --files")
    share = dirt.shares("allowance", "usual")
    random = generator(register.seed, f"drop {register.kind} {register.month}", number)
    batch, _ = records.chunk(register, number, rows)
    kinds = {row["disability_type_code"]: row["disability_type_name_th"] for row in table("disability_types")}
    found: dict[str, Listed] = {}
    for person in batch.to_pylist():
        bare = bare_id(person["national_id"]) or ""
        if person["status_th"] != records.STATES[records.PAID].as_py() or bare in found:
            continue
        row: Row = {name: person[name] for name in KEPT} | {"national_id": bare}
        row |= _place(register.within[0], share, random)
        row["disability_type"] = kinds.get(row["disability_type_code"], "")
        found[bare] = (row, parse_date(person["birth_date"], BIRTHS), int(person["birth_date"][6:]))
    return list(found.values())


def _place(code: str, share: dict[str, float], random: np.random.Generator) -> Row:
    """Write the names of a place as clerks do."""
    how = float(random.random())
    subdistrict, district, province = (with_prefixes if how < share["place_prefix"] else place_names().__getitem__)(
        code
    )
    if 0 <= how - share["place_prefix"] < share["province_spelling"]:
        spellings = province_spellings()[code[:2]]
        province = spellings[int(random.integers(len(spellings)))]
    return {"subdistrict": subdistrict, "district": district, "province": province}
