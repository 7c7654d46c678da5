"""All that is in a file, as plain values that can be compared with ==, read by netCDF4 and by h5py."""

from hashlib import sha256

import h5py
import netCDF4
import numpy as np


def plain(value):
    """A value with its type; as text, in which NaN equals itself and -0.0 does not equal 0.0."""
    if isinstance(value, np.ma.MaskedArray):
        return "masked", plain(value.filled()), plain(value.mask)
    if isinstance(value, np.ndarray | np.generic):
        text = repr(value.tolist()) if value.size < 100_000 else sha256(value.tobytes()).hexdigest()
        return str(value.dtype), value.shape, text
    return type(value).__name__, repr(value)


def attributes(holder):
    return {name: plain(holder.getncattr(name)) for name in holder.ncattrs()}


def by_netcdf4(path):
    with netCDF4.Dataset(path) as file:
        return file.data_model, netcdf4_group(file)


def netcdf4_group(group):
    types = {**group.cmptypes, **group.vltypes}
    return {
        "attributes": attributes(group),
        "dimensions": {name: (len(d), d.isunlimited()) for name, d in group.dimensions.items()},
        "types": {name: str(t.dtype) for name, t in types.items()},
        "enumerations": {name: (str(t.dtype), t.enum_dict) for name, t in group.enumtypes.items()},
        "variables": {name: netcdf4_variable(v) for name, v in group.variables.items()},
        "groups": {name: netcdf4_group(g) for name, g in group.groups.items()},
    }


def netcdf4_variable(variable):
    described = {
        "type": str(variable.dtype),
        "dimensions": variable.dimensions,
        "shape": variable.shape,
        "attributes": attributes(variable),
        "byte order": variable.endian(),
        "filters": variable.filters(),
        "chunks": variable.chunking(),
        "quantization": variable.quantization(),
        "values": plain(variable[...]),
    }
    variable.set_auto_maskandscale(False)
    return described | {"raw": plain(variable[...])}


def by_h5py(path):
    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            plist = item.id.get_create_plist()
            found[name] = {
                "type": str(item.dtype),
                "shape": item.shape,
                "room": item.maxshape,
                "chunks": item.chunks,
                "filters": [plist.get_filter(i)[0] for i in range(plist.get_nfilters())],
                "fill value": plain(item.fillvalue),
                "attributes": sorted(item.attrs),
            }
            try:
                found[name]["values"] = plain(item[()])
            except OSError as error:  # a fill value of strings that HDF5 wants to write
                found[name]["values"] = str(error)

    with h5py.File(path) as file:
        file.visititems(visit)
    return found
