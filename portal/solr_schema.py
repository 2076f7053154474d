"""Gives CKAN's Solr schema text types that know Thai words: `python solr_schema.py SCHEMA TYPES`.

Everything else of the schema stays as the installed CKAN has it. Needs nothing but Python.
"""

import re
import sys
from pathlib import Path


def with_thai_text(schema: str, types: str) -> str:
    """Return the schema with each of its field types that `types` defines too replaced by that.

    Raises `ValueError` where the schema has none of such a name: CKAN's must have changed."""
    for name, ours in re.findall(r'(?s)(?=<fieldType name="(\w+)")(<fieldType .*?</fieldType>)', types):
        theirs = re.compile(rf'(?s)<fieldType name="{name}".*?</fieldType>')
        if not theirs.search(schema):
            raise ValueError(f"the schema has no field type {name}")
        schema = theirs.sub(lambda _, ours=ours: ours, schema, count=1)  # type: ignore[misc]
    return schema


if __name__ == "__main__":
    sys.stdout.write(with_thai_text(*(Path(name).read_text(encoding="utf-8") for name in sys.argv[1:3])))
