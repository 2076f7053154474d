"""Days as text, and ages, for whole columns at once."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.synth.draw import Ints
from pipelines.thai.years import OFFSET

Days = npt.NDArray[np.datetime64]
_TWO = pa.array([f"{n:02}" for n in range(100)])


def parts(days: Days) -> tuple[Ints, Ints, Ints]:
    """Return year (C.E.), month and day."""
    months = days.astype("datetime64[M]")
    years = days.astype("datetime64[Y]").astype(np.int64) + 1970
    return years, months.astype(np.int64) % 12 + 1, (days - months.astype("datetime64[D]")).astype(np.int64) + 1


def thai_dates(days: Days, *, is_ce: npt.NDArray[np.bool_], is_day_unknown: npt.NDArray[np.bool_]) -> pa.Array:
    """Return `dd/mm/yyyy` in the Buddhist era, or where it is said in the Gregorian one, or with
    `00/00` for day and month."""
    years, months, day = parts(days)
    written = pc.cast(pa.array(years + np.where(is_ce, 0, OFFSET)), pa.string())
    days_two = _TWO.take(pa.array(np.where(is_day_unknown, 0, day)))
    months_two = _TWO.take(pa.array(np.where(is_day_unknown, 0, months)))
    return pc.binary_join_element_wise(days_two, months_two, written, "/")


def ages(born: Days, on: np.datetime64) -> Ints:
    """Return whole years of age on a day."""
    years, months, days = parts(born)
    (year,), (month,), (day,) = parts(np.array([on], dtype="datetime64[D]"))
    return np.asarray(year - years - ((months > month) | ((months == month) & (days > day))))
