package org.memo.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.memo.bindings.Messages.assertSays;

import java.io.IOException;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Loads tiny libraries that say that they are those of CUDA. */
class CudaLoaderTest {
  private static final String RUNTIME_13 =
      "int cudaRuntimeGetVersion(int *v) { *v = 13000; return 0; }";
  private static final String LT_13 = "long cublasLtGetVersion(void) { return 130101; }";

  @TempDir Path root;

  private Path libraries = Path.of("");

  @BeforeEach
  void makeFolder() throws IOException {
    libraries = Files.createDirectory(root.resolve("libraries"));
  }

  @Test
  void aLibraryIsReportedWithItsVersionAndFile() {
    Path file = make("libcudart.so.13", RUNTIME_13);
    LibraryReport report = Objects.requireNonNull(load(CudaLibrary.CUDART).report());
    assertEquals(new LibraryReport("CUDA runtime", "13.0", file), report);
  }

  @Test
  void versionsAreWrittenAsTheirMakersWriteThem() {
    make("libcudart.so.13", "int cudaRuntimeGetVersion(int *v) { *v = 13020; return 0; }");
    make("libcublasLt.so.13", LT_13);
    make("libcudnn.so.9", "long cudnnGetVersion(void) { return 92400; }");
    make("libnccl.so.2", "int ncclGetVersion(int *v) { *v = 23007; return 0; }");
    assertEquals("13.2", version(CudaLibrary.CUDART));
    assertEquals("13.1.1", version(CudaLibrary.CUBLASLT));
    assertEquals("9.24.0", version(CudaLibrary.CUDNN));
    assertEquals("2.30.7", version(CudaLibrary.NCCL));
  }

  @Test
  void whatIsTooOldIsRefusedWithTheVersionThatIsNeeded() {
    make("libcudart.so.13", RUNTIME_13);
    make("libcublasLt.so.13", LT_13);
    make("libcudnn.so.9", "long cudnnGetVersion(void) { return 91002; }");
    make("libnccl.so.2", "int ncclGetVersion(int *v) { *v = 22602; return 0; }");
    assertEquals(
        "the version of cuDNN is 9.10.2, but 9.16.0 or newer is needed: install cuDNN 9 for CUDA"
            + " 13 or the Python package nvidia-cudnn-cu13",
        load(CudaLibrary.CUDNN).reason());
    assertTrue(
        load(CudaLibrary.NCCL).reason().startsWith("the version of NCCL is 2.26.2, but 2.27.0"),
        load(CudaLibrary.NCCL).reason());
  }

  @Test
  void aRuntimeOfAnOlderCudaIsRefused() {
    make("libcudart.so.13", "int cudaRuntimeGetVersion(int *v) { *v = 12080; return 0; }");
    assertTrue(
        load(CudaLibrary.CUDART)
            .reason()
            .startsWith("the version of CUDA runtime is 12.8, but 13.0 or newer is needed"),
        load(CudaLibrary.CUDART).reason());
  }

  @Test
  void kernelsOfAnotherVersionAreRefused() {
    make("libcudart.so.13", RUNTIME_13);
    make("libmemo_cuda.so", "int memo_cuda_version(void) { return 99; }");
    assertTrue(
        load(CudaLibrary.CUDA).reason().startsWith("the version of CUDA kernels is 99, but "),
        load(CudaLibrary.CUDA).reason());
  }

  @Test
  void cuDnnIsNotTouchedWithoutCublasLt() {
    make("libcudart.so.13", RUNTIME_13);
    make("libcudnn.so.9", "__attribute__((constructor)) void end(void) { __builtin_trap(); }");
    assertEquals("cuDNN needs cuBLASLt, which cannot be used", load(CudaLibrary.CUDNN).reason());
  }

  @Test
  void withoutTheRuntimeOurKernelsSayThatTheyNeedIt() {
    assertEquals(
        "Flash attention needs CUDA runtime, which cannot be used",
        load(CudaLibrary.FLASH).reason());
  }

