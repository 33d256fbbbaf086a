# Two commands are all one needs: make run, make test.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test soak lint format audit bench bench-peers lock clean mongodb python runtime tools

PYTHON ?=
ARGS ?=
PEERS ?= benchmarks/.peers
UV := uv==0.13.9

PY := .venv/bin/python
CANDIDATES := python3.13 python3.12 python3.11 python3
FITS := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
WHICH := import sys; print(sys.version, sys.base_prefix)
QUIETLY := install -qq --disable-pip-version-check --no-input --require-hashes
PIP := $(PY) -m pip $(QUIETLY)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

run: runtime ## starts Sahut with its simulator, on this machine alone
	@SIMULATE=1 exec $(PY) -m bot run

test: tools mongodb ## all checks and tests; ARGS goes to pytest: make test ARGS="tests/rules -x"
	@$(call steps); \
	$(call lint_steps); \
	$(PY) -m pytest -n logical --dist worksteal $(ARGS) || failed="$$failed, pytest"; \
	$(call verdict)

soak: tools mongodb ## the long tests, an hour; writes their counts into docs/reliability.md; one alone: make soak ARGS="-k poison"
	@mkdir -p var; rm -f var/soak.jsonl; failed=; \
	SAHUT_REPORT=var/soak.jsonl $(PY) -m pytest -m soak -v -s -o faulthandler_timeout=1800 $(ARGS) || failed=", pytest"; \
	[ ! -f var/soak.jsonl ] || $(PY) -m tests.reliability var/soak.jsonl docs/reliability.md; \
	$(call verdict)

lint: tools ## the checks of make test without its tests
	@$(call steps); \
	$(call lint_steps); \
	$(call verdict)

format: tools ## lays the code out, and mends what ruff can mend
	@$(PY) -m ruff check --fix --quiet . ; $(PY) -m ruff format .

audit: tools ## known vulnerabilities in what the lock holds: a report, which blocks nothing
	@$(PY) -m pip_audit --requirement requirements.lock --require-hashes --disable-pip --progress-spinner off \
		|| echo "make audit: the report above blocks nothing"

# The tests that need it are skipped by name where it cannot be installed, which fails them in CI (.ci/allowed-skips.txt).
mongodb: python ## installs the server that the MongoDB store is tested with, into .venv-mongodb
	@cmp -s requirements-mongodb.lock .venv-mongodb/requirements-mongodb.lock && .venv-mongodb/bin/python -c '' || { \
		echo "Installing the MongoDB test server into .venv-mongodb ..."; rm -rf .venv-mongodb; \
		$(PY) -m venv .venv-mongodb \
		&& .venv-mongodb/bin/python -m pip $(QUIETLY) -r requirements-mongodb.lock \
		&& cp requirements-mongodb.lock .venv-mongodb/ \
		|| echo "Not installed: the tests of the MongoDB store will be skipped by name, or need TEST_MONGODB_URI"; }

bench: tools mongodb ## measures Sahut and the peers that are installed, in 25 minutes; parts of it: make bench ARGS="messages --short"
	@PEERS='$(PEERS)' exec $(PY) -m benchmarks $(ARGS)

# better-sqlite3 is built from its source; node's own headers are used where they are installed.
bench-peers: python ## installs the peers that make bench measures Sahut beside, into benchmarks/.peers
	@cmp -s requirements-peers.lock $(PEERS)/python/requirements-peers.lock || { \
		echo "Installing the peers' Python packages into $(PEERS)/python ..."; rm -rf $(PEERS)/python; \
		$(PY) -m venv $(PEERS)/python \
		&& $(PEERS)/python/bin/python -m pip $(QUIETLY) -r requirements-peers.lock \
		&& cp requirements-peers.lock $(PEERS)/python/; }
	@command -v npm >/dev/null || { echo "No npm: grammY and telegraf are left out (Debian: apt-get install npm)"; exit 0; }; \
	cmp -s benchmarks/peers/package-lock.json $(PEERS)/node/package-lock.json && [ -d $(PEERS)/node/node_modules ] || { \
		echo "Installing the peers' node modules into $(PEERS)/node ..."; mkdir -p $(PEERS)/node; \
		cp benchmarks/peers/package.json benchmarks/peers/package-lock.json $(PEERS)/node/; cd $(PEERS)/node; \
		[ ! -d /usr/include/node ] || export npm_config_nodedir=/usr; \
		npm_config_build_from_source=true npm ci --no-audit --no-fund --loglevel=error; }
	@command -v redis-server >/dev/null || echo "No redis-server: aiogram on Redis is left out (Debian: apt-get install redis-server)"

