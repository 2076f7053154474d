"""Ends and starts the real parts of a portal, and a publisher, at a chosen moment.

Parts are ended by their process, as a machine ends them; starting is what `portal` does for
everybody. What a part is set to do belongs to `portal`, what goes wrong on the way to `proxy`.
"""

import multiprocessing
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Literal, NamedTuple

from portal import servers, site
from portal.instance import Instance
from tests.portal.proxy import Fault, Proxy


def stop_solr(instance: Instance) -> None:
    """Stop the search: every writing of CKAN is refused from here on."""
    instance.stop("solr")


def start_solr(instance: Instance) -> None:
    """Start the search again, with the index it had."""
    _start(servers.start_solr, instance)


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
    starter = multiprocessing.get_context("spawn").Process(target=starting, args=(instance,))
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


def run_publisher(
    words: Sequence[str],
    environment: Mapping[str, str],
    proxy: Proxy | None = None,
    kill: tuple[Literal["before", "after"], int] | None = None,
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

    if proxy and kill:
        when, nth = kill
        (proxy.before_write if when == "before" else proxy.after_write)(nth, kill_it)
        if when == "before":  # or what the dead one has sent already would reach CKAN
            proxy.faults.append(Fault("cut_before", nth))
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
