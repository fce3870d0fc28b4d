# SPDX-License-Identifier: GPL-2.0
#
# make demo		two programs, unmodified, talk over xtcp in a virtual machine
# make check		the tests on KERNEL= 6.1 (default), 6.12, 7.2, debug or uml;
#			T=pattern
#
# make			the module for KDIR= (or the cache's KERNEL=), and the tools
# make vm		a shell in a virtual machine with xtcp loaded
# make conformance	the RFCs' requirements on both stacks; T=conformance counts
# make mutants		does a test notice when the module is broken?
# make lint		silent when the code is clean
# make bench		benchmarks, in counted instructions
# make guest		what "selftests/qemu/run" boots: module, tools, tests
# make install		module and tools, with DESTDIR= and PREFIX=
# make clean		removes what was built; distclean the cached kernels too
#
# Needed packages are installed and kernels fetched on first use; kernels go to
# $XDG_CACHE_HOME/xtcp.  Documentation/testing.rst has the rest.

KERNEL ?= 6.1
PREFIX ?= /usr/local
QEMU := selftests/qemu

# The running kernel where its headers are installed, else one from the cache.
KDIR ?= $(wildcard /lib/modules/$(shell uname -r)/build)

.PHONY: all module tools guest check conformance mutants demo vm lint bench \
	install clean distclean

all: module tools

module:
ifneq ($(KDIR),)
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules
else
	$(QEMU)/build $(KERNEL) module
endif

tools:
	$(MAKE) -C tools

guest:
	$(QEMU)/build $(KERNEL) module tools selftests

check:
ifeq ($(T),conformance)
	@scripts/conformance-run --kernel $(KERNEL) check
else
	@$(QEMU)/check --kernel $(KERNEL) $(if $(T),--tests '$(T)') \
		$(if $(REAL_TIME),--real-time)
endif

conformance:
	@scripts/conformance-run make

mutants:
	@scripts/mutants $(T)

demo:
	@$(QEMU)/build $(KERNEL) module tools
	@$(QEMU)/run --kernel $(KERNEL) --timeout 600 -- bash /guest/demo.sh

vm:
	@$(QEMU)/build $(KERNEL) module tools
	@$(QEMU)/run --kernel $(KERNEL) --shell

lint:
	@scripts/lint

bench:
	@$(QEMU)/build $(KERNEL) module tools selftests
	@$(QEMU)/bench $(KERNEL)

install:
ifneq ($(KDIR),)
	$(MAKE) -C $(KDIR) M=$(CURDIR) $(if $(DESTDIR),INSTALL_MOD_PATH=$(DESTDIR)) modules_install
else
	@echo "install: no headers of the running kernel; give KDIR=" >&2; exit 1
endif
	$(MAKE) -C tools install PREFIX=$(PREFIX) $(if $(DESTDIR),DESTDIR=$(DESTDIR))

clean:
	rm -rf build
	find module -name '*.o' -o -name '*.ko' -o -name '*.mod' -o \
		-name '*.mod.c' -o -name '.*.cmd' -o -name '.*.d' -o \
		-name modules.order | xargs -r rm -f
	rm -f Module.symvers modules.order .*.cmd
	[ ! -e tools/Makefile ] || $(MAKE) -C tools clean

distclean: clean
	@cache=$${XDG_CACHE_HOME:-$$HOME/.cache}/xtcp; \
	rm -rf "$$cache" 2>/dev/null || sudo rm -rf "$$cache"
