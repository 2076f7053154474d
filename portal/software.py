"""What the portal is made of: Debian's packages, CKAN's own environment, Solr's jars."""

import fcntl
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from portal import cluster
from portal.instance import Instance, PortalFault

HERE = Path(__file__).parent
LOCK = HERE / "ckan" / "requirements.lock"
POM = HERE / "solr" / "pom.xml"


def provide(instance: Instance) -> None:
    """Install what is missing; nothing is done twice, not by two at once either, and what was cut off is done again."""
    if missing := lacking(instance):
        raise PortalFault(f"not installed: {', '.join(missing)}; `make portal` installs it on Debian as root")
    with _alone(instance.software), ThreadPoolExecutor() as both:
        for done in [both.submit(_ckan, instance), both.submit(_solr, instance)]:
            done.result()


def lacking(instance: Instance) -> list[str]:
    """Return what Debian has and this machine has not. Maven is needed until Solr is there."""
    programs = ["redis-server", "java", *([] if _is_current(_solr_folder(instance), POM) else ["mvn"])]
    missing = [program for program in programs if shutil.which(program) is None]
    return missing if cluster.programs() else ["postgresql", *missing]


def postgres_programs() -> Path:
    """Return the folder of PostgreSQL's programs; raises `PortalFault` where there is none."""
    if found := cluster.programs():
        return found
    raise PortalFault("PostgreSQL is not installed: `make portal` installs it on Debian as root")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait for another start that installs into the same folder: each would clear what the other makes."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _ckan(instance: Instance) -> None:
    """CKAN and its extensions, in an environment of their own: their pins are not ours."""
    folder = instance.software / "ckan"
    if _is_current(folder, LOCK):
        return
    _run("making CKAN's environment", [sys.executable, "-m", "venv", "--clear", str(folder)])
    pip = [str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
    _run("installing CKAN", [*pip, "--require-hashes", "--requirement", str(LOCK)])
    _mark(folder, LOCK)


def _solr(instance: Instance) -> None:
    folder = _solr_folder(instance)
    if _is_current(folder, POM):
        return
    shutil.rmtree(folder, ignore_errors=True)
    words = ["mvn", "--quiet", "--batch-mode", "--file", str(POM), "dependency:copy-dependencies"]
    _run("bringing Solr", [*words, f"-DoutputDirectory={folder / 'lib'}"])
    _mark(folder, POM)


def _solr_folder(instance: Instance) -> Path:
    return instance.software / "solr"


def _is_current(folder: Path, made_from: Path) -> bool:
    mark = folder / ".made-from"
    return mark.exists() and mark.read_bytes() == made_from.read_bytes()


def _mark(folder: Path, made_from: Path) -> None:
    shutil.copyfile(made_from, folder / ".made-from")


def _run(doing: str, words: list[str]) -> None:
    sys.stderr.write(f"{doing} …\n")
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.returncode:
        raise PortalFault(f"{doing} failed:\n{(done.stdout + done.stderr)[-2000:]}")
