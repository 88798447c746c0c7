package org.memo.planner.ortools;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.memo.planner.allocation.Problem;

class LiveSetsTest {

  /*  time 0  1  2  3  4
   *       [--b0--)
   *          [----b1----)
   *             [b2)          b2 is born when b0 dies
   *                   [b3)
   */
  @Test
  void aSetIsCompleteWhenAMemberDies() {
    Problem problem =
        RandomProblems.of(
            1,
            new long[] {0, 2, 1},
            new long[] {1, 5, 1},
            new long[] {2, 3, 1},
            new long[] {4, 5, 1});
    List<int[]> sets = LiveSets.of(problem);
    assertEquals(3, sets.size());
    assertArrayEquals(new int[] {0, 1}, sets.get(0));
    assertArrayEquals(new int[] {1, 2}, sets.get(1));
    assertArrayEquals(new int[] {1, 3}, sets.get(2));
  }

  @Test
  void exactlyTheBuffersAliveTogetherShareASetAndNoSetLiesInAnother() {
    Random random = new Random(21);
    for (int round = 0; round < 200; round++) {
      Problem problem = RandomProblems.crowded(random, 1 + random.nextInt(20));
      List<Set<Integer>> sets =
          LiveSets.of(problem).stream()
              .map(set -> Arrays.stream(set).boxed().collect(Collectors.toSet()))
              .toList();
      assertEquals(overlaps(problem), pairs(sets));
      for (Set<Integer> set : sets) {
        assertEquals(1, sets.stream().filter(other -> other.containsAll(set)).count());
      }
      assertEquals(sets.stream().mapToLong(Set::size).sum(), LiveSets.countEntries(problem));
    }
  }

  @Test
  void theOverlapsOfPairsAreTheSame() {
    Random random = new Random(22);
    for (int round = 0; round < 100; round++) {
      Problem problem = RandomProblems.crowded(random, 1 + random.nextInt(20));
      Set<Set<Integer>> pairs = new HashSet<>();
      for (Overlap overlap : Overlap.of(problem, 1000)) {
        pairs.add(Set.of(overlap.first(), overlap.second()));
      }
      assertEquals(overlaps(problem), pairs);
    }
    assertEquals(6, Overlap.of(RandomProblems.stairs(100, 10), 5).size());
  }

  private static Set<Set<Integer>> overlaps(Problem problem) {
    Set<Set<Integer>> pairs = new HashSet<>();
    for (int i = 0; i < problem.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (problem.buffers().get(i).overlaps(problem.buffers().get(j))) {
          pairs.add(Set.of(i, j));
        }
      }
    }
    return pairs;
  }

  private static Set<Set<Integer>> pairs(List<Set<Integer>> sets) {
    Set<Set<Integer>> pairs = new HashSet<>();
    for (Set<Integer> set : sets) {
      for (int i : set) {
        set.stream().filter(j -> j != i).forEach(j -> pairs.add(Set.of(i, j)));
      }
    }
    return pairs;
  }
}
