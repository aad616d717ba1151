# Loa: everything a fresh machine needs is Python 3.11+, make and (for a clone) git.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   ?= .venv
BIN    := $(VENV)/bin
# Where it is set, every process of every test compiles Loa and the tests anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup postgres demo test test-window test-connectors test-attacks test-postgres test-year test-year-moved test-slow test-long test-trouble test-terminal test-workers test-wordpress test-browser crash crash-postgres crash-workers fuzz audit check fmt bench bench-alone bench-pages lock clean

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.run: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Loa needs Python 3.11 or newer; run: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing pinned packages into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	@echo "Installing pinned test packages into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

setup: $(VENV)/.run  ## Make the environment (.venv) from the lock file

postgres: $(VENV)/.run  ## What a database on a PostgreSQL server needs besides (docs/guide/may-chu.md)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-postgres.lock

demo: $(VENV)/.run  ## The main job, end to end, in a fresh practice workspace
	@$(BIN)/loa demo

OWN_MINUTES := tests/tui tests/web tests/tampering tests/fuzz tests/connectors tests/units
test: $(VENV)/.dev  ## The tests that should always pass (a few minutes)
	@$(BIN)/python -m pytest -n 2 -m "not slow and not server" $(foreach room,$(OWN_MINUTES),--ignore $(room))

test-window: $(VENV)/.dev  ## The window: every room, key and screen (a few minutes)
	@$(BIN)/python -m pytest -n 2 -m "not slow" tests/tui tests/web

test-connectors: $(VENV)/.dev  ## Every connector against its practice platform, told every lie
	@$(BIN)/python -m pytest -n 2 -m "not slow" tests/connectors

test-attacks: $(VENV)/.dev  ## Another hand in the database, hostile texts and files
	@$(BIN)/python -m pytest -n 2 -m "not slow" tests/tampering tests/fuzz

test-postgres: $(VENV)/.dev  ## The same tests with every workspace on a real PostgreSQL
	@$(BIN)/python -m pytest -n 2 -m "not slow and server" tests/units tests/scheduler tests/loa
	@LOA_TEST_STORE=postgresql $(BIN)/python -m pytest -n 2 -m "not slow and not server" tests/scheduler tests/loa tests/e2e

test-year: $(VENV)/.dev  ## A year of the office, its reports recounted: make test-year N=1000 (LOA_YEAR_TABLE=bench/year.md)
	@$(if $(N),LOA_YEAR_POSTS=$(N)) $(BIN)/python -m pytest -m slow -s -p no:logging tests/e2e/test_year.py

test-year-moved: $(VENV)/.dev  ## A year moved to a PostgreSQL server and back, recounted: make test-year-moved N=1000
	@$(if $(N),LOA_YEAR_POSTS=$(N)) $(BIN)/python -m pytest -m slow -s -p no:logging tests/e2e/test_year_moved.py

test-workers: $(VENV)/.dev  ## Four workers, one killed, one asleep, the server cut off: make test-workers N=20000
	@$(if $(N),LOA_WORKERS_POSTS=$(N)) $(BIN)/python -m pytest -m slow -s -p no:logging tests/e2e/test_four_workers.py

OWN_TARGETS := $(foreach room,trouble terminal tui crash tampering scheduler,--ignore tests/$(room))
test-slow: $(VENV)/.dev  ## Real processes: kill -9, herds at one second
	@LOA_WORKERS_POSTS=400 $(BIN)/python -m pytest -m "slow and not browser" $(OWN_TARGETS)

test-long: $(VENV)/.dev  ## Every column of the database tampered with; many stories of the queue against its model
	@$(BIN)/python -m pytest -n 2 -m slow tests/tampering tests/scheduler
	@LOA_EXAMPLES=all $(BIN)/python -m pytest -n 2 -m "hypothesis and not slow and not server" tests/bench tests/content tests/loa tests/scheduler

test-trouble: $(VENV)/.dev  ## Full, read-only and locked disks, damaged databases, met for real (as root)
	@$(BIN)/python -m pytest -m slow tests/trouble

test-terminal: $(VENV)/.dev  ## The window in a real terminal: input methods, two windows, kill -9, a first day
	@$(BIN)/python -m pytest -m slow tests/terminal tests/tui

