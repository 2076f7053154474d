"""Names of places and of the local authorities in them, as files write them."""

from functools import cache

from pipelines.thai.places import reference_tables


@cache
def place_names() -> dict[str, tuple[str, str, str]]:
    """Return the names of every subdistrict, its district and its province."""
    tables = reference_tables()
    provinces = {row["province_code"]: row["province_name_th"] for row in tables["provinces"].to_pylist()}
    districts = {row["district_code"]: row["district_name_th"] for row in tables["districts"].to_pylist()}
    return {
        row["subdistrict_code"]: (
            row["subdistrict_name_th"],
            districts[code := row["district_code"]],
            provinces[code[:2]],
        )
        for row in tables["subdistricts"].to_pylist()
    }


@cache
def province_spellings() -> dict[str, list[str]]:
    """Return the Thai spellings of each province that are known."""
    found: dict[str, list[str]] = {}
    for row in reference_tables()["province_names"].to_pylist():
        if not row["name"].isascii():
            found.setdefault(row["province_code"], []).append(row["name"])
    return found


def with_prefixes(code: str) -> tuple[str, str, str]:
    """Return the three names of a subdistrict with ต., อ. and จ.; Bangkok's districts without เขต."""
    subdistrict, district, province = place_names()[code]
    if code.startswith("10"):
        return subdistrict, district.removeprefix("เขต"), province
    return f"ต.{subdistrict}", f"อ.{district}", f"จ.{province}"


def authority(code: str) -> str:
    """Return a made-up local authority of a subdistrict, named as real ones are."""
    subdistrict, district, _ = place_names()[code]
    if code.startswith("10"):
        return f"สำนักงาน{district}-{subdistrict}"
    return ("เทศบาลตำบล" if int(code) % 3 == 0 else "อบต.") + subdistrict
