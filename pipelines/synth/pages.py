"""Writes procurement as the service cgdcontract replies: one page of JSON, record by record, with its dirt.

The truth counts each project and each contract once, though some stand twice.
"""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.progress import Progress
from pipelines.synth import dirt
from pipelines.synth.contracts import DIRECT, Contract, Procurement, Project, Projects
from pipelines.synth.dialects import FULL, MONTHS
from pipelines.synth.places_written import authority, place_names, with_prefixes
from pipelines.synth.truth import MEASURE, Truth
from pipelines.synth.wanted import Level
from pipelines.thai.years import OFFSET

HEADINGS = ("winner_kind", MEASURE, "value")
#: Share of contracts that are done. Made up.
DELIVERED = 0.7
#: Dimension of what belongs to projects, not to winners.
TOTAL = "_T"
TENDER, INVITED = "ประกาศเชิญชวนทั่วไป", "คัดเลือก"
Record = dict[str, Any]


def write_page(procurement: Procurement, level: Level, out: Path, on_progress: Progress) -> Truth:
    """Write the projects as one reply of the service and return what they come to."""
    truth = Truth(HEADINGS)
    with out.open("w", encoding="utf-8", newline="\n") as file:
        file.write('{"code": 200, "status": true, "msg": "success", "time": "0.01", ')
        file.write(f'"param_obj": {{"year": "{procurement.year}"}}, "result": [\n')
        for projects in procurement.chunks():
            clerk = _Clerk(projects, dirt.shares("contracts", level), truth)
            texts = [json.dumps(record, ensure_ascii=False) for record in clerk.records()]
            file.write((",\n" if projects.first else "") + ",\n".join(texts))
            on_progress("writing projects", projects.first + projects.rows, procurement.rows)
        file.write("\n]}\n")
    return truth


def _draws(random: np.random.Generator) -> Iterator[float]:
    """Give numbers of [0, 1) one by one, drawn many at a time."""
    while True:
        yield from random.random(4096).tolist()


class _Clerk:
    """Writes the projects of one chunk down as clerks do, and counts what was written."""

    def __init__(self, projects: Projects, share: dict[str, float], truth: Truth) -> None:
        self._projects, self._share, self._truth, self._draws = projects, share, truth, _draws(projects.random)

    def records(self) -> list[Record]:
        """Return the records of the chunk."""
        records: list[Record] = []
        for project in self._projects.drawn():
            year = self._projects.of.year
            fine = not self._befalls("year_wrong")
            contracts = [self._contract(contract, counted=fine) for contract in project.contracts]
            again = [contract for contract in contracts if self._befalls("contract_twice")]
            record = self._project(project, counted=fine) | {"contract": contracts + again}
            records.append(record | {"budget_year": str(year if fine else year - 1)})
            if self._befalls("project_twice"):
                records.append(records[-1])
        return records

    def _befalls(self, kind: str) -> bool:
        if next(self._draws) >= self._share[kind]:
            return False
        self._truth.dirt[kind] += 1
        return True

    def _add(self, kind: str, measure: str, number: int, *, counted: bool) -> None:
        if counted:
            self._truth[kind, measure] += number

    def _project(self, project: Project, *, counted: bool) -> Record:
        agreed: int | None = project.agreed if project.contracts else None
        if agreed and self._befalls("sum_differs"):
            agreed += 100_000
        elif agreed and self._befalls("sum_missing"):
            agreed = None
        self._add(TOTAL, "procurement_project_count", 1, counted=counted)
        self._add(TOTAL, "budget_amount_thb", project.budget, counted=counted)
        self._add(TOTAL, "agreed_amount_thb", agreed or 0, counted=counted)
        announced = None if project.method == DIRECT else project.announced
        written = with_prefixes if self._befalls("place_prefix") else place_names().__getitem__
        subdistrict, district, province = written(project.place)
        if self._befalls("place_missing"):
            subdistrict = district = province = "-"
        here = place_names()[project.place]
        return {
            "project_id": project.project_id,
            "project_name": f"{project.name} ตำบล{here[0]} อำเภอ{here[1]}",
            "project_type_name": project.kind,
            "dept_name": authority(project.place),
            "dept_sub_name": "กองช่าง" if project.kind == "จ้างก่อสร้าง" else "กองคลัง",
            "purchase_method_name": project.method,
            "purchase_method_group_name": project.method if project.method in (DIRECT, INVITED) else TENDER,
            "announce_date": self._day(announced),
            "project_money": self._amount(project.budget),
            "price_build": self._amount(project.reference),
            "sum_price_agree": "-" if agreed is None else self._amount(agreed),
            "transaction_date": self._day(project.announced),
            "province": province,
            "district": district,
            "subdistrict": subdistrict,
            "project_status": "จัดทำสัญญา/บริหารสัญญา" if project.contracts else "ระหว่างดำเนินการ",
            "project_location": {"lat": None, "lon": None},
            "geom": None,
        }

    def _contract(self, contract: Contract, *, counted: bool) -> Record:
        number, kind = contract.winner.number, "juristic" if contract.winner.number[0] == "0" else "natural"
        if self._befalls("winner_number_missing"):
            number, kind = "-", "unknown"
        elif self._befalls("id_dashes"):
            number = dirt.grouped_id(number, " ")
        ends = contract.signed - timedelta(5) if self._befalls("finish_before_start") else contract.ends
        in_words = self._befalls("amount_in_words")
        self._add(kind, "contract_count", 1, counted=counted and not in_words)
        self._add(kind, "contract_amount_thb", contract.amount, counted=counted and not in_words)
        return {
            "winner_tin": number,
            "winner": contract.winner.name,
            "contract_no": contract.number or "-",
            "contract_date": self._day(contract.signed),
            "contract_finish_date": self._day(ends),
            "price_agree": "ตามใบเสนอราคา" if in_words else self._amount(contract.amount),
            "status": "ส่งงานครบถ้วน" if next(self._draws) < DELIVERED else "ระหว่างดำเนินการ",
        }

    def _amount(self, satang: int) -> str:
        text = f"{satang // 100:,}.{satang % 100:02}"
        if self._befalls("plain_amount"):
            return text.replace(",", "")
        return dirt.thai_digits(text) if self._befalls("thai_digits") else text

    def _day(self, of: date | None) -> str:
        """Write a day: most as 2 มี.ค. 66."""
        if of is None or self._befalls("date_missing"):
            return "-"
        if self._befalls("date_iso"):
            return of.isoformat()
        if self._befalls("date_slashes"):
            return f"{of:%d/%m}/{of.year + OFFSET}"
        if self._befalls("date_thai"):
            return dirt.thai_digits(f"{of.day} {FULL[of.month - 1]} {of.year + OFFSET}")
        return f"{of.day} {MONTHS[of.month - 1]} {(of.year + OFFSET) % 100}"
