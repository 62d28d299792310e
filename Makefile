# SPDX-License-Identifier: MIT
# One Makefile for everything. `make help` lists what it can do; variables may be given on the command line:
#   CC=clang  WERROR=1  SAN=1 (ASan+UBSan, into build-san)  SEAM=1 (crash points, into build-seam)  BUILD=folder
#   PREFIX=/usr/local  DESTDIR=  V=1 (show the commands)

PREFIX ?= /usr/local
LIBEXECDIR = $(PREFIX)/libexec/keel
UNITDIR = $(PREFIX)/lib/keel/system
BUILD ?= build$(if $(SAN),-san)$(if $(SEAM),-seam)
B := $(BUILD)

Q := $(if $(V),,@)
say = @$(if $(V),:,echo '  $1 $(or $2,$@)')

LAYERS := base unit plan process service job manager api
LIB_SRC := $(foreach l,$(LAYERS),$(wildcard supervisor/$l/*.c)) \
	$(filter-out %/main.c,$(wildcard supervisor/log/*.c))
INIT_SRC := $(wildcard init/*.c)
UNIT_TESTS := $(patsubst tests/unit/%.c,$B/tests/unit/%,$(wildcard tests/unit/test-*.c))
FUZZERS := $(patsubst tests/fuzz/fuzz-%.c,%,$(wildcard tests/fuzz/fuzz-*.c))
BENCHES := $(patsubst tests/bench/%.c,$B/tests/bench/%,$(wildcard tests/bench/bench-*.c))
BENCH_TOOLS := $(filter-out $(BENCHES),$(patsubst %.c,$B/%,$(wildcard tests/bench/*.c)))
HELPERS := $(patsubst tests/%.c,$B/tests/%,$(wildcard tests/helpers/*.c))
PROGRAMS := $(if $(wildcard init/main.c),$B/keel) $(if $(wildcard supervisor/main.c),$B/keel-supervisor) \
	$(if $(wildcard supervisor/ctl/*.c),$B/keelctl) $(if $(wildcard supervisor/log/*.c),$B/keel-logger)

# --- flags -----------------------------------------------------------------------------------------------------------
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wundef -Wvla -Wwrite-strings \
	-Wimplicit-fallthrough -Wswitch-enum $(if $(WERROR)$(CI),-Werror)
HARDEN := -fstack-protector-strong -fstack-clash-protection $(if $(SAN),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
comma := ,
SANITIZE := $(if $(SAN),-fsanitize=address$(comma)undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
CFLAGS ?= -O2 -g
DEFINES := -D_GNU_SOURCE -DKEEL_PREFIX='"$(PREFIX)"' -DLIBEXECDIR='"$(LIBEXECDIR)"' -DUNITDIR='"$(UNITDIR)"' \
	$(if $(SEAM),-DKEEL_SEAM)
COMMON = -std=gnu17 $(WARN) $(DEFINES) -iquote . -iquote supervisor -MMD -MP
# All symbols are bound at the start, so calls need no stubs for that.
SUP_CFLAGS = $(COMMON) $(HARDEN) -fPIE -fno-plt $(SANITIZE) $(shell pkg-config --cflags libsystemd libseccomp jansson) $(CFLAGS)
# Five thousand relocations in 2 kB, of which each would take 24 bytes that are read once and stay mapped.
SUP_LDFLAGS = -pie -Wl,-z,relro,-z,now,-z,pack-relative-relocs,--as-needed $(SANITIZE) $(LDFLAGS)
# A shared object costs each process of ours several mappings and pages, and one place more to search for each symbol: small ones
# are linked in where the compiler finds them so, unless SHARED=1. The C library is searched first, since most is there.
archived = $(if $(SHARED)$(strip $(LIBRARY_PATHS)),-l$1,$(call archive_of,$1))
archive_of = $(if $(wildcard $(shell $(CC) -print-file-name=lib$1.a)),-l:lib$1.a,-l$1)
SUP_LIBS = -lc $(shell pkg-config --libs libsystemd) $(LIBRARY_PATHS) $(foreach l,seccomp cap jansson,$(call archived,$l))
LIBRARY_PATHS = $(shell pkg-config --libs-only-L libseccomp jansson)

# PID 1 is static: with musl when it is there (it sees the kernel's own headers, but none of glibc's), else with libc.a.
MUSL := $(if $(filter clang%,$(CC)),,$(shell command -v musl-gcc))
INIT_CC := $(or $(MUSL),$(CC))
MULTIARCH = $(shell $(CC) -print-multiarch 2>/dev/null || $(CC) -dumpmachine)
# Few pages are touched when there are few: no unwind tables, one segment for code and constants. musl-gcc knows nothing of
# static PIE, so it gets the start files for that by hand.
INIT_START := $(if $(MUSL),$(wildcard $(addprefix /usr/lib/$(shell $(CC) -print-multiarch | sed s/gnu/musl/)/,rcrt1.o crti.o crtn.o)))
INIT_CFLAGS = $(COMMON) -Os -g -fPIE -fstack-protector-strong -ffunction-sections -fdata-sections \
	-fno-asynchronous-unwind-tables $(if $(MUSL),-isystem $B/uapi)
INIT_LDFLAGS = -static -Wl,--gc-sections,-z,relro,-z,now,-z,noexecstack,-z,noseparate-code,--build-id=none $(if $(DEBUG),,-s) \
	$(if $(INIT_START),-nostartfiles -Wl$(comma)-pie$(comma)--no-dynamic-linker$(comma)-z$(comma)text $(INIT_START))

# --- what to make ----------------------------------------------------------------------------------------------------
.PHONY: all run test unit system crash vm acceptance bench lint layers fuzz install deps clean help FORCE
.DELETE_ON_ERROR:
.SECONDARY:

all: $(PROGRAMS) ## build everything into build/ (the default)

run: deps ## start the demo units in a new pid namespace on this terminal; Ctrl-C ends it
	@$(MAKE) --no-print-directory all
	@echo "keel: in another terminal: $B/keelctl list-units; $B/keelctl status; Ctrl-C here ends it in order"
	@exec $B/keel run --units units/demo

test: deps ## run every test: unit, fuzz corpus, layers, system, acceptance, vm
	@$(MAKE) --no-print-directory all tests
	@tests/run-all

.PHONY: tests
tests: $(UNIT_TESTS) $(HELPERS) $B/crash/keel $(FUZZERS:%=$B/tests/fuzz/replay-%) $(if $(SAN),,seam)
.PHONY: seam other
seam:
	@$(MAKE) --no-print-directory SEAM=1 BUILD=$B-seam all other
unit: tests ## run the unit tests and replay the fuzzers' corpora
	@BUILD=$B tests/run-all unit
system: all tests ## run the system tests: the real keel as PID 1 of its own namespaces
	@BUILD=$B tests/run-all system
crash: all tests seam ## break things at every point: PID 1's system calls, the supervisor's life (make test: a sample of it)
	@BUILD=$B FULL=1 tests/run-all crash
acceptance: all tests ## run Debian's nginx, redis, memcached and cron under keel, unit files untouched
	@BUILD=$B tests/run-all acceptance
vm: all tests ## boot a virtual machine with keel as its PID 1 and run the system tests there
	@BUILD=$B tests/run-all vm
CHILD_OBJECTS := $(patsubst %.c,$B/o/%.o,$(wildcard supervisor/plan/exec-child.c supervisor/plan/child-*.c))
BENCH_HELPERS := $(addprefix $B/tests/helpers/,nothing zombies ignoring-init) \
	$(addprefix $B/tests/bench/unsaved/,keel keel-logger keel-supervisor)
bench: all $(BENCHES) $(BENCH_TOOLS) $(BENCH_HELPERS) ## measure keel beside its peers (WHAT=start,idle QUICK=1 RECORD=1)
	@tests/bench/fetch $B/bench/peers
	@BUILD=$B tests/bench/run
layers: $(CHILD_OBJECTS) ## check who includes whom, and what exec-child calls
	@BUILD=$B tests/layers
lint: ## clang-format, clang-tidy, cppcheck, headers alone, gcc and clang with -Werror
	@BUILD=$B tests/lint

deps: ## install the Debian packages that are missing (when root; else say how)
	@tests/deps packages.txt

install: all ## install below $(DESTDIR)$(PREFIX)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(LIBEXECDIR) $(DESTDIR)$(UNITDIR)
	install $(filter %/keel %/keelctl,$(PROGRAMS)) $(DESTDIR)$(PREFIX)/bin
	install $(filter %/keel-supervisor %/keel-logger,$(PROGRAMS)) $(DESTDIR)$(LIBEXECDIR)
	$(if $(wildcard units/*.*),cp -a $(wildcard units/*.* units/machine) $(DESTDIR)$(UNITDIR))

clean: ## remove what was built
	rm -rf build build-*

help: ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' Makefile | expand -t 14

# --- how -------------------------------------------------------------------------------------------------------------
# Objects are remade when the flags change: the stamps hold the flags of the last run.
stamp = @mkdir -p $(@D); printf '%s\n' '$(subst ','\'',$1)' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$1)' >$@
$B/flags: FORCE
	$(call stamp,$(CC) $(SUP_CFLAGS) $(if $(SHARED),shared))
$B/flags-init: FORCE
	$(call stamp,$(INIT_CC) $(INIT_CFLAGS))

$B/o/%.o: %.c $B/flags
	@mkdir -p $(@D)
	$(call say,cc,$<)
	$Q$(CC) $(SUP_CFLAGS) $(OBJECT_CFLAGS) -c $< -o $@
$B/o/supervisor/plan/seccomp-rules.o: supervisor/plan/syscall-groups.txt
# Runs between clone3 and exec, on the parent's memory: no sanitizer can follow it there. -fplt: it calls nothing outside, and names
# the table of addresses only without that.
$(CHILD_OBJECTS): OBJECT_CFLAGS = -fplt $(if $(SAN),-fno-sanitize=all)
$B/o/init/%.o: SANITIZE =

$B/init/%.o: init/%.c $B/flags-init
	@mkdir -p $(@D) $B/uapi
	@for d in linux asm-generic; do ln -sfn /usr/include/$$d $B/uapi/$$d; done
	@ln -sfn /usr/include/$(MULTIARCH)/asm $B/uapi/asm
	$(call say,cc,$< for PID 1)
	$Q$(INIT_CC) $(INIT_CFLAGS) -c $< -o $@

archive = @rm -f $@; $(AR) rcs $@ $(filter %.o,$^)
$B/libkeel.a: $(LIB_SRC:%.c=$B/o/%.o)
	$(archive)
# PID 1's modules as ordinary objects, for the unit tests.
$B/libinit.a: $(patsubst %.c,$B/o/%.o,$(filter-out init/main.c,$(INIT_SRC)))
	$(archive)

$B/keel: $(INIT_SRC:%.c=$B/%.o)
	$(call say,link)
	$Q$(INIT_CC) $(INIT_LDFLAGS) $(filter %.o,$^) -o $@
# PID 1 whose system calls fail when a test says so.
FAULTS := wait4 recvmsg sendmsg socketpair close kill execve memfd_create madvise setsid nanosleep pwrite read write pread poll \
	open fcntl prctl syscall
$B/crash/faults.o: tests/crash/faults.c $B/flags-init
	@mkdir -p $(@D)
	$(call say,cc,$< for PID 1)
	$Q$(INIT_CC) $(INIT_CFLAGS) -c $< -o $@
$B/crash/keel: $(INIT_SRC:%.c=$B/%.o) $B/crash/faults.o
	$(call say,link)
	$Q$(INIT_CC) $(INIT_LDFLAGS) $(FAULTS:%=-Wl$(comma)--wrap=%) $(filter %.o,$^) -o $@
link = $Q$(CC) $(SUP_LDFLAGS) $(filter %.o,$^) $(filter %.a,$^) $(LINK_LIBS) $(SUP_LIBS) -o $@
$B/keel-supervisor: $B/o/supervisor/main.o $B/libkeel.a
	$(call say,link)
	$(link)
# Supervisors of other versions, for the crash tests.
other: $(addprefix $B/other/keel-supervisor-,next layout)
$B/other/keel-supervisor-next: LINK_LIBS = -Wl,--wrap=record_encode,--wrap=record_decode
$B/other/keel-supervisor-%: $B/o/supervisor/main.o $B/o/tests/crash/other/%.o $B/libkeel.a
	@mkdir -p $(@D)
	$(call say,link)
	$(link)
# Another supervisor, with keel and its logger beside it: what is linked before the library takes its place in it.
$B/tests/bench/unsaved/keel-supervisor: $B/o/supervisor/main.o $B/o/tests/bench/unsaved/memory.o $B/libkeel.a
	@mkdir -p $(@D)
	$(call say,link)
	$(link)
$B/tests/bench/unsaved/%: $B/%
	@mkdir -p $(@D)
	@ln -sfn $(abspath units) $(@D)/../units
	@cp $< $@
$B/keelctl: $(patsubst %.c,$B/o/%.o,$(wildcard supervisor/ctl/*.c)) $B/libkeel.a
	$(call say,link)
	$(link)
$B/keel-logger: $(patsubst %.c,$B/o/%.o,$(wildcard supervisor/log/*.c)) $B/libkeel.a
	$(call say,link)
	$(link)

$(UNIT_TESTS) $(BENCHES): LINK_LIBS = $(shell pkg-config --libs check)
$(BENCHES): $B/tests/bench/%: $B/o/tests/bench/%.o $B/libkeel.a
	@mkdir -p $(@D)
	$(call say,link)
	$(link)
$(UNIT_TESTS): $B/tests/unit/%: $B/o/tests/unit/%.o $B/libkeel.a $B/libinit.a
	@mkdir -p $(@D)
	$(call say,link)
	$(link)
$(BENCH_TOOLS): $B/tests/bench/%: tests/bench/%.c $B/flags-init
	@mkdir -p $(@D)
	$(call say,cc,$<)
	$Q$(INIT_CC) $(COMMON) $(if $(MUSL),-isystem $B/uapi) -O2 -g -static $< -o $@
$B/tests/helpers/%: tests/helpers/%.c $B/flags
	@mkdir -p $(@D)
	$(call say,cc,$<)
	$Q$(CC) $(COMMON) -O2 -g -static $< -o $@

$B/tests/fuzz/replay-%: $B/o/tests/fuzz/fuzz-%.o $B/o/tests/fuzz/replay.o $B/libkeel.a $B/libinit.a
	@mkdir -p $(@D)
	$(call say,link)
	$(link)
FUZZ_SECONDS ?= 60
fuzz: ## fuzz each parser for FUZZ_SECONDS (60) with libFuzzer; needs clang
	@$(MAKE) --no-print-directory CC=clang SAN=1 BUILD=build-fuzz CFLAGS='-O1 -g -fsanitize=fuzzer-no-link' \
		$(FUZZERS:%=build-fuzz/tests/fuzz/fuzz-%)
	@for f in $(FUZZERS); do mkdir -p build-fuzz/corpus/$$f; echo "fuzz-$$f"; \
		build-fuzz/tests/fuzz/fuzz-$$f -max_total_time=$(FUZZ_SECONDS) -timeout=5 -print_final_stats=1 \
		-artifact_prefix=build-fuzz/ build-fuzz/corpus/$$f tests/fuzz/corpus/$$f || exit 1; done
$B/tests/fuzz/fuzz-%: LINK_LIBS = -fsanitize=fuzzer
$B/tests/fuzz/fuzz-%: $B/o/tests/fuzz/fuzz-%.o $B/libkeel.a $B/libinit.a
	@mkdir -p $(@D)
	$(call say,link)
	$(link)

-include $(shell find $B -name '*.d' -type f 2>/dev/null)
