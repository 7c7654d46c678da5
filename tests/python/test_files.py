"""The life of whole files: links, references, copies, mounts, drivers, images, close degrees, flush and refresh.

Every program here runs natively and under the connector, and must come to the same results. What it tries and fails
at is among them.
"""

import io
import os
import shutil

import h5py
import numpy as np
import pytest
from c_hdf5 import P_DEFAULT, h5, hid, variable
from h5py import h5d, h5f, h5g, h5i, h5o, h5p, h5r, h5s, h5t
from harness import configured, same

SHAPE = (40, 30)
CHUNKS = (8, 7)


def values(seed=0, share=0.1):
    random = np.random.default_rng(seed)
    return np.where(random.random(SHAPE) < share, random.integers(1, 1000, SHAPE), 0).astype("i4")


def create(file, name="data", seed=0, **more):
    return file.create_dataset(name, data=values(seed), chunks=CHUNKS, maxshape=(None, None), **more)


def tried(function, *args, **more):
    """What a call gives, or how it fails."""
    try:
        return function(*args, **more)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def access(**settings):
    plist = h5p.create(h5p.FILE_ACCESS)
    for name, value in settings.items():
        getattr(plist, name)(*value)
    return plist


# ---- several handles, several files ----


def handles_through_everything():
    """One dataset by name, by two links, by reference, by identifier, by address; written through each in turn."""
    results = []
    with h5py.File("a.h5", "w") as file:
        dset = create(file)
        file["hard"] = dset
        file["soft"] = h5py.SoftLink("/data")
        handles = [
            dset,
            file["hard"],
            file["soft"],
            file[dset.ref],
            h5py.Dataset(h5o.open(file.id, b"data")),
            h5py.Dataset(h5d.open(file.id, b"hard")),
            h5py.Dataset(h5i.type_wrap(dset.id.id)) if hasattr(h5i, "type_wrap") else file["data"],
        ]
        for i, handle in enumerate(handles):
            handle[i, :] = i + 100
            handle.resize((40 + i, 30))
            results.append([h[i, 3] for h in handles])
            results.append([h.shape for h in handles])
        results.append([a == b for a in handles for b in handles])
        results.append(dset[...])
    return results


def files_opened_twice():
    results = {}
    with h5py.File("a.h5", "w") as one:
        create(one)[0] = 1
        with h5py.File("a.h5", "r+") as two:
            two["data"][1] = 2
            results["one"] = one["data"][:3]
            one["data"][2] = 3
            results["two"] = two["data"][:3]
            two.create_dataset("more", data=values(3), chunks=CHUNKS)
        results["more"] = one["more"][...]
        one["data"][3] = 4
        results["again"] = tried(h5py.File, "a.h5", "w")
    with h5py.File("a.h5") as one, h5py.File("a.h5") as two:
        results["equal"] = one == two, one["data"] == two["data"], one.id == two.id
        results["both"] = one["data"][...], two["data"][...]
        results["write"] = tried(h5py.File, "a.h5", "r+")
    return results


def reopened_file():
    """H5Freopen: the file's identifier closes, the other one's datasets live on."""
    file = h5py.File("a.h5", "w")
    create(file)
    again = h5f.FileID(hid.H5Freopen(file.id.id))
    dset = h5d.open(again, b"data")
    out = np.zeros(SHAPE, "i4")
    file["data"][5] = 77
    dset.read(h5s.ALL, h5s.ALL, out)
    return out, h5f.get_obj_count(again, h5f.OBJ_DATASET), again == file.id


def many_handles_closed_in_any_order():
    random = np.random.default_rng(5)
    with h5py.File("a.h5", "w") as file:
        create(file)
        open_ones = []
        for i in range(300):
            if open_ones and random.random() < 0.5:
                open_ones.pop(random.integers(len(open_ones)))
            else:
                open_ones.append(file["data"])
            if open_ones:
                open_ones[random.integers(len(open_ones))][i % 40, i % 30] = i
    with h5py.File("a.h5") as file:
        return file["data"][...]


# ---- references ----


