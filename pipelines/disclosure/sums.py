"""Which sums over persons to hide where the number of persons is shown.

A sum is hidden that is of 1 to k-1 persons (others having none of it); that is of all but 1 to k-1,
where those who have a part have the same (what it leaves is the number of the others); or in which the
greatest contributor can be worked out to within p % by the second (the p % rule). Of two sums of one unit
the second is hidden where the same is true of what it leaves of the first. So is the sum of every
total over a cell whose own is hidden: an amount is often heads times a rate, and sums of several
totals would give the hidden numbers of persons away.
The total of all is spared where what is hidden in all does not tell what one person has, and
the numbers stay as uncertain to whoever knows it and the least and the greatest that any person
of each hidden cell has (where the source has counts: of the cells that share a value with it).
Then nothing can be added and subtracted to more than that.
"""

import math
from collections import defaultdict
from itertools import product

import duckdb
import pyarrow as pa

from pipelines.dataset_files import Dataset
from pipelines.disclosure import suppression
from pipelines.disclosure.cells import TOTAL, alike, differences, dominated, figures, lacking, rows_tell, source, sums
from pipelines.disclosure.persons import UNIT
from pipelines.table_spec import Statistics

Key = tuple[object, ...]
#: Of each cell a sum, and by number of persons the least and the greatest that one has of it.
Known = dict[int, tuple[float, dict[str, tuple[float, float]]]]


def hide(
    database: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    name: str,
    counts: dict[str, list[suppression.Cell]],
    hidden: set[int],
) -> dict[str, set[int]]:
    """Return for every sum over persons the ids of the cells in which it is hidden; `hidden` are
    the cells hidden altogether."""
    table = dataset.spec.tables[name]
    if not isinstance(table, Statistics):
        raise TypeError(name)
    keys = {cell.id: cell.key for cell in next(iter(counts.values()))}
    without: dict[str, set[int]] = {}
    spared: list[Known] = []
    pairs = differences(dataset, table)
    for measure in sums(dataset, table):
        beside = {figure: a for figure, (a, b) in pairs.items() if b == measure}
        gone = hidden | _told(database, name, measure)
        for figure, first in beside.items():
            gone |= _told(database, name, figure) - without[first]
        of = _known(database, name, measure, list(counts))
        for count in (count for count in counts if table.measures[count].frequency):
            _share(keys, of, count)
        totals = _totals(keys, gone)
        of_all = {cell for cell in totals if _is_of_all(table, keys[cell])} - gone
        of_all -= _telling(database, dataset, name, measure, {cell: totals[cell] for cell in of_all})
        for figure, first in beside.items():
            both = _totals(keys, gone | without[first])
            open_to = {cell for cell in both if cell in of_all or cell not in totals} - without[first]
            telling = _telling(database, dataset, name, figure, {cell: both[cell] for cell in open_to})
            of_all -= telling
            without[first] |= telling - totals.keys()
        for cell, parts in sorted(totals.items()):
            known = {part: of[part] for part in parts & hidden}
            if cell in of_all and _withstands(counts, dataset, hidden, [*spared, known]):
                spared.append(known)
            else:
                gone.add(cell)
        without[measure] = gone
    return without


def _is_of_all(table: Statistics, key: Key) -> bool:
    return all(part == TOTAL for d, part in zip(table.dimensions, key, strict=True) if d in table.totals)


def _told(database: duckdb.DuckDBPyConnection, name: str, figure: str) -> set[int]:
    return {cell for (cell,) in database.sql(f'SELECT cell FROM "cells_{name}" WHERE "{figure} tells"').fetchall()}  # noqa: S608


def _known(database: duckdb.DuckDBPyConnection, name: str, measure: str, counts: list[str]) -> Known:
    rates = "".join(f', "{measure} per {count}"' for count in counts)
    rows = database.sql(f'SELECT cell, "{measure}"{rates} FROM "cells_{name}"').fetchall()  # noqa: S608
    return {cell: (float(amount or 0), dict(zip(counts, both, strict=True))) for cell, amount, *both in rows}


def _totals(keys: dict[int, Key], gone: set[int]) -> dict[int, set[int]]:
    """Return every total over any of the cells that are gone, with those it is over."""
    at = {key: cell for cell, key in keys.items()}
    found: dict[int, set[int]] = {}
    for cell in (cell for cell in gone if TOTAL not in keys[cell]):
        for over in product(*((part, TOTAL) for part in keys[cell])):
            if over in at and at[over] != cell:
                found.setdefault(at[over], set()).add(cell)
    return found


