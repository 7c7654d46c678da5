"""HDF5's command-line tools, command by command: natively on native files and under the connector on their twins.

Exit status, standard output, standard error and the files a tool writes must be the same, but for the numbers that
`DIFFERENT_NUMBERS` names. The run with HDF5 1.14 has chunked datasets sparse, the one with 2.0 (which writes the files;
the tools are the same) contiguous ones as well.
"""

import re
import shlex
import shutil

import corpus
import h5py
import pytest
from harness import (
    assert_same_text,
    configured,
    difference,
    is_sparse,
    native_environment,
    run_command,
    run_function,
    same,
    sparse_environment,
    tools_folder,
    without_connectors,
)
from walk import Walker

MODE = configured(layout="all") if h5py.version.hdf5_version_tuple >= (2, 0, 0) else {}

COMMANDS = """
h5dump all.h5
h5dump -H all.h5
h5dump -p -H all.h5
h5dump -p -H -g /layouts all.h5
h5dump -n all.h5
h5dump -n 1 all.h5
h5dump -A all.h5
h5dump -A 0 all.h5
h5dump -B -H -g /types all.h5
h5dump -i -H all.h5
h5dump -a /title -a /attributes/third all.h5
h5dump -d /layouts/counts all.h5
h5dump -d /layouts/counts -s 2,3 -S 3,4 -c 5,6 -k 2,2 all.h5
h5dump -d "/layouts/counts[1,1;2,2;4,4;1,1]" all.h5
h5dump -d /layouts/frames -s 1,2,3 -c 1,2,3 -y all.h5
h5dump -d /layouts/counts -s 40,3 -c 5,6 all.h5
h5dump -d /nowhere all.h5
h5dump -d /layouts/partly -m %.3f all.h5
h5dump -d /layouts/gzip -w 40 all.h5
h5dump -d /layouts/gzip -w 0 -y all.h5
h5dump -d /layouts/dense -r all.h5
h5dump -d /layouts/gzip -M 0,2,4,3 all.h5
h5dump -d /types/strings -e all.h5
h5dump -d /types/fixed -r -e all.h5
h5dump -g /types all.h5
h5dump -t /types/named all.h5
h5dump -l /links/soft all.h5
h5dump -N counts all.h5
h5dump -R -d /types/regions all.h5
h5dump -d /types/references all.h5
h5dump -q creation_order -z descending -g /attributes all.h5
h5dump -q creation_order -H -g /layouts all.h5
h5dump -x all.h5
h5dump -u all.h5
h5dump -d /layouts/counts -o counts.txt all.h5
h5dump -d /layouts/counts -b LE -o counts.le all.h5
h5dump -d /layouts/gzip -b FILE -o gzip.file all.h5
h5dump -d /layouts/gzip -b BE -o gzip.be all.h5
h5dump -d /types/records -b -o records.bin all.h5
h5dump -O words.ddl -d /layouts/rank4 -o rank4.txt all.h5
h5dump --vds-view-first-missing virtual.h5
h5dump --vds-gap-size=2 virtual.h5
h5dump -p virtual.h5
h5ls -rvd virtual.h5
h5stat virtual.h5
h5diff -v virtual.h5 source.h5 /virtual /part0
h5repack virtual.h5 out.h5
h5copy -i virtual.h5 -o out.h5 -s /virtual -d /v
h5dump -f family family%d.h5
h5dump -f sec2 -d /part1 source.h5
h5dump -B block.h5
h5dump latest.h5 source.h5
h5dump -p latest.h5
h5dump flagged.h5
h5dump user.txt
h5dump --enable-error-stack nofile.h5
h5dump --enable-error-stack=2 nofile.h5
h5dump --enable-error-stack -d /nowhere all.h5
h5dump --enable-error-stack all.h5
h5ls --enable-error-stack -rd all.h5/layouts
h5ls all.h5
h5ls -r all.h5
h5ls -rv all.h5
h5ls -rd all.h5
h5ls -rdl all.h5/types
h5ls -rS all.h5
h5ls -dx all.h5/layouts
h5ls -ds all.h5/layouts/dense
h5ls -f all.h5/layouts
h5ls -g all.h5/layouts
h5ls -va all.h5/layouts
h5ls -d -w40 all.h5/layouts/counts
h5ls -r --follow-symlinks all.h5
h5ls -r --follow-symlinks --no-dangling-links all.h5
h5ls all.h5/nowhere
h5ls -rv latest.h5
h5ls --vfd=family -rd family%d.h5
h5ls nofile.h5
h5stat all.h5
h5stat -f all.h5
h5stat -F all.h5
h5stat -g -l 3 all.h5
h5stat -G all.h5
h5stat -d -m 20 all.h5
h5stat -D all.h5
h5stat -T all.h5
h5stat -A -a 3 all.h5
h5stat -s all.h5
h5stat -S all.h5
h5stat latest.h5
h5stat nofile.h5
h5diff left.h5 left.h5
h5diff -v right.h5 right2.h5
h5diff left.h5 right.h5
h5diff -r left.h5 right.h5
h5diff -v left.h5 right.h5
h5diff -v2 left.h5 right.h5
h5diff -v3 left.h5 right.h5
h5diff -c left.h5 right.h5
h5diff -q left.h5 right.h5
h5diff -rN left.h5 right.h5
h5diff -r -n 2 left.h5 right.h5
h5diff -r -d 2 left.h5 right.h5
h5diff -r -p 0.01 left.h5 right.h5
h5diff -r --use-system-epsilon left.h5 right.h5 /entry/floats
h5diff -r left.h5 right.h5 /entry/ints
h5diff -r left.h5 right.h5 /entry/ints /entry/same
h5diff -r left.h5 left.h5 /entry/ints /entry/same
h5diff -r left.h5 right.h5 /entry/records
h5diff -r left.h5 right.h5 /entry/words
h5diff -v left.h5 right.h5 /entry/shape
h5diff -v left.h5 right.h5 /entry/type
h5diff -v left.h5 right.h5 /entry/kind
h5diff -v left.h5 right.h5 "/entry/fill and value"
h5diff -v left.h5 right.h5 "/entry/fill and fill"
h5diff -v left.h5 right.h5 /entry/unsigned
h5diff -v left.h5 right.h5 /entry/fills
h5diff -v left.h5 right.h5 /entry/written
h5diff -v left.h5 right.h5 /entry/filled
h5diff -v left.h5 right.h5 /entry/chunks
h5diff -r left.h5 right.h5 "/entry/ints[2,5;;3,1]"
h5diff -v --exclude-path /entry/ints left.h5 right.h5
h5diff -r --exclude-attribute /entry/same left.h5 right.h5
h5diff -r --follow-symlinks left.h5 right.h5 /entry/link
h5diff -v --follow-symlinks all.h5 all.h5
h5diff -v all.h5 all.h5
h5diff all.h5 nofile.h5
h5diff -r left.h5 ../native/right.h5
h5diff -r ../native/left.h5 right.h5
h5diff -v all.h5 ../native/all2.h5
h5diff -v ../native/all2.h5 all.h5
h5diff -v all.h5 all2.h5
h5copy -v -i all.h5 -o out.h5 -s /layouts/counts -d /counts
h5copy -p -i all.h5 -o out.h5 -s /layouts/gzip -d /a/b/gzip
h5copy -i all.h5 -o out.h5 -s /layouts -d /layouts
h5copy -i all.h5 -o out.h5 -s /types -d /types
h5copy -f shallow -i all.h5 -o out.h5 -s / -d /copy
h5copy -f soft -i all.h5 -o out.h5 -s /links -d /links
h5copy -f ext -i all.h5 -o out.h5 -s /links -d /links
h5copy -f noattr -i all.h5 -o out.h5 -s /layouts/counts -d /counts
h5copy -f ref -i all.h5 -o out.h5 -s /types/reference -d /reference
h5copy -f allflags -i all.h5 -o out.h5 -s /layouts/counts -d /counts
h5copy -i all.h5 -o all.h5 -s /layouts/counts -d /layouts/again
h5copy -i all.h5 -o out.h5 -s /nowhere -d /x
h5copy -i all.h5 -o left.h5 -s /layouts/counts -d /entry/same
h5repack all.h5 out.h5
h5repack --verbose=1 all.h5 out.h5
h5repack -f NONE all.h5 out.h5
h5repack -f SHUF all.h5 out.h5
h5repack -f FLET all.h5 out.h5
h5repack -f GZIP=5 all.h5 out.h5
h5repack -v -f SHUF -f GZIP=1 all.h5 out.h5
h5repack -f NBIT left.h5 out.h5
h5repack -f /layouts/counts:SOFF=0,IN all.h5 out.h5
h5repack -f /layouts/counts,/layouts/gzip:FLET all.h5 out.h5
h5repack -f /layouts/counts:GZIP=9 -l /layouts/counts:CHUNK=3x40 all.h5 out.h5
h5repack -f /layouts/gzip:NONE all.h5 out.h5
h5repack -f GZIP=1 -m 500 all.h5 out.h5
h5repack -l CONTI all.h5 out.h5
h5repack -l COMPA all.h5 out.h5
h5repack -l /layouts/counts:CHUNK=5x5 all.h5 out.h5
h5repack -l /layouts/contiguous:CHUNK=4x4 all.h5 out.h5
h5repack -l /layouts/counts:COMPA all.h5 out.h5
h5repack -l /layouts/counts,/layouts/rank4:CONTI all.h5 out.h5
h5repack -n all.h5 out.h5
h5repack -L all.h5 out.h5
h5repack -L latest.h5 out.h5
h5repack --low=1 --high=2 latest.h5 out.h5
h5repack --low=0 --high=1 -f NONE latest.h5 out.h5
h5repack -c 2 -d 1 all.h5 out.h5
h5repack -s 20:dtype all.h5 out.h5
h5repack -u user.txt -b 512 all.h5 out.h5
h5repack -t 100 -a 512 -M 4096 all.h5 out.h5
h5repack -q name -z descending all.h5 out.h5
h5repack -S PAGE -P 1 -T 5 -G 1024 all.h5 out.h5
h5repack -S FSM_AGGR -P 1 -f NONE all.h5 out.h5
h5repack --merge all.h5 out.h5
h5repack --prune all.h5 out.h5
h5repack --merge --prune all.h5 out.h5
h5repack -f UD=33003,0,1,9 source.h5 out.h5
h5repack -f SZIP=8,NN source.h5 out.h5
h5repack nofile.h5 out.h5
h5repack --enable-error-stack -f GZIP=1 left.h5 out.h5
h5repack --enable-error-stack -l /entry/ints:CHUNK=3x3 left.h5 out.h5
h5repart -m 2k family%d.h5 smaller%d.h5
h5repart -family_to_single family%d.h5 single.h5
h5repart -m 4k all.h5 parts%d.h5
h5import binary.in -c binary.conf -o out.h5
h5import binary.in -c chunked.conf binary.in -c gzip.conf -o out.h5
h5import text.in -c grow.conf text.in -c text.conf words.in -c words.conf -o out.h5
h5import text.in -c grow.conf -o left.h5
h5import nofile.in -c grow.conf -o out.h5
h5mkgrp out.h5 /a
h5mkgrp -v -p left.h5 /a/b/c /d
h5mkgrp -l left.h5 /a
h5mkgrp left.h5 /entry
h5format_convert -v latest.h5
h5format_convert -v -d /tree latest.h5
h5format_convert -v -n latest.h5
h5format_convert -d /nowhere latest.h5
h5clear -s flagged.h5
h5clear -m left.h5
h5clear --filesize latest.h5
h5clear --increment=512 latest.h5
h5clear -s nofile.h5
h5jam -i left.h5 -u user.txt -o out.h5
h5jam -i left.h5 -u user.txt
h5jam -i block.h5 -u user.txt --clobber
h5unjam -i block.h5 -o out.h5 -u out.txt
h5unjam -i block.h5 --delete
h5unjam -i block.h5
h5unjam -i left.h5 -o out.h5
h5debug left.h5
h5delete left.h5
h5delete nofile.h5
h5delete -f nofile.h5
"""

