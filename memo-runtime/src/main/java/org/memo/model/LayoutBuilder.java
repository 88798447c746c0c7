package org.memo.model;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.memo.UserInputException;
import org.memo.model.ParameterLayout.Block;
import org.memo.model.ParameterLayout.LayerBlocks;
import org.memo.model.ParameterLayout.Tensor;

/** Places blocks one after the other: a walk over all matrices, then one over all vectors. */
final class LayoutBuilder {
  /** A tensor of a block: its module, and its share of the block's outputs. */
  private record Member(String module, long outputs) {}

  private record LayerMatrices(Block qkv, Block attentionOutput, Block mlpIn, Block mlpOut) {}

  private final ModelConfig config;
  private final TensorNames names;
  private final List<Tensor> tensors = new ArrayList<>();
  private long nextElement;
  private long parameterCount;

  LayoutBuilder(ModelConfig config) {
    this.config = config;
    this.names = TensorNames.of(config.architecture());
  }

  ParameterLayout build() {
    try {
      ParameterLayout layout = place();
      Math.multiplyExact(layout.elements(), Float.BYTES);
      return layout;
    } catch (ArithmeticException e) {
      throw new UserInputException(
          "%s describes a model of more than 2^61 parameters.".formatted(config.source()), e);
    }
  }

  private ParameterLayout place() {
    long hidden = config.hiddenSize();
    Block tokens = embedding(names.tokenEmbedding(), config.vocabSize());
    Block positions =
        config.positions() instanceof PositionEncoding.Learned(long count)
            ? embedding(names.positionEmbedding(), count)
            : null;
    List<LayerMatrices> matrices =
        IntStream.range(0, config.numLayers()).mapToObj(this::layerMatrices).toList();
    Member head = new Member(TensorNames.HEAD, config.vocabSize());
    Block headBlock = config.tiedHead() ? tokens : matrix(List.of(head), hidden, false);
    long matrixElements = nextElement;
    List<LayerBlocks> layers =
        IntStream.range(0, config.numLayers())
            .mapToObj(i -> layerBlocks(i, matrices.get(i)))
            .toList();
    Block finalNorm = normWeight(names.finalNorm(), "");
    Block finalNormBias = normBias(names.finalNorm(), "");
    return new ParameterLayout(
        nextElement,
        matrixElements,
        parameterCount,
        tensors,
        tokens,
        positions,
        layers,
        finalNorm,
        finalNormBias,
        headBlock);
  }

  private LayerMatrices layerMatrices(int index) {
    String layer = layerPrefix(index);
    long hidden = config.hiddenSize();
    boolean inputMajor = names.inputMajor();
    return new LayerMatrices(
        matrix(qkv(layer), hidden, inputMajor),
        matrix(attentionOutput(layer), config.attentionSize(), inputMajor),
        matrix(mlpIn(layer), hidden, inputMajor),
        matrix(mlpOut(layer), config.ffnSize(), inputMajor));
  }

  private LayerBlocks layerBlocks(int index, LayerMatrices matrices) {
    String layer = layerPrefix(index);
    Biases biases = config.biases();
    return new LayerBlocks(
        normWeight(names.attentionNorm(), layer),
        normBias(names.attentionNorm(), layer),
        matrices.qkv(),
        biasOrNull(biases.qkv(), qkv(layer)),
        matrices.attentionOutput(),
        biasOrNull(biases.attentionOutput(), attentionOutput(layer)),
        normWeight(names.mlpNorm(), layer),
        normBias(names.mlpNorm(), layer),
        matrices.mlpIn(),
        biasOrNull(biases.mlpIn(), mlpIn(layer)),
        matrices.mlpOut(),
        biasOrNull(biases.mlpOut(), mlpOut(layer)));
  }

  private String layerPrefix(int index) {
    return names.layers() + index + ".";
  }

  private List<Member> qkv(String layer) {
    long keys = Math.multiplyExact(config.numKvHeads(), config.headDim());
    return members(
        layer,
        names.qkv(),
        List.of(Math.multiplyExact(config.numHeads(), config.headDim()), keys, keys));
  }

  private List<Member> attentionOutput(String layer) {
    return List.of(new Member(moduleName(layer + names.attentionOutput()), config.hiddenSize()));
  }

  private List<Member> mlpIn(String layer) {
    List<Long> sizes =
        config.isGated() ? List.of(config.ffnSize(), config.ffnSize()) : List.of(config.ffnSize());
    return members(layer, names.mlpIn(), sizes);
  }

  private List<Member> mlpOut(String layer) {
    return List.of(new Member(moduleName(layer + names.mlpOut()), config.hiddenSize()));
  }

  /** One member for each size, or a single one that holds them all. */
  private List<Member> members(String layer, List<String> modules, List<Long> outputs) {
    if (modules.size() == 1) {
      long all = outputs.stream().reduce(0L, Math::addExact);
      return List.of(new Member(moduleName(layer + modules.getFirst()), all));
    }
    return IntStream.range(0, modules.size())
        .mapToObj(i -> new Member(moduleName(layer + modules.get(i)), outputs.get(i)))
        .toList();
  }

  private String moduleName(String name) {
    return config.tensorPrefix() + name;
  }

  private Block embedding(String name, long rows) {
    return matrix(List.of(new Member(moduleName(name), rows)), config.hiddenSize(), false);
  }

  private Block normWeight(String name, String layer) {
    return vector(List.of(new Member(moduleName(layer + name), config.hiddenSize())), ".weight");
  }

  private @Nullable Block normBias(String name, String layer) {
    return biasOrNull(
        config.norm() == NormKind.LAYER,
        List.of(new Member(moduleName(layer + name), config.hiddenSize())));
  }

  private @Nullable Block biasOrNull(boolean present, List<Member> members) {
    return present ? vector(members, ".bias") : null;
  }

  private Block matrix(List<Member> members, long inputs, boolean inputMajor) {
    long start = nextElement;
    for (Member member : members) {
      add(
          member.module() + ".weight",
          inputMajor ? List.of(inputs, member.outputs()) : List.of(member.outputs(), inputs));
    }
    return block(members, ".weight", start, inputs, inputMajor);
  }

  private Block vector(List<Member> members, String suffix) {
    long start = nextElement;
    for (Member member : members) {
      add(member.module() + suffix, List.of(member.outputs()));
    }
    return block(members, suffix, start, 1, false);
  }

  private void add(String name, List<Long> shape) {
    Tensor tensor = new Tensor(name, shape, nextElement);
    tensors.add(tensor);
    parameterCount = Math.addExact(parameterCount, tensor.elements());
    nextElement = Math.addExact(nextElement, tensor.elements());
  }

  private Block block(
      List<Member> members, String suffix, long start, long inputs, boolean inputMajor) {
    long align = ParameterLayout.ALIGNMENT_ELEMENTS;
    nextElement = Math.addExact(nextElement, align - 1) / align * align;
    String name = String.join("|", members.stream().map(Member::module).toList()) + suffix;
    long outputs = members.stream().mapToLong(Member::outputs).reduce(0, Math::addExact);
    return new Block(name, start, outputs, inputs, inputMajor);
  }
}
