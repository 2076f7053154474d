"""The records of a register of payments: persons, the second records of some of them, and the dirt.

One row is one record of one month. Besides the rows every chunk gives its truth: how many
persons are paid how much, by district, sex and amount, once the rules of the dataset have been
followed (a person counts once, where registered last; the dead and who moved away are not paid).
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.synth import dirt, entitled, people
from pipelines.synth.calendar import Days, ages, parts, thai_dates
from pipelines.synth.draw import Bools, Ints, ahead, changed, generator
from pipelines.synth.truth import Truth
from pipelines.synth.welfare import Register

CHUNK = 100_000
SEXES = pa.array(["ชาย", "หญิง"])
PAID, DEAD, MOVED, SUSPENDED = range(4)
STATES = pa.array(["รับเงิน", "เสียชีวิต", "ย้ายออก", "ระงับ"])
#: Kinds of dirt of which a person has two records.
AGAIN = ("duplicate", "mover", "mover_closed")
HEADINGS = ("district_code", "sex_th", "monthly_amount_thb", "recipient_count")
SCHEMA = pa.schema([
    ("record_id", pa.int64()), ("national_id", pa.string()), ("title_th", pa.string()), ("first_name_th", pa.string()),
    ("last_name_th", pa.string()), ("sex_th", pa.string()), ("birth_date", pa.string()),
    ("subdistrict_code", pa.string()), ("bank_account", pa.string()), ("payment_month", pa.string()),
    ("monthly_amount_thb", pa.string()), ("status_th", pa.string()), ("registered_on", pa.date32()),
    ("disability_type_code", pa.string()), ("changed_at", pa.string()),
])  # fmt: skip
Batches = Iterator[pa.RecordBatch]
Columns = dict[str, pa.Array]


def chunks(register: Register, rows: int) -> Iterator[tuple[pa.RecordBatch, Truth]]:
    """Give `rows` records, chunk by chunk, and what each chunk must come to."""
    return ahead(lambda number: chunk(register, number, min(CHUNK, rows - number * CHUNK)), -(-rows // CHUNK))


def chunk(register: Register, number: int, rows: int) -> tuple[pa.RecordBatch, Truth]:
    """Give the records of one chunk, at most CHUNK, and what they must come to."""
    return _Chunk(register, number, rows).made()


class _Chunk:
    """Persons come first, then the second records of the first of them."""

    def __init__(self, register: Register, number: int, rows: int) -> None:
        self.register, self.places, self.rows = register, people.places(register.within), rows
        self.random = generator(register.seed, f"{register.kind} {register.month} {register.within}", number)
        self.share = dirt.shares("allowance", register.level)
        self.again = {kind: round(rows * self.share[kind]) for kind in AGAIN}
        self.persons = rows - sum(self.again.values())
        self.second = np.arange(sum(self.again.values()))
        self.first_record = number * CHUNK
        self.truth = Truth(HEADINGS)
        self.truth.dirt.update(self.again)

    def made(self) -> tuple[pa.RecordBatch, Truth]:
        """Return the records, and what they must come to."""
        random, count = self.random, self.persons
        draw = entitled.elderly if self.register.kind == "elderly" else entitled.disabled
        sex, age, types = draw(random, count)
        born = self._born(age)
        place = self.places.weighted.draw(random, count)
        amount = self._amounts(born)
        first, last = self._states()
        who = np.concatenate([np.arange(count), self.second])
        where = np.concatenate([place, place[self.second]])
        moved = count + self.again["duplicate"]
        where[moved:] = self.places.weighted.draw(random, self.rows - moved)
        columns = self._names(sex, born, place) | {
            "sex_th": SEXES.take(pa.array(sex)),
            "monthly_amount_thb": pc.cast(pa.array(amount), pa.string()),
            "disability_type_code": types,
        }
        columns = {name: column.take(pa.array(who)) for name, column in columns.items()}
        columns |= self._of_records(where) | {"birth_date": self._births(born[who])}
        columns["status_th"] = STATES.take(pa.array(np.concatenate([first, last[self.second]])))
        spoilt = self._soiled(columns)
        batch = pa.RecordBatch.from_arrays([columns[name] for name in SCHEMA.names], schema=SCHEMA)
        place[self.second] = where[count:]
        counted = (last == PAID) & ~spoilt[:count]
        self._count(place[counted], sex[counted], amount[counted])
        return batch, self.truth

    def _marked(self, kind: str, count: int) -> Bools:
        """Draw whom a kind of dirt befalls, and count them."""
        found = self.random.random(count) < self.share[kind]
        self.truth.dirt[kind] += int(found.sum())
        return found

    def _born(self, age: Ints) -> Days:
        days = (age * 365.2425).astype(np.int64) + self.random.integers(1, 365, len(age))
        return (self.register.decisive_day() - days).astype("datetime64[D]")

    def _amounts(self, born: Days) -> Ints:
        """Return what each person is paid: the rate of the age, for a few that of somebody else."""
        amount = self.register.amounts(ages(born, self.register.decisive_day()))
        return np.where(self._marked("wrong_tier", len(born)), np.roll(amount, 1), amount)

    def _states(self) -> tuple[Ints, Ints]:
        """Return the state of each person's first and last record; who has one record has one state."""
        last = np.where(self._marked("dead", self.persons), DEAD, PAID)
        alive = (last == PAID) & (np.arange(self.persons) >= len(self.second))
        kinds = {kind: self.share[kind] for kind in ("mover_lost", "suspended")}
        for (kind, where), state in zip(
            dirt.one_kind_each(self.random, self.persons, kinds).items(), (MOVED, SUSPENDED), strict=True
        ):
            last[where & alive] = state
            self.truth.dirt[kind] += int((where & alive).sum())
        first = last.copy()
        first[len(self.second) - self.again["mover_closed"] : len(self.second)] = MOVED
        return first, last

    def _names(self, sex: Ints, born: Days, place: Ints) -> Columns:
        random, region = self.random, people.name_regions(self.random, self.places.regions[place])
        return {
            "national_id": people.national_ids(self.first_record + np.arange(self.persons), self.register.seed),
            "title_th": people.titles(sex, random),
            "first_name_th": people.given_names(random, sex, region, parts(born)[0]),
            "last_name_th": people.family_names(random, region),
        }

    def _of_records(self, where: Ints) -> Columns:
        """Return what each record has of its own; second records were registered later."""
        month = np.datetime64(f"{self.register.month}-01")
        since = month - self.random.integers(400, 5000, self.rows)
        since[self.persons :] = month - self.random.integers(30, 300, self.rows - self.persons)
        account = 9_000_000_000 + self.random.integers(0, 10**9, self.rows)
        codes = self.places.codes.take(pa.array(where))
        if (ended := self._marked("ended_place_code", self.rows) & self.places.has_earlier[where]).any():
            codes = pc.if_else(pa.array(ended), self.places.earlier.take(pa.array(where)), codes)
        self.truth.dirt["ended_place_code"] = int(ended.sum())
        return {
            "record_id": pa.array(self.first_record + np.arange(self.rows)),
            "subdistrict_code": codes,
            "bank_account": pc.cast(pa.array(account), pa.string()),
            "payment_month": pa.repeat(self.register.month, self.rows),
            "registered_on": pa.array(since.astype("datetime64[D]")),
            "changed_at": pa.repeat(f"{self.register.month}-01 08:00:00+07", self.rows),
        }

    def _births(self, born: Days) -> pa.Array:
        unknown = self._marked("birth_day_unknown", len(born))
        is_ce = self._marked("birth_ce", len(born)) & ~unknown
        self.truth.dirt["birth_ce"] = int(is_ce.sum())
        return thai_dates(born, is_ce=is_ce, is_day_unknown=unknown)

    def _soiled(self, columns: Columns) -> Bools:
        """Dirty the columns in place; return which records it spoilt, of persons with one record."""
        random, rows = self.random, self.rows
        dashed, thai = self._marked("id_dashes", rows), self._marked("id_thai_digits", rows)
        ids = changed(columns["national_id"], dashed, lambda text, _: dirt.grouped_id(text), random)
        columns["national_id"] = changed(ids, thai, dirt.thai_digits, random)
        columns["first_name_th"] = changed(columns["first_name_th"], self._marked("name_typo", rows), dirt.typo, random)
        _slide(columns, "first_name_th", "last_name_th", self._marked("names_slid", rows))
        kinds = {kind: self.share[kind] for kind in (*dirt.SPOILING, "columns_slid")}
        once = (np.arange(rows) >= len(self.second)) & (np.arange(rows) < self.persons)
        found = {kind: where & once for kind, where in dirt.one_kind_each(random, rows, kinds).items()}
        for kind, (column, change) in dirt.SPOILING.items():
            columns[column] = changed(columns[column], found[kind], change, random)
        _slide(columns, "sex_th", "birth_date", found["columns_slid"])
        self.truth.dirt.update({kind: int(where.sum()) for kind, where in found.items() if where.any()})
        return np.asarray(np.any(list(found.values()), axis=0))

    def _count(self, place: Ints, sex: Ints, amount: Ints) -> None:
        """Count persons by district, sex and amount, put together into one number."""
        amounts, paid = np.unique(amount, return_inverse=True)
        cells = (self.places.districts[place] * 2 + sex) * len(amounts) + paid
        for cell in np.flatnonzero(counts := np.bincount(cells)).tolist():
            where, number = divmod(cell, len(amounts))
            key = (self.places.district_codes[where // 2], SEXES[where % 2].as_py(), str(amounts[number]))
            self.truth[key] += int(counts[cell])


def _slide(columns: Columns, one: str, other: str, where: Bools) -> None:
    if where.any():
        mask, left, right = pa.array(where), columns[one], columns[other]
        columns[one], columns[other] = pc.if_else(mask, right, left), pc.if_else(mask, left, right)
