"""Takes resources off a CKAN so that nothing of them is left where an editor could bring it back.

CKAN keeps a file when its resource is deleted, and a deleted dataset can be undeleted by any editor: so
rows are dropped and bytes written over first, whatever the portal says of them.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.portals.ckan_datastore import drop_table
from pipelines.portals.ckan_package import Held, Package
from pipelines.portals.ckan_target import marks_of
from pipelines.workspace import Workspace

NAME = "withdrawn.txt"


def erase(ws: Workspace, package: Package, resources: Sequence[Mapping[str, Any]], told: str) -> None:
    """Rows, bytes, resources, in this order. `told` is what the files say instead, to nobody."""
    with ws.store.scratch() as scratch:
        path = scratch / NAME
        path.write_text(told, encoding="utf-8")
        for resource in resources:
            drop_table(package.calls, str(resource["id"]))
            _write_over(package, package.demand(), str(resource["id"]), path)
    package.remove(package.demand(), resources)


def _write_over(package: Package, held: Held, resource: str, path: Path) -> Held:
    return package.revise(
        held,
        {},
        resources={resource: {"name": path.name, "description": "", **marks_of(path)}},
        upload={resource: path},
        done=lambda now: any(r["id"] == resource and r["name"] == path.name for r in now.package["resources"]),
    )
