"""A real CKAN on this machine, for development and tests: `python -m portal start`.

CKAN 2.12 with PostgreSQL, Redis and Apache Solr, on 127.0.0.1 and on ports and in a folder of
its own, so that it meets no other server there may be. Nothing of it is imported by the
pipeline: CKAN is another program, in its own virtual environment, and is spoken to by HTTP.

Read in this order: `instance` (where things are), `software` (what is installed), `servers`
(PostgreSQL, Redis, Solr), `site` (CKAN itself), `__main__` (the commands).
"""
