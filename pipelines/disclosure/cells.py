"""The SQL of every cell and total of a statistics table, with what decides whether it is hidden.

Nothing is hidden here; `statistics` does. Names are those of the checked definition.
"""

from itertools import combinations

from pipelines.dataset_files import Dataset
from pipelines.disclosure.microdata import written
from pipelines.disclosure.persons import UNIT
from pipelines.table_spec import Measure, Statistics

TOTAL, TOTAL_LABEL = "_T", "รวม"
P_PERCENT = 10


def linked(dataset: Dataset, measure: Measure) -> bool:
    """Say whether a measure is hidden with its cell: a count of persons, and a sum over them
    whatever its class where each row is a person's (an amount is heads times a rate)."""
    privacy = dataset.spec.privacy
    of_persons = measure.sum and (privacy.unit or privacy.columns[measure.sum].cls != "open")
    return bool(measure.count or measure.frequency or of_persons)


def _value(dataset: Dataset, measure: Measure) -> str:
    if measure.sum:
        return f'sum("{measure.sum}")'
    return f"count(DISTINCT {UNIT})" if measure.count == "units" and dataset.spec.privacy.unit else "count(*)"


def additive(table: Statistics) -> dict[str, str]:
    """Return the numbers of persons that add up to the totals: published measure -> column of
    the cells. Distinct persons do not add up; the rows they stand in do."""
    counts = {n: n for n, m in table.measures.items() if m.frequency}
    rows = [n for n, m in table.measures.items() if m.count == "rows"]
    for name in [*rows, *(n for n, m in table.measures.items() if m.count)][:1]:
        counts[name] = "records"
    return counts


def _few(dataset: Dataset, table: Statistics) -> str:
    """Return the SQL that says whether any number of persons in a cell is of 1 to k-1."""
    privacy = dataset.spec.privacy
    counts = [_value(dataset, m) for m in table.measures.values() if m.frequency]
    if privacy.unit or not counts or any(m.count for m in table.measures.values()):
        counts.append(_value(dataset, Measure(count="units")))
    return " OR ".join(f"coalesce({count} BETWEEN 1 AND {privacy.model.k - 1}, false)" for count in counts)


def source(dataset: Dataset, table: Statistics) -> str:
    """Return the SQL of the rows: dimensions as they are published, what is summed, whose they are."""
    head = ", ".join(f'{written(dataset, d)} AS "{d}"' for d in table.dimensions)
    rest = "".join(f', "{c}"' for c in sorted(_measured(dataset, table)))
    rest += "" if dataset.spec.privacy.unit else f", row_number() OVER () AS {UNIT}"
    return f'SELECT {head}{rest} FROM "{table.source}"'  # noqa: S608 - names of the checked definition


def cells(dataset: Dataset, table: Statistics) -> str:
    """Return the SQL of every cell and total: `cell` (a number), dimensions, measures, `persons`
    and `records`, `few` (whether it is hidden), `<figure> tells` (whether a sum, or what one leaves
    of another, does), `<measure> per <number of persons>`: the least and the greatest that one
    person has of a sum."""
    persons = _value(dataset, Measure(count="units"))
    values = ", ".join(f'{_value(dataset, m)} AS "{n}"' for n, m in table.measures.items())
    values += "".join(
        f', [min({rate}), max({rate})] AS "{n} per {count}"'
        for n, m in sums(dataset, table).items()
        for count in additive(table)
        for rate in [_rate(str(m.sum), table.measures[count])]
    )
    tells = "".join(
        f", coalesce(list_contains(x.told, '{n}'), false) AS \"{n} tells\"" for n in figures(dataset, table)
    )
    shown = ", ".join(f'{marked(table, d)} AS "{d}"' for d in table.dimensions)
    order = ", ".join(f'c."{d}"' for d in table.dimensions)  # equal data, equal choice of what to hide
    on = " AND ".join(f'c."{d}" IS NOT DISTINCT FROM x."{d}"' for d in table.dimensions)
    return (
        f"WITH source AS ({source(dataset, table)}), "  # noqa: S608 - names of the checked definition
        f"c AS (SELECT {shown}, {values}, {persons} AS persons, count(*) AS records, {_few(dataset, table)} AS few "
        f"FROM source GROUP BY GROUPING SETS ({grouping_sets(table)})), "
        f"x AS ({_telling(dataset, table)}) "
        f"SELECT row_number() OVER (ORDER BY {order}) AS cell, c.*{tells} "
        f"FROM c LEFT JOIN x ON {on}"
    )


def sums(dataset: Dataset, table: Statistics) -> dict[str, Measure]:
    """Return the measures that are sums over persons and no number of them."""
    return {n: m for n, m in table.measures.items() if m.sum and not m.frequency and linked(dataset, m)}


def differences(dataset: Dataset, table: Statistics) -> dict[str, tuple[str, str]]:
    """Return, by a name of its own, every two sums of one unit, as declared: whoever sees both sees
    what the second leaves of the first, such as the taxed value that an exempt one leaves."""
    units = {field["name"]: field.get("unit") for field in dataset.public_schema["fields"]}
    pairs = combinations(sums(dataset, table), 2)
    return {f"{b} of {a}": (a, b) for a, b in pairs if units.get(a) and units.get(a) == units.get(b)}


