/** Pictures as SVG and PNG, drawn without the parts of Java that need a screen. */
package io.github.volsparse.tool.picture;
