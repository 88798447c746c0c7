package org.memo.bindings;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import org.memo.bindings.cuda.CudaKernelsVersion;
import org.memo.bindings.flash.FlashVersion;

/** A library that the CUDA device uses: its file, and how its version is asked for and written. */
enum CudaLibrary {
  CUDART("CUDA runtime", "libcudart.so.13", VersionCall.WRITES_INT, "cudaRuntimeGetVersion", 13000),
  CUBLASLT("cuBLASLt", "libcublasLt.so.13", VersionCall.GIVES_LONG, "cublasLtGetVersion", 130000),
  CUDA(
      "CUDA kernels",
      "libmemo_cuda.so",
      VersionCall.GIVES_INT,
      "memo_cuda_version",
      CudaKernelsVersion.expected()),
  FLASH(
      "Flash attention",
      "libmemo_flash.so",
      VersionCall.GIVES_INT,
      "memo_flash_version",
      FlashVersion.expected()),
  CUDNN("cuDNN", "libcudnn.so.9", VersionCall.GIVES_LONG, "cudnnGetVersion", 91600),
  NCCL("NCCL", "libnccl.so.2", VersionCall.WRITES_INT, "ncclGetVersion", 22700);

  private enum VersionCall {
    GIVES_INT,
    GIVES_LONG,
    WRITES_INT
  }

  private final String title;
  private final String fileName;
  private final VersionCall versionCall;
  private final String versionFunction;
  private final int oldestVersion;

  CudaLibrary(
      String title,
      String fileName,
      VersionCall versionCall,
      String versionFunction,
      int oldestVersion) {
    this.title = title;
    this.fileName = fileName;
    this.versionCall = versionCall;
    this.versionFunction = versionFunction;
    this.oldestVersion = oldestVersion;
  }

  /** The library of a generated package: "cudart". */
  static CudaLibrary of(String packageName) {
    return valueOf(packageName.toUpperCase(Locale.ROOT));
  }

  /** What a reader knows it by. */
  String title() {
    return title;
  }

  String fileName() {
    return fileName;
  }

  /** Built by this project, as against a library of NVIDIA's. */
  boolean isOurs() {
    return this == CUDA || this == FLASH;
  }

  /** Without it no CUDA device can work. */
  boolean isRequired() {
    return this != CUDNN && this != NCCL;
  }

  /** What must be loaded before; cuDNN ends the process where it does not find cuBLASLt. */
  boolean needs(CudaLibrary other) {
    return switch (this) {
      case CUDA, FLASH -> other == CUDART;
      case CUDNN -> other == CUDART || other == CUBLASLT;
      case CUDART, CUBLASLT, NCCL -> false;
    };
  }

  String howToGet() {
    return switch (this) {
      case CUDART -> "install CUDA 13 or the Python package nvidia-cuda-runtime 13";
      case CUBLASLT -> "install CUDA 13 or the Python package nvidia-cublas 13";
      case CUDNN -> "install cuDNN 9 for CUDA 13 or the Python package nvidia-cudnn-cu13";
      case NCCL -> "install NCCL 2 for CUDA 13 or the Python package nvidia-nccl-cu13";
      case CUDA, FLASH -> "build it with mvn package where nvcc of CUDA 13 is on the PATH";
    };
  }

  /**
   * The loaded library's version as a text.
   *
   * @throws MissingLibraryException where it is older than what this project is written for
   */
  String requireVersion(SymbolLookup lookup) {
    long version = version(lookup);
    boolean fits = isOurs() ? version == oldestVersion : version >= oldestVersion;
    if (!fits) {
      throw new MissingLibraryException(
          "the version of %s is %s, but %s%s is needed: %s"
              .formatted(
                  title,
                  text(version),
                  text(oldestVersion),
                  isOurs() ? "" : " or newer",
                  howToGet()));
    }
    return text(version);
  }

  private String text(long version) {
    return switch (this) {
      case CUDART -> "%d.%d".formatted(version / 1000, version % 1000 / 10);
      case CUDA, FLASH -> Long.toString(version);
      case CUBLASLT, CUDNN, NCCL ->
          "%d.%d.%d".formatted(version / 10000, version / 100 % 100, version % 100);
    };
  }

  private long version(SymbolLookup lookup) {
    MemorySegment address =
        lookup
            .find(versionFunction)
            .orElseThrow(() ->
                new MissingLibraryException(
                    "%s has no function %s: it is of another version; %s"
                        .formatted(fileName, versionFunction, howToGet())));
    try (Arena call = Arena.ofConfined()) {
      MemorySegment out = call.allocate(JAVA_INT);
      return switch (versionCall) {
        case GIVES_INT -> (int) handle(address, FunctionDescriptor.of(JAVA_INT)).invokeExact();
        case GIVES_LONG -> (long) handle(address, FunctionDescriptor.of(JAVA_LONG)).invokeExact();
        case WRITES_INT -> {
          int status =
              (int) handle(address, FunctionDescriptor.of(JAVA_INT, ADDRESS)).invokeExact(out);
          yield status == 0 ? out.get(JAVA_INT, 0) : 0;
        }
      };
    } catch (Throwable e) {
      throw new LinkageError(versionFunction, e);
    }
  }

  private static MethodHandle handle(MemorySegment address, FunctionDescriptor descriptor) {
    return Linker.nativeLinker().downcallHandle(address, descriptor);
  }
}
