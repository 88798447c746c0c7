package org.memo.device.cuda.cudnn;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.memo.bindings.cudnn.CudnnPack;

/**
 * The packs of addresses of a pass, one for each execution of its plan, made when a set of
 * addresses is met first. Addresses come from a memory plan, so a steady step finds all of its
 * packs here.
 */
final class PassPacks implements AutoCloseable {
  /** Far more than a step has layers; what has no end is no memory plan. */
  private static final int MOST = 10_000;

  private final PreparedPass pass;
  private final HostScalars scalars;
  private final Map<PassAddresses, List<CudnnPack>> packs = new LinkedHashMap<>();

  PassPacks(PreparedPass pass, HostScalars scalars) {
    this.pass = pass;
    this.scalars = scalars;
  }

  /** In their order; they stay this object's. */
  List<CudnnPack> of(PassAddresses addresses) {
    List<CudnnPack> known = packs.get(addresses);
    if (known == null) {
      if (packs.size() == MOST) {
        close();
      }
      known = create(addresses);
      packs.put(addresses, known);
    }
    return known;
  }

  @Override
  public void close() {
    packs.values().forEach(executions -> executions.forEach(CudnnPack::close));
    packs.clear();
  }

  private List<CudnnPack> create(PassAddresses addresses) {
    List<CudnnPack> executions = new ArrayList<>();
    for (long group = 0; group < pass.groups(); group++) {
      for (long batch = 0; batch < pass.batches(); batch++) {
        executions.add(
            new CudnnPack(
                addresses.of(pass, group, batch),
                scalars.of(pass.shape().kind()),
                addresses.workspace()));
      }
    }
    return executions;
  }
}
