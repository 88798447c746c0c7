// How far results may be from the definition.
#pragma once

#include "attention_case.h"
#include "check.h"

// The largest error as a share of the largest value, and the root of the mean square as a share of the values'; and an
// error that values of 0 may have.
struct Bound {
  double of_largest;
  double of_mean;
  double of_zero = 1e-9;

  void check(const std::string &what, const std::vector<double> &expected, const Matrix &given) const {
    double largest = 0, worst = 0, squares = 0, square_errors = 0;
    for (size_t i = 0; i < expected.size(); i++) {
      const double error = fabs(given[i] - expected[i]);
      CHECK(!isnan(error), "%s[%zu] is %g, not %g", what.c_str(), i, given[i], expected[i]);
      largest = fmax(largest, fabs(expected[i]));
      worst = fmax(worst, error);
      squares += expected[i] * expected[i];
      square_errors += error * error;
    }
    CHECK(worst <= of_largest * largest + of_zero, "%s: the largest error is %g, the largest value %g", what.c_str(),
          worst, largest);
    CHECK(sqrt(square_errors) <= of_mean * sqrt(squares) + of_zero * sqrt(static_cast<double>(expected.size())),
          "%s: the error is %g of the values", what.c_str(), sqrt(square_errors / squares));
  }
};
