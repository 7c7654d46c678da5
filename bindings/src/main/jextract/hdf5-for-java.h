/* The headers jextract reads for vol-sparse's bindings. */
#include <hdf5.h>

#include <H5VLconnector.h>
#include <H5VLconnector_passthru.h>
#include <H5VLnative.h>
