"""Loading the definitions is done by every process of Dagster, all day long, also where the
store and the sources are out of reach: it must touch neither, and no secret."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.workspace import Workspace
from tests.toy import DEFINITION, write_project

SECRETS = ["OPENDATA_RECEIPT_KEY", "OPENDATA_ALERT_WEBHOOK", "VISITS_SOURCE"]
LARGE = 5_000_000

#: Loads the definitions and prints what Python's audit events told of it.
PROBE = f"""
import json, os, sys
touched, connections, secrets_read = set(), [], []
def audit(event, args):
    if event == "open" and isinstance(args[0], str):
        touched.add(os.path.abspath(args[0]))
    elif event in {{"os.mkdir", "os.listdir", "os.scandir"}} and args[0] and not isinstance(args[0], int):
        touched.add(os.path.abspath(os.fsdecode(args[0])))
    elif event in {{"socket.connect", "socket.getaddrinfo", "socket.bind"}}:
        connections.append(event)
sys.addaudithook(audit)
read = os._Environ.__getitem__
def watched(self, name):
    # Libraries copy the whole environment; what counts is our own code asking by name.
    callers = [sys._getframe(depth).f_code.co_filename for depth in (1, 2)]
    ours = any(caller.startswith((os.getcwd() + "/pipelines", os.getcwd() + "/assets")) for caller in callers)
    if ours and name in {SECRETS!r}:
        secrets_read.append(name)
    return read(self, name)
os._Environ.__getitem__ = watched
import assets.definitions
keys = [key.to_user_string() for key in assets.definitions.defs.resolve_asset_graph().get_all_asset_keys()]
print(json.dumps({{"keys": keys, "touched": sorted(touched), "connections": connections, "secrets": secrets_read}}))
"""


@pytest.fixture
def unreachable(tmp_path: Path) -> Workspace:
    """A project whose source is at a secret address and whose home does not exist."""
    source = DEFINITION["source"] | {"location": "env:VISITS_SOURCE"}  # type: ignore[operator]
    return write_project(tmp_path, DEFINITION | {"source": source})


def test_loading_touches_no_network_no_store_no_secret_and_no_large_file(unreachable: Workspace) -> None:
    environment = {
        **os.environ,
        **dict.fromkeys(SECRETS, "a secret"),
        "OPENDATA_PROJECT": str(unreachable.project),
        "OPENDATA_HOME": unreachable.home,
    }
    done = subprocess.run(
        [sys.executable, "-c", PROBE], env=environment, cwd=Path(__file__).parents[2], capture_output=True, check=True
    )
    seen = json.loads(done.stdout.splitlines()[-1])
    assert "visits/published" in seen["keys"]
    assert seen["connections"] == []
    assert seen["secrets"] == []
    assert not Path(unreachable.home).exists(), "loading must not make the home"
    assert [path for path in seen["touched"] if path.startswith(unreachable.home)] == []
    large = [p for p in map(Path, seen["touched"]) if p.is_file() and p.suffix != ".so" and p.stat().st_size > LARGE]
    assert large == []
