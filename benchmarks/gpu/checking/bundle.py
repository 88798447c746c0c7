"""What lies where in a bundle, and the commands that start its programs."""

import json
import pathlib
import zipfile
from dataclasses import dataclass

HEAP = "-Xmx8g"
SMALL_HEAP = "-Xmx1g"
JUNIT = "org.junit.platform.console.ConsoleLauncher"
BENCHMARKS = "org.memo.benchmark.Main"
MEMO = "org.memo.cli.Main"


@dataclass(frozen=True)
class Bundle:
    """An unpacked bundle; `emulation` is the folder of the CUDA emulation, or None on a GPU."""

    folder: pathlib.Path
    emulation: pathlib.Path | None

    def settings(self):
        return json.loads((self.folder / "bundle.json").read_text())

    def models(self):
        return self.folder / "models"

    def peers(self):
        return self.folder / "peers"

    def java(self, classes, main, *arguments, properties=()):
        heap = SMALL_HEAP if self.emulation else HEAP
        return [
            self.folder / "java" / "bin" / "java",
            heap,
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            *(f"-D{name}={value}" for name, value in properties),
            "-cp",
            ":".join(str(self.folder / path) for path in classes),
            main,
            *arguments,
        ]

    def memo(self, *arguments):
        return self.java(["lib/*"], MEMO, *arguments)

    def benchmarks(self, *arguments, main=BENCHMARKS):
        return self.java(["benchmarks", "lib/*", "jmh/*"], main, *arguments)

    def junit(self, module, *arguments, properties=()):
        """The tests of a module: memo-runtime, memo-parallel, bindings or benchmarks."""
        classes = [f"tests/{module}", "benchmarks", "lib/*", "jmh/*", "junit/*"]
        options = ["execute", "--disable-banner", "--disable-ansi-colors", "--details=tree"]
        return self.java(classes, JUNIT, *options, *arguments, properties=properties)

    def environment(self):
        """Our own libraries from here; NVIDIA's from where Memo finds them."""
        natives = str(self.folder / "native")
        if self.emulation:
            return {"MEMO_NATIVE_DIR": natives, "MEMO_CUDA_LIBRARIES": str(self.emulation)}
        return {"MEMO_NATIVE_DIR": natives}

    def hardware(self):
        """The hardware files that the planner knows, by name."""
        for jar in (self.folder / "lib").glob("planner*.jar"):
            with zipfile.ZipFile(jar) as archive:
                names = [n for n in archive.namelist() if "/cost/" in n and n.endswith(".json")]
                files = (json.loads(archive.read(name)) for name in names)
                return {file["name"]: file for file in files}
        return {}
