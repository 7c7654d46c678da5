# make dist     build everything into dist/
# make package  pack dist/ for those who install it: a tar.gz and a Python wheel in target/
# make demo     the main job, shown: an h5py program and h5repack store sparsely and notice nothing
# make check    what every change has to pass: build, unit tests, lint, and some tests of programs; in minutes
# make test     every test; the last line counts them
# make bench    measure against everything else and write docs/performance.md; takes 40 minutes of a quiet machine
# make fuzz     look for inputs that the decoders do not stand; FUZZ=600 takes so many seconds for each, not 20
# make soak-fork  2,000 forks from a busy program; FORKS=500 makes fewer
# make soak-durable  thousands of moments at which a program dies; STATES=1000 KILLS=100 makes fewer
# make bench-parallel  ranks that write together or each its own file: the table of docs/scale.md
# make test-openmpi  the tests of parallel files with Open MPI, and with h5py's MPI build; make test has MPICH
# make test-subfiling  the tests of HDF5's subfiling driver, with an HDF5 that is compiled for it
# make sanitizers  test the plugins' C under the compiler's checks of memory and undefined behaviour
# make lint     check the form of C, Python and shell, and the prose (Java: part of every build); make format mends form
# make release  make and check what a release publishes, in target/release; TRY=1 of a checkout that is not clean
# make clean    remove what was built; make distclean also what was fetched
#
# PYTHON=python3.12, JAVA_HOME=... and the like are read from the environment or the command line.

.PHONY: dist package demo check test fuzz soak-fork soak-durable test-openmpi test-subfiling sanitizers bench bench-parallel lint format release clean distclean
.DEFAULT_GOAL := dist
MAKEFLAGS += --no-print-directory

ifdef PYTHON
export PYTHON
endif

dist:
	@echo "Building dist/ (a first build also fetches what it needs; the log is build/dist.log)"
	@rm -rf dist && mkdir -p build
	@build-support/mvn package -DskipTests >build/dist.log || { \
	    cat build/dist.log >&2; echo "make dist: the build failed, see above" >&2; exit 1; }
	@test -e dist/lib/plugin/libvol_sparse.so || { \
	    echo "make dist: native-shim left no target/lib/plugin/libvol_sparse.so" >&2; exit 1; }

package: dist
	@build-support/package

demo: dist
	@tests/demo/run

check:
	@build-support/check

test:
	@build-support/run-tests

fuzz:
	@build-support/fuzz $(or $(FUZZ),20)

soak-fork: dist
	@build-support/soak-fork $(or $(FORKS),2000)

sanitizers: dist
	@$$(build-support/python-env h5py-3.16.0)/bin/python -m pytest -q tests/python/test_checked_plugin.py

test-openmpi: dist
	@VOL_SPARSE_MPI=openmpi "$$(build-support/python-env h5py-3.16.0)/bin/python" -m pytest -q \
	    tests/python/test_parallel.py tests/python/test_h5py_mpi.py

test-subfiling: dist
	@VOL_SPARSE_MPI=subfiling "$$(build-support/python-env h5py-3.16.0)/bin/python" -m pytest -q \
	    tests/python/test_subfiling.py

release:
	@build-support/release $(if $(TRY),--try)

soak-durable: dist
	@build-support/soak-durable $(or $(STATES),10000) $(or $(KILLS),1000)

# BENCH="kernels xpcs" measures parts only; tests/bench/run --help names them, and the options.
bench: dist
	@tests/bench/run $(BENCH)

bench-parallel: dist
	@"$$(build-support/python-env h5py-3.16.0)/bin/python" tests/bench/parallel.py

lint:
	@build-support/lint check

format:
	@build-support/mvn --quiet spotless:apply
	@build-support/lint format

clean:
	@rm -rf dist target build/test-results build/demo target bindings/target format/target native-shim/target connector/target jhdf-filter/target tool/target tests/target

distclean: clean
	@rm -rf build
