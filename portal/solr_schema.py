"""Gives CKAN's Solr schema text types that know Thai words; all else of it stays as CKAN has it."""

import re


def with_thai_text(schema: str, types: str) -> str:
    """Return the schema with each of its field types that `types` defines too replaced by that.

    Raises `ValueError` where the schema has none of such a name: CKAN's must have changed."""
    for name, ours in re.findall(r'(?s)(?=<fieldType name="(\w+)")(<fieldType .*?</fieldType>)', types):
        theirs = re.compile(rf'(?s)<fieldType name="{name}".*?</fieldType>')
        if not theirs.search(schema):
            raise ValueError(f"the schema has no field type {name}")
        schema = theirs.sub(lambda _, ours=ours: ours, schema, count=1)  # type: ignore[misc]
    return schema
