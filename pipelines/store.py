"""Where everything is kept: one home on any fsspec URL, in which nothing is ever half-written.

A file appears under its name in one rename; a folder of files is built in a scratch
folder and adopted whole under the address of its content. What a killed process leaves
lies in `scratch/` only, where no reader looks, and is swept by the next one.

    snapshots/ raw, valid and anonymised tables    receipts/   proofs of every stage
    releases/  what was or is public               quarantine/ why a delivery was refused
    live/      which release is live where       withdrawals/ what was taken out of public
    cache/     what a run that was cut off had; may be removed at any time
"""

import contextlib
import errno
import hashlib
import os
import shutil
import socket
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import fsspec
from filelock import FileLock
from fsspec.implementations.local import LocalFileSystem

from pipelines.errors import Place, StoreError

PRIVATE = ("snapshots", "receipts", "quarantine", "scratch", "cache")
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in the store: its path below the home, sha256 (hex) and size in bytes."""

    path: str
    sha256: str
    bytes: int

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[-1]


def sha256_of(path: Path) -> str:
    """Return the sha256 (hex) of a local file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def address_of(files: dict[str, str]) -> str:
    """Return the address (16 hex digits) of a set of files: a hash of names and hashes."""
    listing = "".join(f"{sha}  {name}\n" for name, sha in sorted(files.items()))
    return hashlib.sha256(listing.encode()).hexdigest()[:16]


