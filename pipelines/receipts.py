"""Receipts: the proof each stage leaves, and the demand for it by the next.

A receipt says what went in, by which rules, what came out (sha256 of every file) and what
was counted. It is sealed (`seals`), so one that was edited or made up is refused, and it
names the receipt before it, so the chain back to the bytes as found can be walked. `demand`
walks it; nothing else lets a stage begin.

The same release may be live on several portals: each has its own latest receipt of `publish`.
"""

import contextlib
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import ValidationError

from pipelines.catalogue import Model
from pipelines.dataset_files import Dataset
from pipelines.errors import Place, ReceiptError
from pipelines.seals import Seals
from pipelines.stages import STAGES, Stage, rules_sha256
from pipelines.store import Store, StoredFile


class FileProof(Model):
    """One file a stage wrote."""

    path: str
    sha256: str
    bytes: int
    rows: int | None = None


class Receipt(Model):
    """What a stage proves. Holds counts and column names, never a cell's value."""

    stage: Stage
    dataset: str
    period: str
    verdict: Literal["accepted"] = "accepted"
    previous: str | None
    """`id` of the receipt of the stage before; None for extract."""
    input_sha256: str
    """Hash of what went in: for extract of the source's bytes, else of the stage before."""
    rules_sha256: str
    files: dict[str, FileProof]
    """What came out, by name."""
    details: dict[str, Any] = {}
    """The stage's report."""
    written_at: datetime
    seal: str = ""

    @property
    def id(self) -> str:
        """Return the receipt's identity: equal work has equal identity at any time."""
        return hashlib.sha256(_canonical(self, leave_out={"seal", "written_at"})).hexdigest()

    def is_for(self, input_sha256: str, rules: str) -> bool:
        """Say whether this receipt is for that input under those rules."""
        return self.input_sha256 == input_sha256 and self.rules_sha256 == rules


class ReceiptBook:
    """The receipts of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seals = Seals(store)

    def current(self, dataset: str, period: str, stage: Stage, portal: str | None = None) -> Receipt | None:
        """Return a stage's latest receipt (of `publish`: on that portal), its seal checked; None for none."""
        path = f"receipts/{dataset}/{period}/{_named(stage, portal)}"
        return self._read(path, dataset, period, stage) if self._store.exists(path) else None

    def published(
        self, dataset: str, period: str, release: str, *, portal: str | None = None, announced: bool = False
    ) -> Receipt | None:
        """Return the genuine receipt under which a release was published (on that portal, else on any),
        or with `announced` was about to be; None for none. Those of what only waits count as none."""
        folders = ("history", "announced") if announced else ("history",)
        found = [one for _, one in self._of(dataset, period, release, portal, folders) if not _waits(one)]
        differ = any(one.files != found[0].files for one in found)  # else none need be read
        return next((one for one in found if not differ or self.intact(one)), next(iter(found), None))

    def staged(self, dataset: str, period: str, release: str, portal: str) -> Receipt | None:
        """Return the genuine receipt under which a release was brought to a portal to wait there."""
        found = (receipt for _, receipt in self._of(dataset, period, release, portal, ("announced",)))
        return max(filter(_waits, found), key=lambda receipt: receipt.written_at, default=None)

    def _of(
        self, dataset: str, period: str, release: str, portal: str | None, folders: tuple[str, ...]
    ) -> Iterator[tuple[str, Receipt]]:
        for folder in folders:
            for name in self._store.names(path := f"receipts/{dataset}/{period}/{folder}"):
                if name.startswith("publish-"):
                    with contextlib.suppress(ReceiptError):
                        receipt = self._read(f"{path}/{name}", dataset, period, "publish")
                        if receipt.details["release"] == release and portal in {None, receipt.details["portal"]}:
                            yield f"{path}/{name}", receipt

    def done(
        self, dataset: Dataset, period: str, stage: Stage, input_sha256: str, portal: str | None = None
    ) -> Receipt | None:
        """Return a stage's own receipt where its work on that input need not be done again.
        One that is damaged or forged counts as none: the stage works anew and replaces it."""
        with contextlib.suppress(ReceiptError):
            receipt = self.current(dataset.name, period, stage, portal)
            if receipt and receipt.is_for(input_sha256, rules_sha256(dataset, stage)) and self.intact(receipt):
                return receipt
        return None

    def _read(self, path: str, dataset: str, period: str, stage: Stage) -> Receipt:
        place = Place(dataset=dataset, period=period, file=path)
        try:
            receipt = Receipt.model_validate_json(self._store.read_bytes(path))
        except ValidationError:
            raise ReceiptError("a receipt is damaged", place=place, remedy=_again(stage)) from None
        right = (receipt.dataset, receipt.period, receipt.stage) == (dataset, period, stage)
        if not right or not self._seals.genuine(_canonical(receipt, leave_out={"seal"}), receipt.seal):
            raise ReceiptError(
                "a receipt's seal does not match: it was altered or sealed with another key",
                place=place,
                remedy=_again(stage),
            )
        return receipt

    def announce(self, receipt: Receipt) -> None:
        """Seal a receipt into `announced/`, before the step it is about: whoever finds that done,
        though the stage was cut off before it could `write`, finds its proof."""
        self._keep(receipt, f"announced/{receipt.stage}-{receipt.id[:16]}.json")

    def write(self, receipt: Receipt) -> Receipt:
        """Seal a receipt and make it the stage's latest; earlier ones stay in `history/`."""
        self._keep(receipt, f"history/{receipt.stage}-{receipt.id[:16]}.json")
        sealed = self._keep(receipt, _named(receipt.stage, receipt.details.get("portal")))
        if receipt.stage == "publish":
            told = receipt.details
            of_it = self._of(receipt.dataset, receipt.period, told["release"], told["portal"], ("announced",))
            for path, _ in list(of_it):
                self._store.remove(path)
        return sealed

    def _keep(self, receipt: Receipt, name: str) -> Receipt:
        sealed = receipt.model_copy(update={"seal": self._seals.of(_canonical(receipt, leave_out={"seal"}))})
        data = json.dumps(sealed.model_dump(mode="json"), ensure_ascii=False, indent=1).encode()
        self._store.write_bytes(f"receipts/{receipt.dataset}/{receipt.period}/{name}", data)
        return sealed

    def periods(self, dataset: str) -> list[str]:
        """Return the periods of which there is anything."""
        return [name for name in self._store.names(f"receipts/{dataset}") if not name.startswith(".")]

    def demand(self, dataset: Dataset, period: str, stage: Stage) -> Receipt:
        """Return the receipt of `stage`, proved back to the source; see `chain`."""
        return self.chain(dataset, period, stage)[-1]

    def chain(self, dataset: Dataset, period: str, stage: Stage) -> tuple[Receipt, ...]:
        """Return the receipts from extract to `stage`: every one sealed, under today's rules,
        following the one before, its files there with the same bytes.

        Raises `ReceiptError` naming the stage to run again."""
        proved: list[Receipt] = []
        for step in STAGES[: STAGES.index(stage) + 1]:
            place = Place(dataset=dataset.name, period=period)
            receipt = self.current(dataset.name, period, step)
            if receipt is None:
                raise ReceiptError(f"there is no receipt of {step}", place=place, remedy=_again(step))
            if receipt.rules_sha256 != rules_sha256(dataset, step):
                raise ReceiptError(f"the rules of {step} have changed since it ran", place=place, remedy=_again(step))
            if receipt.previous != (proved[-1].id if proved else None):
                raise ReceiptError(f"{step} ran on an earlier state of its input", place=place, remedy=_again(step))
            self._check_files(receipt)
            proved.append(receipt)
        return tuple(proved)

    def intact(self, receipt: Receipt) -> bool:
        """Say whether every file of a receipt is there with the same bytes."""
        return all(self._store.sha256(proof.path) == proof.sha256 for proof in receipt.files.values())

    def _check_files(self, receipt: Receipt) -> None:
        if not self.intact(receipt):
            raise ReceiptError(
                f"a file that {receipt.stage} wrote is missing or no longer has the bytes it was accepted with",
                place=Place(dataset=receipt.dataset, period=receipt.period),
                remedy=_again(receipt.stage),
            )


