# Two verbs matter: `make demo` and `make test`. Both set everything up first, on a machine with Python >= 3.11 and Node >= 20.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NPM_DIR := hardhat-local
PY_STAMP := $(VENV)/.stamp
NPM_STAMP := $(NPM_DIR)/node_modules/.stamp
JS_DIR := api/pages_js
JS_STAMP := $(JS_DIR)/node_modules/.stamp
SERVE ?= 1
WORKERS ?= 3
MINUTES ?= 60

.PHONY: help setup demo test lint audit format bench soak scripts vectors contracts docs clean
help: ## what there is to do
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(PY_STAMP) $(NPM_STAMP) $(JS_STAMP) ## build .venv and both node_modules (nothing to do when they are up to date)

$(PY_STAMP): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit("Tanji needs Python 3.11 or newer; set PYTHON=… to one") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q uv==0.13.9
	@$(BIN)/uv pip install -q --python $(BIN)/python -r requirements.lock
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --config-settings editable_mode=compat -e .
	@touch $@

$(NPM_STAMP): $(NPM_DIR)/package.json $(NPM_DIR)/package-lock.json
	@node -e 'if (+process.versions.node.split(".")[0] < 20) { console.error("Tanji needs Node 20 or newer"); process.exit(1) }'
	@cd $(NPM_DIR) && npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

$(JS_STAMP): $(JS_DIR)/package.json $(JS_DIR)/package-lock.json
	@cd $(JS_DIR) && npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

demo: setup ## the whole story on a local node; leaves its files in demo-out/
	@SERVE=$(SERVE) $(BIN)/python -m api.demo --out demo-out

test: setup ## every test
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder

lint: setup ## ruff, mypy --strict, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

audit: setup ## known vulnerabilities of everything locked, as far as the registries' advisories can be reached
	$(BIN)/python -m tests.support.audit

format: setup ## rewrite the source the one way
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup ## measure speed and memory against the peers; writes bench/results.json
	$(BIN)/python -m bench

soak: setup ## an hour of everything at once against a real server; memory and descriptors must not grow
	$(BIN)/python -m bench.soak --minutes $(MINUTES)

scripts: setup ## build what pages ship from api/pages_js, and publish its hashes
	cd $(JS_DIR) && node build.mjs
	$(BIN)/python -m tests.support.script_hashes

vectors: setup ## regenerate the shipped test vectors
	$(BIN)/python -m tests.conformance.body_mutations
	$(BIN)/python -m tests.conformance.statement_vectors
	$(BIN)/python -m tests.support.vector_cases

contracts: setup ## compile the contracts and run their tests and analysers
	$(BIN)/python -m ledger.chain.compile
	PYTHON=$(abspath $(BIN)/python) contracts/analyse

docs: setup ## regenerate the generated parts of the documents
	$(BIN)/python -m api.cli.helpdoc README.md docs/cli.md

clean: ## remove what was built
	rm -rf $(VENV) $(NPM_DIR)/node_modules $(JS_DIR)/node_modules demo-out contracts/out contracts/cache