  @Test
  void aLibraryOfAnotherMachineIsAnsweredWithTheLinkersText() throws IOException {
    Path file = make("libcudart.so.13", RUNTIME_13);
    byte[] bytes = Files.readAllBytes(file);
    bytes[18] = (byte) 183; // e_machine of the ELF header: AArch64
    Files.write(file, bytes);
    String reason = load(CudaLibrary.CUDART).reason();
    assertTrue(reason.contains("libcudart.so.13 cannot be loaded"), reason);
    assertTrue(reason.contains("AARCH64"), reason);
  }

  @Test
  void aLibraryThatIsCutOffIsNotMapped() throws IOException {
    Path file = make("libcudart.so.13", RUNTIME_13);
    byte[] whole = Files.readAllBytes(file);
    for (int bytes : new int[] {20, 100, 5000}) {
      Files.write(file, Arrays.copyOf(whole, bytes));
      String reason = load(CudaLibrary.CUDART).reason();
      assertTrue(
          reason.startsWith(
              "the native library %s is broken: it is cut off after %d of at least "
                  .formatted(file, bytes)),
          reason);
    }
  }

  @Test
  void aFileThatIsNoLibraryIsNotMapped() throws IOException {
    Path file = Files.writeString(libraries.resolve("libcudart.so.13"), "404: Not Found");
    assertEquals(
        "the native library %s is broken: it is no ELF file; %s"
            .formatted(file, CudaLibrary.CUDART.howToGet()),
        load(CudaLibrary.CUDART).reason());
  }

  @Test
  void withoutOurAttentionThereIsNoCudaDevice() {
    assertEquals(
        List.of(CudaLibrary.CUDNN, CudaLibrary.NCCL),
        Stream.of(CudaLibrary.values()).filter(library -> !library.isRequired()).toList());
  }

  @Test
  void aLibraryWithoutItsVersionFunctionIsOfAnotherVersion() {
    make("libcublasLt.so.13", "int nothing;");
    assertTrue(
        load(CudaLibrary.CUBLASLT).reason().contains("has no function cublasLtGetVersion"),
        load(CudaLibrary.CUBLASLT).reason());
  }

  @Test
  void aMissingLibrarySaysWhereWasLookedAndWhichOtherVersionIsThere() {
    Path other = make("libcublasLt.so.12", LT_13);
    String reason = load(CudaLibrary.CUBLASLT).reason();
    assertEquals(
        "cuBLASLt is missing: looked for libcublasLt.so.13 in MEMO_CUDA_LIBRARIES (%s), CUDA toolkits (none), Python's packages (none) and on the system's path (another version is at %s); install CUDA 13 or the Python package nvidia-cublas 13"
            .formatted(libraries, other),
        reason);
    MissingLibraryException e =
        assertThrows(
            MissingLibraryException.class, () -> load(CudaLibrary.CUBLASLT).requireLookup());
    assertSays(reason, e);
  }

  @Test
  void theEmulationGetsNoCuDnnAndNotNvidiasNccl() {
    make("libcudart.so.13", RUNTIME_13 + " int memo_emulation_launch(void) { return 1; }");
    make("libcublasLt.so.13", LT_13);
    make("libcudnn.so.9", "long cudnnGetVersion(void) { return 92400; }");
    assertEquals("cuDNN is not used with the CUDA emulation", load(CudaLibrary.CUDNN).reason());
    make("libnccl.so.2", "int ncclGetVersion(int *version) { *version = 23007; return 0; }");
    assertEquals(
        "NVIDIA's NCCL is not used with the CUDA emulation", load(CudaLibrary.NCCL).reason());
  }

  private Path make(String name, String source) {
    return CCompiler.library(libraries.resolve(name), source);
  }

  private String version(CudaLibrary library) {
    return Objects.requireNonNull(load(library).report()).version();
  }

  private CudaLoader.Outcome load(CudaLibrary library) {
    CudaPlaces places =
        CudaPlaces.of(
            Map.of(CudaPlaces.VARIABLE, libraries.toString()), root.resolve("no-toolkits"));
    NativeFinder nothing =
        new NativeFinder(null, new ClassLoader(null) {}, new NativeCache(List.of()));
    return new CudaLoader(places, nothing, CudaLoaderTest::notOnTheSystemsPath).outcome(library);
  }

  private static SymbolLookup notOnTheSystemsPath(String name) {
    throw new IllegalArgumentException(name);
  }
}
