"""What `datastore.py` measures, each a process of its own: `CLIENT ADDRESS RESOURCE FILE…`; the token
is in `TOKEN`. `make ROWS FILE` writes the table.

`plain` is what one writes with ckanapi: the types said, the CSV read row by row, 1,000 rows a call.
"""

import csv
import os
import sys
from pathlib import Path
from typing import Any

ROWS_A_CALL, CHANGED_EVERY = 1_000, 100
SCHEMA: dict[str, Any] = {
    "fields": [
        *({"name": f"text{n}_th", "type": "string", "title": f"ข้อความ {n}"} for n in range(7)),
        *({"name": f"amount{n}_thb", "type": "number", "title": f"จำนวนเงิน {n}"} for n in range(3)),
        *({"name": f"person{n}_count", "type": "integer", "title": f"จำนวน {n}"} for n in range(2)),
        *({"name": f"made{n}_date", "type": "date", "title": f"วันที่ {n}"} for n in range(3)),
    ],
    "primaryKey": ["text0_th"],
}


#: The words are Thai, the rows invented.
QUERY = """
    SELECT printf('%09d', i) AS text0_th,
           {texts},
           {amounts},
           (hash(i) % 5000)::BIGINT AS person0_count, i::BIGINT AS person1_count,
           {dates}
    FROM range({rows}) t(i)
"""
WORDS = "['เบี้ยยังชีพ', 'ผู้สูงอายุ', 'องค์การบริหารส่วนตำบล', 'เทศบาลนคร', 'ก่อสร้างถนน', 'จัดซื้อวัสดุ', 'น้ำประปา']"


def plain(address: str, resource: str, file: Path) -> None:
    import ckanapi  # noqa: PLC0415 - the peak of a process is not to hold what it does not use

    from pipelines.portals.ckan_columns import types_of  # noqa: PLC0415

    fields = [{"id": name, "type": kind} for name, kind in types_of(SCHEMA).items()]
    with ckanapi.RemoteCKAN(address, apikey=os.environ["TOKEN"]) as ckan, file.open(encoding="utf-8-sig") as text:
        ckan.action.datastore_create(
            resource_id=resource, force=True, fields=fields, primary_key=SCHEMA["primaryKey"], records=[]
        )
        records: list[dict[str, str]] = []

        def send() -> None:
            ckan.action.datastore_upsert(resource_id=resource, force=True, method="insert", records=records)
            records.clear()

        for row in csv.DictReader(text):
            records.append(row)
            if len(records) == ROWS_A_CALL:
                send()
        if records:
            send()


def load(address: str, resource: str, file: Path) -> None:
    _table(address, resource).load(file)


def change(address: str, resource: str, old: Path, new: Path) -> None:
    transactions = _table(address, resource).change(old, new)
    if transactions != 1:
        sys.exit(f"the update was {transactions} transactions")


def copy(address: str, resource: str, file: Path) -> None:
    """PostgreSQL's own COPY into the table that CKAN made; `address` is the database's."""
    import psycopg  # noqa: PLC0415

    with psycopg.connect(address) as database, database.cursor() as cursor, file.open("rb") as text:
        names = ", ".join(f'"{field["name"]}"' for field in SCHEMA["fields"])
        with cursor.copy(f'COPY "{resource}" ({names}) FROM STDIN (FORMAT csv, HEADER true)'.encode()) as into:
            text.seek(len(b"\xef\xbb\xbf"))
            while block := text.read(1 << 20):
                into.write(block)


def send(address: str, resource: str, file: Path) -> None:
    """Send all rows to a server that takes everything: what of a load is the client's."""
    from pipelines.portals.ckan_columns import types_of  # noqa: PLC0415
    from pipelines.portals.ckan_fingerprint import fingerprint_of  # noqa: PLC0415
    from pipelines.portals.ckan_records import batches_of  # noqa: PLC0415
    from pipelines.portals.ckan_refusals import Refused  # noqa: PLC0415
    from pipelines.portals.ckan_rows import Sender  # noqa: PLC0415

    calls = _calls(address)
    refused = Refused(calls, resource, types_of(SCHEMA), tuple(SCHEMA["primaryKey"]), file.name)
    for _ in Sender(calls, resource, refused).in_pieces(batches_of(file), "insert"):
        pass
    fingerprint_of(file)


def _calls(address: str) -> Any:  # noqa: ANN401 - imported when it is used
    from pipelines.portals.ckan_calls import Calls  # noqa: PLC0415
    from pipelines.portals.ckan_remote import Remote  # noqa: PLC0415

    return Calls(Remote(address, os.environ["TOKEN"]))


def _table(address: str, resource: str) -> Any:  # noqa: ANN401
    from pipelines.portals.ckan_datastore import Table  # noqa: PLC0415

    return Table(_calls(address), resource, SCHEMA)


def make(rows: int, path: Path, *, changed: bool) -> None:
    """Write the table, as Parquet and as CSV; `changed` has another amount in each hundredth row."""
    import duckdb  # noqa: PLC0415

    from pipelines.tabular import write_csv, write_query  # noqa: PLC0415

    texts = ", ".join(
        f"concat_ws(' ', {', '.join(f'{WORDS}[1 + (hash(i * 10 + {w} + {n}) % 7)::INT]' for w in range(2))}) "
        f"AS text{n}_th"
        for n in range(1, 7)
    )
    other = f"(CASE WHEN {str(changed).lower()} AND i % {CHANGED_EVERY} = 0 THEN 1 ELSE 0 END)"
    amounts = ", ".join(
        f"((hash(i + {n}) % 100000000) / 100 + {other})::DECIMAL(38, 2) AS amount{n}_thb" for n in range(3)
    )
    dates = ", ".join(f"DATE '2015-01-01' + (hash(i + {n}) % 3000)::INT AS made{n}_date" for n in range(3))
    query = QUERY.format(rows=rows, texts=texts, amounts=amounts, dates=dates)
    with duckdb.connect() as database:
        write_query(database, query, path)
    write_csv(path, path.with_suffix(".csv"))


def main(client: str, address: str, *words: str) -> None:
    match client:
        case "make":
            make(int(address), Path(words[0]), changed="changed" in words)
        case "change":
            change(address, words[0], Path(words[1]), Path(words[2]))
        case _:
            {"plain": plain, "load": load, "copy": copy, "send": send}[client](address, words[0], Path(words[1]))


if __name__ == "__main__":
    main(*sys.argv[1:])
