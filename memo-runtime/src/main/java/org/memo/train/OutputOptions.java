package org.memo.train;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What the run leaves.
 *
 * @param runFolder the run folder
 * @param given whether the user named it; else rank 0 does
 * @param checkpointEvery steps between checkpoints; 0: only one, at the end
 * @param resume the run folder whose last checkpoint the run goes on from
 */
public record OutputOptions(
    Path runFolder, boolean given, long checkpointEvery, Optional<Path> resume) {
  public OutputOptions {
    OptionText.require(
        !runFolder.toString().isBlank(), "output", "not given", "the folder of the run");
    OptionText.require(
        checkpointEvery >= 0, "checkpoint-every", checkpointEvery, "0 (only at the end) or more");
  }

  OutputOptions withRunFolder(Path folder) {
    return new OutputOptions(folder, given, checkpointEvery, resume);
  }
}
