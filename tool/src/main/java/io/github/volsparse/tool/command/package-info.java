/** The commands, one a class: their options, what they print, their exit codes. */
package io.github.volsparse.tool.command;