# What may differ between twins: the numbers in what these expressions match, by the tool that prints it.
DIFFERENT_NUMBERS = {
    "h5dump": [
        r'DATASET \d+ "',  # of a reference it prints an address in memory, another one in each run
        r"OFFSET (\d+|HADDR_UNDEF)",  # where elements lie in the file
        r"SIZE \d+( \([\d.]+:1 COMPRESSION\))?$",  # the bytes they take there
        r"xid_\d+",  # in XML, addresses of objects
        r'^ +"-?\d{6,}"$',  # in XML it prints chance for an opaque fill value
    ],
    "h5ls": [
        r"Location:  [12]:\d+|shared-[12]:\d+",  # addresses of objects, and HDF5's number of the file
        r"Modified:  .*",  # the second in which the file was made
        r"\d+ allocated bytes, (inf|[\d.]+)% utilization",  # storage
    ],
    "h5stat": [
        # The bytes each kind of data takes in the file.
        r"(Groups|Attributes|Datasets\(.*\)|Index|Heap|Object headers.*|Index for Chunked.*): [\d/]+",
        r"(Total raw data size|File metadata|Raw data|Unaccounted space|Total space|total free space): \d+",
        r"Superblock extension: \d+",
        r"Percent.*|  Amount/Percent.*",
    ],
    "h5repack": [r"\([\d.]+:1\)"],  # how well the filters compress
    "h5clear": [r"EO[AF] is \d+"],  # the length of the file
    "h5debug": [r"(Object header|B-tree|Heap) address: +\d+"],
}


