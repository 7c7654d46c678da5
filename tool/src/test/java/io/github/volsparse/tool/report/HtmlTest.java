package io.github.volsparse.tool.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class HtmlTest {
  @Test
  void textIsNeverMarkup() {
    assertEquals("&lt;a b=&quot;c&quot;&gt; &amp;amp;", Html.escape("<a b=\"c\"> &amp;"));
    assertEquals("a\ufffdb\n", Html.escape("a\0b\n"));
  }

  @Test
  void elementsCloseWithoutTheirAttributes() {
    assertEquals(
        "<td class=\"x\">1 &lt; 2</td>", new Html().element("td class=\"x\"", "1 < 2").toString());
  }

  @Test
  void rowsBeginWithAHeading() {
    assertEquals(
        "<tr><th scope=\"row\">&amp;</th><td>1</td><td>2</td></tr>\n",
        new Html().row("&", "1", "2").toString());
  }
}
