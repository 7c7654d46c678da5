"""Sparse datasets of vol-sparse in h5py: which elements are defined, erasing them, and sparse arrays out of them."""

# What h5py must find in the environment is set here, before anything below imports it.
