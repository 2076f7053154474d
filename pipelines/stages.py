"""The four stages, and what each one's result depends on.

A stage's *rules* are the parts of the dataset's definition that it obeys and the code that
carries them out. Their hash stands in its receipt: edited rules make the receipt stale.
"""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Literal

from pipelines.dataset_files import Dataset

Stage = Literal["extract", "validate", "anonymise", "publish"]
STAGES: tuple[Stage, ...] = ("extract", "validate", "anonymise", "publish")

_PACKAGE = Path(__file__).parent
_SHARED = ("dataset.py", "source_*.py", "table_spec.py", "periods.py", "catalogue.py", "fates.py", "thai/**/*")
_CODE: dict[Stage, tuple[str, ...]] = {
    "extract": (*_SHARED, "extract.py", "intake.py", "delivery.py", "fetch/**/*.py", "statement.py", "readers/**/*.py"),
    "validate": (*_SHARED, "validate.py", "tabular.py", "preparation/**/*.py", "validation/**/*.py"),
    "anonymise": (*_SHARED, "anonymise.py", "tabular.py", "disclosure/**/*", "validation/**/*.py"),
    "publish": (
        *_SHARED,
        "publish.py",
        "publication_spec.py",
        "publishing/**/*",
        "release/**/*",
        "vocabularies/**/*",
    ),
}


def rules_sha256(dataset: Dataset, stage: Stage) -> str:
    """Return the hash of all that decides a stage's result, but for its input. The order of keys
    counts: measures are columns in their order, and columns derived may use those before them."""
    digest = hashlib.sha256()
    digest.update(json.dumps(_rules(dataset, stage), ensure_ascii=False, default=str).encode())
    digest.update(_code_sha256(stage))
    return digest.hexdigest()


def _rules(dataset: Dataset, stage: Stage) -> dict[str, object]:
    spec = dataset.spec.model_dump(mode="json", by_alias=True)
    match stage:
        case "extract":
            return {name: spec[name] for name in ("period", "source")}
        case "validate":
            parts: dict[str, object] = {
                name: spec[name] for name in ("source", "schemas", "look_ups", "derive", "assertions")
            }
            return parts | {"source_schemas": dataset.source_schemas, "extras": dataset.extras}
        case "anonymise":
            return {name: spec[name] for name in ("privacy", "tables")} | {"public_schema": dataset.public_schema}
        case "publish":
            return spec | {"public_schema": dataset.public_schema}


@cache
def _code_sha256(stage: Stage) -> bytes:
    digest = hashlib.sha256()
    found = {path for pattern in _CODE[stage] for path in _PACKAGE.glob(pattern) if path.is_file()}
    for path in sorted(path for path in found if "__pycache__" not in path.parts):
        digest.update(path.relative_to(_PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.digest()
