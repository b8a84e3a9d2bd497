# Everything a person does with this repository. `make` alone lists it.

SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?=
APPS := audit collaboration config generation projects tenants
PYTEST ?= --numprocesses=auto --dist=loadfile

# uv never fetches a Python by itself: the one that was found is the one that is used.
export UV_PYTHON_DOWNLOADS := never
# The certificates that the machine trusts, as pip does.
export UV_SYSTEM_CERTS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

SERVERS := $(BIN)/python -m config.studio run --fast --fresh --

.PHONY: help
help:  ## List what there is to do
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: install  ## Start the studio, write and export the sample book, stay until Ctrl-C
	@exec $(BIN)/python manage.py studio --demo

.PHONY: up
up: install  ## Start the studio
	@exec $(BIN)/python manage.py studio

.PHONY: test
test: install lint pytest  ## Check everything: lint, types, contracts, migrations, all tests

.PHONY: pytest
pytest: install  ## Run the tests alone, on servers of their own (PYTEST="-k words" to choose)
	@$(SERVERS) $(BIN)/python -m pytest $(PYTEST)

.PHONY: lint
lint: install ruff types contracts checks  ## Check style, types, contracts, settings and migrations

.PHONY: ruff
ruff: install
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .

.PHONY: types
types: install
	@$(BIN)/mypy --no-error-summary $(APPS)

.PHONY: contracts
contracts: install
	@$(BIN)/lint-imports --no-logo > $(VENV)/contracts.log 2>&1 || { cat $(VENV)/contracts.log; exit 1; }

# Production settings are checked with values that are right in form and used nowhere.
.PHONY: checks
checks: install
	@$(BIN)/python manage.py settings_table --check
	@$(SERVERS) $(BIN)/python manage.py makemigrations --check --dry-run --verbosity 0 \
		|| { echo "Models and migrations differ: run manage.py makemigrations." >&2; exit 1; }
	@key=$$(mktemp) && trap 'rm -f "$$key"' EXIT \
		&& $(BIN)/python -c 'from config.studio.secret_file import new_private_key; print(new_private_key())' > "$$key" \
		&& env DJANGO_SETTINGS_MODULE=config.settings.production JWT_PRIVATE_KEYS="$$key" \
			SECRET_KEY="$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
			BASE_DOMAIN=studio.example ALLOWED_HOSTS=studio.example PUBLIC_SCHEME=https \
			DATABASE_URL=postgres://studio@127.0.0.1:1/studio REDIS_URL=redis://127.0.0.1:1 \
			$(BIN)/python manage.py check --deploy --fail-level WARNING

.PHONY: bench
bench: install  ## Measure the studio against the framework's own floor (BENCH="get_project" to choose)
	@$(BIN)/python -m benchmarks $(BENCH)

.PHONY: format
format: install  ## Format the code and mend what can be mended by itself
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

.PHONY: lock
lock: install  ## Lock requirements/*.in into *.txt with hashes
	@for name in bootstrap base prod dev; do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
			--no-emit-index-url --no-emit-find-links "requirements/$$name.in" -o "requirements/$$name.txt" || exit 1; \
	done

.PHONY: openapi
openapi: install  ## Write the API's document (docs/api/openapi.yaml); refuses what would break a client
	@$(BIN)/python manage.py openapi

.PHONY: translations
translations: install  ## Collect new messages into config/locale and compile them; names those without French
	@$(BIN)/python manage.py translations

.PHONY: hooks
hooks: install  ## Check each commit by itself (pre-commit)
	@$(BIN)/pre-commit install

.PHONY: clean
clean:  ## Remove the virtual environment and caches; the data in .novella/ stays
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache staticfiles out
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A Python is tried, not looked up: version managers leave commands behind that only say they are not there.
define FIND_PYTHON
found=""; \
for name in $(if $(PYTHON),"$(PYTHON)",python3.13 python3.12 python3.11 python3.14 python3); do \
	version=$$("$$name" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue; \
	found="$$found $$name is $$version,"; \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' && { python="$$name"; break; }; \
done; \
if [ -z "$$python" ]; then \
	echo "NovellaForge needs Python 3.11 or newer; found:$${found:- none.} Name one with make PYTHON=/path/to/python3." \
		| sed 's/,\( Name\)/.\1/' >&2; exit 2; \
fi
endef

# The installation is kept as long as the lock files are the ones it was made from.
.PHONY: install
install:  ## Install into .venv what the lock files name (done by itself when needed)
	@if cat requirements/bootstrap.txt requirements/dev.txt 2>/dev/null | cmp -s - $(VENV)/installed 2>/dev/null && $(BIN)/python -c '' 2>/dev/null; \
	then exit 0; fi; \
	$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || rm -rf $(VENV); \
	if [ ! -x $(BIN)/pip ]; then \
		python=""; $(FIND_PYTHON); \
		echo "Making $(VENV) with $$python"; \
		"$$python" -m venv $(VENV) > $(VENV).log 2>&1 || { rm -rf $(VENV); \
			echo "$$python can't make a virtual environment (on Debian: apt-get install python3-venv). It said:" >&2; \
			cat $(VENV).log >&2; rm -f $(VENV).log; exit 2; }; \
		rm -f $(VENV).log; \
	fi; \
	echo "Installing the locked packages"; \
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/bootstrap.txt || exit 1; \
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt \
		|| $(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt || exit 1; \
	cat requirements/bootstrap.txt requirements/dev.txt > $(VENV)/installed