lock: python ## writes the locks anew from pyproject.toml; to take newer versions too: make lock ARGS=--upgrade
	@echo "Locking with $(UV) ..."
	@[ -x .lock-venv/bin/python ] || $(PY) -m venv .lock-venv
	@.lock-venv/bin/python -m pip install -qq --disable-pip-version-check "$(UV)"
	@$(call compile,requirements.lock) $(ARGS) --extra libcloud --extra proxmox pyproject.toml
	@$(call compile,requirements-dev.lock) $(ARGS) --extra libcloud --extra proxmox --extra test --constraint requirements.lock pyproject.toml
	@$(call compile,requirements-mongodb.lock) $(ARGS) --group mongodb
	@$(call compile,requirements-peers.lock) $(ARGS) --group peers

clean: ## removes environments and caches; what Sahut keeps in var/ stays
	@rm -rf .venv .venv-mongodb .lock-venv benchmarks/.build benchmarks/.peers benchmarks/.scratch
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .grimp_cache .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# .venv, made by the first Python that fits. It is kept for as long as its own Python runs, unless PYTHON names another.
python:
	@if $(PY) -c '$(FITS)' 2>/dev/null; then \
		[ -n '$(PYTHON)' ] || exit 0; \
		[ "$$($(PY) -c '$(WHICH)')" != "$$('$(PYTHON)' -c '$(WHICH)' 2>/dev/null)" ] || exit 0; \
	fi; \
	why=; tried=; \
	try() { \
		tried="$$tried $$1"; \
		"$$1" -c '$(FITS)' >/dev/null 2>&1 || return 1; \
		why=$$("$$1" -m venv --clear .venv 2>&1 && $(PY) -m pip --version 2>&1 >/dev/null) && return 0; \
		why=" ($$1: $$(printf '%s' "$$why" | tail -n 1))"; rm -rf .venv; return 1; \
	}; \
	if [ -n '$(PYTHON)' ]; then try '$(PYTHON)' && exit 0; \
	else for name in $(CANDIDATES); do try $$name && exit 0; done; fi; \
	echo "Sahut needs Python 3.11, 3.12 or 3.13 with venv (Debian: apt-get install python3-venv). Tried:$$tried$$why" >&2; \
	exit 1

# A copy of the lock in .venv, written last, says what is installed there.
runtime: python
	@cmp -s requirements.lock .venv/requirements.lock || { \
		echo "Installing what Sahut needs into .venv ($$($(PY) -V)) ..."; \
		$(PIP) -r requirements.lock && cp requirements.lock .venv/; }

tools: python
	@cmp -s requirements-dev.lock .venv/requirements-dev.lock || { \
		echo "Installing what Sahut and its tests need into .venv ($$($(PY) -V)) ..."; \
		$(PIP) -r requirements-dev.lock && cp requirements.lock requirements-dev.lock .venv/; }

# One line for a step that passes, all it says for one that fails; every step runs.
steps = failed=; step() { \
		name=$$1; shift; \
		if said=$$("$$@" 2>&1); then echo "ok      $$name"; \
		else echo "FAILED  $$name"; printf '%s\n' "$$said"; failed="$$failed, $$name"; fi; \
	}
lint_steps = step "ruff format" $(PY) -m ruff format --check . ; \
	step "ruff check" $(PY) -m ruff check --quiet --output-format concise . ; \
	step "mypy --strict" $(PY) -m mypy ; \
	step "lint-imports" $(PY) -c 'from importlinter.cli import lint_imports_command as main; main()' --no-logo
verdict = [ -z "$$failed" ] || { echo "make $@: failed:$${failed\#,}"; exit 1; }
compile = .lock-venv/bin/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links --output-file $(1)