def figures(dataset: Dataset, table: Statistics, rows: str = "") -> dict[str, str]:
    """Return the SQL of what a row (of the relation `rows`) adds to each sum, and to each difference of two."""
    of = {n: f'{rows}"{m.sum}"' for n, m in sums(dataset, table).items()}
    less = {n: f"coalesce({of[a]}, 0) - coalesce({of[b]}, 0)" for n, (a, b) in differences(dataset, table).items()}
    return of | less


def rows_tell(dataset: Dataset, table: Statistics) -> bool:
    """Say whether the rows are persons', so that it can be told who has a part in a sum."""
    return bool(dataset.spec.privacy.unit) or not any(m.frequency for m in table.measures.values())


def lacking(figure: str) -> str:
    """Return the SQL that says whether a row has no part in a figure."""
    return f"coalesce({figure}, 0) = 0"


def alike(least: str, most: str) -> str:
    """Return the SQL that says whether the parts of a figure that are not 0 are the same, from the
    least and the greatest of them, so that it tells how many they are."""
    return f"coalesce(min({least}) = max({most}), false)"


def _rate(column: str, count: Measure) -> str:
    """Return the SQL of what one person of a row has; without end where there is none to have it."""
    amount = f'coalesce("{column}", 0)::DOUBLE'
    endless = f"CASE WHEN {amount} <> 0 THEN 'infinity'::DOUBLE END"
    return f'coalesce({amount} / nullif("{count.sum}", 0), {endless})' if count.frequency else amount


def marked(table: Statistics, dimension: str) -> str:
    """Return the SQL of a dimension as it is published: marked where it is totalled over."""
    if dimension not in table.totals:
        return f'"{dimension}"'
    return f'CASE WHEN grouping("{dimension}") = 1 THEN \'{TOTAL}\' ELSE "{dimension}"::VARCHAR END'


def _grouped(table: Statistics) -> list[list[str]]:
    """Return the sets of dimensions that are grouped by: all, and all but any totalled."""
    sets = [list(table.dimensions)]
    for total in table.totals:
        sets += [[d for d in some if d != total] for some in sets]
    return sets


def grouping_sets(table: Statistics) -> str:
    """Return the SQL of all that is grouped by: every cell and every total."""
    return ", ".join("(" + ", ".join(f'"{d}"' for d in some) + ")" for some in _grouped(table))


def _measured(dataset: Dataset, table: Statistics) -> set[str]:
    unit = {UNIT} if dataset.spec.privacy.unit else set()
    return ({m.sum for m in table.measures.values() if m.sum} | unit) - set(table.dimensions)


def dominated(part: str) -> str:
    """Return the SQL that says whether parts (a person's each) break the p % rule: what is left
    of their sum without the two greatest is less than p % of the greatest (Handbook on
    Statistical Disclosure Control, magnitude tables). What is paid back counts as what is paid."""
    size = f"abs({part})"
    rest = f"sum({size}) - list_sum(max({size}, 2))"
    return f"sum({size}) > 0 AND {rest} < max({size}) * {P_PERCENT} / 100"


def _telling(dataset: Dataset, table: Statistics) -> str:
    """Return the SQL of the cells, each with the figures (`told`) that tell what one person has by the
    p % rule, or how many few persons are: those who have a part (a sum of ones is their number), or,
    where all have the same, those who have none (what it lacks of the number of all)."""
    dims = ", ".join(f'NULL::VARCHAR AS "{d}"' for d in table.dimensions)
    parts = [f"SELECT {dims}, NULL::VARCHAR[] AS told WHERE false"]
    of = figures(dataset, table) if rows_tell(dataset, table) else {}
    told = ", ".join(f"CASE WHEN {_tells(dataset, n)} THEN '{n}' END" for n in of)
    summed = "".join(
        f', sum({part}) AS "{n}", bool_or({lacking(part)}) AS "{n} lacks", '
        f'min({part}) FILTER ({part} <> 0) AS "{n} least", max({part}) FILTER ({part} <> 0) AS "{n} most"'
        for n, part in of.items()
    )
    for some in _grouped(table) if of else ():
        by = "".join(f', "{d}"' for d in some)
        named = ", ".join(f'"{d}"' if d in some else f"'{TOTAL}' AS \"{d}\"" for d in table.dimensions)
        parts.append(
            f"SELECT {named}, [{told}] AS told FROM (SELECT {UNIT}{by}{summed} FROM source "  # noqa: S608
            f"GROUP BY {UNIT}{by}) GROUP BY ALL"
        )
    return " UNION ALL ".join(parts)


def _tells(dataset: Dataset, figure: str) -> str:
    has, lacks = (f"count(*) FILTER ({test})" for test in (f'"{figure}" <> 0', f'"{figure} lacks"'))
    few = f"BETWEEN 1 AND {dataset.spec.privacy.model.k - 1}"
    same = alike(f'"{figure} least"', f'"{figure} most"')
    of_one = f""" OR {dominated(f'"{figure}"')}""" if dataset.spec.privacy.unit else ""
    return f"{has} {few} OR {same} AND {lacks} {few}{of_one}"
