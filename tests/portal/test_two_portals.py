"""One release on two portals of different kinds: each serves it, each in its own way, each for itself."""

import json

import pytest

from pipelines.errors import PortalError
from pipelines.portals.ckan_metadata import package_name
from pipelines.publishing.audit import audit
from tests.portal import proxy
from tests.portal.catalogue import Catalogue, sha256

BOTH = ["contracts/contracts", "welfare/elderly_fund"]
FUND = "welfare/elderly_fund"
TABLE = "latest/fund_by_province.csv"
both = pytest.mark.parametrize("name", BOTH)


@both
def test_the_same_release_is_proved_on_both_and_each_has_its_own_receipt(
    dga: Catalogue, plain: Catalogue, name: str
) -> None:
    releases = {dga.release(name).id, plain.release(name).id}
    assert len(releases) == 1
    for catalogue in (dga, plain):
        result = catalogue.runs[name]
        catalogue.ckan().verify(catalogue.ws.dataset(name), catalogue.release(name))
        assert set(catalogue.ckan().live(name).values()) == releases
        receipt = catalogue.ws.receipts.current(name, result.period, "publish", catalogue.organisation)
        assert receipt
        assert receipt.details["portal"] == catalogue.organisation
    files = [{r["pipeline_key"]: r["content_sha256"] for r in c.shown(name)["resources"]} for c in (dga, plain)]
    told = [file.pop("latest/changelog.json") for file in files]  # when it was published differs
    assert files[0] == files[1]
    assert len(told) == 2


@both
def test_both_say_the_same_one_in_fields_and_one_in_extras(dga: Catalogue, plain: Catalogue, name: str) -> None:
    fields, shown = dga.shown(name), plain.shown(name)
    extras = {extra["key"]: extra["value"] for extra in shown["extras"]}
    own = {extra["key"] for extra in fields["extras"]}
    schema = dga.portal.as_anyone("scheming_dataset_schema_show", type="dataset")
    names = {field["field_name"] for field in schema["dataset_fields"]} - {"owner_org", "name", "license_id"}
    filled = {field for field in names if fields.get(field)}
    assert len(filled) >= 14 - 2  # of the mandatory ones organisation and licence are each portal's own words
    for field in filled:
        value = shown.get(field) or extras[field]
        assert fields[field] == (value if isinstance(fields[field], str) else json.loads(value)), field
    assert {key: value for key, value in extras.items() if key in own} == {
        extra["key"]: extra["value"] for extra in fields["extras"]
    }
    assert (fields["license_id"], shown["license_id"]) == ("Creative Commons Attributions", "cc-by")


@both
def test_search_and_audit_work_on_both(dga: Catalogue, plain: Catalogue, name: str) -> None:
    for catalogue in (dga, plain):
        title = catalogue.ws.dataset(name).spec.title.th
        found = catalogue.portal.as_anyone("package_search", q=title)["results"]
        assert package_name(name) in {package["name"] for package in found}
        assert list(audit(catalogue.ws, catalogue.ws.dataset(name), catalogue.ckan())) == []


def test_without_sql_the_rows_are_proved_by_the_dump(
    dga: Catalogue, plain: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    dumps = []
    for catalogue in (dga, plain):
        with proxy.running(catalogue.portal.address) as seen:
            monkeypatch.setenv(f"OPENDATA_{catalogue.organisation.upper()}_URL", seen.address)
            catalogue.ckan().verify(catalogue.ws.dataset(FUND), catalogue.release(FUND))
        assert seen.writes == []
        dumps.append(any(call.path.startswith("/datastore/dump/") for call in seen.calls))
    assert dumps == [False, True]


@pytest.mark.parametrize("changes", [{"project_count": 999_999}, {"province_name_th": "จังหวัดสมมติ"}])
def test_a_changed_row_is_found_on_each_and_only_there_and_mended(
    dga: Catalogue, plain: Catalogue, changes: dict[str, object]
) -> None:
    for changed, other in ((dga, plain), (plain, dga)):
        resource = changed.resources(FUND)[TABLE]["id"]
        changed.portal.as_editor(
            "datastore_upsert", resource_id=resource, method="update", force=True,
            records=[{"province_code": "10", **changes}],
        )  # fmt: skip
        dataset = changed.ws.dataset(FUND)
        found = [(change.object, change.reason) for change in audit(changed.ws, dataset, changed.ckan())]
        assert found == [(TABLE, "DataStore: its content is another")]
        with pytest.raises(PortalError, match="its content is another"):
            changed.ckan().verify(dataset, changed.release(FUND))
        assert list(audit(other.ws, dataset, other.ckan())) == []
        changed.publish(FUND)
        assert list(audit(changed.ws, dataset, changed.ckan())) == []
        assert (
            sha256(changed.released(FUND, "fund_by_province.csv")) == changed.resources(FUND)[TABLE]["content_sha256"]
        )