def references():
    results = {}
    with h5py.File("a.h5", "w") as file:
        dset = create(file, "group/data")
        file["ref"] = dset.ref
        region = dset.regionref[3:9, 4:20:3]
        file.create_dataset("regions", (2,), h5py.regionref_dtype)[0] = region
        file.create_dataset("refs", (3,), h5py.ref_dtype, chunks=(2,))[1] = dset.ref
        file.attrs["ref"] = dset.ref
        dset.attrs["region"] = region
        dset[3] = 9
        results["region"] = dset[region], dset.regionref.shape(region), dset.regionref.selection(region)
    with h5py.File("a.h5") as file:
        for name, ref in {
            "scalar": file["ref"][()],
            "array": file["refs"][1],
            "attribute": file.attrs["ref"],
        }.items():
            results[name] = file[ref].name, file[ref][...], h5r.get_obj_type(ref, file.id)
        results["null"] = bool(file["refs"][0])
        region = file["regions"][0]
        results["stored region"] = file[region].name, file[region][region]
        region = file["group/data"].attrs["region"]
        results["attribute region"] = file[region][region], h5r.get_name(region, file.id)
    return results


def references_of_1_12():
    """H5R_ref_t: made, stored, read and opened."""
    results = {}
    std_ref = variable("H5T_STD_REF_g")
    refs = np.zeros((3, 64), "u1")
    with h5py.File("a.h5", "w") as file:
        dset = create(file, "group/data")
        h5.H5Rcreate_object(file.id.id, b"group/data", P_DEFAULT, refs[0])
        space = dset.id.get_space()
        space.select_hyperslab((3, 4), (6, 5))
        h5.H5Rcreate_region(file.id.id, b"group/data", space.id, P_DEFAULT, refs[1])
        dset.attrs["units"] = 5
        h5.H5Rcreate_attr(file.id.id, b"group/data", b"units", P_DEFAULT, refs[2])
        three = h5s.create_simple((3,))
        holder = hid.H5Dcreate2(file.id.id, b"refs", std_ref, three.id, 0, 0, 0)
        h5.H5Dwrite(holder, std_ref, 0, 0, 0, refs)
        h5.H5Dclose(holder)
        for ref in refs:
            h5.H5Rdestroy(ref)
    with h5py.File("a.h5") as file:
        refs = np.zeros((3, 64), "u1")
        holder = hid.H5Dopen2(file.id.id, b"refs", 0)
        h5.H5Dread(holder, std_ref, 0, 0, 0, refs)
        opened = h5py.Dataset(h5d.DatasetID(hid.H5Ropen_object(refs[0], 0, 0)))
        results["object"] = opened.name, opened[...]
        of_region = h5py.Dataset(h5d.DatasetID(hid.H5Ropen_object(refs[1], 0, 0)))
        space = h5s.SpaceID(hid.H5Ropen_region(refs[1], 0, 0))
        out = np.zeros(SHAPE, "i4")
        of_region.id.read(space, space, out)
        results["region"] = out, space.get_select_bounds()
        attribute = hid.H5Ropen_attr(refs[2], 0, 0)
        value = np.zeros(1, "i8")
        h5.H5Aread(attribute, variable("H5T_NATIVE_INT64_g"), value)
        results["attribute"] = int(value[0])
        h5.H5Aclose(attribute)
        for ref in refs:
            name = np.zeros(50, "u1")
            h5.H5Rget_obj_name(ref, 0, name, 50)
            results["name", len(results)] = bytes(name)
            h5.H5Rdestroy(ref)
        h5.H5Dclose(holder)
    return results


# ---- links ----


def links():
    results = {}
    with h5py.File("target.h5", "w") as file:
        create(file, "group/data", 1)
        create(file, "other", 2)
    with h5py.File("a.h5", "w") as file:
        create(file, "group/data")
        file["hard"] = file["group/data"]
        file["soft"] = h5py.SoftLink("/group/data")
        file["dangling"] = h5py.SoftLink("/nothing")
        file["external"] = h5py.ExternalLink("target.h5", "/group/data")
        file["external group"] = h5py.ExternalLink("target.h5", "/group")
        file["external dangling"] = h5py.ExternalLink("target.h5", "/nothing")
        file["external to nowhere"] = h5py.ExternalLink("nowhere.h5", "/nothing")
        file["external"][7] = 7
        file["external group"].create_dataset("new", data=values(4), chunks=CHUNKS)
        file["external group/data"][8] = 8
        results["external"] = file["external"][...], file["external"].file.filename
        for name in file:
            results[name] = tried(lambda name=name: file[name].name), vars(file.get(name, getlink=True))
            results[name, "class"] = tried(lambda name=name: file.get(name, getclass=True))
        file.move("hard", "group/moved")
        file.copy("group/moved", "copied")
        file["group/moved"][9] = 9
        del file["group/data"]
        results["after"] = list(file["group"]), file["group/moved"][...], tried(lambda: file["soft"])
        results["copied"] = file["copied"][...]
    with h5py.File("target.h5") as file:
        results["target"] = file["group/data"][...], file["group/new"][...]
    return results


