# `make` alone lists what there is. Everything a target makes stays in .venv and .local.
PORT ?= 8000
APPS := herstel participants supportgroups goals meetings research
PYTHON := .venv/bin/python
MANAGE := $(PYTHON) manage.py
# Checks look at the code, not at a running place; they need some value for what a place must set.
CHECK_ENV := HERSTEL_DEMO=1
DEPLOY_ENV := SECRET_KEY=$$($(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(60))') \
	SITE_URL=https://kring.example ALLOWED_HOSTS=kring.example

# Where this is set, each of the many processes that a test starts would compile everything anew: 5 s.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo demo-reset stop test test-deep lint bench vendor messages lock
.DEFAULT_GOAL := help

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Make the Python environment from the lock; done only when the lock changed
	@tools/setup

demo: setup ## Start everything with made-up people on http://localhost:8000 (or PORT=...)
	@$(PYTHON) -m herstel.supervise start --port $(PORT)

demo-reset: setup ## Stop the demo and throw its data away
	@$(PYTHON) -m herstel.supervise reset

stop: setup ## Stop what a demo or the tests left running, and forget the tests' databases
	@$(PYTHON) -m herstel.supervise stop
	@$(PYTHON) -m herstel.services reset --tests

lint: setup ## Check style, templates, types, layers and migrations
	@$(MAKE) --no-print-directory --jobs 2 --output-sync lint-types lint-rest

.PHONY: lint-types lint-rest
lint-types: # takes as long as all the others together
	$(CHECK_ENV) .venv/bin/mypy

lint-rest:
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/djlint --lint --quiet templates
	.venv/bin/lint-imports
	$(CHECK_ENV) $(MANAGE) makemigrations --check --dry-run
	$(DEPLOY_ENV) $(MANAGE) check --deploy --fail-level WARNING

test: setup ## Run every check and every test, those in a browser last
	@tools/test-needs
	@$(MAKE) --no-print-directory lint
	$(PYTHON) -m pytest -n 3 --dist worksteal -m "not browser" $(PYTEST_ARGS)
	@# A process of its own: the browser's event loop would make Django refuse the database to later tests.
	@if grep -rqs 'mark\.browser' tests; then \
		echo "$(PYTHON) -m pytest -m browser"; $(PYTHON) -m pytest -m browser $(PYTEST_ARGS); fi

test-deep: setup ## Everything that `make test` tries a part of; hours
	KRING_DEEP=1 $(PYTHON) -m pytest -n 3 --dist worksteal -m "not browser" $(PYTEST_ARGS)
	KRING_DEEP=1 $(PYTHON) -m pytest -m browser $(PYTEST_ARGS)

bench: setup ## Measure pages, a crowd and the export (ARGS='--only pages')
	$(MANAGE) bench $(ARGS)

vendor: setup ## Fetch and check the files in static/vendor again; needs Node, for developers only
	$(PYTHON) tools/vendor.py

messages: setup ## Collect texts for translation and compile the translations
	$(CHECK_ENV) $(MANAGE) makemessages --all --no-wrap --no-obsolete --add-location file \
		--ignore '.venv/*' --ignore '.local/*' --ignore 'tests/*' --ignore 'node_modules/*'
	$(CHECK_ENV) $(MANAGE) compilemessages --ignore '.venv' --ignore '.local' --ignore 'node_modules'

lock: setup ## Resolve the dependencies again and write both lock files
	@uv=uv; $$uv --version >/dev/null 2>&1 || uv=.local/uv/bin/uv; \
	compile="$$uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.13 pyproject.toml"; \
	$$compile -o requirements.lock && $$compile --group dev -o requirements-dev.lock
