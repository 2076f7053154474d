"""May a release made under earlier rules be public under today's?

Asked of what the release says of itself in `privacy.json`: its columns, their classes and
treatments, and the thresholds. What is stricter today forbids it; whether its bytes are
clean is looked at elsewhere.
"""

import json
from collections.abc import Mapping

from pipelines.dataset import ColumnPrivacy
from pipelines.dataset_files import Dataset
from pipelines.errors import Place, PrivacyError
from pipelines.release import Release
from pipelines.workspace import Workspace

#: From what says least of a person to what says who it is.
CLASSES = ("open", "linked", "quasi", "sensitive", "direct")
REMEDY = (
    "publish its data under today's rules: `opendata run` with --source and the delivery it was made of; "
    "or, where today's rule is wrong, change it under `privacy`"
)


def demand_allowed(ws: Workspace, dataset: Dataset, release: Release) -> None:
    """Compare an earlier release with the dataset's privacy rules of today.

    Raises:
        PrivacyError: it publishes a column that is unclassed, of a stricter class or coarser today,
            or figures about persons by weaker thresholds than today's.
    """
    (path,) = (file.path for file in release.files if file.name == "privacy.json")
    told = json.loads(ws.store.read_bytes(path))
    for name, then in told["columns"].items():
        if why := _stricter(then, dataset.spec.privacy.columns.get(name)):
            raise PrivacyError(
                f"the release publishes a column that {why}",
                place=Place(dataset=dataset.name, period=release.period, column=name),
                remedy=REMEDY,
            )
    if any(table["protected"] for table in told["tables"].values()):
        _demand_thresholds(dataset, release, told["model"])


def _stricter(then: Mapping[str, str], now: ColumnPrivacy | None) -> str | None:
    """Say what forbids today how a column was published; None where nothing does."""
    if then["treatment"] == "not published":
        return None
    if now is None:
        return "has no privacy class any more"
    if CLASSES.index(now.cls) > CLASSES.index(then["class"]):
        return f"was {then['class']} and is {now.cls} now"
    as_now = {f"generalised to {now.generalise}", "aggregated"}
    return "is published more coarsely now" if now.generalise and then["treatment"] not in as_now else None


def _demand_thresholds(dataset: Dataset, release: Release, then: Mapping[str, float]) -> None:
    now = dataset.spec.privacy.model
    weaker = (
        ("k", then["k"], now.k, then["k"] < now.k),
        ("l", then["l"], now.l, then["l"] < now.l),
        ("alpha", then["alpha"], now.alpha, then["alpha"] > now.alpha),
    )
    for name, was, today, forbidden in weaker:
        if forbidden:
            raise PrivacyError(
                f"the release was made with {name} = {was}, today's is {today}",
                place=Place(dataset=dataset.name, period=release.period, column=f"privacy.model.{name}"),
                remedy=REMEDY,
            )
