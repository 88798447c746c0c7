package org.memo.planner.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.Solution;
import org.memo.planner.trace.TensorLife;

class AllocationCsvTest {

  private static final Problem PROBLEM =
      new Problem(
          List.of(
              new TensorLife("b1", 0, 3, 4),
              new TensorLife("b2", 3, 1_000_000_000_000L, 68_719_476_736L)),
          1);

  @Test
  void aProblemComesBackFromItsText() {
    AllocationCsv csv = new AllocationCsv(PROBLEM, Optional.empty());
    assertEquals("id,lower,upper,size\nb1,0,3,4\nb2,3,1000000000000,68719476736\n", csv.format());
    assertEquals(csv, AllocationCsv.parse(csv.format(), 1));
  }

  @Test
  void aSolutionComesBackFromItsText() {
    Solution solution = new Solution(List.of(0L, 0L), 68_719_476_736L);
    AllocationCsv csv = new AllocationCsv(PROBLEM, Optional.of(solution));
    assertTrue(csv.format().startsWith("id,lower,upper,size,offset\nb1,0,3,4,0\n"));
    assertEquals(csv, AllocationCsv.parse(csv.format(), 1));
  }

  @Test
  void columnsMayStandInAnyOrderAndLinesEndInAnyWay() {
    String text = "size, upper,lower,id\r\n4,3,0,b1\r\n\r\n68719476736,1000000000000,3,b2";
    assertEquals(PROBLEM, AllocationCsv.parse(text, 1).problem());
  }

  @Test
  void aHeaderAloneIsAProblemWithoutBuffers() {
    assertEquals(0, AllocationCsv.parse("id,lower,upper,size\n", 1).problem().size());
  }

  @Test
  void aFileIsRead(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("problem.csv");
    Files.writeString(file, "id,lower,upper,size\nb1,0,3,4\n");
    assertEquals(PROBLEM.buffers().subList(0, 1), AllocationCsv.read(file, 1).problem().buffers());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = true,
      textBlock =
          """
          ''                                          | the file is empty
          'id,lower,upper'                            | line 1: the header lacks the column 'size'
          'id,lower,upper,size,colour'                | line 1: the header has the column 'colour'
          'id,lower,upper,size,id'                    | line 1: the header names a column twice
          'b1,0,3,4'                                  | line 1: the header has the column 'b1'
          'id,lower,upper,size;b1,0,3'                | line 2: there are 3 fields for 4 columns
          'id,lower,upper,size;b1,0,3,4,5'            | line 2: there are 5 fields for 4 columns
          'id,lower,upper,size;;;b1,0,x,4'            | line 4: upper is 'x'
          'id,lower,upper,size;b1,0,3,'               | line 2: size is ''
          'id,lower,upper,size;b1,0,3,1e3'            | line 2: size is '1e3'
          'id,lower,upper,size;b1,0,3,9223372036854775808' | line 2: size is '9223372036854775808'
          'id,lower,upper,size;b1,0,3,0'              | line 2: tensor b1 has size 0
          'id,lower,upper,size;b1,3,3,4'              | line 2: tensor b1 has the lifespan [3, 3)
          'id,lower,upper,size;,0,3,4'                | line 2: the id is empty
          'id,lower,upper,size;b,0,3,4;c,0,3,4;b,0,3,4' | line 4: id b stands in line 2 already
          'id,lower,upper,size,offset;b1,0,3,4,-1'    | line 2: offset is -1
          'id,lower,upper,size,offset;b1,0,3,4,9223372036854775807' | line 2: offset is 92
          """)
  void whatIsWrongIsNamedWithItsLine(String text, String expectedText) {
    Exception e =
        assertThrows(
            IllegalArgumentException.class, () -> AllocationCsv.parse(text.replace(';', '\n'), 1));
    assertTrue(e.getMessage().contains(expectedText), e.getMessage());
  }

  @Test
  void aNameThatWouldBreakTheRowIsNotWritten() {
    for (String name : List.of("a,b", "a\nb", " a", "", "a\"b")) {
      Problem problem = new Problem(List.of(new TensorLife(name, 0, 1, 1)), 1);
      assertThrows(
          IllegalArgumentException.class,
          () -> new AllocationCsv(problem, Optional.empty()).format(),
          name);
    }
  }
}
