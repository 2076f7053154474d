"""Ends and starts the real parts of a portal, and a publisher, at a chosen moment.

Parts are ended by their process, as a machine ends them; starting is what `portal` does for
everybody. What a part is set to do belongs to `portal`, what goes wrong on the way to `proxy`.
"""

import multiprocessing
import os
import signal
import subprocess
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from multiprocessing import connection
from multiprocessing.connection import Connection
from typing import Literal, NamedTuple

import httpx

from portal import servers, site
from portal.instance import Instance
from tests.portal.proxy import Fault, Proxy

#: Processes that begin with what a publisher takes seconds to read.
APART = multiprocessing.get_context("forkserver")
APART.set_forkserver_preload(["tests.portal.publishing_under"])


def stop_solr(instance: Instance) -> None:
    """Stop the search: every writing of CKAN is refused from here on."""
    instance.stop("solr")


def start_solr(instance: Instance) -> None:
    """Start the search again, with the index it had."""
    _start(servers.start_solr, instance)


def turn_solr_off(instance: Instance) -> None:
    """Have Solr close its port and its index, while its process waits to open them again: where there are many such
    moments, starting it anew each time takes minutes. Nothing where it is off: the next signal would turn it on."""
    if _solr_answers(instance):
        _turn_solr(instance)
        instance.wait_for("solr", lambda: not _solr_answers(instance))


def turn_solr_on(instance: Instance) -> None:
    """Have Solr serve again; nothing where it does."""
    if not _solr_answers(instance):
        _turn_solr(instance)
        instance.wait_for("solr", lambda: _solr_answers(instance))


def _turn_solr(instance: Instance) -> None:
    process = instance.process("solr")
    assert process, "Solr does not run"
    process.send_signal(signal.SIGUSR1)


def _solr_answers(instance: Instance) -> bool:
    try:
        return httpx.get(f"{servers.solr_address(instance)}/admin/ping", timeout=5).is_success
    except httpx.TransportError:
        return False


@contextmanager
def without_solr(instance: Instance) -> Iterator[None]:
    """Have no search until the block ends."""
    stop_solr(instance)
    try:
        yield
    finally:
        start_solr(instance)


def restart_postgres(instance: Instance) -> None:
    """Restart the database at once: what is under way is rolled back, connections break."""
    if process := instance.process("postgres"):
        process.send_signal(signal.SIGINT)  # by SIGTERM it would wait for CKAN to disconnect
        process.wait(60)
    _start(servers.start_postgres, instance)


def kill_worker(instance: Instance) -> None:
    """Kill CKAN's worker of background jobs."""
    if process := instance.process("worker"):
        process.kill()
        process.wait(30)


def start_worker(instance: Instance) -> None:
    """Start the worker again; what else runs stays."""
    _start(site.serve, instance)


def _start(starting: Callable[[Instance], object], instance: Instance) -> None:
    """Start a part by a process that ends, as the command does: by this one's end alone its child would be
    done with, and others would wait for it."""
    starter = APART.Process(target=starting, args=(instance,))
    starter.start()
    starter.join()
    assert starter.exitcode == 0, "a part did not start again"
    starter.close()


class Ended(NamedTuple):
    """How a publisher ended."""

    code: int
    """Its exit code, or the negative number of the signal that killed it."""
    printed: str
    errors: str


Kill = tuple[Literal["before", "after"], int]


def run_publisher(
    words: Sequence[str],
    environment: Mapping[str, str],
    proxy: Proxy | None = None,
    kill: Kill | None = None,
    seconds: float = 300,
) -> Ended:
    """Run a command to its end, or SIGKILL it before CKAN sees its nth write or after CKAN has acted.

    One that makes fewer writes ends by itself.
    """
    started: Future[subprocess.Popen[str]] = Future()

    def kill_it() -> None:
        process = started.result(30)
        process.kill()
        process.wait(30)

    _at_its_write(proxy, kill, kill_it)
    with subprocess.Popen(
        words, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        started.set_result(process)
        try:
            printed, errors = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return Ended(process.returncode, printed, errors)


def run_apart(
    call: Callable[..., object],
    given: Sequence[str],
    environment: Mapping[str, str],
    proxy: Proxy | None = None,
    kill: Kill | None = None,
    seconds: float = 300,
) -> Ended:
    """Call a function in a process of its own, to its end or killed as by `run_publisher`: that begins at once,
    where a command first reads its modules."""
    errors, child = APART.Pipe(duplex=False)
    process = APART.Process(target=_call, args=(child, dict(environment), call, given))

    def kill_it() -> None:
        process.kill()
        connection.wait([process.sentinel], 30)

    _at_its_write(proxy, kill, kill_it)
    process.start()
    child.close()
    process.join(seconds)
    if process.exitcode is None:
        process.kill()
        raise TimeoutError("the publisher does not end")
    with errors, suppress(EOFError):
        return Ended(process.exitcode, "", errors.recv())
    return Ended(process.exitcode, "", "")


def _call(errors: Connection, environment: dict[str, str], call: Callable[..., object], given: Sequence[str]) -> None:
    os.environ.update(environment)
    try:
        call(*given)
    except Exception:  # noqa: BLE001 - told to who started it
        errors.send(traceback.format_exc())
        raise SystemExit(1) from None


def _at_its_write(proxy: Proxy | None, kill: Kill | None, kill_it: Callable[[], None]) -> None:
    if proxy and kill:
        when, nth = kill
        (proxy.before_write if when == "before" else proxy.after_write)(nth, kill_it)
        if when == "before":  # or what the dead one has sent already would reach CKAN
            proxy.faults.append(Fault("cut_before", nth))
