package org.memo.device.cuda;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memo.bindings.cublaslt.LtAddresses;
import org.memo.bindings.cublaslt.LtAlgorithm;
import org.memo.bindings.cublaslt.LtHandle;
import org.memo.bindings.cudart.CudaMemory;
import org.memo.bindings.cudart.DeviceAddress;
import org.memo.op.BiasForward;
import org.memo.op.Gemm;

/**
 * Matrix products by cuBLASLt, in row-major order: its column-major matrices are the transposes of
 * ours, so that {@code c = a b} is asked for as {@code c' = b' a'}. Sums are f32, and f32 inputs
 * are used as they are: TF32, which rounds them to 10 bits of fraction, is outside of what the
 * contracts of f32 allow.
 *
 * <p>For each form of product the way is chosen once and kept with its descriptors.
 */
final class CudaProducts implements AutoCloseable {
  /** How many of cuBLASLt's suggestions are timed where products are tuned. */
  private static final int TUNED_SUGGESTIONS = 8;

  private final LtHandle handle;
  private final boolean tuned;
  private final Map<ProductForm, ProductPlan> plans = new HashMap<>();

  CudaProducts(boolean tuned) {
    this.handle = new LtHandle();
    this.tuned = tuned;
  }

  /**
   * Queues a product, and with it the bias that is added to its result.
   *
   * @return whether it was queued; false where cuBLASLt knows no way to add the bias at once
   */
  boolean multiply(
      Gemm product, @Nullable BiasForward bias, SlabMemory slab, StreamScratch scratch) {
    DeviceAddress a = slab.at(product.a());
    DeviceAddress b = slab.at(product.b());
    DeviceAddress c = slab.at(product.c());
    if (product.m() == 0 || product.n() == 0) {
      return true;
    }
    if (product.k() == 0) {
      if (!product.accumulate()) {
        CudaMemory.fill(c, 0, product.c().sizeBytes(), scratch.stream());
      }
      return bias == null;
    }
    LtAddresses addresses = new LtAddresses(b, a, c, c);
    ProductForm form = ProductForm.of(product, bias != null, addresses);
    DeviceAddress biasAddress = bias == null ? DeviceAddress.NONE : slab.at(bias.bias());
    if (bias != null && !form.mayAddBias(biasAddress)) {
      return false;
    }
    ProductPlan plan = plans.get(form);
    if (plan == null) {
      plan = plan(form, addresses, biasAddress, scratch);
      plans.put(form, plan);
    }
    if (plan.algorithm() == null) {
      if (bias != null) {
        return false;
      }
      throw new UnsupportedOperationException("cuBLASLt knows no way to compute " + form);
    }
    plan.setBias(biasAddress);
    plan.run(handle, addresses, scratch);
    return true;
  }

  /** The ways chosen so far, one line each. */
  List<String> report() {
    List<String> lines = new ArrayList<>();
    plans.forEach((form, plan) -> lines.add(form + ": " + plan.algorithm()));
    return lines;
  }

  @Override
  public void close() {
    try (ClosingStack owned = new ClosingStack()) {
      owned.own(handle::close);
      plans.values().forEach(plan -> owned.own(plan::close));
    }
  }

  private ProductPlan plan(
      ProductForm form, LtAddresses addresses, DeviceAddress bias, StreamScratch scratch) {
    ProductPlan plan = new ProductPlan(form);
    try {
      plan.setBias(bias);
      boolean choose = tuned && !form.accumulate(); // a sum changes each time it is formed
      List<LtAlgorithm> suggestions = plan.suggestions(handle, choose ? TUNED_SUGGESTIONS : 1);
      if (suggestions.size() > 1) {
        suggestions = List.of(fastest(plan, suggestions, addresses, scratch));
      }
      if (!suggestions.isEmpty()) {
        plan.use(suggestions.getFirst());
      }
      return plan;
    } catch (RuntimeException e) {
      plan.close();
      throw e;
    }
  }

  private LtAlgorithm fastest(
      ProductPlan plan,
      List<LtAlgorithm> suggestions,
      LtAddresses addresses,
      StreamScratch scratch) {
    LtAlgorithm fastest = suggestions.getFirst();
    double shortest = Double.POSITIVE_INFINITY;
    for (LtAlgorithm suggestion : suggestions) {
      plan.use(suggestion);
      double millis =
          StreamClock.millis(scratch.stream(), () -> plan.run(handle, addresses, scratch));
      if (millis < shortest) {
        shortest = millis;
        fastest = suggestion;
      }
    }
    return fastest;
  }
}
