/**
 * The callbacks of the connector: what HDF5 calls, and how it is passed on to the connector below.
 *
 * <p>{@link io.github.volsparse.vol.Entry} is where the plugin enters. {@link
 * io.github.volsparse.vol.Slot} lists the callbacks and how each is forwarded; {@link
 * io.github.volsparse.vol.Forwarding} does it. A class for each kind of object holds the callbacks
 * that do more than that.
 */
package io.github.volsparse.vol;
