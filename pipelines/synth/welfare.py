"""Registers of the old-age and the disability allowance, as a database of payments has them.

One row is one record of one month. Besides the rows every chunk gives its truth: how many
persons are paid how much, by district, sex and amount, once the rules of the dataset have been
followed (a person counts once, where registered last; the dead are not paid).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.synth import people
from pipelines.synth.calendar import Days, ages, parts, thai_dates
from pipelines.synth.draw import Ints, Weighted, generator, table

CHUNK = 100_000
SEXES = pa.array(["ชาย", "หญิง"])
MOST_THB = 10_000
PAID, DEAD = "รับเงิน", "เสียชีวิต"
#: District, sex, monthly amount -> persons.
Truth = Counter[tuple[str, str, str]]
SCHEMA = pa.schema([
    ("record_id", pa.int64()), ("national_id", pa.string()), ("title_th", pa.string()), ("first_name_th", pa.string()),
    ("last_name_th", pa.string()), ("sex_th", pa.string()), ("birth_date", pa.string()),
    ("subdistrict_code", pa.string()), ("bank_account", pa.string()), ("payment_month", pa.string()),
    ("monthly_amount_thb", pa.string()), ("status_th", pa.string()), ("registered_on", pa.date32()),
    ("disability_type_code", pa.string()), ("changed_at", pa.string()),
])  # fmt: skip


@dataclass(frozen=True)
class Rate:
    """What is paid a month from an age on, in a span of months."""

    age_from: int
    monthly_thb: Decimal
    first_month: str
    last_month: str


@dataclass(frozen=True)
class Register:
    """What one register is of: the elderly, or persons with a disability."""

    kind: str
    month: str
    """`2023-10`."""
    rates: Sequence[Rate]
    seed: int
    provinces: tuple[str, ...] = ()
    """Codes of the provinces it is of; none: the whole country."""

    def chunks(self, rows: int) -> Iterator[tuple[pa.RecordBatch, Truth]]:
        """Give about `rows` records (persons are drawn until there are as many), chunk by chunk."""
        for chunk in range(-(-rows // CHUNK)):
            batch, truth = _Chunk(self, chunk, min(CHUNK, rows - chunk * CHUNK)).made()
            yield batch, truth

    def decisive_day(self) -> np.datetime64:
        """Return the day whose age decides the amount: the first of the fiscal year until
        September 2023, since then the first of the month (a birthday counts from the next month)."""
        first = np.datetime64(f"{self.month}-01")
        if self.month >= "2023-10":
            return first
        year, month = int(self.month[:4]), int(self.month[5:])
        return np.datetime64(f"{year - (month < 10)}-10-01")  # noqa: PLR2004 - October

    def amounts(self, age: Ints) -> Ints:
        """Return the monthly amounts in baht; 0 for who is not entitled by age."""
        found = np.zeros(len(age), dtype=np.int64)
        for rate in sorted(self.rates, key=lambda rate: rate.age_from):
            if rate.first_month <= self.month <= rate.last_month:
                found[age >= rate.age_from] = int(rate.monthly_thb)
        return found


class _Chunk:
    """Records of one chunk. Persons come first, then the second records of some of them."""

    def __init__(self, register: Register, chunk: int, rows: int) -> None:
        self.register, self.rows = register, rows
        self.places = people.places(register.provinces)
        self.random = generator(register.seed, f"{register.kind} {register.month}", chunk)
        share = {row["dirt"]: float(row["share"]) for row in table("dirt")}
        again = round(rows * share["duplicate"]), round(rows * share["mover"])
        self.persons = rows - sum(again)
        self.second = np.concatenate([np.arange(again[0]), again[0] + np.arange(again[1])])
        self.movers = again[1]
        self.share, self.first_record = share, chunk * CHUNK

    def made(self) -> tuple[pa.RecordBatch, Truth]:
        """Return the records, and what they must come to."""
        random, count = self.random, self.persons
        sex, born, types = self._drawn_persons()
        place = self.places.weighted.draw(random, count)
        dead = random.random(count) < self.share["dead"]
        paid = self._paid(born)
        who = np.concatenate([np.arange(count), self.second])
        where = np.concatenate([place, place[self.second]])
        where[self.rows - self.movers :] = self.places.weighted.draw(random, self.movers)
        persons = self._names(sex, born, place) | {
            "sex_th": SEXES.take(pa.array(sex)),
            "monthly_amount_thb": pc.cast(pa.array(paid), pa.string()),
            "status_th": pa.array([PAID, DEAD]).take(pa.array(dead.astype(np.int64))),
            "disability_type_code": types,
        }
        records = self._records(where) | {"birth_date": self._births(born[who])}
        columns = {name: column.take(pa.array(who)) for name, column in persons.items()} | records
        columns["national_id"] = self._spelt(columns["national_id"])
        batch = pa.RecordBatch.from_arrays([columns[name] for name in SCHEMA.names], schema=SCHEMA)
        last = place.copy()
        last[self.second] = where[count:]
        return batch, self._truth(last[~dead], sex[~dead], paid[~dead])

    def _paid(self, born: Days) -> Ints:
        """Return what each person is paid: the rate of the age, for a few that of somebody else."""
        amount = self.register.amounts(ages(born, self.register.decisive_day()))
        return np.where(self.random.random(len(born)) < self.share["wrong_tier"], np.roll(amount, 1), amount)

    def _names(self, sex: Ints, born: Days, place: Ints) -> dict[str, pa.Array]:
        random, region = self.random, people.name_regions(self.random, self.places.regions[place])
        return {
            "national_id": people.national_ids(self.first_record + np.arange(self.persons), self.register.seed),
            "title_th": people.titles(sex, random),
            "first_name_th": people.given_names(random, sex, region, parts(born)[0]),
            "last_name_th": people.family_names(random, region),
        }

    def _records(self, where: Ints) -> dict[str, pa.Array]:
        """Return what each record has of its own; second records were registered later."""
        month = np.datetime64(f"{self.register.month}-01")
        since = month - self.random.integers(400, 5000, self.rows)
        since[self.persons :] = month - self.random.integers(30, 300, self.rows - self.persons)
        account = 9_000_000_000 + self.random.integers(0, 10**9, self.rows)
        return {
            "record_id": pa.array(self.first_record + np.arange(self.rows)),
            "subdistrict_code": self.places.codes.take(pa.array(where)),
            "bank_account": pc.cast(pa.array(account), pa.string()),
            "payment_month": pa.repeat(self.register.month, self.rows),
            "registered_on": pa.array(since.astype("datetime64[D]")),
            "changed_at": pa.repeat(f"{self.register.month}-01 08:00:00+07", self.rows),
        }

    def _drawn_persons(self) -> tuple[Ints, Days, pa.Array]:
        """Draw sex, day of birth and kind of disability."""
        random, count = self.random, self.persons
        if self.register.kind == "elderly":
            rows = table("elderly_ages")
            shares = np.array([[float(row["male_share"]), float(row["female_share"])] for row in rows])
            drawn = Weighted.of(shares.ravel()).draw(random, count)
            age, sex = int(rows[0]["age"]) + drawn // 2, drawn % 2
            types = pa.nulls(count, pa.string())
        else:
            rows = table("disability_types")
            drawn = Weighted.of([float(row["share"]) for row in rows]).draw(random, count)
            young = random.random(count) < np.array([float(row["under_18_share"]) for row in rows])[drawn]
            age = np.where(
                young, random.integers(1, 18, count), np.minimum(18 + random.gamma(4.5, 9, count), 100)
            ).astype(np.int64)
            sex = (random.random(count) < 0.48).astype(np.int64)  # noqa: PLR2004 - made up
            types = pa.array([row["disability_type_code"] for row in rows]).take(pa.array(drawn))
        day = self.register.decisive_day() - (age * 365.2425).astype(np.int64) - random.integers(1, 365, count)
        return sex, day.astype("datetime64[D]"), types

    def _spelt(self, ids: pa.Array) -> pa.Array:
        dashed = pc.replace_substring_regex(ids, r"^(\d)(\d{4})(\d{5})(\d{2})(\d)$", r"\1-\2-\3-\4-\5")
        found = pc.if_else(pa.array(self.random.random(len(ids)) < self.share["id_dashes"]), dashed, ids)
        thai = self.random.random(len(ids)) < self.share["id_thai_digits"]
        digits = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
        spelt = [text.translate(digits) for text in found.filter(pa.array(thai)).to_pylist()]
        return pc.replace_with_mask(found, pa.array(thai), pa.array(spelt, pa.string()))

    def _births(self, born: Days) -> pa.Array:
        unknown = self.random.random(len(born)) < self.share["birth_day_unknown"]
        is_ce = (self.random.random(len(born)) < self.share["birth_ce"]) & ~unknown
        return thai_dates(born, is_ce=is_ce, is_day_unknown=unknown)

    def _truth(self, place: Ints, sex: Ints, paid: Ints) -> Truth:
        """Count persons by district, sex and amount, put together into one number."""
        cells, counts = np.unique((self.places.districts[place] * 2 + sex) * MOST_THB + paid, return_counts=True)
        truth = Truth()
        for cell, persons in zip(cells.tolist(), counts.tolist(), strict=True):
            where, amount = divmod(cell, MOST_THB)
            truth[str(where // 2), SEXES[where % 2].as_py(), str(amount)] += persons
        return truth
