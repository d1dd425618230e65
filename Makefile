# Rialto in two commands: `make run` and `make test`. Both install the Debian packages they miss.
#
#   make run      build rialto and start it on loopback with data in ./rialto-data
#   make test     every test there is; the last line is "N passed, N failed, N skipped"
#   make build    the target rialto; TARGETS="tests fuzzers" for others
#   make mission  the promises of the README, told as questions and answered by running them
#   make suites   the tests that public AMQP clients bring along, against the binary
#   make bench    figures of this machine; BENCH="--only fan-out --quick" for a part of them
#   make support  writes adapters/*/SUPPORT.md anew, from the code and adapters/*/support.txt
#   make setup    only the packages      make format, make tidy, make clean
#
# KIND=release|debug|asan|tsan|fuzz chooses the build, CXX=clang++-14 the compiler; every pair of
# them has its own directory below build/.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DEFAULT_GOAL := build

kind_given := $(filter-out undefined,$(origin KIND))
KIND ?= release
TARGETS ?= rialto
ifeq ($(origin CXX),default)
CXX := $(if $(filter fuzz,$(KIND)),clang++-14,g++)
endif
BUILD := build/$(KIND)$(if $(filter-out fuzz,$(KIND)),$(if $(findstring clang,$(CXX)),-clang))
SOURCES = git ls-files -co --exclude-standard -- '*.cc' '*.h'

# $(call install,<group>...): a name from tests/packages that is not installed is installed. When
# nothing is missing this is one dpkg-query.
define install
wanted=$$(awk -v groups=' $(1) ' 'index(groups, " " $$1 " ") { print $$2 }' tests/packages)
have=" $$(dpkg-query -W -f '$${db:Status-Status}=$${Package} ' $$wanted 2>/dev/null || true)"
missing=
for name in $$wanted; do
  [[ $$have == *" installed=$$name "* ]] || missing+=" $$name"
done
if [[ $$missing ]]; then
  echo "Rialto needs these Debian packages:$$missing"
  as_root=
  if (( EUID )); then
    command -v sudo >/dev/null || { echo "not root and no sudo: install them as root"; exit 1; }
    as_root=sudo
  fi
  apt="$$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600"
  get="$$apt install -y --no-install-recommends $$missing"
  apt-get install -s --no-install-recommends $$missing >/dev/null 2>&1 || $$apt update
  $$get </dev/null || { $$apt update && $$get </dev/null; }
fi
endef

# The directory is configured once; after that the build itself sees what changed. GoogleTest is
# looked for again when an earlier configure had to do without.
define configure
cache=$(BUILD)/CMakeCache.txt
if [[ ! -f $(BUILD)/build.ninja && ! -f $(BUILD)/Makefile ]] ||
   grep -qE '^(GTest|rapidcheck|benchmark)_DIR:PATH=.*NOTFOUND' $$cache; then
  generator=
  if [[ ! -f $$cache ]] && command -v ninja >/dev/null; then generator='-G Ninja'; fi
  cmake -S . -B $(BUILD) $$generator -DRIALTO_KIND=$(KIND) -DCMAKE_CXX_COMPILER=$(CXX)
fi
endef

.PHONY: run build test mission suites bench support setup format tidy clean
run:
	@$(call install,build)
	$(MAKE) --no-print-directory build TARGETS=rialto
	exec $(BUILD)/rialto serve --data ./rialto-data

build:
	@$(call install,build)
	$(configure)
	cmake --build $(BUILD) --target $(TARGETS)

test:
	@$(call install,build test)
	exec tests/run $(if $(kind_given),--kind $(KIND))

mission:
	@$(call install,build test)
	$(MAKE) --no-print-directory build TARGETS="rialto mqload"
	RIALTO_BIN=$$PWD/$(BUILD)/rialto exec tests/mission/table

suites:
	@$(call install,build test)
	$(MAKE) --no-print-directory build TARGETS=rialto
	RIALTO_BIN=$$PWD/$(BUILD)/rialto exec tests/clients/suites/run

bench:
	@$(call install,build test)
	$(MAKE) --no-print-directory build TARGETS="rialto mqload benches"
	RIALTO_BUILD=$$PWD/$(BUILD) tests/bench/run $(BENCH)
	if [[ ! "$(BENCH)" ]]; then
	  for bench in $(BUILD)/bench_*; do
	    if [[ -x $$bench ]]; then $$bench; fi
	  done
	fi

support:
	@$(call install,build test)
	$(MAKE) --no-print-directory build TARGETS=test_gateway
	RIALTO_WRITE_SUPPORT=1 $(BUILD)/test_gateway --gtest_filter='*Support*'

setup:
	@$(call install,build test)

format:
	@$(call install,test)
	$(SOURCES) | xargs -r clang-format-14 -i

tidy:
	@$(call install,build test tidy)
	$(configure)
	$(SOURCES) | grep '\.cc$$' | xargs -r -n 4 -P "$$(nproc)" \
	  clang-tidy-14 -p $(BUILD) --quiet --extra-arg=-Wno-unknown-warning-option

clean:
	rm -rf build
