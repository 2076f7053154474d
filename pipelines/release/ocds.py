"""An OCDS 1.1.5 release package of procurement tables: one release for each project.

Guarantees: memory does not grow with the tables; equal input gives equal bytes; amounts keep
every digit; a code is in `ocds_codes.yaml` or is not given; no natural person has a name or a
number; a package that is refused leaves no file. Tables are not prepared, persons not looked for.

Source of the fields: schemas and codelists of OCDS 1.1.5; `TH-TIN` of org-id.guide. Added fields
hold the words of e-GP (the standard allows it): `statusDetails`, `mainProcurementCategoryDetails`.
"""

import datetime as dt
import hashlib
import heapq
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from pipelines.errors import InvalidData, Place, PrivacyError

BATCH_ROWS = 10_000
NATURAL = "บุคคลธรรมดา"
METHODS = ("purchase_method_name_th", "purchase_method_group_name_th")
TENDERS = ("project_id", "project_name_th", "project_type_name_th", "department_name_th", "sub_department_name_th",
           *METHODS, "announce_date", "budget_amount_thb", "reference_price_thb", "fiscal_year_be",
           "project_status_th", "province_name_th", "district_name_th", "subdistrict_name_th")  # fmt: skip
CONTRACTS = ("project_id", "contract_no", "contract_date", "contract_finish_date", "contract_amount_thb",
             "contract_status_th", "winner_kind", "winner_tin", "winner_name_th", "contract_sequence")  # fmt: skip
_TYPES = {"_thb": pa.types.is_decimal, "date": pa.types.is_date32}
_PROJECT, _NUMBER = itemgetter("project_id"), itemgetter("contract_sequence")
#: A release's mark has letters alone: by chance one of some hundred with digits reads as a telephone number.
LETTERS = str.maketrans("0123456789", "ghijklmnop")
Row = dict[str, Any]
_YAML = yaml.safe_load(files("pipelines.release").joinpath("ocds_codes.yaml").read_text(encoding="utf-8"))
#: By codelist what a text, without blanks, stands for; None where no code says it.
_CODES = {name: {"".join(text.split()).casefold(): None if code == "no_code" else code
                 for code, texts in codes.items() for text in texts} for name, codes in _YAML.items()}  # fmt: skip


@dataclass(frozen=True)
class Publication:
    """Registered prefix of the OCIDs, publisher, address and licence of the package, its moment with time zone."""

    prefix: str
    publisher_name: str
    uri: str
    licence_url: str
    published: dt.datetime


@dataclass(frozen=True)
class Package:
    """What was written; `unknown` counts by column the texts that are not reviewed or contradict each other."""

    releases: int
    contracts: int
    unknown: dict[str, int]