def _share(keys: dict[int, Key], of: Known, count: str) -> None:
    """Widen what is known of a cell where the source has counts already, so that nothing is known
    of single persons: to the least and greatest of the cells that share a value with it, where
    there are any, else of all."""
    near: dict[tuple[int, object], list[float]] = defaultdict(list)
    for cell, (_, by) in of.items():
        if TOTAL not in keys[cell] and by[count][0] is not None and not math.isinf(by[count][1]):
            for place in (*enumerate(keys[cell]), (-1, None)):
                near[place] += by[count]
    for cell, (_, by) in of.items():
        if by[count][0] is not None and not math.isinf(by[count][1]):
            shared = [near[place] for place in enumerate(keys[cell]) if len(near[place]) > len(by[count])]
            ranges = shared or [near[-1, None]]
            by[count] = (max(map(min, ranges), default=0.0), min(map(max, ranges), default=0.0))


def _telling(
    database: duckdb.DuckDBPyConnection, dataset: Dataset, name: str, figure: str, parts: dict[int, set[int]]
) -> set[int]:
    """Return the totals of which the hidden parts, as one cell, would tell what one person has:
    their sum is the total without what is shown."""
    table = dataset.spec.tables[name]
    if not isinstance(table, Statistics) or not rows_tell(dataset, table) or not parts:
        return set()
    pairs = [(total, part) for total, some in parts.items() for part in sorted(some)]
    totals, cells = zip(*pairs, strict=True)
    database.register("hidden_parts", pa.table({"total": totals, "cell": cells}))
    on = " AND ".join(f's."{d}"::VARCHAR IS NOT DISTINCT FROM c."{d}"::VARCHAR' for d in table.dimensions)
    amount, k = figures(dataset, table, "s.")[figure], dataset.spec.privacy.model.k
    each = f"SELECT h.total, cell, s.{UNIT}, {amount} AS amount FROM hidden_parts h"  # noqa: S608 - names of the checked definition
    part = f"sum(amount) AS part, bool_or({lacking('amount')}) AS lacks"
    query = (
        f"WITH s AS ({source(dataset, table)}), "  # noqa: S608 - likewise
        f'rows AS ({each} JOIN "cells_{name}" c USING (cell) JOIN s ON {on}), '
        f"part AS (SELECT total, cell, {UNIT}, {part} FROM rows GROUP BY ALL), "
        f"whose AS (SELECT total, {UNIT}, sum(part) AS part FROM part GROUP BY ALL) "
        f"SELECT total FROM part GROUP BY total HAVING {_few('part <> 0', k)} "
        f"UNION SELECT total FROM part GROUP BY total HAVING {_few('lacks', k)} "
        f"INTERSECT SELECT total FROM rows WHERE amount <> 0 GROUP BY total HAVING {alike('amount', 'amount')} "
        f"UNION SELECT total FROM whose GROUP BY total HAVING {dominated('part')}"
    )
    return {total for (total,) in database.sql(query).fetchall()}


def _few(test: str, k: int) -> str:
    """Return the SQL that says whether few persons of several cells can be those of whom it holds:
    somebody is in each cell that has one."""
    some, others = f"count(*) FILTER ({test})", f"greatest(count(DISTINCT cell) FILTER ({test}) - 1, 0)"
    return f"{some} > 0 AND {some} - {others} < {k}"


def _withstands(
    counts: dict[str, list[suppression.Cell]], dataset: Dataset, hidden: set[int], known: list[Known]
) -> bool:
    """Say whether the numbers of persons stay hidden where sums over hidden cells are known, and
    the least and the greatest that one person of each cell has."""
    if not known[-1]:
        return True
    for count, of in counts.items():
        amounts = []
        for one in known:
            rates = {cell: (by[count][0] or 0.0, by[count][1] or 0.0) for cell, (_, by) in one.items()}
            if any(math.isinf(rate) for both in rates.values() for rate in both):
                return False
            if rates:
                amounts.append(suppression.Amount(sum(amount for amount, _ in one.values()), rates))
        if not suppression.stay_hidden(of, dataset.spec.privacy.model.k, hidden, amounts):
            return False
    return True
