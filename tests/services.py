"""Web services for tests that behave as the real ones do, faults included.

Records are invented. The shapes are those of the procurement services (result with contracts
inside; success, total, data; a link to a zip with one CSV), of page numbers and of cursors, and
of CKAN's API.
"""

import io
import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "SECRET-KEY-7781"
CLAMP = 4
#: What a server does instead of answering, one after another.
FAULTS = ("429", "retry-after", "limited", "503", "cut", "reset")


def projects(count: int) -> list[dict[str, Any]]:
    """Invented projects in the older shape: contracts inside, strings for numbers."""
    return [
        {
            "project_id": f"66{n:09}",
            "project_name": f"จัดซื้อวัสดุสังเคราะห์ ครั้งที่ {n}",
            "project_money": f"{1000 * n + 1000:,}",
            "announce_date": "-" if n % 3 == 0 else "2023-01-15",
            "project_location": {"lat": "13.7", "lon": None},
            "contract": [
                {"contract_no": f"{k + 1}/2566", "price_agree": f"{500 * n + k:,}.00", "winner": "บริษัท ตัวอย่าง จำกัด"}
                for k in range(n % 3)
            ],
        }
        for n in range(count)
    ]


@dataclass
class Service:
    """One running service."""

    records: list[dict[str, Any]]
    faults: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    address: str = ""
    grows_after: int | None = None
    """After so many requests one more record is there, in front of all others."""

    def count(self, path: str) -> None:
        """Take note of a request."""
        self.asked.append(path)
        if self.grows_after is not None and len(self.asked) > self.grows_after:
            self.records, self.grows_after = [*projects(1), *self.records], None

    def csv(self) -> bytes:
        lines = ["project_id,project_money", *(f'{r["project_id"]},"{r["project_money"]}"' for r in self.records)]
        return "\r\n".join([*lines, ""]).encode("utf-8-sig")

    def answer(self, path: str, query: dict[str, str]) -> Any:
        """Return the reply to a request."""
        offset, limit = int(query.get("offset", "0")), min(int(query.get("limit", "2")), CLAMP)
        page = int(query.get("page", "1"))
        held = self.records
        part = held[offset : offset + limit]
        start = int(query.get("cursor", "0"))
        replies: dict[str, Any] = {
            "/cgdcontract": {"code": 200, "status": "success", "result": part},
            "/egp-contract": {"success": True, "total": str(len(held)), "data": part},
            "/numbered": {"items": held[(page - 1) * limit : page * limit]},
            "/cursor": {"items": held[start : start + 2], "next": str(start + 2) if start + 2 < len(held) else None},
            "/bulk": {"success": True, "data": f"{self.address}/file.zip"},
        }
        if path == "/cgdcontract" and query.get("api-key") != KEY:
            return {"code": 401, "status": "error", "msg": "no key", "result": []}
        return replies[path] if path in replies else self.ckan(path.rpartition("/")[2], query)

    def ckan(self, action: str, query: dict[str, str]) -> Any:
        flat = [{"_id": n + 1, "project_id": r["project_id"], "project_money": r["project_money"]}
                for n, r in enumerate(self.records)]  # fmt: skip
        if action == "package_show" and query.get("id") == "egp-2566":
            resources = [{"id": "r1", "name": "projects", "url": f"{self.address}/file.csv", "format": "CSV"},
                         {"id": "r2", "name": "notes", "url": ""}]  # fmt: skip
            package = {
                "name": "egp-2566",
                "title": "ข้อมูลสังเคราะห์",
                "maintainer_email": "person@example.go.th",
                "license_id": "cc-by",
                "organization": {"title": "หน่วยงานทดสอบ"},
                "resources": resources,
            }
            return {"success": True, "result": package}
        if action == "datastore_search" and query.get("resource_id") == "r1":
            offset, limit = int(query.get("offset", "0")), min(int(query["limit"]), CLAMP)
            return {"success": True, "result": {"records": flat[offset : offset + limit], "total": len(flat)}}
        return {"success": False, "error": {"message": "Not found"}}


class _Handler(BaseHTTPRequestHandler):
    service: Service

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if header_key := self.headers.get("api-key"):
            query["api-key"] = header_key
        self.service.count(self.path)
        if self.service.faults:
            self.fail(self.service.faults.pop(0))
        elif url.path == "/file.csv":
            self.send(200, self.service.csv())
        elif url.path == "/file.zip":
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w") as archive:
                archive.writestr("summary.csv", self.service.csv())
            self.send(200, packed.getvalue())
        else:
            self.send(200, json.dumps(self.service.answer(url.path, query), ensure_ascii=False).encode())

    def fail(self, fault: str) -> None:
        match fault:
            case "reset":
                self.connection.close()
            case "cut":
                self.send(200, b'{"result": [', {"Content-Length": "1000"})
                self.close_connection = True
            case _:
                self.send(*_FAILURES[fault]) if fault in _FAILURES else self.send(int(fault), b"")

    def send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


_FAILURES: dict[str, tuple[int, bytes, dict[str, str]]] = {
    "429": (429, b"slow down", {}),
    "retry-after": (429, b"", {"Retry-After": "1"}),
    "limited": (200, b'{"message": "API rate limit exceeded"}', {}),
    "html": (200, b"<html>maintenance</html>", {}),
}


@contextmanager
def running(records: list[dict[str, Any]], faults: list[str] | None = None) -> Iterator[Service]:
    """Serve on a free port until the block ends."""
    service = Service(records, faults or [])
    handler = type("Handler", (_Handler,), {"service": service})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.handle_error = lambda *_: None  # type: ignore[method-assign] # closed connections are the point
        service.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield service
        finally:
            server.shutdown()
            thread.join()