def write_package(tenders: Path, contracts: Path, out: Path, publication: Publication) -> Package:
    """Write the projects of `tenders` with their `contracts` to `out`, one release a line.

    Both are Parquet tables sorted by `project_id`, with the columns `TENDERS` and `CONTRACTS`:
    amounts (`_thb`) in baht as decimals, dates (`_date`) as dates, `winner_kind` one of
    `juristic`, `natural`, `unknown`, `contract_sequence` unique within its project. All but the
    ids may be empty. A winner of unknown kind is left out.

    Raises:
        InvalidData: columns, order or ids are not as said, or a contract has no tender.
        PrivacyError: a juristic person has a number that is not one of juristic persons.
    """
    part = out.with_name(f"{out.name}.part")
    published = publication.published.astimezone(dt.timezone(dt.timedelta(hours=7))).isoformat(timespec="seconds")
    head = {"uri": publication.uri, "version": "1.1", "publishedDate": published,
            "publisher": {"name": publication.publisher_name}, "license": publication.licence_url}  # fmt: skip
    releases, signed, unknown = 0, 0, Counter[str]()
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            file.write(f'{_json(head)[:-1]},"releases":[')
            for tender, group in _joined(_rows(tenders, TENDERS), _rows(contracts, CONTRACTS)):
                told = _json(_release(tender, group, published, unknown))
                mark = hashlib.sha256(told.encode()).hexdigest()[:16].translate(LETTERS)  # the same if nothing changed
                ids = {"ocid": f"{publication.prefix}-{tender['project_id']}", "id": f"{tender['project_id']}-{mark}"}
                file.write(f"{',' if releases else ''}\n{_json(ids)[:-1]},{told[1:]}")
                releases, signed = releases + 1, signed + len(group)
            file.write("\n]}\n")
        if not releases:
            raise InvalidData("there is no project to release", remedy="publish no package for this period")
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return Package(releases, signed, dict(sorted(unknown.items())))


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    """Yield a table's rows batch by batch, each with its number as `row`, in the order of projects."""
    with pq.ParquetFile(path) as file:
        types = {field.name: field.type for field in file.schema_arrow}
        wrong = [name for name in columns if name not in types or not _TYPES.get(name[-4:], bool)(types[name])]
        if wrong:
            raise InvalidData("missing, or not of its type", place=Place(column=", ".join(wrong)),
                              remedy="give the table the columns that `write_package` names")  # fmt: skip
        batches, last = file.iter_batches(BATCH_ROWS, columns=list(columns)), ""
        for number, row in enumerate((row for batch in batches for row in batch.to_pylist()), 1):
            if not row["project_id"] or row["project_id"] < last:
                raise InvalidData("empty or out of order", place=Place(row=number, column="project_id"),
                                  remedy="sort the table by project_id")  # fmt: skip
            last = row["project_id"]
            yield row | {"row": number}


def _joined(tenders: Iterator[Row], contracts: Iterator[Row]) -> Iterator[tuple[Row, list[Row]]]:
    for _, (tender, *rest) in groupby(heapq.merge(tenders, contracts, key=_PROJECT), _PROJECT):
        numbers = {row.get("contract_sequence") for row in rest}
        if "winner_kind" in tender or None in numbers or len(numbers) < len(rest):
            what = "a contract without tender" if "winner_kind" in tender else "two tenders, or contracts of one number"
            raise InvalidData(what, place=Place(row=[tender, *rest][-1]["row"], column="project_id"),
                              remedy="give a project one tender, its contracts numbers of their own")  # fmt: skip
        yield tender, sorted(rest, key=_NUMBER)


def _release(tender: Row, contracts: list[Row], published: str, unknown: Counter[str]) -> Row:
    """Return a project's release without its ids; its date is the latest known, else that of publication."""
    parties = _organisations(tender)
    roles = {role: {"id": party["id"], "name": party["name"]} for party in parties for role in party["roles"]}
    suppliers: Row = {}
    pairs = [_award_and_contract(row, suppliers, unknown) for row in contracts]
    start = {"startDate": tender["announce_date"]}
    days = [day for day in (tender["announce_date"], *(row["contract_date"] for row in contracts)) if day]
    year = tender["fiscal_year_be"] and f"ปีงบประมาณ พ.ศ. {tender['fiscal_year_be']}"
    budget = {"description": year, "amount": tender["budget_amount_thb"], "projectID": tender["project_id"]}
    call = {"id": tender["project_id"], "title": tender["project_name_th"], "value": tender["reference_price_thb"],
            "status": _code("tenderStatus", tender, "project_status_th", unknown),
            "statusDetails": tender["project_status_th"], "procuringEntity": roles.get("procuringEntity"),
            "mainProcurementCategory": _code("mainProcurementCategory", tender, "project_type_name_th", unknown),
            "mainProcurementCategoryDetails": tender["project_type_name_th"], "tenderPeriod": start}  # fmt: skip
    return {"date": max(days, default=published), "initiationType": "tender", "language": "th",
            "tag": ["planning", "tender", *(["award", "contract"] if pairs else [])],
            "parties": [*parties, *suppliers.values()], "buyer": roles.get("buyer"), "planning": {"budget": budget},
            "tender": call | _method(tender, unknown), "awards": [award for award, _ in pairs],
            "contracts": [contract for _, contract in pairs]}  # fmt: skip


