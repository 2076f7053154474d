"""The proxy does to a client what it is told to, at the call it is told to; parts end and start again."""

import hashlib
import json
import sys
import threading
import time
import tracemalloc
from collections.abc import Iterator
from typing import Literal

import httpx
import pytest

from portal.instance import PortalFault
from tests.portal import by_hand, machinery, proxy
from tests.portal.proxy import Fault, Kind, Proxy
from tests.portals import DEMANDED, RealPortal

#: A publisher of three datasets, by three writes and a reading before each.
PUBLISHER = """
import json, sys, urllib.request
address, token, name, metadata = sys.argv[1:]
for n in "123":
    urllib.request.urlopen(f"{address}/api/3/action/package_search")
    body = json.dumps(json.loads(metadata) | {"name": f"{name}-{n}"}).encode()
    headers = {"Content-Type": "application/json", "Authorization": token}
    urllib.request.urlopen(urllib.request.Request(f"{address}/api/3/action/package_create", body, headers))
print("done")
"""


@pytest.fixture
def name() -> str:
    return f"instrument-{time.time_ns()}"


def exists(portal: RealPortal, name: str) -> bool:
    try:
        portal.operator("package_show", id=name)
    except PortalFault:
        return False
    return True


def create(calls: httpx.Client, name: str) -> httpx.Response:
    return calls.post("package_create", json=DEMANDED | {"name": name})


@pytest.mark.parametrize(
    ("kind", "status", "acted"),
    [
        ("cut_before", 0, False),
        ("cut_within", 0, False),
        ("cut_after", 0, True),
        ("error_after", 500, True),
        ("gateway_timeout", 504, True),
        ("too_large", 413, False),
        ("busy_header", 429, False),
        ("busy_body", 429, False),
        ("busy_page", 503, False),
        ("slow", 200, True),
        ("unauthorised_from", 403, False),
    ],
)
def test_a_fault_is_what_it_says_to_the_client_and_in_ckan(
    agency: RealPortal, name: str, kind: Kind, status: int, *, acted: bool
) -> None:
    fault, began = Fault(kind, seconds=0.7), time.monotonic()
    with proxy.running(agency.address, fault) as between, by_hand.client(between.address, agency.token) as calls:
        if status:
            answer = create(calls, name)
            assert answer.status_code == status
            assert ("Retry-After" in answer.headers) == (kind in {"busy_header", "busy_page"})
            is_html = answer.headers["Content-Type"].startswith("text/html")
            assert is_html == (kind not in {"busy_body", "slow", "unauthorised_from"})
            if kind == "busy_body":
                assert answer.json() == {"error": {"retry_after": 1}}
        else:
            with pytest.raises(httpx.TransportError):
                create(calls, name)
        assert time.monotonic() - began > (0.7 if kind == "slow" else 0)
        assert exists(agency, name) == acted
        (call,) = between.calls
        assert (call.action, call.write, call.status, call.kind) == ("package_create", 1, status, kind)


def test_writes_are_counted_and_readings_are_not(agency: RealPortal, name: str) -> None:
    ids = by_hand.create(agency, name, by_hand.Edition("2566-aaaa", (1,)))
    with proxy.running(agency.address) as between, by_hand.client(between.address, agency.token) as calls:
        for action in ("status_show", "package_search", "organization_list_for_user", "package_autocomplete"):
            calls.post(action, json={"q": ""})
        calls.post("datastore_info", json={"id": ids[by_hand.TABLE]}).raise_for_status()
        calls.get("package_show", params={"id": name}).raise_for_status()
        httpx.get(f"{between.address}/dataset/{name}").raise_for_status()
        calls.post("package_patch", json={"id": name, "notes": "อื่น"}).raise_for_status()
        calls.post("datastore_upsert", json={"resource_id": ids[by_hand.TABLE]})
    assert [(call.action, call.write) for call in between.writes] == [("package_patch", 1), ("datastore_upsert", 2)]
    assert len(between.calls) == 9
    assert between.calls[6].path == f"/dataset/{name}"