def external_link_into_an_open_file():
    """The file of an external link is open as well, with data that was not flushed."""
    with h5py.File("target.h5", "w") as target, h5py.File("a.h5", "w") as file:
        dset = create(target)
        file["external"] = h5py.ExternalLink("target.h5", "/data")
        dset[0] = 1
        first = file["external"][...]
        file["external"][1] = 2
        return first, dset[...], file["external"] == dset


def external_link_for_reading_only():
    """The file behind the link is opened otherwise than the one with the link."""
    with h5py.File("target.h5", "w") as file:
        create(file)
    with h5py.File("a.h5", "w") as file:
        file["external"] = h5py.ExternalLink("target.h5", "/data")
        links = h5p.create(h5p.LINK_ACCESS)
        links.set_elink_acc_flags(h5f.ACC_RDONLY)
        dset = h5py.Dataset(h5o.open(file.id, b"external", links))
        failed = tried(dset.__setitem__, 0, 5)
        # HDF5 comes to another error, after it has spoiled its index of the chunks.
        direct = tried(dset.id.write_direct_chunk, (0, 0), b"x" * 224)
        return failed, direct[:8], dset[...]


def deleted_while_dirty():
    results = {}
    with h5py.File("a.h5", "w") as file:
        dset = create(file)
        dset[0] = 1
        del file["data"]
        dset[1] = 2
        new = create(file, seed=9)  # may take the place of the old one, when that is gone
        new[2] = 3
        results["old"] = dset[...]
        del dset
        newest = create(file, "newest", seed=8)
        newest[3] = 4
        results["new"] = new[...]
    with h5py.File("a.h5") as file:
        results["file"] = {name: file[name][...] for name in file}
    return results


def anonymous():
    """A dataset that never gets a link, and one that gets it late."""
    with h5py.File("a.h5", "w") as file:
        lost, kept = (file.create_dataset(None, data=values(i), chunks=CHUNKS) for i in range(2))
        lost[0] = 1
        kept[0] = 2
        h5o.link(kept.id, file.id, b"late")
        kept[1] = 3
        return lost[...], file["late"][...]


def intermediate_groups_and_iteration():
    with h5py.File("a.h5", "w", track_order=True) as file:
        for i in range(12):
            create(file, f"z{12 - i}/y/x{i}", i)
        found = []
        file.visititems(lambda name, thing: found.append((name, type(thing).__name__)))
        infos = [h5o.get_info(file[name].id).type for name, _ in found]
        links = []
        file.id.links.visit(lambda name: links.append(name))
        return found, infos, links, list(file), [file[f"z{12 - i}/y/x{i}"][...].sum() for i in range(12)]


# ---- copies ----


def copies():
    results = {}
    with h5py.File("a.h5", "w") as file, h5py.File("b.h5", "w") as other:
        dset = create(file, "group/data", compression="gzip")
        dset.attrs["a"] = 1
        dset[5] = 55  # buffered
        file.copy(dset, "same file")
        file.copy(dset, other, "other file")
        file.copy("group", other, "a group")
        dset[6] = 66  # the copies do not see it
        file.copy(dset, "bare", without_attrs=True)
        other["other file"][7] = 77
        other.copy("other file", file["group"], "and back")
        file["linked"] = h5py.ExternalLink("b.h5", "/other file")
        file["soft"] = h5py.SoftLink("/group/data")
        file.create_group("to expand")["soft"] = h5py.SoftLink("/group/data")
        file["to expand/external"] = h5py.ExternalLink("b.h5", "/other file")
        file.copy("to expand", "expanded", expand_soft=True, expand_external=True)
        file["to expand/ref"] = dset.ref
        file.copy("to expand", other, "references expanded", expand_refs=True)
        file.copy("to expand", other, "shallow", shallow=True)
        for where in (file, other):
            where.visititems(
                lambda name, thing, where=where: results.setdefault(
                    (os.path.basename(where.filename), name),
                    (thing[()], dict(thing.attrs), thing.compression)
                    if isinstance(thing, h5py.Dataset) and thing.dtype.kind != "O"
                    else None,
                )
            )
        results["to itself"] = tried(file.copy, "group/data", "group/data")
        results["from nowhere"] = tried(file.copy, "nothing", "something")
    return results


