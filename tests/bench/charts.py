"""The charts of the report, as SVG."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import NullFormatter

plt.rcParams.update(
    {
        "svg.hashsalt": "vol-sparse",
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "grid.alpha": 0.3,
        "axes.axisbelow": True,
        "figure.constrained_layout.use": True,
    }
)
COLORS = {"write": "#1b6ca8", "read": "#e07b39", "space": "#5b8c5a"}
PAPER = "#bbbbbb"


def _save(figure, path):
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def kernel(path, title, factors, paper, bounds):
    """
    Factors over the baseline by bytes of a pixel, for each host.

    factors: {host: {size: {"write", "read", "space"}}}; paper: {"time": (low, high), "space": (low, high)};
    bounds: {size: factor of bytes}
    """
    figure, axes = plt.subplots(1, len(factors), figsize=(8, 3), sharey=True, squeeze=False)
    for ax, (host, by_size) in zip(axes[0], factors.items(), strict=True):
        x = np.arange(len(by_size))
        for i, kind in enumerate(COLORS):
            values = [by_size[size][kind] for size in by_size]
            bars = ax.bar(x + 0.26 * (i - 1), values, 0.24, color=COLORS[kind], label=f"{kind} factor")
            ax.bar_label(bars, fmt="%.1f", fontsize=7)
        for i, size in enumerate(by_size):
            label = "ratio of the bytes" if i == 0 else None
            ax.hlines(
                bounds[size], i - 0.42, i + 0.42, color="black", linewidth=1, linestyle=":", label=label
            )
        ax.axhspan(*paper["time"], color=PAPER, alpha=0.35, zorder=0, label="paper, time")
        if paper["space"][0] == paper["space"][1]:
            ax.axhline(paper["space"][0], color=PAPER, zorder=0, label="paper, space")
        ax.set_xticks(x, [f"{size} byte{'s' if size > 1 else ''}" for size in by_size])
        ax.set_title(f"{title}, {host}", fontsize=9)
    axes[0][0].set_ylabel("factor over contiguous full frames")
    axes[0][-1].legend(fontsize=7, loc="upper left", bbox_to_anchor=(1, 1))
    _save(figure, path)


def coverage(path, factors):
    """Factors by coverage of the region of interest: {percent: {"write", "read", "space"}}."""
    figure, ax = plt.subplots(figsize=(6, 3))
    for kind in COLORS:
        ax.plot(
            list(factors),
            [f[kind] for f in factors.values()],
            "o-",
            color=COLORS[kind],
            label=f"{kind} factor",
        )
    ax.axhline(1, color="black", linewidth=0.8)
    ax.set_xlabel("coverage of the region of interest, %")
    ax.set_ylabel("factor over contiguous full frames")
    ax.legend(fontsize=8)
    _save(figure, path)


def storages(path, title, figures):
    """Bars for each storage: {panel title: {storage: value}}, on logarithmic axes."""
    figure, axes = plt.subplots(
        1, len(figures), figsize=(9, 0.28 * len(next(iter(figures.values()))) + 0.9), sharey=True
    )
    for ax, (panel, values) in zip(axes, figures.items(), strict=True):
        names = list(values)
        colors = ["#1b6ca8" if name == "sparse" else "#9db4c0" for name in names]
        bars = ax.barh(names, list(values.values()), color=colors)
        ax.bar_label(bars, labels=[f"{value:.3g}" for value in values.values()], fontsize=7, padding=2)
        ax.set_xscale("log")
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.margins(x=0.2)
        ax.grid(axis="x", alpha=0.3)
        ax.grid(axis="y", visible=False)
        ax.set_title(f"{title}: {panel}", fontsize=8)
    axes[0].invert_yaxis()
    _save(figure, path)


def lines(path, panels, ylabel):
    """Lines on logarithmic axes: {panel title: {series: {x: y}}}; the title names x."""
    figure, axes = plt.subplots(1, len(panels), figsize=(3.1 * len(panels), 3), squeeze=False)
    for ax, (panel, series) in zip(axes[0], panels.items(), strict=True):
        for name, values in series.items():
            ax.plot(list(values), list(values.values()), "o-", markersize=3, label=name)
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.set_xlabel(panel)
        ax.legend(fontsize=7)
    axes[0][0].set_ylabel(ylabel)
    _save(figure, path)
