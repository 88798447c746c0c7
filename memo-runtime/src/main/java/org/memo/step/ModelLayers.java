package org.memo.step;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.layer.KeptSet;
import org.memo.layer.Linear;
import org.memo.layer.Norm;
import org.memo.layer.TransformerLayer;
import org.memo.memory.SlabAllocator;
import org.memo.model.ModelConfig;
import org.memo.model.ParameterLayout;
import org.memo.model.ParameterLayout.LayerBlocks;

/**
 * A model's parts with their weights in the slab.
 *
 * @param rotaryTables of the rotary embedding; none where positions are learned
 */
record ModelLayers(
    EmbeddingProgram embedding,
    List<TransformerLayer> layers,
    LossProgram loss,
    @Nullable RotaryTables rotaryTables) {

  static ModelLayers create(
      ModelConfig config,
      ModelStates states,
      Device device,
      SlabAllocator allocator,
      StepSettings settings) {
    ParameterLayout layout = states.layout();
    RotaryTables tables =
        config.isRotary() ? RotaryTables.create(config, device, allocator, settings) : null;
    KeptSet keptSet = settings.layout().keptSet();
    List<TransformerLayer> layers = new ArrayList<>();
    for (int i = 0; i < config.numLayers(); i++) {
      layers.add(layer(config, states, i, tables, keptSet));
    }
    float epsilon = config.normEpsilon();
    return new ModelLayers(
        new EmbeddingProgram(
            states.weight(0, layout.tokenEmbedding()),
            states.weightOrNull(0, layout.positionEmbedding()),
            Objects.requireNonNullElse(config.paddingToken(), EmbeddingProgram.NONE)),
        layers,
        new LossProgram(
            new Norm(
                states.weight(states.lastPlace(), layout.finalNorm()),
                states.weightOrNull(states.lastPlace(), layout.finalNormBias()),
                epsilon),
            new Linear(states.weight(states.lastPlace(), layout.head()), null)),
        tables);
  }

  /**
   * Submits what layers need to know of where a micro-batch's tokens stand.
   *
   * @param positions [T] i32
   */
  void locate(Stream stream, DeviceRegion positions) {
    if (rotaryTables != null) {
      rotaryTables.fill(stream, positions);
    }
  }

  private static TransformerLayer layer(
      ModelConfig config,
      ModelStates states,
      int index,
      @Nullable RotaryTables tables,
      KeptSet keptSet) {
    float epsilon = config.normEpsilon();
    LayerBlocks blocks = states.layout().layer(index);
    int place = index + 1;
    return new TransformerLayer(
        new Norm(
            states.weight(place, blocks.attentionNorm()),
            states.weightOrNull(place, blocks.attentionNormBias()),
            epsilon),
        new Linear(
            states.weight(place, blocks.qkv()), states.weightOrNull(place, blocks.qkvBias())),
        tables == null ? null : tables.rotation(config, states.type()),
        new Linear(
            states.weight(place, blocks.attentionOutput()),
            states.weightOrNull(place, blocks.attentionOutputBias())),
        new Norm(
            states.weight(place, blocks.mlpNorm()),
            states.weightOrNull(place, blocks.mlpNormBias()),
            epsilon),
        new Linear(
            states.weight(place, blocks.mlpIn()), states.weightOrNull(place, blocks.mlpInBias())),
        config.isGated(),
        new Linear(
            states.weight(place, blocks.mlpOut()), states.weightOrNull(place, blocks.mlpOutBias())),
        keptSet);
  }
}
