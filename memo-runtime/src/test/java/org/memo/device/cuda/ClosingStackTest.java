package org.memo.device.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClosingStackTest {
  private final List<String> closed = new ArrayList<>();
  private final ClosingStack stack = new ClosingStack();

  @Test
  void theNewestIsClosedFirstAndEachOnce() {
    own("first");
    own("second");
    stack.close();
    stack.close();
    assertEquals(List.of("second", "first"), closed);
  }

  @Test
  void allAreClosedAndTheFirstFailureIsThrownWithTheOthers() {
    own("first");
    RuntimeException late = failing();
    own("third");
    RuntimeException early = failing();
    assertEquals(early, assertThrows(RuntimeException.class, stack::close));
    assertArrayEquals(new Throwable[] {late}, early.getSuppressed());
    assertEquals(List.of("third", "first"), closed);
  }

  @Test
  void aFailedConstructorsOwnFailureStaysTheFirst() {
    RuntimeException closing = failing();
    RuntimeException failure = new IllegalStateException("the constructor");
    stack.closeAfter(failure);
    assertArrayEquals(new Throwable[] {closing}, failure.getSuppressed());
  }

  @Test
  void whatWasMovedIsClosedByItsNewOwnerInTheSameOrder() {
    ClosingStack other = new ClosingStack();
    other.own(() -> closed.add("older"));
    own("first");
    own("second");
    stack.moveTo(other);
    stack.close();
    assertEquals(List.of(), closed);
    other.close();
    assertEquals(List.of("second", "first", "older"), closed);
  }

  private void own(String name) {
    stack.own(() -> closed.add(name));
  }

  private RuntimeException failing() {
    RuntimeException failure = new IllegalStateException("closing");
    stack.own(() -> {
      throw failure;
    });
    return failure;
  }
}
