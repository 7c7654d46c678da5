package io.github.volsparse.vol;

import io.github.volsparse.hdf5.Hdf5Function;

/**
 * The callbacks of {@code H5VL_class_t}, in the plugin's order, and how each is forwarded.
 *
 * <p>The public function of the connector below ({@code H5VLattr_create} for the callback {@code
 * attr_cls.create}) takes the callback's own arguments with two changes: our objects are replaced
 * by theirs, and the identifier of the connector below is inserted. Where, stands here.
 */
enum Slot {
  TERMINATE,
  WRAP_GET_OBJECT("H5VLget_object", 1),
  WRAP_GET_CTX,
  WRAP_OBJECT,
  WRAP_UNWRAP_OBJECT,
  WRAP_FREE_CTX,
  ATTR_CREATE("H5VLattr_create", 2, Result.OBJECT),
  ATTR_OPEN("H5VLattr_open", 2, Result.OBJECT),
  ATTR_READ("H5VLattr_read", 1, Result.STATUS),
  ATTR_WRITE("H5VLattr_write", 1, Result.STATUS),
  ATTR_GET("H5VLattr_get", 1, Result.STATUS),
  ATTR_SPECIFIC("H5VLattr_specific", 2, Result.STATUS),
  ATTR_OPTIONAL("H5VLattr_optional", 1, Result.STATUS),
  ATTR_CLOSE("H5VLattr_close", 1, Result.CLOSED),
  DATASET_CREATE("H5VLdataset_create", 2, Result.OBJECT),
  DATASET_OPEN("H5VLdataset_open", 2, Result.OBJECT),
  DATASET_READ("H5VLdataset_read", 2, Result.STATUS),
  DATASET_WRITE("H5VLdataset_write", 2, Result.STATUS),
  DATASET_GET("H5VLdataset_get", 1, Result.STATUS),
  DATASET_SPECIFIC("H5VLdataset_specific", 1, Result.STATUS),
  DATASET_OPTIONAL("H5VLdataset_optional", 1, Result.STATUS),
  DATASET_CLOSE("H5VLdataset_close", 1, Result.CLOSED),
  DATATYPE_COMMIT("H5VLdatatype_commit", 2, Result.OBJECT),
  DATATYPE_OPEN("H5VLdatatype_open", 2, Result.OBJECT),
  DATATYPE_GET("H5VLdatatype_get", 1, Result.STATUS),
  DATATYPE_SPECIFIC("H5VLdatatype_specific", 1, Result.STATUS),
  DATATYPE_OPTIONAL("H5VLdatatype_optional", 1, Result.STATUS),
  DATATYPE_CLOSE("H5VLdatatype_close", 1, Result.CLOSED),
  FILE_CREATE,
  FILE_OPEN,
  FILE_GET("H5VLfile_get", 1, Result.STATUS),
  FILE_SPECIFIC("H5VLfile_specific", 1, Result.STATUS),
  FILE_OPTIONAL("H5VLfile_optional", 1, Result.STATUS),
  FILE_CLOSE("H5VLfile_close", 1, Result.CLOSED),
  GROUP_CREATE("H5VLgroup_create", 2, Result.OBJECT),
  GROUP_OPEN("H5VLgroup_open", 2, Result.OBJECT),
  GROUP_GET("H5VLgroup_get", 1, Result.STATUS),
  GROUP_SPECIFIC("H5VLgroup_specific", 1, Result.STATUS),
  GROUP_OPTIONAL("H5VLgroup_optional", 1, Result.STATUS),
  GROUP_CLOSE("H5VLgroup_close", 1, Result.CLOSED),
  LINK_CREATE("H5VLlink_create", 3, Result.STATUS, 1),
  LINK_COPY("H5VLlink_copy", 4, Result.STATUS, 0, 2),
  LINK_MOVE("H5VLlink_move", 4, Result.STATUS, 0, 2),
  LINK_GET("H5VLlink_get", 2, Result.STATUS),
  LINK_SPECIFIC("H5VLlink_specific", 2, Result.STATUS),
  LINK_OPTIONAL("H5VLlink_optional", 2, Result.STATUS),
  OBJECT_OPEN("H5VLobject_open", 2, Result.OBJECT),
  OBJECT_COPY("H5VLobject_copy", 6, Result.STATUS, 0, 3),
  OBJECT_GET("H5VLobject_get", 2, Result.STATUS),
  OBJECT_SPECIFIC("H5VLobject_specific", 2, Result.STATUS),
  OBJECT_OPTIONAL("H5VLobject_optional", 2, Result.STATUS),
  INTROSPECT_CONN_CLS("H5VLintrospect_get_conn_cls", 1),
  INTROSPECT_CAP_FLAGS,
  INTROSPECT_OPT_QUERY("H5VLintrospect_opt_query", 1),
  REQUEST_WAIT("H5VLrequest_wait", 1),
  REQUEST_NOTIFY("H5VLrequest_notify", 1),
  REQUEST_CANCEL("H5VLrequest_cancel", 1),
  REQUEST_SPECIFIC("H5VLrequest_specific", 1),
  REQUEST_OPTIONAL("H5VLrequest_optional", 1),
  REQUEST_FREE("H5VLrequest_free", 1, Result.RELEASED),
  BLOB_PUT("H5VLblob_put", 1),
  BLOB_GET("H5VLblob_get", 1),
  BLOB_SPECIFIC("H5VLblob_specific", 1),
  BLOB_OPTIONAL("H5VLblob_optional", 1),
  TOKEN_CMP("H5VLtoken_cmp", 1),
  TOKEN_TO_STR("H5VLtoken_to_str", 2),
  TOKEN_FROM_STR("H5VLtoken_from_str", 2),
  OPTIONAL("H5VLoptional", 1, Result.STATUS),
  FILTER,
  FILTER_SET_LOCAL,
  CHUNK_ITERATION;

  /** What comes back from the connector below, and what becomes of it. */
  enum Result {
    /** As it is; the call has no asynchronous request. */
    PLAIN,
    /** A {@code herr_t}; the last argument may be an asynchronous request to wrap. */
    STATUS,
    /** An object to wrap, 0 on failure; the last argument may be a request. */
    OBJECT,
    /**
     * A {@code herr_t}; on success the first object is gone; the last argument may be a request.
     */
    CLOSED,
    /** A {@code herr_t}; on success the first object is gone. */
    RELEASED;

    boolean hasRequest() {
      return this == STATUS || this == OBJECT || this == CLOSED;
    }
  }

  /** The function of the connector below; null where forwarding is more than this table says. */
  final Hdf5Function function;

  /** Where in that function's arguments the connector's identifier stands. */
  final int connectorAt;

  /** Where in the callback's arguments our objects stand. */
  final int[] objectsAt;

  final Result result;

  Slot() {
    this(null, 0, Result.PLAIN);
  }

  Slot(String function, int connectorAt) {
    this(function, connectorAt, Result.PLAIN);
  }

  Slot(String function, int connectorAt, Result result, int... objectsAt) {
    this.function = function == null ? null : new Hdf5Function(function);
    this.connectorAt = connectorAt;
    this.objectsAt = objectsAt.length == 0 ? new int[] {0} : objectsAt;
    this.result = result;
  }
}
