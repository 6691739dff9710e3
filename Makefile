# Commands for the portal. Start with `make demo`.
SHELL := /bin/bash
PYTHON := .venv/bin/python
UV_PYTHON ?= $(shell ls -d $(HOME)/.pyenv/versions/3.1[2-9]*/bin/python3 2>/dev/null | sort -V | tail -n 1)
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
PORT ?= 8000
CODER_PORT ?= 3000
INTRANET_PORT ?= 8001
CODER_VERSION ?= 2.36
FLEET ?= 0
# Coverage traces these tests, which run nearly all of the packages that pyproject.toml names. Pages take twice the time
# when traced, whatever their package, so all other tests run without it.
TRACED_TESTS = tests/unit tests/coder tests/embed/test_pages.py \
	$(addprefix tests/live/test_,bounds.py hub.py polls.py) \
	$(addprefix tests/views/test_,advice.py build.py delete.py palette.py staff_overview.py staff_people.py)
RUN_PYTHON = $(if $(UV_PYTHON),$(UV_PYTHON),3.13)

.PHONY: install demo run styleguide test check pytest stores format requirements screenshots bench clean

install: .venv/installed

.tools/bin/uv:
	python3 -m venv .tools
	.tools/bin/pip install --quiet --disable-pip-version-check uv

.venv/installed: requirements/dev.txt $(filter .tools/bin/uv,$(UV))
	$(UV) venv --quiet --allow-existing --python "$(RUN_PYTHON)" .venv
	$(UV) pip sync --quiet --python .venv/bin/python --require-hashes requirements/dev.txt
	touch $@

demo: install ## The portal before a simulated Coder, with people and workspaces to try; FLEET=2000 adds a fleet
	$(PYTHON) manage.py demo --port $(PORT) --coder-port $(CODER_PORT) --intranet-port $(INTRANET_PORT) \
		--coder-version $(CODER_VERSION) --fleet $(FLEET)

run: install ## The portal before a real Coder: make run CODER_URL=https://coder.example.com PORT=8000
	CODER_URL="$(CODER_URL)" $(PYTHON) manage.py run --port $(PORT)

styleguide: install ## Every component in every state, with sample data: http://127.0.0.1:8000/styleguide/
	$(PYTHON) -m tests.styleguide --port $(PORT)

test: check pytest

check: install
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/djade --check --target-version 6.0 $$(git ls-files '*.html')
	.venv/bin/typos
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/deptry .
	DJANGO_SETTINGS_MODULE=tests.settings $(PYTHON) manage.py makemigrations --check --dry-run

pytest: install
	.venv/bin/coverage erase
	.venv/bin/pytest -n 2 --dist loadgroup --cov --cov-report= $(TRACED_TESTS)
	.venv/bin/pytest -n 2 --dist loadgroup $(addprefix --ignore=,$(TRACED_TESTS))
	.venv/bin/coverage report --fail-under=95

stores: install ## What the portal keeps, on a PostgreSQL and a Redis that are started for it
	$(PYTHON) -m tests.external_services

format: install
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .
	.venv/bin/djade --target-version 6.0 $$(git ls-files '*.html')

requirements: $(filter .tools/bin/uv,$(UV))
	$(UV) pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-emit-index-url --custom-compile-command "make requirements" pyproject.toml -o requirements/runtime.txt
	$(UV) pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-emit-index-url --custom-compile-command "make requirements" --group dev pyproject.toml -o requirements/dev.txt

screenshots: install ## docs/screenshots: list and header, light and dark, 1280 and 390 px wide
	$(PYTHON) -m tests.browser.screenshots

bench: install
	$(PYTHON) -m bench.overhead
	$(PYTHON) -m bench.weight
	$(PYTHON) -m bench.livelag
	$(PYTHON) -m bench.streams
	$(PYTHON) -m bench.scale
	$(PYTHON) -m bench.fleet

clean:
	rm -rf .venv .tools var .mypy_cache .ruff_cache .pytest_cache .hypothesis
