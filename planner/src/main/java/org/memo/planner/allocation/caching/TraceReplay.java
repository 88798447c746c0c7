package org.memo.planner.allocation.caching;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.memo.planner.trace.Request;
import org.memo.planner.trace.RequestTrace;

/** Makes the requests of a trace to an allocator. */
final class TraceReplay {

  private final CachingAllocator allocator;
  private final Map<Long, Block> blockOfTensor = new HashMap<>();

  TraceReplay(CachingAllocator allocator) {
    this.allocator = allocator;
  }

  Usage run(RequestTrace trace, int steps) {
    if (steps < 1) {
      throw new IllegalArgumentException("there are %d steps; 1 is the least".formatted(steps));
    }
    List<RequestTrace.Section> sections = trace.sections();
    boolean fits = true;
    for (int step = 0; step < steps && fits; step++) {
      for (RequestTrace.Section section : sections) {
        boolean runsOnce = section.name().equals(RequestTrace.SETUP);
        fits = fits && ((runsOnce && step > 0) || run(section));
      }
    }
    return allocator.usage(fits);
  }

  private boolean run(RequestTrace.Section section) {
    for (Request request : section.requests()) {
      switch (request) {
        case Request.Malloc malloc -> {
          Block block = allocator.malloc(malloc.sizeBytes());
          if (block == null) {
            return false;
          }
          blockOfTensor.put(malloc.id(), block);
        }
        case Request.Free free -> {
          Block block = blockOfTensor.remove(free.id());
          if (block == null) {
            throw new IllegalArgumentException(
                "tensor %d is freed without being there".formatted(free.id()));
          }
          allocator.free(block);
        }
      }
    }
    return true;
  }
}
