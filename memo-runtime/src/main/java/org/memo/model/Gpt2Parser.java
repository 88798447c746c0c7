package org.memo.model;

import java.util.Set;

/**
 * GPT-2: LayerNorm, learned positions, GELU in its tanh form, biases everywhere, Conv1D weights.
 */
final class Gpt2Parser {
  /** What Hugging Face drops where the file does not say. */
  private static final double GPT2_DROPOUT = 0.1;

  private static final Biases ALL = new Biases(true, true, true, true);

  private Gpt2Parser() {}

  static ModelConfig parse(ConfigTree tree) {
    refuseUnsupported(tree);
    long hiddenSize = tree.count("n_embd", "hidden_size");
    long numHeads = tree.count("n_head", "num_attention_heads");
    String positionsKey = tree.isPresent("n_positions") ? "n_positions" : "max_position_embeddings";
    long positions = tree.countOr(positionsKey, 1024);
    return new ModelConfig(
        Architecture.GPT2,
        tree.count("vocab_size"),
        hiddenSize,
        ModelConfigParser.numLayers(tree, "n_layer", "num_hidden_layers"),
        numHeads,
        numHeads,
        ModelConfigParser.dividedHeadDim(tree, hiddenSize, numHeads),
        tree.countOr("n_inner", 4 * hiddenSize),
        NormKind.LAYER,
        (float) tree.positiveOr("layer_norm_epsilon", 1e-5),
        Activation.GELU_TANH,
        new PositionEncoding.Learned(positions),
        tree.flagOr("tie_word_embeddings", true),
        ALL,
        ModelConfigParser.initializerRange(tree),
        positions,
        null,
        null,
        Architecture.GPT2.tensorPrefix(),
        ModelConfigParser.dropoutWarnings(
            tree, GPT2_DROPOUT, "resid_pdrop", "embd_pdrop", "attn_pdrop"),
        tree.source(),
        tree.json());
  }

  private static void refuseUnsupported(ConfigTree tree) {
    if (!Set.of("gelu_new", "gelu_pytorch_tanh")
        .contains(tree.textOr("activation_function", "gelu_new"))) {
      throw tree.unsupported(
          "activation_function", "gelu_new and gelu_pytorch_tanh are for GPT2LMHeadModel");
    }
    refuseUnless(tree, "scale_attn_weights", true);
    refuseUnless(tree, "scale_attn_by_inverse_layer_idx", false);
    refuseUnless(tree, "reorder_and_upcast_attn", false);
    refuseUnless(tree, "add_cross_attention", false);
  }

  private static void refuseUnless(ConfigTree tree, String key, boolean supported) {
    if (tree.flagOr(key, supported) != supported) {
      throw tree.unsupported(key, "only %s is".formatted(supported));
    }
  }
}
