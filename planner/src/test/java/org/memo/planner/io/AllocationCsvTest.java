package org.memo.planner.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
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
    String text = AllocationCsv.format(PROBLEM);
    assertEquals("id,lower,upper,size\nb1,0,3,4\nb2,3,1000000000000,68719476736\n", text);
    assertEquals(PROBLEM, AllocationCsv.parse(text, 1).problem());
    assertEquals(Optional.empty(), AllocationCsv.parse(text, 1).solution());
  }

  @Test
  void aSolutionComesBackFromItsText() {
    Solution solution = new Solution(List.of(7L, 0L), 68_719_476_736L);
    String text = written(AllocationCsv.format(PROBLEM), solution);
    assertTrue(text.startsWith("id,lower,upper,size,offset\nb1,0,3,4,7\n"), text);
    assertEquals(PROBLEM, AllocationCsv.parse(text, 1).problem());
    assertEquals(Optional.of(solution), AllocationCsv.parse(text, 1).solution());
  }

  @Test
  void columnsMayStandInAnyOrderAndLinesEndInAnyWay() {
    String text = "\uFEFFsize, upper,lower,id\r\n4,3,0,b1\r\n\r\n \n68719476736,1000000000000,3,b2";
    for (String ending : List.of("\r\n", "\n", "\r")) {
      assertEquals(
          PROBLEM, AllocationCsv.parse(text.replaceAll("\\R", ending), 1).problem(), ending);
    }
  }

  @Test
  void rowsAndOtherColumnsAreAnsweredAsTheyWere() {
    String text = "kind, id,size,upper,lower\r\n\"a,b\",x y,5,2,1\r\n\r\n, \"q\"\"r\" ,6,3,2\r\n";
    AllocationCsv csv = AllocationCsv.parse(text, 1);
    assertEquals(
        List.of("x y", "q\"r"), csv.problem().buffers().stream().map(TensorLife::name).toList());
    assertEquals(
        "kind, id,size,upper,lower,offset\n\"a,b\",x y,5,2,1,0\n, \"q\"\"r\" ,6,3,2,9\n",
        written(text, new Solution(List.of(0L, 9L), 15)));
  }

  @Test
  void offsetsThatStoodThereAreReplaced() {
    assertEquals(
        "id,offset,lower,upper,size\nb,31,0,1,2\n",
        written("id,offset,lower,upper,size\nb, 7 ,0,1,2\n", new Solution(List.of(31L), 33)));
  }

  @Test
  void columnsOfMinimallocThatChangeNothingAreTaken() {
    String text = "id,lower,upper,size,alignment,gaps,hint\nb,0,1,2,4,,-1\nc,0,1,2,8, ,5\n";
    assertEquals(2, AllocationCsv.parse(text, 8).problem().size());
  }

  @Test
  void namesOfAnyKindComeBack() {
    for (String name : List.of("a,b", "a\"b", "\"a\"", " a ", "\"", "ä\u2003ö", "a\tb", "#", "'")) {
      Problem problem = new Problem(List.of(new TensorLife(name, 0, 1, 1)), 1);
      String text = AllocationCsv.format(problem);
      assertEquals(problem, AllocationCsv.parse(text, 1).problem(), text);
    }
  }

  @Test
  void theWidestNumbersAreRead() {
    String text =
        "id,lower,upper,size\nb,-9223372036854775808,9223372036854775807,9223372036854775807";
    TensorLife life = AllocationCsv.parse(text, 1).problem().buffers().getFirst();
    assertEquals(new TensorLife("b", Long.MIN_VALUE, Long.MAX_VALUE, Long.MAX_VALUE), life);
  }

  @Test
  void lineEndsAreFoundWhereverTheBufferOfTheReaderEnds() {
    for (int length = 8140; length < 8200; length++) {
      String text = "id,lower,upper,size\r\n" + "x".repeat(length) + ",0,1,2\r\nb,1,2,3\r\n";
      assertEquals(2, AllocationCsv.parse(text, 1).problem().size());
    }
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
          'id,lower,upper,size,id'                    | line 1: the header names the column 'id' twice
          'id,lower,upper,size,x, x '                 | line 1: the header names the column 'x' twice
          'b1,0,3,4'                                  | line 1: the header lacks the column 'id'
          ';;'                                        | the file is empty
          'id,lower,upper,size;b1,0,3'                | line 2: there are 3 fields for the 4 columns
          'id,lower,upper,size;b1,0,3,4,5'            | line 2: there are 5 fields for the 4 columns
          'id,lower,upper,size;;;b1,0,x,4'            | line 4: upper is 'x'
          'id,lower,upper,size;b1,0,3,'               | line 2: size is ''
          'id,lower,upper,size;b1,0,3,1e3'            | line 2: size is '1e3'
          'id,lower,upper,size;b1,0,3,9223372036854775808' | line 2: size is '9223372036854775808'
          'id,lower,upper,size;b1,0,3,0'              | line 2: tensor b1 has size 0
          'id,lower,upper,size;b1,3,3,4'              | line 2: tensor b1 has the lifespan [3, 3)
          'id,lower,upper,size;,0,3,4'                | line 2: the id is empty
          'id,lower,upper,size;b,0,3,4;c,0,3,4;b,0,3,4' | line 4: the id 'b' stands in line 2 already
          'id,lower,upper,size,offset;b1,0,3,4,-1'    | line 2: offset is -1
          'id,lower,upper,size,offset;b1,0,3,4,9223372036854775807' | line 2: offset is 92
          'id,lower,upper,size;"b,0,3,4'              | line 2: a quote is not closed
          'id,lower,upper,size;b,0,3,-4'              | line 2: tensor b has size -4
          'id,lower,upper,size;b,9,-9,4'              | line 2: tensor b has the lifespan [9, -9)
          'id,lower,upper,size;b,0,3,0x10'            | line 2: size is '0x10'
          'id,lower,upper,size;" ",0,3,4'             | line 2: the id is empty
          'id,lower,upper,size;b,0,3,9223372036854775807;c,5,6,1' | the buffers up to c (1 bytes) add up
          'id,lower,upper,size,alignment;b,0,3,4,3'   | line 2: alignment is 3, but all buffers
          'id,lower,upper,size,alignment;b,0,3,4,0'   | line 2: alignment is 0, but all buffers
          'id,lower,upper,size,gaps;b,0,3,4,1-2'      | line 2: gaps is '1-2'; only buffers without
          """)
  void whatIsWrongIsNamedWithItsLine(String text, String expectedText) {
    String message = refused(text.replace(';', '\n'));
    assertTrue(message.contains(expectedText), message);
  }

  @Test
  void whatIsNoTextIsRefusedBeforeItFillsTheMemory(@TempDir Path folder) throws Exception {
    String endless = "x".repeat(CsvLines.MAX_LINE_CHARS + 1);
    assertEquals(
        "line 1: the line is longer than the 65536 characters that are valid", refused(endless));

    Path file = folder.resolve("problem.csv");
    Files.write(file, new byte[] {'i', 'd', (byte) 0xff, (byte) 0xfe});
    Exception e = assertThrows(IllegalArgumentException.class, () -> AllocationCsv.read(file, 1));
    assertEquals(file + ": the file is no text in UTF-8", e.getMessage());
  }

  @Test
  void aNameThatWouldBreakTheLineIsNotWritten() {
    for (String name : List.of("a\nb", "a\rb", "", " ")) {
      Problem problem = new Problem(List.of(new TensorLife(name, 0, 1, 1)), 1);
      assertThrows(IllegalArgumentException.class, () -> AllocationCsv.format(problem), name);
    }
  }

  private static String refused(String text) {
    return String.valueOf(
        assertThrows(IllegalArgumentException.class, () -> AllocationCsv.parse(text, 1))
            .getMessage());
  }

  private static String written(String text, Solution solution) {
    StringBuilder out = new StringBuilder();
    try {
      AllocationCsv.parse(text, 1).writeWith(solution, out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toString();
  }
}
