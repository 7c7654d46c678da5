/** The commands, one for each class: their options, output and exit codes. */
package io.github.volsparse.tool.command;
