"""Gives CKAN's Solr schema other text types; all else of it stays as CKAN has it.

By hand, for a portal of one's own: `python solr_schema.py schema.xml text-types.xml > new.xml`. It
needs Python alone, so that it may be taken to any machine. What the types do stands beside them.
"""

import re
import sys
from pathlib import Path


def with_types(schema: str, types: str) -> str:
    """Return the schema with each of its field types that `types` defines too replaced by that.

    Raises `ValueError` where the schema has none of such a name: CKAN's must have changed."""
    for name, ours in re.findall(r'(?s)(?=<fieldType name="(\w+)")(<fieldType .*?</fieldType>)', types):
        theirs = re.compile(rf'(?s)<fieldType name="{name}".*?</fieldType>')
        if not theirs.search(schema):
            raise ValueError(f"the schema has no field type {name}")
        schema = theirs.sub(lambda _, ours=ours: ours, schema, count=1)  # type: ignore[misc]
    return schema


if __name__ == "__main__":
    sys.stdout.write(with_types(*(Path(name).read_text(encoding="utf-8") for name in sys.argv[1:3])))
