# Everything a person or a machine runs here. `make` or `make help` lists the targets.
#
#   make demo            the board with a simulated hospital   ONCE=1 headless and bounded
#   make test            all that must hold before a change lands

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
WORKERS ?= 2
KILLS ?= 200
FUZZ_S ?= 60
ONCE ?=
ARGS ?=

.PHONY: help setup demo test check lint types imports bench soak storm failures peers postgres browser flip fuzz docs clean

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1|\2/' \
	  | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'

# --- installation -----------------------------------------------------------------------------
# A stamp per kind of installation; pyproject.toml and constraints.txt decide when it is stale.

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "suture needs Python 3.11 or newer; '$(PYTHON)' is missing or older." >&2; \
	  echo "Name another one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "Python's venv module does not work here (on Debian: install python3-venv)." >&2; exit 1; }

$(VENV)/.runtime: $(BIN)/python pyproject.toml constraints.txt
	@echo "installing the runtime dependencies (wheels only)"
	@$(PIP) install --quiet --only-binary :all: -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: $(BIN)/python pyproject.toml constraints.txt
	@echo "installing the runtime and development dependencies (wheels only)"
	@$(PIP) install --quiet --only-binary :all: -c constraints.txt -e '.[dev]'
	@touch $@ $(VENV)/.runtime

setup: $(VENV)/.dev ## make the virtual environment with the development tools

# --- use --------------------------------------------------------------------------------------

demo: $(VENV)/.runtime ## run hub, hospital, ERP and two suppliers; ONCE=1 plays the story and ends
	@$(BIN)/suture demo $(if $(ONCE),--once) $(ARGS)

# --- checks -----------------------------------------------------------------------------------

test: check ## all that must hold before a change lands: lint, types, imports, tests, documents
	@$(BIN)/python -m pytest -n $(WORKERS) -m 'not slow' $(ARGS)

check: lint types ## the static checks alone (the import contracts run with the tests)

lint: $(VENV)/.dev ## ruff, rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.dev ## mypy --strict over src
	@$(BIN)/mypy

imports: $(VENV)/.dev ## the import contracts of .importlinter
	@$(BIN)/lint-imports --no-cache --no-logo

bench: $(VENV)/.dev ## measure P1-P5 and P9 against their budgets
	@$(BIN)/python -m bench $(ARGS)

soak: $(VENV)/.dev ## kill -9 the hub KILLS times under load and compare hub, ERP and suppliers
	@$(BIN)/python -m tests.soak --kills $(KILLS) $(ARGS)

storm: $(VENV)/.dev ## time-outs after commit, duplicates and failures at every peer; nothing may happen twice
	@$(BIN)/python -m tests.soak --kills 0 --storm --rate 1800 $(ARGS)

failures: $(VENV)/.dev ## the failure suite at full size, both drivers: 100,000 timers, clocks, certificates, full disks; RabbitMQ
	@$(BIN)/python -m pytest -m '' tests/failures tests/connectors/test_rabbitmq_connector.py $(ARGS)

peers: $(VENV)/.dev ## AS2 both ways with django-pyas2, in an environment of its own that is made for it
	@$(BIN)/python -m pytest -m slow tests/peers $(ARGS)

postgres: $(VENV)/.dev ## play every scenario and the demo with both zones in PostgreSQL
	@SUTURE_TEST_STORE=postgres $(BIN)/python -m pytest -n $(WORKERS) tests/path $(ARGS)
	@$(BIN)/python -m pytest -m slow tests/cli/test_demo_postgres.py tests/flows/test_flow_nodes.py

browser: $(VENV)/.dev ## look at every page of the demo in Chromium; ARGS='--axe axe.min.js' adds axe-core
	@$(BIN)/python -m tests.browser $(ARGS)

flip: $(VENV)/.dev ## break every rule the story takes, one at a time: some test must notice
	@$(BIN)/python tests/flip/run.py --story $(ARGS)

fuzz: $(VENV)/.dev ## search the readers for crashes by coverage, FUZZ_S seconds each; skipped visibly without the fuzzer
	@$(PIP) install --quiet --only-binary :all: -c constraints.txt '.[fuzz]' 2>/dev/null || true
	@$(BIN)/python tests/fuzz/fuzz.py --seconds $(FUZZ_S) $(ARGS)

docs: $(VENV)/.dev ## write the generated pages again (errors, states, formats)
	@$(BIN)/python tests/house/codes.py --write
	@$(BIN)/python tests/house/reference.py --write
	@$(BIN)/python tests/house/rules.py --write
	@$(BIN)/suture docs --write docs

clean: ## remove what the targets made, the virtual environment included
	@rm -rf $(VENV) demo-run build dist bench/out .pytest_cache .mypy_cache .ruff_cache \
	  .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
