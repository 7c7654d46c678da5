/** What people read: sizes, numbers, tables, progress. */
package io.github.volsparse.tool.text;
