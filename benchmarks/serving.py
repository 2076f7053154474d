"""Serves the pages that `sources.py` wrote, on 127.0.0.1: `python benchmarks/serving.py FOLDER`.

Prints its address, then answers until it is stopped: a service of JSON at `/records`, and as much
of CKAN's API as a table needs. Nothing is reckoned while serving: a page is a file.
"""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

#: Where a request's answer lies, with its offset.
PAGES = {
    "/records": "api-{}.json",
    "/api/3/action/package_show": "package.json",
    "/api/3/action/datastore_search": "ckan-{}.json",
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    folder: Path

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        page = PAGES.get(url.path, "").format(int(parse_qs(url.query).get("offset", ["0"])[0]))
        found = page and (self.folder / page).is_file()
        body = (self.folder / page).read_bytes() if found else b""
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


def main(folder: Path) -> None:
    """Serve a folder on a free port."""
    handler = type("Handler", (_Handler,), {"folder": folder})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
