package io.github.volsparse.vol;

/** The result of a forwarded callback, and how it is returned. */
enum Result {
  /** As it is; the call has no asynchronous request. */
  PLAIN,
  /** A {@code herr_t}; the last argument may be an asynchronous request to wrap. */
  STATUS,
  /** An object to wrap, 0 on failure; the last argument may be a request. */
  OBJECT,
  /** A {@code herr_t}; on success the first object is gone; the last argument may be a request. */
  CLOSED,
  /** A {@code herr_t}; on success the first object is gone. */
  RELEASED;

  boolean hasRequest() {
    return this == STATUS || this == OBJECT || this == CLOSED;
  }
}
