# tokentco: one non-recursive Makefile. `make help` lists the targets.
#
# BUILD is the output folder; the sanitizer and coverage targets set another one, so variants never mix.

SHELL   := /bin/bash
VERSION := 0.1.0
BUILD   ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
V       ?= 0
Q       := $(if $(filter 1,$(V)),,@)
# The processor that the compiler builds for: x86_64, aarch64.
ARCH    := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))

PKGS     := gsl jansson ncursesw panelw libutf8proc xlsxwriter hwloc nettle
DEB_BUILD := build-essential pkg-config libgsl-dev libjansson-dev libncurses-dev libcsv-dev libutf8proc-dev \
             libxlsxwriter-dev libhwloc-dev nettle-dev zlib1g-dev
DEB_TEST   = libcmocka-dev tmux python3 python3-jsonschema locales parallel unzip groff $(DEB_READERS) $(if $(filter x86_64,$(ARCH)),$(DEB_CROSS))
DEB_CROSS := gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user libsimde-dev
# Programs that must be able to open what is exported.
DEB_READERS := ledger hledger beancount
DEB_FULL  := slurm-wlm munge libreoffice-calc-nogui
DEB_BENCH := python3-numpy
DEB_PEERS := libopenblas-dev libblis-dev libdnnl-dev

ASAN_OPT   := -O1 -g
ASAN_EXTRA := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# EMULATE_AVX512=1, for tests: AVX-512 files without an AVX-512 instruction, and everything under the sanitizers.
ifdef EMULATE_AVX512
OPT      := $(ASAN_OPT)
EXTRA    := $(ASAN_EXTRA)
endif
OPT      ?= -O2 -g
WARN     := -Wall -Wextra -Werror -Wshadow -Wconversion -Wdouble-promotion -Wformat=2 -Wstrict-prototypes \
            -Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wvla -Wswitch-enum
