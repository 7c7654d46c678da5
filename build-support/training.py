"""Writes and reads a little of everything, as programs do, for a JVM that records it: training.py FOLDER CLASSES.

The JVM runs in this process. It is ended here, by the function a C program would call: what it recorded is written when
it ends, and when a Python program ends it is too late for that. CLASSES names the classes to be recorded in any case.
"""

import ctypes
import os
import sys

import h5py
import numpy as np
import vol_sparse

JNI_VERSION_10 = 0x000A0000

# The places of functions in the tables of JNI.
DESTROY_JAVA_VM, GET_ENV = 3, 6
FIND_CLASS, EXCEPTION_CLEAR = 6, 17


def of_everything(path):
    frame = np.zeros((64, 64), "u2")
    frame[10, 5:9] = 7
    with h5py.File(path, "w") as f:
        frames = f.create_dataset("frames", (8, 64, 64), "u2", chunks=(1, 64, 64), maxshape=(None, 64, 64))
        for i in range(8):
            frames[i] = frame
        frames[1, 20:30, 20:30] = 3
        frames[2, [1, 5, 9], 4] = 1
        frames.resize(9, axis=0)
        frames[8] = np.random.default_rng(1).integers(0, 65535, (64, 64), "u2")
        packed = f.create_dataset("packed", (100, 30), "i4", chunks=(7, 30), compression="gzip", fillvalue=-1)
        packed[3:50, ::3] = 4
        packed[60] = np.arange(30.0)
        vol_sparse.erase(packed, np.s_[10:12])
        f.create_dataset("native", data=np.arange(5))
        f.create_group("group").attrs["name"] = "value"
        f.flush()
    with h5py.File(path, "r") as f:
        f.visititems(lambda name, item: (item.name, list(item.attrs.items())))
        frames = f["frames"]
        frames[3]
        frames[:, 10, 6]
        frames[2:4, 4:8]
        frames.astype("f4")[2]
        f["packed"][:]
        f["packed"].id.get_create_plist()
        f["native"][:]
    with h5py.File(path, "r+") as f:  # what was flushed is held and journalled
        f["native"][:] = 7
        f["frames"][5, :9, :9] = 8
        f.flush()
        f["frames"][:] = f["frames"][:] + 1
        del f["group"]


def frames_of_detectors(path, count=4, side=512):
    """Photons, regions of interest and strides."""
    random = np.random.default_rng(2)
    photons = np.zeros((count, side, side), "u2")
    for i, frame in enumerate(photons):
        frame.flat[random.integers(side * side, size=30 * 10 ** (i % 4))] = 1 + i % 3
    region = np.s_[50:200, 60:210]
    pixels = random.integers(1, 65535, (150, 150), "u2")
    with h5py.File(path, "w") as f:
        names = "photons", "regions", "strides"
        datasets = [f.create_dataset(n, photons.shape, "u2", chunks=(1, side, side)) for n in names]
        for i in range(count):
            datasets[0][i] = photons[i]
            datasets[1][(i, *region)] = pixels
            datasets[2][i, ::7, ::9] = 5
    with h5py.File(path, "r") as f:
        for i in range(count):
            f["photons"][i]
            f["regions"][(i, *region)]
            f["strides"][i, 3]
        f["photons"][:, 5, 5]
        f["regions"][:]
        for name in names:
            vol_sparse.to_coo(f[name], dtype="f4" if name == "regions" else None)
            f[name][vol_sparse.defined(f[name])]


def frames_of_counts(path, count=24, side=512):
    """Few to nearly all pixels with counts, in elements of all sizes that have code of their own."""
    random = np.random.default_rng(3)
    densities = 0.01, 0.1, 0.5, 0.95
    frames = np.stack([random.poisson(-np.log1p(-densities[i % 4]), (side, side)) for i in range(count)])
    for _ in range(2):
        for dtype in "u2", "u1", "u4", "u8":
            counts = frames.astype(dtype)
            with h5py.File(path, "w") as f:
                dataset = f.create_dataset("counts", counts.shape, dtype, chunks=(1, side, side))
                for i in range(count):
                    dataset[i] = counts[i]
            with h5py.File(path, "r") as f:
                for i in range(count):
                    f["counts"][i]
                    f["counts"][i, 7]


def loaded(library):
    """A library that this process has loaded; its name begins so."""
    with open("/proc/self/maps") as maps:
        paths = (line.split()[-1] for line in maps)
        return ctypes.CDLL(next(path for path in paths if os.path.basename(path).startswith(library)))


def function(table, place, *arguments):
    """A function of a table of JNI; its first argument is the table's owner."""
    functions = ctypes.cast(table, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p)))[0]
    return ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, *arguments)(functions[place])


def end_jvm(classes):
    jvm, count, env = ctypes.c_void_p(), ctypes.c_int(), ctypes.c_void_p()
    loaded("libjvm.so").JNI_GetCreatedJavaVMs(ctypes.byref(jvm), 1, ctypes.byref(count))
    function(jvm, GET_ENV, ctypes.c_void_p, ctypes.c_int)(jvm, ctypes.byref(env), JNI_VERSION_10)
    for name in classes:
        if not function(env, FIND_CLASS, ctypes.c_char_p)(env, name.encode()):
            function(env, EXCEPTION_CLEAR)(env)  # it refers to what is not in the runtime
    function(jvm, DESTROY_JAVA_VM)(jvm)


of_everything(sys.argv[1] + "/everything.h5")
frames_of_detectors(sys.argv[1] + "/frames.h5")
frames_of_counts(sys.argv[1] + "/counts.h5")
loaded("libhdf5-").H5close()
with open(sys.argv[2]) as lines:
    end_jvm(lines.read().split())
os._exit(0)  # HDF5 would call a JVM that is no more
