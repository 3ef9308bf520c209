# make run    set up, then the demo: a sample book, four jobs, mails in a Maildir, a page to look at
# make test   set up, then all tests
# make browser  what make test does for the tests of the pages: finds a Chromium, or installs one under .venv
# make lint   set up, then style, types and the walls between the packages
# make simulate  years of days with faults, by the seed: SEEDS=1000 START=0
# make bench  what it costs, beside references measured in the same run: PARTS="start far", SMALL=1 to try it, LINES=20000
# make lock   choose the versions anew (needs uv)
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run test browser lint simulate bench format lock clean

run: $(READY)
	$(BIN)/kigen demo demo

test: $(READY) browser
	$(BIN)/python -m pytest -n auto $(ARGS)

browser: $(READY)
	@$(BIN)/python tests/browser/chromium.py

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

SEEDS := 50
START := 0
DAYS := 400
simulate: $(READY)
	$(BIN)/python -m tests.simulation --seeds $(SEEDS) --start $(START) --days $(DAYS)

PARTS :=
bench: $(READY)
	$(BIN)/python -m benchmarks $(PARTS) $(if $(SMALL),--small) $(if $(LINES),--lines $(LINES))

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The versions are those of the lock file, checked by hash; the project itself is installed to be edited.
$(READY): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "kigen needs Python 3.11 or newer: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $(READY)

lock:
	uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-emit-index-url --no-header --quiet \
		--output-file requirements.lock

clean:
	rm -rf $(VENV) demo var build dist
