"""The decoder in docs/format.md, in plain Python, on chunks as the connector wrote them."""

import struct

import golden
import h5py
import numpy as np
import pytest
import readers
from documents import blocks
from harness import FIRST_PRIVATE_FILTER, ROOT, native_environment, run_function, sparse_environment
from undo import filters_of, undone

# Encodings and codings of the values, as the header numbers them.
EMPTY, SPARSE, DENSE = range(3)
RAW, LZ4, SHUFFLED, PACKED = range(4)


@pytest.fixture(scope="module")
def decode():
    """The function of the document."""
    [source] = [b for b in blocks(ROOT / "docs" / "format.md") if b.argument == "decode.py"]
    module = {}
    exec(compile("\n".join(source.lines), "decode.py", "exec"), module)
    return module["decode"]


@pytest.fixture(scope="module")
def files(tmp_path_factory, seed):
    # These versions have the chunk indexes that the oldest has not.
    return readers.write_files(tmp_path_factory.mktemp("files"), seed, ("v110", "v114"))


def read_by_hand(dset, decode, fill, visit=lambda mask, blob: None):
    """All elements of a dataset, from its stored chunks."""
    number, _, parameters, _ = dset.id.get_create_plist().get_filter(0)
    assert number >= FIRST_PRIVATE_FILTER
    identity = parameters[5] | parameters[6] << 32 if parameters[0] == 2 else None
    data = np.full(dset.shape, fill, dset.dtype)
    for i in range(dset.id.get_num_chunks()):
        offset = dset.id.get_chunk_info(i).chunk_offset
        mask, stored = dset.id.read_direct_chunk(offset)
        chunk = undone(stored, mask >> 1, filters_of(dset)[1:])
        if not mask & 1:
            visit(mask, chunk)
            scaled = tuple(at // n for at, n in zip(offset, dset.chunks, strict=True))
            chunk = decode(chunk, identity, scaled).tobytes()
        chunk = np.frombuffer(chunk, dset.dtype).reshape(dset.chunks)
        where = tuple(slice(at, at + n) for at, n in zip(offset, dset.chunks, strict=True))
        inside = data[where]
        inside[...] = chunk[tuple(slice(n) for n in inside.shape)]
    return data


def containers(blob, fill_bytes):
    """The kinds of roaring container in a blob."""
    at = 40 + (fill_bytes + 7) // 8 * 8
    cookie = struct.unpack_from("<I", blob, at)[0]
    count = (cookie >> 16) + 1 if cookie & 0xFFFF == 12347 else struct.unpack_from("<I", blob, at + 4)[0]
    at += 4
    flags = bytes((count + 7) // 8)
    if cookie & 0xFFFF == 12347:
        flags = blob[at : at + len(flags)]
        at += len(flags)
    else:
        at += 4
    for i in range(count):
        positions = struct.unpack_from("<HH", blob, at + 4 * i)[1] + 1
        if flags[i // 8] >> i % 8 & 1:
            yield "runs, with offsets" if count >= 4 else "runs"
        else:
            yield "array" if positions <= 4096 else "bitmap"


@pytest.mark.parametrize("name", readers.OPTIONS)
def test_every_chunk(files, decode, seed, name):
    seen = set()

    def visit(mask, blob):
        _, encoding, flags, coding, size = struct.unpack_from("<4BI", blob, 16)
        seen.update([("encoding", encoding), ("coding", encoding, coding), ("flags", flags)])
        seen.add(("all filters" if mask == 0 else "only ours", encoding))
        if encoding == SPARSE:
            seen.update(containers(blob, size if flags & 2 else 0))

    with h5py.File(files[name]) as file:
        for case in readers.cases(seed):
            data = read_by_hand(file[case.name], decode, case.fill, visit)
            assert data.tobytes() == readers.expected(case).tobytes(), case.name
    written = name == "written"
    wanted = {("encoding", SPARSE), ("encoding", DENSE), ("flags", 4 | written), ("flags", 6 | written)}
    wanted |= {
        "array",
        "bitmap",
        "runs",
        "runs, with offsets",
        ("coding", SPARSE, RAW),
        ("coding", DENSE, RAW),
    }
    wanted |= {("all filters", DENSE), ("only ours", SPARSE)}
    if not written:
        wanted |= {("encoding", EMPTY)}
    if name != "raw":
        wanted |= {("coding", e, c) for e in (SPARSE, DENSE) for c in (LZ4, SHUFFLED, PACKED)}
    assert wanted <= seen


@pytest.mark.parametrize("path", golden.FILES, ids=lambda path: path.stem)
def test_golden_files(decode, path):
    with h5py.File(path) as file:
        for case in golden.datasets(golden.version_of(path)):
            data = read_by_hand(file[case.name], decode, case.fill)
            assert data.tobytes() == golden.expected(case).tobytes(), case.name


def test_a_chunk_of_another_place_is_an_error(decode):
    with h5py.File(golden.FOLDER / "v2-lz4.h5") as file:
        dset = file["03 <u2 fill"]
        *_, low, high, _ = dset.id.get_create_plist().get_filter(0)[2]
        identity, blob = low | high << 32, dset.id.read_direct_chunk((16, 12))[1]
    decode(blob)
    decode(blob, identity, (1, 1))
    for place in (identity, (1, 0)), (identity ^ 1, (1, 1)):
        with pytest.raises(ValueError, match="belongs elsewhere"):
            decode(blob, *place)


def write_without_the_filter(path):
    with h5py.File(path, "w") as file:
        for i in range(2):
            dset = file.create_dataset(f"{i}", (40, 30), "i4", chunks=(10, 30), **readers.PIPELINES[i])
            dset[5:15, 3] = 7


def append_without_the_filter(path):
    with h5py.File(path, "r+") as file:
        for i in range(2):
            file[f"{i}"][30:38] = np.arange(30)


def test_chunks_of_a_program_without_the_filter(tmp_path, decode):
    """They hold no blob, as their masks say."""
    path = tmp_path / "appended.h5"
    run_function(write_without_the_filter, str(path), cwd=tmp_path, env=sparse_environment())
    run_function(append_without_the_filter, str(path), cwd=tmp_path, env=native_environment())
    data = np.zeros((40, 30), "i4")
    data[5:15, 3] = 7
    data[30:38] = np.arange(30)
    with h5py.File(path) as file:
        for i in range(2):
            dset = file[f"{i}"]
            assert [dset.id.get_chunk_info(n).filter_mask & 1 for n in range(dset.id.get_num_chunks())] == [
                0,
                0,
                1,
            ]
            assert read_by_hand(dset, decode, 0).tobytes() == data.tobytes()


def test_damage_is_an_error(files, decode):
    with h5py.File(files["lz4"]) as file:
        dset = file[readers.cases(0)[0].name]
        blob = dset.id.read_direct_chunk((0, 0))[1]
    assert decode(blob).size == 33 * 32
    for at in range(0, len(blob), 7):
        with pytest.raises(ValueError, match="chunk"):
            decode(blob[:at] + bytes([blob[at] ^ 0x10]) + blob[at + 1 :])
        with pytest.raises(ValueError, match="chunk"):
            decode(blob[:at])