HARDEN   := -fstack-protector-strong
EXTRA    ?=
# What decides how code is made: a record of the benchmark keeps it.
CODEGEN  = -std=c17 $(OPT) $(HARDEN) -ffp-contract=off $(EXTRA) $(CFLAGS)
plain    = $(strip $(subst ',,$(subst ",,$(subst \,,$(1)))))
DEFS     := -D_DEFAULT_SOURCE -D_XOPEN_SOURCE=700 -DNCURSES_WIDECHAR=1 \
            -DTOKENTCO_VERSION='"$(VERSION)"' -DTOKENTCO_FLAGS='"$(call plain,$(CODEGEN))"' \
            -DTOKENTCO_DATADIR='"$(PREFIX)/share/tokentco"'
CFLAGS_ALL = $(WARN) $(DEFS) -Iinclude -Isrc -MMD -MP $(CODEGEN)
LDLIBS   := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lcsv -lz -lpthread -lm

# The instruction set of a kernel file is its suffix, and these are the only -m flags of the project.
ISAS := avx2 avx512 neon dotprod i8mm
ISA_FLAGS_avx2   := -O3 -mavx2 -mfma -mf16c
ifdef EMULATE_AVX512
ISA_FLAGS_avx512 := -fno-inline -Wno-psabi -Itests/cross/emulated
else
ISA_FLAGS_avx512 := -O3 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni -mavx512bf16 -mavx2 -mfma -mf16c
endif
# Where sums fill all registers, gcc must not put off loads until it spills the sums, nor copy them around.
gcc_flags = $(shell $(CC) -Werror $(1) -x c -c -o /dev/null /dev/null 2>/dev/null && echo $(1))
FILE_FLAGS_gemm_dense_avx2 := $(call gcc_flags,-fno-tree-coalesce-vars)
FILE_FLAGS_gemm_block_avx2 := $(call gcc_flags,-fno-tree-ter)
FILE_FLAGS_gemm_int8_avx2  := $(call gcc_flags,-fno-tree-ter -fno-tree-coalesce-vars)
FILE_FLAGS_gemm_signed_avx2 := $(call gcc_flags,-fno-tree-ter -fno-tree-coalesce-vars)
ISA_FLAGS_neon   := -O3 -march=armv8-a
ISA_FLAGS_dotprod := -O3 -march=armv8.2-a+dotprod
ISA_FLAGS_i8mm   := -O3 -march=armv8.2-a+dotprod+i8mm+bf16

SRC := $(sort $(wildcard src/*/*.c))
ifneq ($(ARCH),x86_64)
SRC := $(filter-out %_avx2.c %_avx512.c,$(SRC))
endif
ifneq ($(ARCH),aarch64)
SRC := $(filter-out %_neon.c %_dotprod.c %_i8mm.c,$(SRC))
endif
OBJ       := $(SRC:%.c=$(BUILD)/obj/%.o)
LIB       := $(BUILD)/libtokentco.a
BIN       := $(BUILD)/tokentco
UNIT_SRC  := $(sort $(wildcard tests/unit/test_*.c))
UNIT_BIN  := $(UNIT_SRC:tests/unit/%.c=$(BUILD)/tests/%)
# Shell tests that are quick enough for the inner loop carry "# tier: check" in their head.
SHELL_TESTS := $(sort $(wildcard tests/*.sh tests/*/test_*.sh))
SHELL_TESTS := $(filter-out tests/lib.sh tests/run.sh,$(SHELL_TESTS))

.PHONY: all run deps deps-test deps-peers check test test-full asan tsan lint format bless cov fuzz install \
        uninstall bench-model bench-feed bench-tui bench-peers bench-predict clean help tests-bin
.DEFAULT_GOAL := all

all: $(BIN)  ## build the program (build/tokentco)

$(BIN): $(BUILD)/obj/src/main.o $(LIB)
	@echo "  LD    $@"
	$(Q)$(CC) $(EXTRA) $(LDFLAGS) -o $@ $< $(LIB) $(LDLIBS)

$(LIB): $(OBJ)
	@echo "  AR    $@"
	$(Q)rm -f $@ && $(AR) rcs $@ $(OBJ)

isa_of = $(lastword $(subst _, ,$(basename $(notdir $(1)))))
# "(gemm_int8_avx2: -fno-tree-ter)": the files of an instruction set that have flags of their own, and these.
file_flags_of = $(foreach file,$(basename $(notdir $(filter %_$(1).c,$(SRC)))),$(if $(FILE_FLAGS_$(file)),($(file): $(FILE_FLAGS_$(file)))))
set_flags = $(strip $(OPT) $(ISA_FLAGS_$(1)) $(call file_flags_of,$(1)))

$(BUILD)/obj/%.o: %.c $(BUILD)/.flags
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(CFLAGS_ALL) $(ISA_FLAGS_$(call isa_of,$<)) $(FILE_FLAGS_$(basename $(notdir $<))) \
	    -DTOKENTCO_ISA_FLAGS='"$(call set_flags,$(call isa_of,$<))"' -c -o $@ $<

# Objects are made again when the flags change.
ALL_FLAGS = $(CC) $(CFLAGS_ALL) $(foreach isa,$(ISAS),$(call set_flags,$(isa)))
$(BUILD)/.flags: FORCE
	@mkdir -p $(BUILD)
	@echo '$(subst ','\'',$(ALL_FLAGS))' | cmp -s - $@ || echo '$(subst ','\'',$(ALL_FLAGS))' > $@
FORCE:

$(BUILD)/tests/%: tests/unit/%.c $(LIB)
	@mkdir -p $(@D)
	@echo "  TEST  $@"
	$(Q)$(CC) $(CFLAGS_ALL) -Itests/unit -o $@ $< $(LIB) -lcmocka $(LDLIBS)

# Programs of tests/bench are compiled with the tests, all but what needs the peers' headers, so that they keep up.
BENCH_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(filter-out %/peer_libraries.c,$(wildcard tests/bench/*.c)))

tests-bin: $(UNIT_BIN) $(BENCH_OBJ)

# The kernel tests for 64-bit Arm, made with CC=aarch64-linux-gnu-gcc and a BUILD of their own: static, and of
# the kernel files alone, since nothing else of what the project needs is there for another processor.
CROSS_OBJ := $(filter $(addprefix $(BUILD)/obj/src/bench/,kernels_%.o pack_%.o attention_%.o dispatch.o features.o formats.o),$(OBJ))
$(BUILD)/test_%_static: tests/unit/test_%.c tests/cross/cmocka.h $(CROSS_OBJ) $(BUILD)/obj/src/base/err.o
	@echo "  TEST  $@"
	$(Q)$(CC) $(CFLAGS_ALL) -static -Itests/cross -Itests/unit -o $@ $(filter %.c %.o,$^) -lm

# The kernel tests for a processor without AVX-512, made with EMULATE_AVX512=1 and a BUILD of their own.
EMULATED_OBJ := $(filter $(addprefix $(BUILD)/obj/src/bench/,%_avx512.o kernels_ref.o attention_split.o dispatch.o formats.o),$(OBJ)) \
                $(BUILD)/obj/tests/cross/emulated/features.o
$(BUILD)/test_kernels_emulated: tests/unit/test_kernels.c $(EMULATED_OBJ) $(BUILD)/obj/src/base/err.o
	@echo "  TEST  $@"
	$(Q)$(CC) $(CFLAGS_ALL) -Itests/unit -o $@ $(filter %.c %.o,$^) -lcmocka -lm

run: deps all  ## install what is missing, build, benchmark, compare, write out/: the whole answer
	$(Q).ci/first-answer $(BIN)

deps:  ## install the Debian packages that the build needs
	$(Q).ci/packages $(DEB_BUILD)

deps-test: deps  ## install the Debian packages that the tests need
	$(Q).ci/packages $(DEB_TEST)

deps-peers: deps
	$(Q).ci/packages $(DEB_PEERS)

check: all tests-bin  ## the fast inner loop: unit tests and quick shell tests
	$(Q)BUILD=$(BUILD) tests/run.sh --tier check

test: deps-test  ## install what tests need, run every test, then again under ASan and UBSan
	$(Q)$(MAKE) -j$$(nproc) --no-print-directory all tests-bin
	$(Q)$(MAKE) -j$$(nproc) --no-print-directory BUILD=build/asan OPT="$(ASAN_OPT)" EXTRA="$(ASAN_EXTRA)" all tests-bin
	$(Q)BUILD=build tests/run.sh --tier test --asan build/asan

test-full: deps-test  ## every test and the long series (soak, fuzz budgets, many oracle draws)
	$(Q).ci/packages $(DEB_FULL)
	$(Q)$(MAKE) --no-print-directory all tests-bin
	$(Q)$(MAKE) --no-print-directory BUILD=build/asan OPT="$(ASAN_OPT)" EXTRA="$(ASAN_EXTRA)" all tests-bin
	$(Q)BUILD=build tests/run.sh --tier full --asan build/asan

asan:  ## build and run the unit tests under AddressSanitizer and UBSan
	$(Q)$(MAKE) --no-print-directory BUILD=build/asan OPT="$(ASAN_OPT)" EXTRA="$(ASAN_EXTRA)" all tests-bin
	$(Q)BUILD=build/asan tests/run.sh --tier check

tsan:  ## build with clang and ThreadSanitizer, run the unit tests
	$(Q)$(MAKE) --no-print-directory BUILD=build/tsan CC=clang OPT="-O1 -g" EXTRA="-fsanitize=thread" all tests-bin
	$(Q)BUILD=build/tsan tests/run.sh --tier check

bless: all  ## rewrite the golden files; review the diff
	$(Q)BUILD=$(BUILD) BLESS=1 tests/run.sh --tier check

LINT_C := $(filter-out %_avx512.c %_avx2.c %_neon.c %_dotprod.c %_i8mm.c,$(SRC)) src/main.c

lint:  ## clang-format, cppcheck, clang-tidy and shellcheck, all quiet when clean
	$(Q).ci/packages clang-format clang-tidy cppcheck shellcheck
	$(Q)clang-format --dry-run -Werror $(SRC) src/main.c $(wildcard include/tokentco/*.h src/*/*.h tests/unit/*.[ch] tests/cross/*.h tests/cross/*/*.[ch])
	$(Q)cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr --suppress=missingIncludeSystem \
	    --suppress=missingInclude --suppress=unusedFunction \
	    --suppress=ctunullpointer --suppress=ctuuninitvar --enable=warning,portability \
	    -Iinclude -Isrc -DTOKENTCO_VERSION='""' -DTOKENTCO_FLAGS='""' -DTOKENTCO_DATADIR='""' $(LINT_C)
	$(Q)printf '%s\n' $(LINT_C) | xargs -P 2 -I{} clang-tidy --quiet --warnings-as-errors='*' {} -- -std=c17 \
	    $(DEFS) -Iinclude -Isrc
	$(Q)shellcheck -x -S warning .ci/run .ci/packages .ci/first-answer $(SHELL_TESTS) tests/run.sh tests/lib.sh

format:  ## rewrite the C files with clang-format
	$(Q)clang-format -i $(SRC) src/main.c $(wildcard include/tokentco/*.h src/*/*.h tests/unit/*.[ch] tests/cross/*.h tests/cross/*/*.[ch])

cov:  ## unit and quick tests with coverage; prints the summary
	$(Q).ci/packages gcovr
	$(Q)$(MAKE) --no-print-directory BUILD=build/cov OPT="-O0 -g" EXTRA="--coverage" all tests-bin
	$(Q)BUILD=build/cov tests/run.sh --tier check || true
	$(Q)gcovr -r . --object-directory build/cov -f src/ --print-summary | tail -40

install: all  ## install under PREFIX (DESTDIR honoured)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/tokentco/pricing \
	    $(DESTDIR)$(PREFIX)/share/tokentco/scenarios $(DESTDIR)$(PREFIX)/share/doc/tokentco
	install -m 755 $(BIN) $(DESTDIR)$(PREFIX)/bin/tokentco
	install -m 644 $(wildcard pricing/*) $(DESTDIR)$(PREFIX)/share/tokentco/pricing
	cp -R scenarios/. $(DESTDIR)$(PREFIX)/share/tokentco/scenarios
	install -m 644 README.md LICENSE $(DESTDIR)$(PREFIX)/share/doc/tokentco

uninstall:  ## remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/tokentco
	rm -rf $(DESTDIR)$(PREFIX)/share/tokentco $(DESTDIR)$(PREFIX)/share/doc/tokentco

# Benchmarks live in tests/bench; one program a file, linked with the library.
$(BUILD)/bench/%: tests/bench/%.c $(LIB)
	@mkdir -p $(@D)
	@echo "  BENCH $@"
	$(Q)$(CC) $(CFLAGS_ALL) -o $@ $(filter %.c,$^) $(LIB) $(BENCH_LIBS_$*) $(LDLIBS)

# BENCH_JSON=file also writes the rows.
bench-model: $(BUILD)/bench/bench_model $(BUILD)/bench/bench_search $(BUILD)/bench/bench_risk  ## timings of evaluator, search and Monte Carlo (beside numpy)
	$(Q).ci/packages $(DEB_BENCH)
	$(Q)$(BUILD)/bench/bench_model
	$(Q)$(BUILD)/bench/bench_search
	$(Q)$(BUILD)/bench/bench_risk tests/bench/risk_numpy.py

bench-feed: $(BUILD)/bench/bench_feed  ## reading a catalogue of 100 MB beside libcsv (FEEDS="FILE..." are timed, too)
	$(Q)$(BUILD)/bench/bench_feed $(FEEDS)

BENCH_LIBS_peers := -ldnnl -ldl
$(BUILD)/bench/peers: tests/bench/peer_libraries.c

# BENCH_JSON=file also writes the rows; FORMATS="f32 q4_0" limits them; with LLAMA_BENCH=path GGUF=file llama-bench
# runs beside ours for that file.
bench-peers: deps-peers all $(BUILD)/bench/peers  ## our kernels beside OpenBLAS, BLIS and oneDNN (and llama.cpp)
	$(Q)$(BUILD)/bench/peers $(if $(FORMATS),"$(FORMATS)")
	$(if $(LLAMA_BENCH),$(Q)python3 tests/bench/llama_pairs.py $(BIN) "$(LLAMA_BENCH)" "$(GGUF)")

bench-predict: all  ## errors of predicting shapes that were not run from each that was (minutes; BENCH_ARGS="--quick --threads 1")
	tests/bench/predict.sh $(BENCH_ARGS)

bench-tui: all  ## key-to-frame timings of the terminal app
	$(Q)tests/bench/bench_tui.sh $(BIN)

clean:  ## remove build output
	rm -rf build

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*##/\1:/' | awk -F': *' '{printf "  make %-12s %s\n", $$1, $$2}'

-include $(OBJ:.o=.d) $(BUILD)/obj/src/main.d $(UNIT_BIN:=.d) $(BENCH_OBJ:.o=.d)