# Lines that may be there or not.
DIFFERENT_LINES = {
    # -a: where elements lie, or the chunk index as the file itself has it
    "h5ls": [
        r"^ +Address: +\d+\n",
        r"^ +Flags +Bytes +Address .*\n *=+ .*\n",
        r"^ +0x[\da-f]{8} +\d+ +\d+ \[.*\n",
    ],
    "h5repack": [r"^  attr .*\n"],  # attributes in the order in which they lie in the file
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The corpus, written natively and under the connector."""
    folder = tmp_path_factory.mktemp("corpus")
    run_function(corpus.write, cwd=folder / "native", env=native_environment())
    run_function(corpus.write, cwd=folder / "sparse", env=sparse_environment(**MODE))
    return folder


@pytest.fixture(scope="module")
def walkers():
    """What tells the content of a native file, and of its twin."""
    with Walker(native_environment()) as native, Walker(sparse_environment(**MODE)) as sparse:
        yield native, sparse


def test_the_corpus(files, walkers):
    """The twins hold the same, and what can be sparse is."""
    for path in sorted((files / "native").glob("*.h5")):
        if path.name != "flagged.h5":
            assert_same_content(path, files / "sparse" / path.name, walkers)
    everything = files / "sparse" / "all.h5"
    for name in ("counts", "gzip", "fletcher", "frames", "rank4", "partly", "untouched", "filled"):
        assert is_sparse(everything, f"layouts/{name}"), name
    assert not is_sparse(everything, "layouts/scaled")
    assert is_sparse(everything, "layouts/contiguous") == bool(MODE)


@pytest.mark.parametrize("command", COMMANDS.strip().splitlines())
def test_command(command, files, walkers, tmp_path):
    folders = {}
    for twin in ("native", "sparse"):
        folders[twin] = shutil.copytree(files / twin, tmp_path / twin)
    before = {twin: contents(folder) for twin, folder in folders.items()}
    # A folder to look for plugins in, as under the connector: HDF5 says where it looked.
    (tmp_path / "plugins").mkdir()
    native = run(command, folders["native"], native_environment(HDF5_PLUGIN_PATH=str(tmp_path / "plugins")))
    sparse = run(command, folders["sparse"], sparse_environment(**MODE))

    for stream in ("stdout", "stderr"):
        assert_same_text(
            comparable(command, getattr(native, stream)), comparable(command, getattr(sparse, stream))
        )
    assert sparse.status == native.status, sparse

    written = {twin: changed(folder, before[twin]) for twin, folder in folders.items()}
    assert written["sparse"] == written["native"]
    for name in written["native"]:
        present = {twin: (folder / name).exists() for twin, folder in folders.items()}
        assert present["sparse"] == present["native"], name
        if present["native"]:
            assert_same_content(folders["native"] / name, folders["sparse"] / name, walkers)


def run(command, folder, environment):
    name, *words = shlex.split(command)
    return run_command([tools_folder() / name, *words], folder, environment, check=False)


def comparable(command, text):
    """What a tool printed without what may differ, and without the way an error took through the connectors."""
    text = without_connectors(text)
    name = command.split()[0]
    for expression in DIFFERENT_LINES.get(name, []):
        text = re.sub(expression, "", text, flags=re.MULTILINE)
    for expression in DIFFERENT_NUMBERS.get(name, []):
        text = re.sub(expression, _without_numbers, text, flags=re.MULTILINE)
    return text


def _without_numbers(found):
    return re.sub(r"-?\d[\d.]*|HADDR_UNDEF", "#", found[0])


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def changed(folder, before):
    """The files a command made, changed or removed. How many members a family has is a matter of length."""
    after = contents(folder)
    names = {name for name in before | after if after.get(name) != before.get(name)}
    return sorted(name for name in names if not re.fullmatch(r"\D+[1-9]\d*\.h5", name))


def assert_same_content(native, sparse, walkers):
    """Equal in the eyes of h5py; a file that is none of HDF5's, byte by byte."""
    if native.suffix != ".h5":
        assert native.read_bytes() == sparse.read_bytes(), native.name
        return
    a, b = walkers[0](native), walkers[1](sparse)
    assert same(a, b), f"{native.name}: native and sparse differ in {difference(a, b)}"
