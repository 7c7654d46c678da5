package io.github.volsparse.tool.report;

/** Builds HTML. Text is escaped; markup of the code itself is not. */
final class Html {
  private final StringBuilder html = new StringBuilder();

  /** Text between tags, or in an attribute with double quotes. */
  static String escape(String text) {
    StringBuilder safe = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> safe.append("&amp;");
        case '<' -> safe.append("&lt;");
        case '>' -> safe.append("&gt;");
        case '"' -> safe.append("&quot;");
        default -> safe.append(c < ' ' && c != '\n' && c != '\t' ? '\ufffd' : c);
      }
    }
    return safe.toString();
  }

  /** Appends markup unchanged. */
  Html raw(String markup) {
    html.append(markup);
    return this;
  }

  /** Appends text, escaped. */
  Html text(String text) {
    html.append(escape(text));
    return this;
  }

  /**
   * Appends an element that holds text only.
   *
   * @param tag its name, and its attributes
   */
  Html element(String tag, String text) {
    int end = tag.indexOf(' ');
    return raw("<" + tag + ">")
        .text(text)
        .raw("</" + (end < 0 ? tag : tag.substring(0, end)) + ">");
  }

  /** Appends a row of a table: a heading, and cells of numbers. */
  Html row(String heading, String... cells) {
    raw("<tr>").element("th scope=\"row\"", heading);
    for (String cell : cells) {
      element("td", cell);
    }
    return raw("</tr>\n");
  }

  /** Begins a table that may be wider than the page, and then scrolls. */
  Html beginTable(String caption, String... columns) {
    raw(
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\""
            + escape(caption)
            + "\">");
    raw("<table>").element("caption", caption).raw("<thead><tr>");
    for (String column : columns) {
      element("th scope=\"col\"", column);
    }
    return raw("</tr></thead>\n<tbody>\n");
  }

  /** Ends a table. */
  Html endTable() {
    return raw("</tbody></table></div>\n");
  }

  @Override
  public String toString() {
    return html.toString();
  }
}
