/** The connector's options, as its info string gives them. Knows no HDF5. */
package io.github.volsparse.config;
