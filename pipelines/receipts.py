"""Receipts: the proof each stage leaves, and the demand for it by the next.

A receipt says what went in, by which rules, what came out (sha256 of every file) and what
was counted. It is sealed with a key (HMAC-SHA256), so one that was edited or made up is
refused, and it names the receipt before it, so the chain back to the bytes as found can be
walked. `demand` walks it; nothing else lets a stage begin.

The key comes from `OPENDATA_RECEIPT_KEY`; without it one is made in the home, readable by
this user only. Whoever holds the key can seal: in production keep it from the workers'
operators. `OPENDATA_RECEIPT_KEY_BEFORE` may hold the key that this one took the place of:
what it sealed still counts, nothing is sealed with it any more.
"""

import contextlib
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import ValidationError

from pipelines.catalogue import Model
from pipelines.dataset_files import Dataset
from pipelines.errors import Place, ReceiptError
from pipelines.stages import STAGES, Stage, rules_sha256
from pipelines.store import Store, StoredFile

KEY_PATH = "receipts/.key"


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
        self._key = _key(store)
        before = os.environ.get("OPENDATA_RECEIPT_KEY_BEFORE")
        self._keys = (self._key, *([before.encode()] if before else []))

    def current(self, dataset: str, period: str, stage: Stage) -> Receipt | None:
        """Return a stage's latest receipt, its seal checked; None where there is none."""
        path = f"receipts/{dataset}/{period}/{stage}.json"
        return self._read(path, dataset, period, stage) if self._store.exists(path) else None

    def published(self, dataset: str, period: str, release: str, *, announced: bool = False) -> Receipt | None:
        """Return the genuine receipt under which a release was published, or with `announced` was
        about to be; None for none. Receipts that are damaged or forged count as none."""
        found = []
        for folder in ("history", "announced") if announced else ("history",):
            path = f"receipts/{dataset}/{period}/{folder}"
            for name in self._store.names(path):
                if name.startswith("publish-"):
                    with contextlib.suppress(ReceiptError):
                        receipt = self._read(f"{path}/{name}", dataset, period, "publish")
                        if receipt.details.get("release") == release:
                            found.append(receipt)
        return next((receipt for receipt in found if self.intact(receipt)), found[0] if found else None)

    def done(self, dataset: Dataset, period: str, stage: Stage, input_sha256: str) -> Receipt | None:
        """Return a stage's own receipt where its work on that input need not be done again.
        One that is damaged or forged counts as none: the stage works anew and replaces it."""
        with contextlib.suppress(ReceiptError):
            receipt = self.current(dataset.name, period, stage)
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
        if not right or not any(hmac.compare_digest(receipt.seal, _sealed(receipt, key)) for key in self._keys):
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
        name = f"{receipt.stage}-{receipt.id[:16]}.json"
        self._keep(receipt, f"history/{name}")
        sealed = self._keep(receipt, f"{receipt.stage}.json")
        if self._store.exists(announced := f"receipts/{receipt.dataset}/{receipt.period}/announced/{name}"):
            self._store.remove(announced)
        return sealed

    def _keep(self, receipt: Receipt, name: str) -> Receipt:
        sealed = receipt.model_copy(update={"seal": _sealed(receipt, self._key)})
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


def _canonical(receipt: Receipt, leave_out: set[str]) -> bytes:
    return json.dumps(receipt.model_dump(mode="json", exclude=leave_out), sort_keys=True, ensure_ascii=False).encode()


def _sealed(receipt: Receipt, key: bytes) -> str:
    return hmac.new(key, _canonical(receipt, leave_out={"seal"}), "sha256").hexdigest()


def _key(store: Store) -> bytes:
    if given := os.environ.get("OPENDATA_RECEIPT_KEY"):
        return given.encode()
    with store.lock("receipt-key"):
        if not store.exists(KEY_PATH):
            store.write_bytes(KEY_PATH, secrets.token_hex(32).encode())
        store.keep_private(KEY_PATH)
        return store.read_bytes(KEY_PATH)


def _again(stage: Stage) -> str:
    named = "; if its source was named with --source, name it again" if stage == "extract" else ""
    return f"run `opendata {stage}` for this dataset and period{named}"
