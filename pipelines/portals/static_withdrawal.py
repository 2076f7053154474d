"""What becomes of the website of files when something is withdrawn from it.

The next generation is built without it, and says so where it was: a page in Thai and in English,
and `withdrawn.json` with every tombstone of the dataset. Turning to it is the portal's.
"""

import json
import shutil
from pathlib import Path

from pipelines.errors import Place, PortalError
from pipelines.portals import Tombstone
from pipelines.portals.static_generation import RECORD, Generation, write_anew
from pipelines.tabular import json_bytes

TOMBSTONES = "withdrawn.json"
PAGES = ("index.html", "index.en.html")


def tombstones(served: Generation, dataset: str) -> list[Tombstone]:
    """Return the tombstones of a dataset, the newest last.

    Raises:
        PortalError: the file is damaged.
    """
    path = served.public / dataset / TOMBSTONES
    if not path.is_file():
        return []
    try:
        return [Tombstone.of(told) for told in json.loads(path.read_bytes())["withdrawn"]]
    except (ValueError, KeyError, TypeError):
        raise PortalError(
            f"{TOMBSTONES} on the website is damaged",
            place=Place(dataset=dataset, file=f"site/{dataset}/{TOMBSTONES}"),
            remedy="bring the file back from a copy of the website",
        ) from None


def build_without(built: Generation, now: Generation, dataset: str, tombstone: Tombstone, release: str | None) -> None:
    """Write the generation `built`: what `now` serves, without the dataset or without one release
    that is not live.

    Raises:
        PortalError: there is no such release, or it is live.
    """
    told = [*tombstones(now, dataset), tombstone]
    built.copy(now)
    if release is None:
        _take_dataset(built, dataset, tombstone)
    else:
        _take_release(built, dataset, tombstone, release)
    write_anew(built.public / dataset / TOMBSTONES, json_bytes({"withdrawn": [each.as_dict() for each in told]}))
    built.render()


def demand_gone(generations: Path, dataset: str, release: str | None) -> None:
    """Look through what is on the disk for what was withdrawn.

    Raises:
        PortalError: something of it is there still.
    """
    left = {TOMBSTONES, *PAGES}
    found = [
        path
        for folder in generations.glob(f"*/{dataset}")
        for path in folder.iterdir()
        if (path.name == release if release else path.name not in left)
    ]
    if found:
        raise PortalError(
            f"of what was withdrawn {len(found)} folders or files are there still",
            place=Place(dataset=dataset, file=f".site/{found[0].relative_to(generations).as_posix()}"),
            remedy="remove them, find out who writes into the home, and withdraw again",
        )


def _take_dataset(built: Generation, dataset: str, tombstone: Tombstone) -> None:
    from pipelines.portals.site import render_withdrawn  # noqa: PLC0415 - likewise of publishing alone

    known = built.dataset(dataset)
    shutil.rmtree(built.public / dataset, ignore_errors=True)
    built.definition_of(dataset).unlink(missing_ok=True)
    render_withdrawn(tombstone, known.spec.title if known else None, built.public)


def _take_release(built: Generation, dataset: str, tombstone: Tombstone, release: str) -> None:
    record = built.record(dataset)
    of_it = [event for event in record["history"] if event["release"] == release]
    if not of_it or release in record["live"].values():
        raise PortalError(
            f"release {release} is live" if of_it else f"there is no release {release}",
            place=Place(dataset=dataset),
            remedy="make another release live first, or withdraw the whole dataset" if of_it else "see its page",
        )
    shutil.rmtree(built.public / dataset / release, ignore_errors=True)
    for event in of_it:
        event["files"] = []
    event = {"release": release, "period": of_it[0]["period"], "files": []}
    record["history"].append(event | {"published_at": tombstone.withdrawn_at, "action": "withdraw"})
    write_anew(built.public / dataset / RECORD, json_bytes(record))
