/** The command line of vol-sparse: {@code dist/bin/vol-sparse}. */
package io.github.volsparse.tool;