class Store:
    """One home. Every method raises `StoreError` where the store cannot be used."""

    def __init__(self, url: str) -> None:
        self.fs, root = fsspec.core.url_to_fs(url)
        self.root = root.rstrip("/")
        self.is_local = isinstance(self.fs, LocalFileSystem)
        with self.guarded("open"):
            for name in PRIVATE:
                self.fs.makedirs(f"{self.root}/{name}", exist_ok=True)
                if self.is_local:
                    Path(self.root, name).chmod(0o700)
            self._sweep()

    def exists(self, path: str) -> bool:
        """Say whether a file or folder is there."""
        with self.guarded("read", path):
            return bool(self.fs.exists(self._full(path)))

    def read_bytes(self, path: str) -> bytes:
        """Return a file's bytes."""
        with self.guarded("read", path):
            data: bytes = self.fs.cat_file(self._full(path))
            return data

    def names(self, folder: str) -> list[str]:
        """Return the names in a folder, sorted; none where there is no such folder."""
        with self.guarded("read", folder):
            if not self.fs.isdir(self._full(folder)):
                return []
            return sorted(str(p).rstrip("/").rsplit("/", 1)[-1] for p in self.fs.ls(self._full(folder), detail=False))

    def write_bytes(self, path: str, data: bytes) -> StoredFile:
        """Write a file so that readers see the old bytes or the new, never a part."""
        with self.guarded("write", path):
            temporary = f"{self.root}/scratch/{_own_name()}"
            try:
                with self.fs.open(temporary, "wb") as file:
                    file.write(data)
                self.fs.makedirs(self._full(path).rsplit("/", 1)[0], exist_ok=True)
                self.fs.mv(temporary, self._full(path))
            finally:
                if self.fs.exists(temporary):
                    self.fs.rm_file(temporary)
        return StoredFile(path, hashlib.sha256(data).hexdigest(), len(data))

    def keep_private(self, path: str) -> None:
        """Let this user alone read and write a file, where the store is on a disk and can be written."""
        if self.is_local:
            with contextlib.suppress(OSError):
                Path(self._full(path)).chmod(0o600)

    def remove(self, path: str) -> None:
        """Remove a file."""
        with self.guarded("write", path):
            self.fs.rm_file(self._full(path))

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Give a local folder to build files in; it is removed at the end."""
        parent = f"{self.root}/scratch" if self.is_local else tempfile.gettempdir()
        folder = Path(parent, _own_name())
        with self.guarded("write"):
            folder.mkdir(mode=0o700)
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def cache(self, name: str) -> Iterator[Path]:
        """Give a local folder that stays and only one process at a time has; losing it costs time."""
        parent = f"{self.root}/cache" if self.is_local else f"{tempfile.gettempdir()}/opendata-{os.getuid()}"
        folder = Path(parent, name)
        with self.lock(f"cache/{name}"):
            with self.guarded("write"):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            yield folder

    def adopt(self, built: Path, under: str, address: str | None = None) -> list[StoredFile]:
        """Move a finished folder to `<under>/<address>` in one step; the address defaults
        to that of its content. Where it is there already, with the same bytes, nothing is
        written. Returns its files by name."""
        with self.guarded("write", under):
            shas = {p.relative_to(built).as_posix(): sha256_of(p) for p in sorted(built.rglob("*")) if p.is_file()}
            target = f"{under}/{address or address_of(shas)}"
            stored = [StoredFile(f"{target}/{name}", sha, (built / name).stat().st_size) for name, sha in shas.items()]
            if self.fs.exists(self._full(target)):
                if self._holds(stored):
                    return stored
                self.fs.rm(self._full(target), recursive=True)
            self._put_folder(built, target)
        return stored

    @contextmanager
    def local(self, path: str) -> Iterator[Path]:
        """Give a local path to a stored file, for engines that need one. Read only."""
        if self.is_local:
            yield Path(self._full(path))
            return
        with tempfile.TemporaryDirectory() as folder, self.guarded("read", path):
            copy = Path(folder, path.rsplit("/", 1)[-1])
            self.fs.get_file(self._full(path), str(copy))
            yield copy

    def sha256(self, path: str) -> str | None:
        """Return the sha256 of a stored file as it is now; None where there is none."""
        with self.guarded("read", path):
            if not self.fs.exists(self._full(path)):
                return None
            digest = hashlib.sha256()
            with self.fs.open(self._full(path), "rb") as file:
                while chunk := file.read(CHUNK):
                    digest.update(chunk)
            return digest.hexdigest()

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Let one process at a time, on this machine, work under a name."""
        parent = f"{self.root}/scratch" if self.is_local else tempfile.gettempdir()
        with self.guarded("lock"), FileLock(Path(parent, f"lock-{name.replace('/', '-')}")):
            yield

    def _full(self, path: str) -> str:
        if path.startswith("/") or ".." in path.split("/"):
            raise StoreError("a path points outside the store", remedy="use a path below the home")
        return f"{self.root}/{path}"

    def _holds(self, files: list[StoredFile]) -> bool:
        return all(self.sha256(f.path) == f.sha256 for f in files)

    def _put_folder(self, built: Path, target: str) -> None:
        full = self._full(target)
        if self.is_local:
            Path(full).parent.mkdir(parents=True, exist_ok=True)
            built.rename(full)
        else:
            # No rename of folders here: the receipt, written last, makes the files count.
            self.fs.put(f"{built}/", f"{full}/", recursive=True)

    def _sweep(self) -> None:
        """Remove what dead processes of this machine left in `scratch/`."""
        if not self.is_local:
            return
        for entry in Path(self.root, "scratch").iterdir():
            host, _, rest = entry.name.partition("~")
            pid = rest.partition("~")[0]
            if host == socket.gethostname() and pid.isdigit() and not Path("/proc", pid).exists():
                shutil.rmtree(entry, ignore_errors=True) if entry.is_dir() else entry.unlink(missing_ok=True)

    @contextmanager
    def guarded(self, doing: str, path: str = "") -> Iterator[None]:
        """Turn errors of the operating system into `StoreError`, with the remedy."""
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"cannot {doing} the store: {os.strerror(error.errno) if error.errno else type(error).__name__}",
                place=Place(file=path or None),
                remedy=_REMEDIES.get(error.errno or 0, "check that OPENDATA_HOME is there and may be written"),
            ) from None


_REMEDIES = {
    errno.ENOSPC: "free space where OPENDATA_HOME is and run again: nothing half-written is visible",
    errno.EDQUOT: "raise the quota or free space where OPENDATA_HOME is and run again",
    errno.EFBIG: "raise the file size limit of this process and run again",
    errno.EACCES: "let this user write to OPENDATA_HOME, or set OPENDATA_HOME to another place",
    errno.EROFS: "OPENDATA_HOME is on a read-only disk: set it to another place",
}


def _own_name() -> str:
    return f"{socket.gethostname()}~{os.getpid()}~{uuid.uuid4().hex[:8]}"
