/**
 * A page about a file: what its datasets are, where their bytes and their defined elements are, and
 * what would gain. {@link io.github.volsparse.tool.report.DatasetReport} reads, {@link
 * io.github.volsparse.tool.report.ReportPage} writes.
 */
package io.github.volsparse.tool.report;
