# The few commands of this project. `make` alone shows them.
PYTHON ?= python3
BIN := .venv/bin
VENV := .venv/.installed
export OPENDATA_HOME ?= $(CURDIR)/.opendata
export DAGSTER_HOME ?= $(OPENDATA_HOME)/dagster

.DEFAULT_GOAL := help
.PHONY: help run test check ui site portal portal-stop bench lock clean

help: ## show this list
	@awk -F':.*## ' '/^[a-z.-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV) $(DAGSTER_HOME)/dagster.yaml ## take every dataset the whole way with Dagster, and leave the website
	$(BIN)/python -m assets.run_all

test: $(VENV) ## run every test; on Debian as root it installs the browser and the servers it needs
	@sh tests/provide.sh
	$(BIN)/python -m pytest -n 2 --dist loadfile --ignore tests/browser --ignore tests/portal
	$(BIN)/python -m pytest -n 2 --dist loadfile tests/browser # apart: its event loop would outlive it in a shared process
	$(BIN)/python -m pytest -n 2 --dist loadfile tests/portal # apart: each process starts portals of its own

check: $(VENV) ## formatting, lint, types, import contracts, dataset folders, Dagster definitions
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/opendata check
	$(BIN)/dg check defs

ui: $(VENV) $(DAGSTER_HOME)/dagster.yaml ## the Dagster interface on http://127.0.0.1:3000
	$(BIN)/dg dev --host 127.0.0.1 --port 3000

site: $(VENV) ## serve the website on http://127.0.0.1:8000
	$(BIN)/python -m http.server 8000 --bind 127.0.0.1 --directory $(OPENDATA_HOME)/site

portal: $(VENV) ## a real CKAN on http://127.0.0.1:5050, with a token to publish with; on Debian as root it installs what is missing
	@sh portal/provide.sh
	$(BIN)/python -m portal start

portal-stop: $(VENV) ## stop that CKAN; its data stays
	$(BIN)/python -m portal stop

bench: $(VENV) ## time the whole way, beside what people would use instead
	PYTHONPATH=. $(BIN)/python benchmarks/run.py
	PYTHONPATH=. $(BIN)/python benchmarks/readers.py

lock: ## write both requirements.lock anew, ours and the portal's (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-strip-extras --python-version 3.11 \
	  --extra dev --no-header pyproject.toml --output-file requirements.lock
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	  --no-header portal/ckan/requirements.in --output-file portal/ckan/requirements.lock

clean: ## remove results and caches, not the virtual environment
	rm -rf $(CURDIR)/.opendata .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache

# The file is written last: an installation that was cut off is done again.
$(VENV): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
	  || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq python3-venv; } \
	  || { echo "Python's venv is missing: install python3-venv, as root"; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(DAGSTER_HOME)/dagster.yaml: deploy/dagster.embedded.yaml
	@mkdir -p $(DAGSTER_HOME)
	@cp $< $@