def copy_from_a_file_read_only():
    with h5py.File("a.h5", "w") as file:
        create(file)
    with h5py.File("a.h5") as file, h5py.File("b.h5", "w") as other:
        file.copy("data", other)
        file.copy(file["/"], other, "root")
        other["data"][0] = 1
        return file["data"][...], other["data"][...], other["root/data"][...]


# ---- committed types, dimension scales ----


def committed_types():
    results = {}
    with h5py.File("a.h5", "w") as file:
        file["type"] = np.dtype([("a", "<i4"), ("b", ">f8"), ("s", "S5")])
        file["enum"] = h5py.enum_dtype({"off": 0, "on": 1, "broken": 7}, basetype="u1")
        one = file.create_dataset("one", (20,), dtype=file["type"], chunks=(6,))
        two = file.create_dataset("two", (20,), dtype=file["enum"], chunks=(6,))
        one[3:5] = (3, 0.5, b"abc")
        two[7] = 7
        file["type"].attrs["a"] = 1
        results["committed"] = one.id.get_type().committed(), two.id.get_type().committed()
        results["same"] = one.id.get_type() == file["type"].id
    with h5py.File("a.h5") as file:
        one, two = file["one"], file["two"]
        results["one"], results["two"] = one[...], two[...]
        results["dtypes"] = one.dtype, h5py.check_enum_dtype(two.dtype), one.id.get_type().committed()
        results["named"] = h5i.get_name(one.id.get_type()), file["type"].dtype
        results["count"] = h5o.get_info(file["type"].id).rc
        results["flush"] = tried(h5.H5Tflush, h5t.open(file.id, b"type").id)
    return results


def dimension_scales():
    results = {}
    with h5py.File("a.h5", "w") as file:
        data = create(file)
        x = file.create_dataset("x", data=np.arange(30.0), chunks=(7,))
        y = file.create_dataset("y", data=np.arange(40), chunks=(7,))
        for scale, name in ((x, "x axis"), (y, "y axis")):
            scale.make_scale(name)
        data.dims[0].attach_scale(y)
        data.dims[1].attach_scale(x)
        data.dims[1].attach_scale(y)
        data.dims[1].detach_scale(y)
        data.dims[0].label = "rows"
        x[3] = -1
        results["x"] = data.dims[1]["x axis"][...]
    with h5py.File("a.h5") as file:
        data = file["data"]
        results["labels"] = [d.label for d in data.dims], [list(d.keys()) for d in data.dims]
        results["scales"] = [[s.name for s in d.values()] for d in data.dims], data.dims[0][0][...]
        results["is"] = [h5py.h5ds.is_scale(file[n].id) for n in ("x", "y", "data")]
        results["name"] = h5py.h5ds.get_scale_name(file["x"].id)
        results["attributes"] = sorted(data.attrs), sorted(file["x"].attrs)
        results["references"] = len(file["x"].attrs["REFERENCE_LIST"])
    return results


# ---- mounting ----


