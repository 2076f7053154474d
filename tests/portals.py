"""A real CKAN for tests: a stand-in, with the names that the tests use."""

from dataclasses import dataclass
from typing import Any

from portal import site
from portal.instance import Instance


@dataclass(frozen=True)
class RealPortal:
    """A portal that runs."""

    instance: Instance
    token: str

    @property
    def address(self) -> str:
        return self.instance.address

    def operator(self, action: str, **data: Any) -> Any:
        return site.call(self.instance, action, data, site._operator_token(self.instance))

    def as_editor(self, action: str, **data: Any) -> Any:
        return site.call(self.instance, action, data, self.token)

    def as_anyone(self, action: str, **data: Any) -> Any:
        return site.call(self.instance, action, data, "")
