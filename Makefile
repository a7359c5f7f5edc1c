# Everything a person types. Each target sets up what it needs; see README.md.

SWIFT_RELEASE := swift build -c release
PRODUCTS := holdfastd holdfast leaseclaimer
SEEDS ?= 300

# Tests that compute for long would starve those that wait for sockets, all being in one process: each kind runs alone.
COMPUTING := ^(ConsensusTests|LeasesTests|SimulationTests)[.]
PROCESSES := ^IntegrationTests[.]
ONLY ?=

.PHONY: plugin-sdk setup build run clean-run test examples docs lint simulate bench bench-juju format

setup:
	@Scripts/setup

clean-run:
	rm -rf run

ifeq ($(HOLDFAST_SETUP),print)

# Only what the set-up would do is printed.
build run test simulate bench bench-juju docs examples plugin-sdk: setup

else

build: setup
	@for product in $(PRODUCTS); do $(SWIFT_RELEASE) --product $$product || exit 1; done

run: build
	@Scripts/run-cluster

plugin-sdk: build
	@Scripts/plugin-sdk --build .build/release --output plugin-sdk

simulate: setup
	$(SWIFT_RELEASE) --product simulate
	.build/release/simulate --seeds $(SEEDS) --virtual-seconds 60

test: setup lint
	swift build --build-tests
	swift test --skip-build --filter '$(COMPUTING)'
	swift test --skip-build --skip '$(COMPUTING)' --skip '$(PROCESSES)'
	swift test --skip-build --filter '$(PROCESSES)'
	@$(MAKE) --no-print-directory simulate
	@$(MAKE) --no-print-directory docs examples

# The documentation's site; see Scripts/docs.
docs: setup
	@Scripts/docs

# Every package under Examples/, built outside this one as a user's would be, and tested where it has tests.
examples: setup
	@for package in Examples/*/Package.swift; do Scripts/example "$$package" || exit 1; done

bench: setup
	@for product in $(PRODUCTS) benchmarks; do $(SWIFT_RELEASE) --product $$product || exit 1; done
	.build/release/benchmarks measure $(if $(ONLY),--only $(ONLY))

# Juju's published experiments on this machine, to docs/juju-experiments.html: MINUTES= for all of it, QUICK=1 for a look.
bench-juju: setup
	@for product in $(PRODUCTS) benchmarks; do $(SWIFT_RELEASE) --product $$product || exit 1; done
	.build/release/benchmarks juju $(if $(MINUTES),--minutes $(MINUTES)) $(if $(QUICK),--quick --output run/juju/quick.html)

endif

lint:
	swift format lint --strict --recursive Package.swift Sources manifolds Tests Benchmarks Examples Scripts/*.swift

format:
	swift format format --in-place --recursive Package.swift Sources manifolds Tests Benchmarks Examples Scripts/*.swift