def _organisations(tender: Row) -> list[Row]:
    """Return the department and its unit, as one party where they have one name; the table's place is the unit's."""
    locality = ", ".join(filter(None, (tender["subdistrict_name_th"], tender["district_name_th"])))
    parties: list[Row] = []
    for role, column in (("buyer", "department_name_th"), ("procuringEntity", "sub_department_name_th")):
        if parties and parties[0]["name"] == tender[column]:
            parties[0]["roles"].append(role)
        elif tender[column]:
            parties.append({"id": f"{tender['project_id']}-{role}", "name": tender[column], "roles": [role]})
    address = {"address": {"region": tender["province_name_th"], "locality": locality}}
    return parties[:-1] + [party | address for party in parties[-1:]]


def _award_and_contract(row: Row, suppliers: Row, unknown: Counter[str]) -> tuple[Row, Row]:
    """Return a contract and the award that its signature proves; adds the winner to `suppliers`."""
    ident, value = f"{row['project_id']}-{row['contract_sequence']}", row["contract_amount_thb"]
    status = _code("contractStatus", row, "contract_status_th", unknown)
    winners = [suppliers.setdefault(party["id"], party) for party in _winner(row, ident)]
    award = {"id": ident, "status": _CODES["awardStatus"].get(status or ""), "value": value,
             "suppliers": [{"id": party["id"], "name": party["name"]} for party in winners]}  # fmt: skip
    return award, {"id": ident, "awardID": ident, "title": row["contract_no"], "status": status,
                   "statusDetails": row["contract_status_th"], "period": {"endDate": row["contract_finish_date"]},
                   "value": value, "dateSigned": row["contract_date"]}  # fmt: skip


def _winner(row: Row, ident: str) -> list[Row]:
    """Return the winner as a party, none where unknown: of a natural person only that it is one."""
    party = {"id": f"{ident}-supplier", "name": NATURAL, "roles": ["supplier"]}
    if row["winner_kind"] != "juristic":
        return [party] if row["winner_kind"] == "natural" else []
    number, name = row["winner_tin"], row["winner_name_th"]
    if number and not re.fullmatch("0[0-9]{12}", number):
        raise PrivacyError("not a number of juristic persons", place=Place(row=row["row"], column="winner_tin"),
                           remedy="decide winner_kind by the number before publication")  # fmt: skip
    numbered = {"id": f"TH-TIN-{number}", "identifier": {"scheme": "TH-TIN", "id": number, "legalName": name}}
    return [party | {"name": name} | (numbered if number else {})]


def _method(tender: Row, unknown: Counter[str]) -> Row:
    """Return the method of both columns, which the source swaps in some files; no code where they disagree."""
    found = {column: _code("procurementMethod", tender, column, unknown) for column in METHODS if tender[column]}
    words = dict.fromkeys(tender[column] for column, code in found.items() if code != "heading")
    codes = set(found.values()) - {None, "heading"}
    unknown.update([METHODS[1]] if len(codes) > 1 else [])
    code = codes.pop() if len(codes) == 1 else None
    return {"procurementMethod": code, "procurementMethodDetails": "; ".join(words)}


def _code(codelist: str, row: Row, column: str, unknown: Counter[str]) -> str | None:
    key = "".join((row[column] or "").split()).casefold()
    unknown.update([column] if key and key not in _CODES[codelist] else [])
    return _CODES[codelist].get(key)


def _json(value: object) -> str:
    """Write a value as JSON without empty members: an amount in baht, a day as its start in Thailand."""
    match value:
        case dict() if text := ",".join(f'"{key}":{inner}' for key, item in value.items() if (inner := _json(item))):
            return f"{{{text}}}"
        case list() if text := ",".join(filter(None, map(_json, value))):
            return f"[{text}]"
        case None | "" | dict() | list():
            return ""
        case Decimal():
            return f'{{"amount":{value:f},"currency":"THB"}}'
        case dt.date():
            return f'"{value}T00:00:00+07:00"'
    return json.dumps(value, ensure_ascii=False)
