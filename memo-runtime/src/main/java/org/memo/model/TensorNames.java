package org.memo.model;

import java.util.List;

/**
 * How an architecture names its modules. Those of a layer stand under {@code layers + index + "."};
 * a tensor's name is the prefix, the module's name, and ".weight" or ".bias".
 *
 * @param qkv the members of the block of queries, keys and values
 * @param mlpIn the members of the MLP's first block
 * @param inputMajor projections are stored [inputs, outputs]
 */
record TensorNames(
    String tokenEmbedding,
    String positionEmbedding,
    String layers,
    String attentionNorm,
    List<String> qkv,
    String attentionOutput,
    String mlpNorm,
    List<String> mlpIn,
    String mlpOut,
    String finalNorm,
    boolean inputMajor) {

  /** Under no prefix in any architecture. */
  static final String HEAD = "lm_head";

  private static final TensorNames LLAMA =
      new TensorNames(
          "embed_tokens",
          "",
          "layers.",
          "input_layernorm",
          List.of("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
          "self_attn.o_proj",
          "post_attention_layernorm",
          List.of("mlp.gate_proj", "mlp.up_proj"),
          "mlp.down_proj",
          "norm",
          false);

  private static final TensorNames GPT2 =
      new TensorNames(
          "wte",
          "wpe",
          "h.",
          "ln_1",
          List.of("attn.c_attn"),
          "attn.c_proj",
          "ln_2",
          List.of("mlp.c_fc"),
          "mlp.c_proj",
          "ln_f",
          true);

  static TensorNames of(Architecture architecture) {
    return architecture == Architecture.GPT2 ? GPT2 : LLAMA;
  }
}