test-wordpress: $(VENV)/.dev  ## A real WordPress on loopback (Debian packages, installed as root)
	@$(BIN)/python -m pytest -m wordpress tests/real_wordpress

test-browser: $(VENV)/.dev  ## The window in a real Chromium (Debian's package)
	@$(BIN)/python -m pytest -m browser tests/web

crash: $(VENV)/.dev  ## Kills and lies at every step; N=200: so many random kills; LOA_SEED=... again; LOA_CRASH_TABLE=x.md
	@$(if $(N),LOA_KILLS=$(N)) $(BIN)/python -m pytest -n 2 --dist worksteal -m crash tests/crash$(if $(N),/test_random.py)

crash-postgres: $(VENV)/.dev  ## The same with every workspace on a PostgreSQL server; EVERY=10: a tenth of it
	@LOA_TEST_STORE=postgresql $(if $(EVERY),LOA_CRASH_EVERY=$(EVERY)) $(MAKE) --no-print-directory crash

crash-workers: $(VENV)/.dev  ## And with `loa worker` in place of `loa run`
	@LOA_CRASH_ENGINE=worker $(MAKE) --no-print-directory crash-postgres

fuzz: $(VENV)/.dev  ## Every parser under fire: make fuzz N=20000 (LOA_SEED=… replays)
	@$(BIN)/python -m tests.fuzz --examples $(or $(N),2000)

AUDIT      ?= $(VENV)-audit
PIP_AUDIT  := 2.10.1
UNREACHED  ?= fail
audit:  ## Known vulnerabilities of the pinned packages, as PyPI tells them (UNREACHED=warn: not asked is no failure)
	@test -e $(AUDIT)/$(PIP_AUDIT) || { $(PYTHON) -m venv --clear $(AUDIT) && $(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check pip-audit==$(PIP_AUDIT) && touch $(AUDIT)/$(PIP_AUDIT); } || true
	@$(PYTHON) .ci/audit.py $(UNREACHED) $(AUDIT)/bin/pip-audit requirements.lock requirements-dev.lock

check: $(VENV)/.dev  ## Format, lint, types, layers, tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(MAKE) --no-print-directory test

fmt: $(VENV)/.dev  ## Format and fix what can be fixed
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

BENCH := $(VENV)-bench
$(BENCH)/.run: bench/requirements.lock
	@test -x $(BENCH)/bin/python || $(PYTHON) -m venv $(BENCH)
	@$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r bench/requirements.lock
	@command -v redis-server >/dev/null || { mkdir -p $(BENCH)/redis && cd $(BENCH)/redis && apt-get download redis-server redis-tools liblzf1 libjemalloc2 >/dev/null 2>&1 && for one in *.deb; do dpkg -x $$one .; done; } || echo "No Redis here: Celery runs on its filesystem broker" >&2
	@touch $@

bench: $(VENV)/.dev $(BENCH)/.run  ## Loa beside its peers (ARGS=--quick: does it work); then bench/results.md
	@$(BIN)/python -m bench.peers $(ARGS)
	@$(BIN)/python -m bench.table

CACHE ?= $(CURDIR)/bench/cache
bench-alone: $(VENV)/.dev  ## Loa alone, a million queued: start, memory, lateness (CACHE=folder, 6 GB); then bench/results.md
	@$(BIN)/python -m bench.memory
	@$(BIN)/python -m bench.dispatch --cache $(CACHE)
	@$(BIN)/python -m bench.size 10000 100000 1000000 --cache $(CACHE)
	@$(BIN)/python -m bench.start --cache $(CACHE)
	@$(BIN)/python -m bench.table

bench-pages: $(VENV)/.dev  ## Pages at a practice Facebook, and the freeze
	@$(BIN)/python -m bench

lock:  ## Pin the newest allowed versions again (needs uv)
	uv pip compile pyproject.toml --extra build --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links -o requirements.lock
	uv pip compile pyproject.toml --extra build --extra postgres --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links -c requirements.lock -o requirements-postgres.lock
	uv pip compile pyproject.toml --extra build --extra postgres --extra dev --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links -c requirements.lock -o requirements-dev.lock
	uv pip compile bench/requirements.in --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links -c requirements-dev.lock -o bench/requirements.lock

clean:  ## Remove the environment and the demo workspace
	rm -rf $(VENV) $(AUDIT) demo-workspace
