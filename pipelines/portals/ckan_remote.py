"""Carries single calls to a CKAN: the only module that imports ckanapi, and knows what an answer is.

When a call is made again, and what an answer means for a dataset, is not decided here.
"""

import json
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from http import HTTPStatus
from pathlib import Path
from typing import Any

import requests
from ckanapi import RemoteCKAN
from requests_toolbelt import MultipartEncoder

from pipelines.errors import PortalError
from pipelines.portals.ckan_answers import UnclearError, error_of
from pipelines.portals.ckan_calls import CONNECT_SECONDS

AGENT = "opendata-thailand"


class _Session(requests.Session):
    """Sends what ckanapi makes, files straight from the disk, and remembers the answer: each thread its own."""

    def __init__(self) -> None:
        super().__init__()
        self.told = threading.local()

    def post(self, url: Any, data: Any = None, json: Any = None, **options: Any) -> requests.Response:  # noqa: ANN401 - of requests
        data = options.pop("body", data)
        if files := options.pop("files", None):
            named = {name: (path.name, opened, "application/octet-stream") for name, (path, opened) in files.items()}
            data = MultipartEncoder({**{key.decode(): value.decode() for key, value in data.items()}, **named})
            options["headers"] = {**options["headers"], "Content-Type": data.content_type}
        self.told.answer = super().post(url, data=data, json=json, **options)
        return self.told.answer  # type: ignore[no-any-return]


class Remote:
    """Carries calls to the CKAN at an address, under a token or as anyone; from several threads at once."""

    def __init__(self, address: str, token: str | None) -> None:
        self.address = address.rstrip("/")
        self._token = token
        self._session = _Session()
        self._ckan = RemoteCKAN(self.address, apikey=token, user_agent=AGENT, session=self._session)

    def send(self, action: str, data: Mapping[str, Any], upload: Mapping[str, Path], seconds: float) -> Any:  # noqa: ANN401
        """Call an action once; see `Transport`."""
        self._session.told.answer = None
        options: dict[str, Any] = {"timeout": (CONNECT_SECONDS, seconds)}
        if not upload:  # ckanapi writes six letters for each Thai one
            options["body"] = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
        with ExitStack() as opened:
            files = {name: (path, opened.enter_context(path.open("rb"))) for name, path in upload.items()}
            try:
                return self._ckan.call_action(
                    action, dict(data) if files else {}, files=files or None, requests_kwargs=options
                )
            except requests.RequestException as error:
                raise _silence(error) from None
            except Exception:  # ckanapi has several for an answer without success: the answer itself tells which
                answer = self._session.told.answer
                if answer is None:
                    raise
                raise error_of(answer.status_code, answer.headers, answer.content) from None

    def stream(self, path: str, headers: Mapping[str, str], seconds: float) -> requests.Response:
        """Ask for an address once; see `Transport`."""
        own = {"User-Agent": AGENT, **({"Authorization": self._token} if self._token else {}), **headers}
        try:
            answer = self._session.get(
                f"{self.address}/{path.lstrip('/')}", headers=own, timeout=(CONNECT_SECONDS, seconds), stream=True
            )  # fmt: skip
            if answer.status_code in {HTTPStatus.OK, HTTPStatus.NOT_MODIFIED}:
                return answer
            with answer:
                raise error_of(answer.status_code, answer.headers, answer.content)
        except requests.RequestException as error:
            raise _silence(error) from None


def _silence(error: requests.RequestException) -> PortalError:
    """Return what no answer means; nothing of the address, which may be private, is told."""
    if isinstance(error, requests.exceptions.SSLError):
        return PortalError(
            "the portal's certificate cannot be trusted", remedy="have its operator mend the certificate chain"
        )
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.MissingSchema):
        return PortalError("the portal's address is no web address", remedy="correct it in the environment")
    return UnclearError("the portal does not answer", remedy="run again when it does")