def mounted():
    results = {}
    with h5py.File("child.h5", "w") as child, h5py.File("parent.h5", "w") as parent:
        create(child, "inner/data", 1)
        parent.create_group("mount point")
        create(parent, "mount point/hidden", 2)
        parent["soft"] = h5py.SoftLink("/mount point/inner/data")
        dset = child["inner/data"]
        dset[0] = 1
        h5.H5Fmount(parent.id.id, b"mount point", child.id.id, 0)
        results["list"] = list(parent["mount point"]), parent["soft"][...]
        seen = parent["mount point/inner/data"]
        seen[1] = 2
        results["child sees"] = dset[:3], seen == dset, seen.name, dset.name
        parent["mount point"].create_dataset("new", data=values(3), chunks=CHUNKS)
        parent.copy("mount point/inner/data", "copied")
        results["link across"] = tried(parent.__setitem__, "hard", seen)
        results["delete"] = tried(parent.__delitem__, "mount point/inner/data")
        results["file"] = os.path.basename(seen.file.filename)
        parent.flush()
        h5.H5Funmount(parent.id.id, b"mount point")
        seen[2] = 3
        results["again"] = list(parent["mount point"]), list(child), list(parent)
        results["unmount again"] = tried(h5.H5Funmount, parent.id.id, b"mount point")
        results["copied"] = parent["copied"][...]
        results["dset"] = dset[...]
        # Left mounted when both close.
        h5.H5Fmount(parent.id.id, b"mount point", child.id.id, 0)
        parent["mount point/new"][4] = 4
    with h5py.File("child.h5") as child:
        results["child"] = list(child), child["new"][...]
    return results


def child_closed_while_mounted():
    with h5py.File("parent.h5", "w") as parent:
        parent.create_group("at")
        child = h5py.File("child.h5", "w")
        create(child)[0] = 1
        h5.H5Fmount(parent.id.id, b"at", child.id.id, 0)
        closed = tried(child.close)  # which is strong: it takes all that is open with it
        return closed, tried(lambda: parent["at/data"][...]), list(parent["at"]), bool(child)


def child_released_while_mounted():
    with h5py.File("parent.h5", "w") as parent:
        parent.create_group("at")
        with h5py.File("child.h5", "w") as file:
            create(file)[0] = 1
        child = h5f.open(b"child.h5", h5f.ACC_RDWR, fapl=parent.id.get_access_plist())
        h5.H5Fmount(parent.id.id, b"at", child.id, 0)
        child._close()
        parent["at/data"][1] = 2
        return parent["at/data"][...], list(parent["at"])


# ---- flush and refresh ----


def on_disk(name="a.h5"):
    """What another process would find: a copy of the file's bytes, opened on its own."""
    shutil.copy(name, "seen.h5")
    with h5py.File("seen.h5") as file:
        return {n: file[n][...] for n in file if isinstance(file[n], h5py.Dataset)}


def flushes():
    results = {}
    with h5py.File("a.h5", "w") as file:
        dset = create(file, "data")
        group = file.create_group("group")
        file["type"] = np.dtype("i4")
        file.flush()
        for i, (what, flush) in enumerate(
            {
                "H5Fflush local": lambda: h5f.flush(file.id, h5f.SCOPE_LOCAL),
                "H5Fflush of a dataset": lambda: h5f.flush(dset.id, h5f.SCOPE_GLOBAL),
                "H5Oflush file": lambda: (h5.H5Oflush(file.id.id), file.flush()),
                "H5Dflush": lambda: (dset.flush(), file.flush()),
                "H5Oflush": lambda: (h5.H5Oflush(dset.id.id), file.flush()),
                "H5Gflush": lambda: (h5.H5Gflush(group.id.id), file.flush()),
                "H5Tflush": lambda: (h5.H5Tflush(file["type"].id.id), file.flush()),
            }.items()
        ):
            dset[i] = 100 + i
            results[what, "status"] = tried(lambda: bool(flush()))
            results[what] = on_disk()["data"][i, 0]
    return results


def dataset_flush_alone():
    """H5Dflush writes the dataset's chunks and their index, but natively, with filters, not where the file ends."""
    with h5py.File("a.h5", "w") as file:
        dset, other = create(file, "data", compression="gzip"), create(file, "other")
        file.flush()
        dset[...] = values(5, 0.7)
        other[...] = values(6, 0.7)
        dset.flush()
        on_disk_now = tried(lambda: on_disk()["data"])
        file.flush()
        return on_disk_now, on_disk()


def test_dataset_flush_alone(twins):
    """Natively nobody can read what was flushed. With the connector it is a flush like any other, unless durable=off."""
    native, sparse = twins.run_native(dataset_flush_alone).value, twins.run_sparse(dataset_flush_alone).value
    off = twins.run_sparse(dataset_flush_alone, more_env=configured(durable="off")).value
    assert isinstance(native[0], str)
    assert isinstance(off[0], str)
    assert np.array_equal(sparse[0], sparse[1]["data"])
    assert same(native[1], sparse[1])
    assert same(native[1], off[1])


