package org.memo.step;

import java.lang.foreign.MemorySegment;
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
import org.memo.layer.Rotation;
import org.memo.layer.TransformerLayer;
import org.memo.memory.SlabAllocator;
import org.memo.model.ModelConfig;
import org.memo.model.ParameterLayout;
import org.memo.model.ParameterLayout.LayerBlocks;
import org.memo.op.RotaryTable;
import org.memo.planner.cost.ElementType;

/**
 * A model's parts with their weights in the slab.
 *
 * @param rotaryTable fills the tables of the rotary embedding; none where positions are learned
 */
record ModelLayers(
    EmbeddingProgram embedding,
    List<TransformerLayer> layers,
    LossProgram loss,
    @Nullable RotaryTable rotaryTable) {

  static ModelLayers create(
      ModelConfig config,
      ModelStates states,
      Device device,
      SlabAllocator allocator,
      StepSettings settings) {
    ParameterLayout layout = states.layout();
    RotaryTable table =
        config.isRotary()
            ? rotaryTable(config, device, allocator, settings.sequenceLength())
            : null;
    KeptSet keptSet = settings.layout().keptSet();
    List<TransformerLayer> layers = new ArrayList<>();
    for (int i = 0; i < config.numLayers(); i++) {
      layers.add(layer(config, states, i, table, keptSet));
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
        table);
  }

  /** Submits what has to be computed once before the first step. */
  void prepare(Stream stream) {
    if (rotaryTable != null) {
      stream.submit(rotaryTable);
    }
  }

  private static TransformerLayer layer(
      ModelConfig config,
      ModelStates states,
      int index,
      @Nullable RotaryTable table,
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
        table == null ? null : rotation(config, table, states.type()),
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

  private static Rotation rotation(ModelConfig config, RotaryTable table, ElementType type) {
    long rotatedHeads = config.numHeads() + config.numKvHeads();
    long rowStride = (rotatedHeads + config.numKvHeads()) * config.headDim();
    return new Rotation(
        table.cosines(), table.sines(), rotatedHeads, config.headDim(), rowStride, type);
  }

  private static RotaryTable rotaryTable(
      ModelConfig config, Device device, SlabAllocator allocator, long positions) {
    MemorySegment frequencies = MemorySegment.ofArray(config.inverseFrequencies());
    DeviceRegion inverse = allocator.allocate("inverse frequencies", frequencies.byteSize());
    device.upload(frequencies, inverse);
    long halfDim = config.headDim() / 2;
    long tableBytes = Math.multiplyExact(positions, halfDim * Float.BYTES);
    return new RotaryTable(
        inverse,
        allocator.allocate("rotary cosines", tableBytes),
        allocator.allocate("rotary sines", tableBytes),
        positions,
        halfDim);
  }
}
