package org.memo.bindings;

import java.util.Optional;

/**
 * What became of a library of the CUDA device.
 *
 * @param name what it is: "cuBLASLt"
 * @param required whether no CUDA device can work without it
 * @param loaded its version and file, empty where it is not used
 * @param reason why it is not used, in one sentence, or ""
 */
public record CudaLibraryReport(
    String name, boolean required, Optional<LibraryReport> loaded, String reason) {}
