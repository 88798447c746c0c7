package org.memo.memory;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.memo.device.DeviceRegion;

/**
 * An activation that is dropped after the forward pass and computed again: its memory is a
 * temporary of each pass. One stream uses it, and awaits others before it frees what they use.
 */
public final class RecomputedStore implements ActivationStore {
  private final SlabAllocator allocator;
  private final String name;
  private final long sizeBytes;
  private @Nullable DeviceRegion region;

  public RecomputedStore(SlabAllocator allocator, String name, long sizeBytes) {
    this.allocator = allocator;
    this.name = name;
    this.sizeBytes = sizeBytes;
  }

  @Override
  public DeviceRegion region() {
    return Objects.requireNonNull(region, name);
  }

  @Override
  public void beginForward() {
    region = allocator.allocate(name, sizeBytes);
  }

  @Override
  public void written() {}

  @Override
  public void endForward() {
    allocator.free(region());
    region = null;
  }

  @Override
  public void beginBackward() {
    beginForward();
  }

  @Override
  public Restored restored() {
    return Restored.NOTHING;
  }

  @Override
  public void endBackward() {
    endForward();
  }
}