@dataclass(frozen=True, slots=True)
class StageResult:
    """What running one stage came to."""

    receipt: Receipt
    written: bool
    """False where everything was already there: nothing was written."""
    seconds: float
    notices: tuple[str, ...] = ()
    """What a person should know though nothing was refused; no cell values."""

    def as_dict(self) -> dict[str, Any]:
        """Return the outcome in machine-readable form."""
        told = {"seconds": round(self.seconds, 3), "written": self.written, "notices": list(self.notices)}
        return {"verdict": self.receipt.verdict, **told}


def new_receipt(  # noqa: PLR0913 - a receipt is made of these parts, all by name
    dataset: Dataset,
    period: str,
    stage: Stage,
    *,
    previous: Receipt | None,
    input_sha256: str,
    files: list[StoredFile],
    rows: dict[str, int],
    details: dict[str, Any],
) -> Receipt:
    """Make a stage's receipt; `rows` gives the row count by file name."""
    proofs = {f.name: FileProof(path=f.path, sha256=f.sha256, bytes=f.bytes, rows=rows.get(f.name)) for f in files}
    return Receipt(
        stage=stage,
        dataset=dataset.name,
        period=period,
        previous=previous.id if previous else None,
        input_sha256=input_sha256,
        rules_sha256=rules_sha256(dataset, stage),
        files=proofs,
        details=details,
        written_at=datetime.now(UTC),
    )


def _waits(receipt: Receipt) -> bool:
    return bool(receipt.details.get("waits"))


def _named(stage: Stage, portal: str | None) -> str:
    return f"{stage}-{portal}.json" if stage == "publish" else f"{stage}.json"


def _canonical(receipt: Receipt, leave_out: set[str]) -> bytes:
    return json.dumps(receipt.model_dump(mode="json", exclude=leave_out), sort_keys=True, ensure_ascii=False).encode()


def _again(stage: Stage) -> str:
    named = "; if its source was named with --source, name it again" if stage == "extract" else ""
    return f"run `opendata {stage}` for this dataset and period{named}"
