# Set-up happens by itself: packages, the virtual environment and the locked dependencies.
#
#   make demo    a cloud of three hosts on this machine, a VPC in it, and the proof with real packets
#   make down    remove every trace of the demo
#   make check   formatting, lint, types, import rules, unit tests: what to run before every commit
#   make test    all tests but the two below, with the coverage of the pure packages: kernel, API, whole labs, a VM on a tap
#   make test-vm what Debian's stock kernels can, each in a VM of its own: ports, VPNs, limits, VLANs, lossy signalling
#   make test-house all tests in a copy of the house that has two services twice, under other names
#   make bench   the benchmarks; never part of `make test`
#   make lock    pin the dependencies anew

BIN := .venv/bin
LANDBRIDGE := $(BIN)/landbridge
PARALLEL := -n auto --dist loadfile
PATIENT := -n 3 --dist loadfile

.PHONY: demo down check lint test test-vm test-house bench lock setup setup-dev

demo: setup
	$(LANDBRIDGE) lab demo

down:
	@if [ -x $(LANDBRIDGE) ]; then $(LANDBRIDGE) lab down; fi

check: lint
	$(BIN)/pytest $(PARALLEL) tests/test_shape.py tests/unit

lint: setup-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/pytest $(PARALLEL) --cov --cov-report=term:skip-covered tests/test_shape.py tests/unit tests/api tests/fuzz
	$(BIN)/pytest $(PATIENT) tests/netns tests/cloud tests/vm/test_tap.py

test-vm: setup-dev
	$(BIN)/pytest --ignore tests/vm/test_tap.py tests/vm

test-house: setup-dev
	$(BIN)/python -m tests.support.house

bench: setup-dev
	$(BIN)/python -m tests.bench

lock: setup-dev
	scripts/lock

setup:
	@scripts/setup

setup-dev:
	@scripts/setup --dev