def refreshes():
    results = {}
    with h5py.File("a.h5", "w", libver="latest") as file:
        dset, again = create(file, "data"), file["data"]
        for name, refresh in {
            "H5Drefresh": lambda: dset.id.refresh(),
            "H5Orefresh": lambda: h5.H5Orefresh(dset.id.id),
            "H5Orefresh group": lambda: h5.H5Orefresh(file["/"].id.id),
        }.items():
            dset[0] += 1
            results[name] = tried(refresh)
            dset[1] += 1
            results[name, "values"] = dset[...]
            results[name, "again"] = tried(lambda: again[...])
            dset.resize((dset.shape[0] + 3, 30))
            results[name, "shapes"] = dset.shape, tried(lambda: again.shape)
        again.id._close()
        results["handles"] = h5f.get_obj_count(file.id, h5f.OBJ_DATASET)
    with h5py.File("a.h5") as file:
        results["read only"] = tried(file["data"].id.refresh), file["data"][...]
        results["file"] = file["data"][...]
    return results


# ---- drivers ----


def use(file, results, key):
    """Writes, reads, deletes, grows."""
    dset = create(file, "data")
    create(file, "gone", 1)
    del file["gone"]
    dset.resize((50, 31))
    dset[45, 30] = 45
    file.flush()
    results[key, "values"] = dset[...]
    results[key, "driver"] = file.driver
    results[key, "more"] = create(file, "more", 2)[3]


DRIVERS = {
    "sec2": {"driver": "sec2"},
    "stdio": {"driver": "stdio"},
    "core": {"driver": "core"},
    "core without a file": {"driver": "core", "backing_store": False},
    "core by small steps": {"driver": "core", "block_size": 512},
    "family": {"driver": "family", "memb_size": 20_000},
    "split": {"driver": "split"},
    "latest": {"libver": "latest"},
    "pages": {"fs_strategy": "page", "fs_page_size": 4096, "page_buf_size": 65536},
    "free space kept": {"fs_strategy": "fsm", "fs_persist": True},
    "no free space": {"fs_strategy": "none"},
    "user block": {"userblock_size": 512},
    "no cache": {"rdcc_nbytes": 0},
    "large cache": {"rdcc_nbytes": 1 << 24, "rdcc_nslots": 1009, "rdcc_w0": 1.0},
    "aligned": {"alignment_threshold": 1, "alignment_interval": 4096},
    "sieve": {"meta_block_size": 512},
}
CREATE_ONLY = ("fs_strategy", "fs_page_size", "fs_persist", "userblock_size")


def drivers():
    """The same with every driver, in a folder for each."""
    results = {}
    for which in DRIVERS:
        os.mkdir(which)
        os.chdir(which)
        results[which] = driven(which)
        os.chdir("..")
    return results


def driven(which):
    results = {}
    options = DRIVERS[which]
    name = "family-%d.h5" if which == "family" else "driven.h5"
    with h5py.File(name, "w", **options) as file:
        use(file, results, "created")
    reopened = {k: v for k, v in options.items() if k not in CREATE_ONLY}
    if not options.get("backing_store", True):
        return results | {"left": os.path.exists(name)}
    with h5py.File(name, "r+", **reopened) as file:
        file["data"][1:7, 3] = 5
        create(file, "late", 7)
        results["userblock"] = file.userblock_size
        results["reopened"] = file["data"][...]
    with h5py.File(name, "r", **reopened) as file:
        results["read"] = {n: file[n][...] for n in file}
        results["write"] = tried(file["data"].__setitem__, 0, 1)
        results["create"] = tried(create, file, "never")
    if which != "family":  # its number of members is a matter of size
        results["files"] = sorted(n for n in os.listdir() if not n.startswith("."))
    return results


def user_block_keeps_its_bytes():
    with h5py.File("a.h5", "w", userblock_size=1024) as file:
        create(file)
    with open("a.h5", "r+b") as file:
        file.write(b"#!/bin/sh\n" + b"x" * 900)
    with h5py.File("a.h5", "r+") as file:
        file["data"][0] = 1
        size, data = file.userblock_size, file["data"][...]
    with open("a.h5", "rb") as file:
        return size, data, file.read(1024)


