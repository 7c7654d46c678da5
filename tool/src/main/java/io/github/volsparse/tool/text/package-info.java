/** Output for people: sizes, numbers, tables, progress. */
package io.github.volsparse.tool.text;
