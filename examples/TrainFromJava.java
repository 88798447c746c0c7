import java.nio.file.Path;
import org.memo.data.TokenType;
import org.memo.parallel.training.Training;
import org.memo.train.PlanSummary;
import org.memo.train.StepMetrics;
import org.memo.train.TrainListener;
import org.memo.train.TrainOptions;
import org.memo.train.TrainSummary;

/**
 * Trains a small model on the bytes of a file, a sequence shared by two ranks. After ./memo has
 * built Memo once:
 *
 * <pre>
 * java --enable-native-access=ALL-UNNAMED -cp 'memo-cli/target/memo-cli.jar:memo-cli/target/lib/*' \
 *   examples/TrainFromJava.java README.md runs/from-java
 * </pre>
 */
public final class TrainFromJava {
  public static void main(String[] arguments) {
    TrainOptions options =
        TrainOptions.builder()
            .model("tiny")
            .data(arguments[0])
            .dataType(TokenType.BYTES)
            .sequenceLength(512)
            .steps(5)
            .sequenceParallel(2)
            .output(Path.of(arguments[1]))
            .build();
    TrainListener progress =
        new TrainListener() {
          @Override
          public void planned(PlanSummary plan) {
            System.out.printf("a slab of %d bytes, alpha %.2f%n", plan.slabBytes(), plan.alpha());
          }

          @Override
          public void step(StepMetrics step) {
            System.out.printf("step %d: loss %.4f%n", step.step(), step.loss());
          }
        };
    try (Training training = Training.open(options, progress)) {
      TrainSummary summary = training.run();
      System.out.println("the weights are in " + summary.lastCheckpoint());
    }
  }
}
