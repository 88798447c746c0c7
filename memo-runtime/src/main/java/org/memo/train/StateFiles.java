package org.memo.train;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.memo.UserInputException;
import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.model.HuggingFaceFolder;
import org.memo.model.ParameterLayout;
import org.memo.model.ParameterValues;
import org.memo.model.SafetensorsFile;
import org.memo.model.SafetensorsWriter;
import org.memo.model.SafetensorsWriter.Entry;
import org.memo.model.StoredTensor;
import org.memo.step.ModelStates;

/**
 * The files of a checkpoint that hold model states: the parameters as Hugging Face's, and {@code
 * optimizer.safetensors} with both moments under the parameters' names. Values go between files and
 * device in pieces.
 */
final class StateFiles {
  /** Parameters and both moments. */
  static final int VECTORS = 3;

  static final String OPTIMIZER = "optimizer.safetensors";
  private static final String PARAMETERS = "";
  private static final String FIRST_MOMENT = "first_moment.";
  private static final String SECOND_MOMENT = "second_moment.";

  private StateFiles() {}

  /** Writes what this rank holds and no rank before it; all ranks do. */
  static void write(
      Path folder, RunRanks ranks, ParameterLayout layout, Device device, ModelStates states)
      throws IOException {
    Path weights = folder.resolve(HuggingFaceFolder.WEIGHTS);
    Path optimizer = folder.resolve(OPTIMIZER);
    List<Entry> parameters = entries(layout, PARAMETERS);
    List<Entry> moments = new ArrayList<>(entries(layout, FIRST_MOMENT));
    moments.addAll(entries(layout, SECOND_MOMENT));
    if (ranks.leads()) {
      SafetensorsWriter.create(weights, parameters).close();
      SafetensorsWriter.create(optimizer, moments).close();
    }
    ranks.meet("a checkpoint is begun");
    LongWork work = new LongWork(ranks, "a checkpoint's states are written");
    try (SafetensorsWriter file = SafetensorsWriter.goOn(weights, parameters)) {
      write(file, PARAMETERS, ranks, work, device, states, states.parameters());
      file.force();
    }
    try (SafetensorsWriter file = SafetensorsWriter.goOn(optimizer, moments)) {
      write(file, FIRST_MOMENT, ranks, work, device, states, states.firstMoment());
      write(file, SECOND_MOMENT, ranks, work, device, states, states.secondMoment());
      file.force();
    }
    work.finish();
  }

  private static void write(
      SafetensorsWriter file,
      String prefix,
      RunRanks ranks,
      LongWork work,
      Device device,
      ModelStates states,
      DeviceRegion state)
      throws IOException {
    states.downloadOwn(
        device,
        state,
        ranks.rank(),
        (tensor, firstElement, values) -> {
          file.write(prefix + tensor.name(), firstElement, values);
          work.goesOn(file::force);
        });
  }

  /** Loads both moments of a checkpoint into the slab. */
  static void loadMoments(Path folder, int rank, LongWork work, Device device, ModelStates states) {
    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve(OPTIMIZER))) {
      states.upload(device, work.read(moment(file, FIRST_MOMENT)), rank, states.firstMoment());
      states.upload(device, work.read(moment(file, SECOND_MOMENT)), rank, states.secondMoment());
    }
  }

  private static ParameterValues moment(SafetensorsFile file, String prefix) {
    return (tensor, firstElement, values) -> {
      StoredTensor stored = file.tensors().get(prefix + tensor.name());
      if (stored == null || !stored.shape().equals(tensor.shape())) {
        throw new UserInputException(
            "%s has no tensor %s%s of shape %s"
                .formatted(file.file(), prefix, tensor.name(), tensor.shape()));
      }
      file.readFloats(stored, firstElement, values);
    };
  }

  private static List<Entry> entries(ParameterLayout layout, String prefix) {
    return layout.tensors().stream()
        .map(tensor -> new Entry(prefix + tensor.name(), tensor.shape()))
        .toList();
  }
}
