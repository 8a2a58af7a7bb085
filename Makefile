.PHONY: install fix check

install:
	python3 -m venv .venv
	.venv/bin/pip install --quiet --editable ".[dev]"

fix:
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

check:
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/python -m pytest -q
