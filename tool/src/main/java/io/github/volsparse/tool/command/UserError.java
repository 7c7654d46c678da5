package io.github.volsparse.tool.command;

/** A command cannot do what it was asked; the message says why and what to do. */
final class UserError extends RuntimeException {
  private static final long serialVersionUID = 1;

  UserError(String message) {
    super(message);
  }
}
