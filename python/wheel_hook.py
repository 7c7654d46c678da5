"""Adds dist/ to the wheel, and says for which systems it is."""

import os
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class DistributionHook(BuildHookInterface):
    """Takes dist/ beside this project; VOL_SPARSE_PLATFORM is the platform tag, as manylinux_2_17_x86_64."""

    def initialize(self, version, build_data):
        dist = Path(self.root).parent / "dist"
        build_data["tag"] = f"py3-none-{os.environ['VOL_SPARSE_PLATFORM']}"
        build_data["pure_python"] = False
        for part in sorted(dist.iterdir()):
            if part.name != "python":  # the package itself
                build_data["force_include"][str(part)] = f"vol_sparse/dist/{part.name}"
