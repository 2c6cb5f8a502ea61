# `make` alone lists the targets.
.DEFAULT_GOAL := help
# A run that hangs is a failure, and says so while somebody still waits for it.
SWIFT_TEST := timeout 1200 swift test --parallel --explicit-target-dependency-import-check error

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

run: ## install what is missing, build, serve on 127.0.0.1:8080 with a small sample set
	@scripts/install run
	@scripts/run

test: ## install what is missing, build, run every test
	@scripts/install test
	@scripts/check
	swift build --build-tests --explicit-target-dependency-import-check error
	$(SWIFT_TEST)
	scripts/browser-tests
	.build/debug/callgate policy lint
	.build/debug/callgate policy test

bench: ## durable decisions per second beside a bare echo; one evaluation; a list of 5 million; a scrub; search in a million decisions
	@scripts/install bench
	@scripts/bench
	@scripts/bench-evaluate
	@scripts/bench-lists
	@scripts/bench-scrub
	@scripts/bench-search

bench-search: ## bytes a decision, first pages and counts (COUNT=10000000 for another number of decisions)
	@scripts/install bench
	@scripts/bench-search

bench-large: ## a list of 250 million, a scrub with a million consents, 100 million decisions (120 GB of disk, some hours)
	@scripts/install bench
	@COUNT=250000000 scripts/bench-lists
	@CONSENTS=1000000 ROWS=1000000 scripts/bench-scrub
	@COUNT=100000000 scripts/bench-search

format: ## format every source file
	swift format --in-place --recursive Package.swift Sources Tests Benchmarks

release: ## an optimised build; warnings are errors
	swift build -c release --product callgate -Xswiftc -warnings-as-errors

clean: ## remove what was built
	rm -rf .build

.PHONY: help run test bench bench-search bench-large format release clean
