"""The portal itself: it keeps data, ends what is its own, and lets nobody do more than they may."""

import dataclasses
import time

import httpx
import psutil
import pytest
import rdflib

from portal.instance import PARTS, PortalFault
from tests import portals
from tests.portals import DEMANDED, RealPortal

QUICK_SECONDS = 60


def test_an_editor_makes_a_dataset_that_anyone_reads_but_nobody_else_writes(empty: RealPortal) -> None:
    empty.as_editor("package_create", name="open", **DEMANDED)
    assert empty.as_anyone("package_show", id="open")["title"] == DEMANDED["title"]
    for action, data in [("package_create", {"name": "other", **DEMANDED}), ("package_patch", {"id": "open"})]:
        with pytest.raises(PortalFault, match="403"):
            empty.as_anyone(action, **data)
    with pytest.raises(PortalFault, match="403"):
        empty.as_editor("dataset_purge", id="open")


def test_both_organisations_have_the_same_editors(empty: RealPortal) -> None:
    may = empty.as_editor("organization_list_for_user", permission="create_dataset")
    assert {organisation["name"] for organisation in may} == {"agency", "dga"}
    approver = portals.RealPortal(empty.instance, empty.approver_token, empty.approver_token)
    assert len(approver.as_editor("organization_list_for_user", permission="create_dataset")) == 2


@pytest.mark.parametrize("field", DEMANDED)
def test_each_mandatory_field_is_demanded(empty: RealPortal, field: str) -> None:
    known = {name: value for name, value in DEMANDED.items() if name != field}
    with pytest.raises(PortalFault, match=f'409 .*"{field}": '):
        empty.as_editor("package_create", name="incomplete", **known)


def test_ckan_as_it_comes_demands_nothing_and_keeps_its_own_limits(stock: RealPortal) -> None:
    stock.purge_all()
    made = stock.as_editor("package_create", name="plain", owner_org="dga", extras=[{"key": "note", "value": "-"}])
    assert made["extras"] == [{"key": "note", "value": "-"}]
    settings = (stock.instance.home / "ckan.ini").read_text(encoding="utf-8")
    assert "executemany_mode" not in settings
    assert "\nckan.max_resource_size = 10\n" in settings
    with pytest.raises(PortalFault, match="400"):  # there is no such action
        stock.as_anyone("datastore_search_sql", sql="SELECT 1")


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # rdflib's own
@pytest.mark.parametrize(
    ("page", "format_"), [("catalog.ttl", "turtle"), ("catalog.jsonld", "json-ld"), ("dataset/told.ttl", "turtle")]
)
def test_machines_read_the_catalogue(empty: RealPortal, page: str, format_: str) -> None:
    empty.as_editor("package_create", name="told", **DEMANDED)
    answer = httpx.get(f"{empty.address}/{page}", timeout=60).raise_for_status()
    graph = rdflib.Graph().parse(data=answer.content, format=format_)
    assert DEMANDED["title"] in {str(title) for title in graph.objects(None, rdflib.DCTERMS.title)}


def test_a_job_in_the_background_is_taken(empty: RealPortal) -> None:
    made = empty.as_editor("package_create", name="counted", **DEMANDED)
    fields = [{"id": "amount_thb", "type": "numeric"}]
    resource = {"package_id": made["id"], "name": "amounts"}
    table = empty.as_editor("datastore_create", resource=resource, fields=fields, records=[{"amount_thb": 1}])
    deadline = time.monotonic() + 60
    while empty.operator("job_list") and time.monotonic() < deadline:
        time.sleep(0.2)
    assert empty.operator("job_list") == []
    assert empty.as_anyone("datastore_search", resource_id=table["resource_id"])["total"] == 1


def test_stopping_ends_its_own_processes_and_starting_again_keeps_data_and_tokens(
    empty: RealPortal, stock: RealPortal
) -> None:
    empty.as_editor("package_create", name="kept", **DEMANDED)
    own = [process for part in PARTS if (process := empty.instance.process(part))]
    assert len(own) == len(PARTS)
    told = portals.run(empty.instance, "stop")
    try:
        assert all(part in told for part in PARTS)
        assert [process for process in own if _runs(process)] == []
        assert all(stock.instance.process(part) for part in PARTS)
        assert "nothing ran" in portals.run(empty.instance, "stop")
    finally:
        began = time.monotonic()
        again = portals.start(empty.instance)
    assert time.monotonic() - began < QUICK_SECONDS
    assert again == empty
    assert again.as_anyone("package_search", q="name:kept")["count"] == 1
    assert again.as_editor("package_show", id="kept")["title"] == DEMANDED["title"]


def test_the_second_step_of_the_containers_makes_people_and_says_where_they_publish(agency: RealPortal) -> None:
    told = portals.run(agency.instance, "people", f"a line of Docker's\n{agency.operator_token}\n")
    for name in ("AGENCY", "DGA"):
        assert f"export OPENDATA_{name}_URL={agency.address}\n" in told
        assert f"export OPENDATA_{name}_TOKEN={agency.token}\n" in told
        assert f"export OPENDATA_{name}_APPROVER_TOKEN={agency.approver_token}\n" in told
    with pytest.raises(AssertionError, match="403"):
        portals.run(dataclasses.replace(agency.instance, home=agency.instance.home / "other"), "people", "no token")


def test_a_folder_keeps_the_kind_of_portal_that_lives_in_it(agency: RealPortal) -> None:
    with pytest.raises(AssertionError, match="a portal of kind gd lives in"):
        portals.run(dataclasses.replace(agency.instance, kind="stock"), "start")


def _runs(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
