/**
 * Decoder-only transformers as Hugging Face writes them: what {@code config.json} says, where each
 * tensor lies in one flat vector of parameters, and safetensors files in and out. Nothing here
 * knows a device. Legend: E hidden, H query heads, K kv heads, D head dim, F ffn, V vocabulary, L
 * layers, S sequence.
 */
@NullMarked
package org.memo.model;

import org.jspecify.annotations.NullMarked;