def core_without_backing_store_over_a_file():
    """A file is opened into memory, changed there and left as it was."""
    with h5py.File("a.h5", "w") as file:
        create(file)
    with h5py.File("a.h5", "r+", driver="core", backing_store=False) as file:
        file["data"][0] = 1
        create(file, "new")
        changed = file["data"][...]
    with h5py.File("a.h5") as file:
        return changed, file["data"][...], list(file)


def external_files():
    """Contiguous data in files of its own."""
    with h5py.File("a.h5", "w") as file:
        dset = file.create_dataset("data", SHAPE, "i4", external=[("raw.bin", 0, values().nbytes)])
        dset[...] = values()
        file.flush()
        return dset[...], os.path.getsize("raw.bin"), dset.external


# ---- images ----


def images():
    results = {}
    with h5py.File("a.h5", "w") as file:
        dset = create(file)
        dset[0] = 7  # not flushed by hand
        file.flush()
        image = file.id.get_file_image()
        dset[1] = 8
    plist = access(set_fapl_core=(1 << 16, False), set_file_image=(image,))
    with h5py.File(h5f.open(b"image", h5f.ACC_RDONLY, fapl=plist)) as file:
        results["image"] = file["data"][...]
    with h5py.File(h5f.open_file_image(image)) as file:
        results["open_file_image"] = file["data"][...]
    flags = 1  # H5LT_FILE_IMAGE_OPEN_RW
    with h5py.File(h5f.open_file_image(image, flags)) as file:
        file["data"][2] = 9
        results["changed"] = file["data"][...]
        create(file, "new", 3)
        file.flush()
        second = file.id.get_file_image()
    with h5py.File(h5f.open_file_image(second)) as file:
        results["second"] = {n: file[n][...] for n in file}
    return results


def file_likes():
    results = {}
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        create(file)[0] = 5
        file.flush()
        results["flushed"] = file["data"][...]
        file["data"][1] = 6
    with h5py.File(io.BytesIO(buffer.getvalue())) as file:
        results["read"] = file["data"][...]
    with h5py.File(buffer, "r+") as file:
        file["data"][2] = 7
    with h5py.File(buffer, "r") as file:
        results["again"] = file["data"][...]
    if hasattr(h5py.File, "in_memory"):
        with h5py.File.in_memory() as file:
            create(file)
            file.flush()
            image = file.id.get_file_image()
        with h5py.File.in_memory(image) as file:
            results["in_memory"] = file["data"][...]
    return results


# ---- closing ----


def closing(degree):
    """Objects still open when their file closes."""
    results = {}
    plist = access(set_fclose_degree=(degree,))
    file = h5f.create(b"a.h5", h5f.ACC_TRUNC, fapl=plist)
    dcpl = h5p.create(h5p.DATASET_CREATE)
    dcpl.set_chunk(CHUNKS)
    space = h5s.create_simple(SHAPE)
    dset = h5d.create(file, b"data", h5t.STD_I32LE, space, dcpl)
    other = h5d.create(file, b"other", h5t.STD_I32LE, space, dcpl)
    group = h5g.create(file, b"group")
    dset.write(h5s.ALL, h5s.ALL, values())
    other.write(h5s.ALL, h5s.ALL, values(1))
    results["close"] = tried(h5.H5Fclose, file.id)
    results["valid"] = [bool(thing.valid) for thing in (file, dset, other, group)]
    results["write"] = tried(dset.write, h5s.ALL, h5s.ALL, values(2))
    out = np.zeros(SHAPE, "i4")
    results["read"] = tried(dset.read, h5s.ALL, h5s.ALL, out), out
    results["create"] = tried(lambda: bool(h5g.create(group, b"late")))
    results["reach"] = tried(lambda: h5i.get_file_id(dset).name)
    for thing in (group, dset, other):
        results["close", len(results)] = tried(thing._close)
    results["close again"] = tried(h5.H5Fclose, file.id) if file.valid else None
    with h5py.File("a.h5", "r+") as again:
        results["file"] = {n: again[n][...] for n in ("data", "other")}
    return results


