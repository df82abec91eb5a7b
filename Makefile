# The commands of this project. `make run` and `make test` need nothing but Debian 12, Swift 6.3 and apt.
.DEFAULT_GOAL := help
.PHONY: help run test test-kms test-discovery test-arm64 flake soak bench man lint format

RUNS ?= 100
SEED ?= 1

help:  ## list the commands
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run:  ## set up what is missing, build, start server, store and a display with demo photos (or PHOTOS=/folder)
	@PHOTOS="$(PHOTOS)" scripts/run

test:  ## set up what tests need, build and run every test
	@scripts/setup test
	swift build --build-tests
	# One after the other: two cores drive servers, browsers and displays, and time-outs mean something.
	swift test --skip-build --no-parallel

test-kms:  ## a display without a desktop in a virtual machine: mode, sleep, a television that is off, HDMI-CEC
	@scripts/setup kms
	scripts/test-kms

test-discovery:  ## a display finds its server through the real avahi, in a network of its own (needs root)
	@scripts/setup kms
	scripts/check-discovery

test-arm64:  ## build the display for arm64, look whether it suits pages of 16 KB, run its tests under qemu
	@scripts/setup arm64
	scripts/test-arm64

flake:  ## run what touches time, processes or sockets 20 times
	@scripts/setup test
	scripts/flake 20

soak:  ## fault runs by seed: make soak RUNS=1000 SEED=1; goes on where it stopped
	@scripts/setup test
	RUNS=$(RUNS) SEED=$(SEED) scripts/soak

bench:  ## measure against peers in the same run and write docs/numbers.md
	@scripts/setup bench
	scripts/bench

man:  ## build the programs and make their manual pages in .build/man
	@scripts/setup man
	swift build
	scripts/man

lint:  ## formatting and style
	scripts/lint

format:  ## rewrite the sources in the project's format
	git ls-files '*.swift' | grep -v '^Sources/EtcdWire/Generated/' | xargs swift format --in-place --configuration .swift-format
