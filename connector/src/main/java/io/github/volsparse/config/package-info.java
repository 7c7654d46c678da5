/** The connector's options, parsed from its info string. Independent of HDF5. */
package io.github.volsparse.config;
