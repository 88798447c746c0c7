package org.memo.op;

/** The norms, row by row, in double precision. */
final class ReferenceNorms {
  private ReferenceNorms() {}

  static final class Gradients {
    final double[] dx;
    final double[] dweight;
    final double[] dbias;

    private Gradients(int elements, int cols) {
      dx = new double[elements];
      dweight = new double[cols];
      dbias = new double[cols];
    }
  }

  /** {@code y = x s w} with {@code s = 1 / sqrt(mean(x^2) + epsilon)}. */
  static double[] rmsForward(double[] x, double[] weight, double epsilon) {
    int cols = weight.length;
    double[] y = new double[x.length];
    for (int row = 0; row < x.length; row += cols) {
      double scale = inverseRms(x, row, cols, 0, epsilon);
      for (int c = 0; c < cols; c++) {
        y[row + c] = x[row + c] * scale * weight[c];
      }
    }
    return y;
  }

  /** With g = dy w: {@code dx = s g - x s^3 mean(g x)}. */
  static Gradients rmsBackward(double[] x, double[] weight, double[] dy, double epsilon) {
    int cols = weight.length;
    Gradients gradients = new Gradients(x.length, cols);
    for (int row = 0; row < x.length; row += cols) {
      double scale = inverseRms(x, row, cols, 0, epsilon);
      double meanProduct = 0;
      for (int c = 0; c < cols; c++) {
        meanProduct += dy[row + c] * weight[c] * x[row + c] / cols;
      }
      for (int c = 0; c < cols; c++) {
        int at = row + c;
        gradients.dx[at] = scale * dy[at] * weight[c] - x[at] * scale * scale * scale * meanProduct;
        gradients.dweight[c] += dy[at] * x[at] * scale;
      }
    }
    return gradients;
  }

  /** {@code y = n w + b} with {@code n = (x - mean) / sqrt(variance + epsilon)}. */
  static double[] layerForward(double[] x, double[] weight, double[] bias, double epsilon) {
    int cols = weight.length;
    double[] y = new double[x.length];
    for (int row = 0; row < x.length; row += cols) {
      double mean = mean(x, row, cols);
      double scale = inverseRms(x, row, cols, mean, epsilon);
      for (int c = 0; c < cols; c++) {
        y[row + c] = (x[row + c] - mean) * scale * weight[c] + bias[c];
      }
    }
    return y;
  }

  /** With g = dy w: {@code dx = s (g - mean(g) - n mean(g n))}. */
  static Gradients layerBackward(double[] x, double[] weight, double[] dy, double epsilon) {
    int cols = weight.length;
    Gradients gradients = new Gradients(x.length, cols);
    for (int row = 0; row < x.length; row += cols) {
      double mean = mean(x, row, cols);
      double scale = inverseRms(x, row, cols, mean, epsilon);
      double meanGradient = 0;
      double meanProduct = 0;
      for (int c = 0; c < cols; c++) {
        double gradient = dy[row + c] * weight[c];
        meanGradient += gradient / cols;
        meanProduct += gradient * (x[row + c] - mean) * scale / cols;
      }
      for (int c = 0; c < cols; c++) {
        int at = row + c;
        double normed = (x[at] - mean) * scale;
        gradients.dx[at] = scale * (dy[at] * weight[c] - meanGradient - normed * meanProduct);
        gradients.dweight[c] += dy[at] * normed;
        gradients.dbias[c] += dy[at];
      }
    }
    return gradients;
  }

  private static double mean(double[] x, int row, int cols) {
    double sum = 0;
    for (int c = 0; c < cols; c++) {
      sum += x[row + c];
    }
    return sum / cols;
  }

  private static double inverseRms(double[] x, int row, int cols, double mean, double epsilon) {
    double squares = 0;
    for (int c = 0; c < cols; c++) {
      squares += (x[row + c] - mean) * (x[row + c] - mean);
    }
    return 1 / Math.sqrt(squares / cols + epsilon);
  }
}