def test_a_fault_strikes_so_many_calls_from_the_nth_on(agency: RealPortal, name: str) -> None:
    faults = [Fault("busy_header", 2, times=2), Fault("error_after", 1, action="package_patch")]
    with proxy.running(agency.address, *faults) as between, by_hand.client(between.address, agency.token) as calls:
        assert [create(calls, f"{name}-{n}").status_code for n in range(4)] == [200, 429, 429, 200]
        patch = {"id": f"{name}-0", "notes": "อื่น"}
        assert [calls.post("package_patch", json=patch).status_code for _ in range(2)] == [500, 200]


def test_a_token_that_expired_half_way_stays_expired_for_readings_too(agency: RealPortal, name: str) -> None:
    fault = Fault("unauthorised_from", 2)
    with proxy.running(agency.address, fault) as between, by_hand.client(between.address, agency.token) as calls:
        hidden = {"name": f"{name}-0", "private": True}
        assert calls.post("package_create", json=DEMANDED | hidden).status_code == 200
        assert calls.post("package_show", json={"id": hidden["name"]}).status_code == 200
        assert [create(calls, f"{name}-{n}").status_code for n in (1, 2)] == [403, 403]
        assert calls.post("package_show", json={"id": hidden["name"]}).status_code == 403


def test_large_bodies_pass_in_pieces_both_ways(agency: RealPortal, name: str) -> None:
    agency.as_editor("package_create", name=name, **DEMANDED)
    piece, pieces, frame = b"0123456789abcdef" * 4096, 3200, "frame"
    assert len(piece) * pieces == 200 * 2**20
    fields = {"package_id": name, "name": "large"}
    head = "".join(f'--{frame}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items())
    head += f'--{frame}\r\nContent-Disposition: form-data; name="upload"; filename="large.bin"\r\n\r\n'
    tail = f"\r\n--{frame}--\r\n"
    length = str(len(head) + len(piece) * pieces + len(tail))

    def body() -> Iterator[bytes]:
        yield head.encode()
        yield from (piece for _ in range(pieces))
        yield tail.encode()

    expected, got = hashlib.sha256(), hashlib.sha256()
    with proxy.running(agency.address) as between, by_hand.client(between.address, agency.token) as calls:
        tracemalloc.start()
        try:
            form = {"Content-Type": f"multipart/form-data; boundary={frame}", "Content-Length": length}
            made = calls.post("resource_create", content=body(), headers=form).raise_for_status().json()["result"]
            with httpx.stream("GET", between.address + httpx.URL(made["url"]).path) as answer:
                for part in answer.iter_raw():
                    got.update(part)
            assert tracemalloc.get_traced_memory()[1] < 16 * 2**20
        finally:
            tracemalloc.stop()
    for _ in range(pieces):
        expected.update(piece)
    assert got.digest() == expected.digest()
    agency.as_editor("resource_patch", id=made["id"], clear_upload=True, url="https://example.go.th/")


def test_callbacks_come_before_ckan_sees_the_write_and_before_the_client_hears_of_it(
    agency: RealPortal, name: str
) -> None:
    seen: list[tuple[str, bool]] = []
    every: list[int] = []
    heard = threading.Event()
    with proxy.running(agency.address) as between, by_hand.client(between.address, agency.token) as calls:
        between.before_write(2, lambda: seen.append(("before", exists(agency, f"{name}-2"))))
        between.after_write(2, lambda: seen.append(("after", exists(agency, f"{name}-2") and not heard.is_set())))
        between.after_write(None, lambda: every.append(len(between.writes)))
        create(calls, f"{name}-1").raise_for_status()
        assert seen == []
        create(calls, f"{name}-2").raise_for_status()
        heard.set()
    assert seen == [("before", False), ("after", True)]
    assert every == [1, 2]


def test_a_callback_that_fails_fails_the_test(agency: RealPortal, name: str) -> None:
    def fail() -> None:
        raise ConnectionRefusedError("of a callback's own")

    def use() -> None:
        with proxy.running(agency.address) as between, by_hand.client(between.address, agency.token) as calls:
            between.before_write(1, fail)
            with pytest.raises(httpx.RemoteProtocolError):
                create(calls, name)

    with pytest.raises(ExceptionGroup, match="the proxy itself"):
        use()


def test_where_ckan_is_away_the_proxy_answers_as_gateways_do() -> None:
    with proxy.running("http://127.0.0.1:9") as between:
        assert httpx.get(between.address).status_code == 502


def test_solr_stopped_at_a_write_refuses_it_and_the_next_one_after_its_start_is_taken(
    agency: RealPortal, name: str
) -> None:
    with proxy.running(agency.address) as between, by_hand.client(between.address, agency.token) as calls:
        between.before_write(2, lambda: machinery.stop_solr(agency.instance))
        between.before_write(3, lambda: machinery.start_solr(agency.instance))
        assert [create(calls, f"{name}-{n}").status_code for n in (1, 2, 3)] == [200, 500, 200]
    assert [exists(agency, f"{name}-{n}") for n in (1, 2, 3)] == [True, False, True]


def test_postgres_restarted_after_a_write_has_kept_it(agency: RealPortal, name: str) -> None:
    with proxy.running(agency.address) as between, by_hand.client(between.address, agency.token) as calls:
        between.after_write(1, lambda: machinery.restart_postgres(agency.instance))
        create(calls, name).raise_for_status()
    answers = [httpx.get(f"{agency.address}/api/3/action/package_show?id={name}").status_code for _ in range(5)]
    assert answers[-1] == 200


def test_postgres_restarted_during_a_write_has_rolled_it_back(agency: RealPortal, name: str) -> None:
    ids = by_hand.create(agency, name, by_hand.Edition("2566-aaaa", (1,)))
    rows = [{"district_code": f"{n:06}", "visit_count": n} for n in range(8_000)]
    table = {"resource_id": ids[by_hand.TABLE], "records": rows, "force": True}

    def restart() -> None:
        time.sleep(0.5)  # CKAN takes seconds for so many rows
        machinery.restart_postgres(agency.instance)

    with proxy.running(agency.address) as between, by_hand.client(between.address, agency.token) as calls:
        between.during_write(1, restart)
        assert calls.post("datastore_upsert", json=table).status_code == 500
        left = agency.as_anyone("datastore_search", resource_id=ids[by_hand.TABLE], include_total=False)
        assert len(left["records"]) == 1
        assert calls.post("datastore_upsert", json=table).status_code == 200


def test_the_worker_is_killed_and_started_again(agency: RealPortal) -> None:
    before = agency.instance.process("worker")
    machinery.kill_worker(agency.instance)
    assert agency.instance.process("worker") is None
    machinery.start_worker(agency.instance)
    after = agency.instance.process("worker")
    assert before
    assert after
    assert before.pid != after.pid


@pytest.mark.parametrize(("when", "nth", "made"), [("before", 2, 1), ("after", 2, 2), ("before", 9, 3)])
def test_a_publisher_is_killed_at_its_nth_write(
    agency: RealPortal, name: str, when: Literal["before", "after"], nth: int, made: int
) -> None:
    with proxy.running(agency.address) as between:
        ended = machinery.run_publisher(publisher(between, agency, name), {}, between, (when, nth))
    assert (ended.code, ended.printed) == ((0, "done\n") if nth > 3 else (-9, "")), ended.errors
    assert [exists(agency, f"{name}-{n}") for n in (1, 2, 3)] == [n <= made for n in (1, 2, 3)]
    assert len(between.writes) == min(nth, 3)


def publisher(between: Proxy, portal: RealPortal, name: str) -> list[str]:
    return [sys.executable, "-c", PUBLISHER, between.address, portal.token, name, json.dumps(DEMANDED)]
