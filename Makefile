# make run    set up what that needs, then the demo: a sample book, four jobs, mails in a Maildir, a page to look at
# make test   set up the rest, then all tests
# make browser  what make test does for the tests of the pages: finds a Chromium, or installs one under .venv
# make check  for the inner loop: what lint does, then the tests of values (tests/conftest.py says which those are)
# make lint   set up the rest, then style, types and the walls between the packages
# make simulate  years of days with faults, by the seed: SEEDS=1000 START=0
# make test-mta  real parts, disturbed, with Postfix as the judge; needs root, postfix, faketime: KILLS=200 SKIP="skew disk"
# make mutants  small wrongs in the rules, one at a time: does a test notice? FILES=contracts/rules/terms.py EVERY=5
# make bench  what it costs, beside references measured in the same run: PARTS="start far", SMALL=1 to try it, LINES=20000
# make lock   choose the versions anew for both lock files (needs uv)
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEV_READY := $(VENV)/.ready-dev

# What Python compiled is kept, whatever the shell says: else each process of a test compiles all that it imports.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run test check browser lint simulate test-mta mutants bench format lock clean

run: $(READY)
	$(BIN)/kigen demo demo

test: $(DEV_READY) browser
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

browser: $(DEV_READY)
	@$(BIN)/python tests/browser/chromium.py

check: lint
	$(BIN)/python -m pytest -n auto --dist worksteal -m values tests/contracts tests/jobs tests/notify $(ARGS)

lint: $(DEV_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

SEEDS := 50
START := 0
DAYS := 400
simulate: $(DEV_READY)
	$(BIN)/python -m tests.simulation --seeds $(SEEDS) --start $(START) --days $(DAYS)

KILLS := 200
SKIP :=
test-mta: $(DEV_READY)
	$(BIN)/python -m tests.mta --kills $(KILLS) --skip $(SKIP)

FILES :=
EVERY := 1
mutants: $(DEV_READY)
	$(BIN)/python -m tests.mutants $(FILES) --every $(EVERY)

PARTS :=
bench: $(DEV_READY)
	$(BIN)/python -m benchmarks $(PARTS) $(if $(SMALL),--small) $(if $(LINES),--lines $(LINES))

format: $(DEV_READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The versions are those of the lock files, checked by hash; the project itself is installed to be edited.
# pip stays outside where it is to be had there: inside, it would be a third of what a demo needs.
HAS_PIP = $(shell $(PYTHON) -m pip --version 2>/dev/null)
PIP = $(if $(HAS_PIP),$(PYTHON) -m pip --python $(BIN)/python,$(BIN)/python -m pip) --disable-pip-version-check
INSTALL = $(PIP) install --quiet --no-compile --no-deps

$(READY): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "kigen needs Python 3.11 or newer: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(if $(HAS_PIP),--without-pip) $(VENV)
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-build-isolation --editable .
	@touch $(READY)

$(DEV_READY): $(READY) requirements-dev.lock
	$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $(DEV_READY)

LOCK = uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header --quiet
lock:
	$(LOCK) --group dev --output-file requirements-dev.lock
	$(LOCK) --group run --constraint requirements-dev.lock --output-file requirements.lock

clean:
	rm -rf $(VENV) demo var build dist