def mixed_degrees():
    with h5py.File("a.h5", "w") as file:
        create(file)
        plist = access(set_fclose_degree=(h5f.CLOSE_WEAK,))
        return tried(lambda: bool(h5f.open(b"a.h5", h5f.ACC_RDWR, fapl=plist)))


def identifiers_kept():
    """Reference counts on identifiers, and objects found by them."""
    file = h5py.File("a.h5", "w")
    dset = create(file)
    h5i.inc_ref(dset.id)
    counts = [h5i.get_ref(dset.id)]
    h5i.dec_ref(dset.id)
    counts.append(h5i.get_ref(dset.id))
    kinds = h5i.get_type(dset.id), h5i.get_type(file.id)
    opened = h5f.get_obj_count(file.id), len(h5f.get_obj_ids(file.id))
    dset[0] = 1
    file.close()
    return counts, kinds, opened, bool(dset)


# ---- several datasets in one call ----


def _pointers(arrays):
    return np.array([a.ctypes.data for a in arrays], "u8")


def several_datasets_at_once():
    results = {}
    with h5py.File("a.h5", "w") as file:
        dsets = [
            create(file, "sparse"),
            file.create_dataset("contiguous", SHAPE, "i4"),
            create(file, "gzip", compression="gzip"),
            file.create_dataset("double", SHAPE, "f8", chunks=CHUNKS),
            file.create_dataset("scaled", SHAPE, "i4", chunks=CHUNKS, scaleoffset=0),
        ]
        n = len(dsets)
        ids = np.array([d.id.id for d in dsets], "i8")
        types = np.full(n, h5t.NATIVE_INT32.id, "i8")
        spaces = [d.id.get_space() for d in dsets]
        for i, space in enumerate(spaces):
            space.select_hyperslab((i, 2 * i), (11 + i, 13))
        selections = np.array([s.id for s in spaces], "i8")
        all_of_it = np.zeros(n, "i8")
        data = [values(i + 10, 0.5) for i in range(n)]
        h5.H5Dwrite_multi(n, ids, types, selections, selections, 0, _pointers(data))
        results["after"] = [d[...] for d in dsets]
        out = [np.full(SHAPE, -1, "i4") for _ in range(n)]
        h5.H5Dread_multi(n, ids, types, all_of_it, all_of_it, 0, _pointers(out))
        results["read"] = out
        out = [np.full(SHAPE, -1, "i4") for _ in range(n)]
        h5.H5Dread_multi(n, ids, types, selections, selections, 0, _pointers(out))
        results["selected"] = out
        results["none"] = tried(h5.H5Dwrite_multi, 0, ids, types, all_of_it, all_of_it, 0, _pointers(data))
        bad = selections.copy()
        bad[1] = h5s.create_simple((3,)).id
        results["bad"] = tried(h5.H5Dwrite_multi, n, ids, types, bad, all_of_it, 0, _pointers(data))
        with h5py.File("b.h5", "w") as other:
            two = np.array([ids[0], create(other).id.id], "i8")
            results["two files"] = tried(
                h5.H5Dread_multi, 2, two, types, all_of_it, all_of_it, 0, _pointers(out)
            )
            results["two files read"] = out[1]
    return results


PROGRAMS = [
    handles_through_everything,
    files_opened_twice,
    reopened_file,
    many_handles_closed_in_any_order,
    references,
    references_of_1_12,
    links,
    external_link_into_an_open_file,
    external_link_for_reading_only,
    deleted_while_dirty,
    anonymous,
    intermediate_groups_and_iteration,
    copies,
    copy_from_a_file_read_only,
    committed_types,
    dimension_scales,
    mounted,
    child_closed_while_mounted,
    child_released_while_mounted,
    flushes,
    refreshes,
    user_block_keeps_its_bytes,
    core_without_backing_store_over_a_file,
    external_files,
    images,
    file_likes,
    mixed_degrees,
    identifiers_kept,
    several_datasets_at_once,
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_same_as_native(twins, program):
    twins.agree(program)


def test_drivers(twins):
    twins.agree(drivers)


@pytest.mark.parametrize("degree", ["DEFAULT", "WEAK", "SEMI", "STRONG"])
def test_close_degrees(twins, degree):
    twins.agree(closing, getattr(h5f, f"CLOSE_{degree}"))
