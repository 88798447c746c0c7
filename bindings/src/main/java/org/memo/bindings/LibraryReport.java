package org.memo.bindings;

import java.nio.file.Path;

/**
 * A native library in use.
 *
 * @param name what it is: "memo kernels"
 * @param version its own version, or "" where it has none
 * @param path the file that was loaded
 */
public record LibraryReport(String name, String version, Path path) {}
