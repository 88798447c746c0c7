#include "kernel_table.h"
#include "lanes.h"
#include "simd_math.h"
#include "storage.h"
#include "threads.h"

namespace memo::MEMO_ISA {

void MEMO_TYPED(swiglu_forward)(const Element *gate_up, Element *act, int64_t rows, int64_t ffn) {
  const int parts = num_parts(rows * ffn);
  parallel(parts, [=](int part) {
    for_row_pieces(rows, ffn, part, parts, [=](int64_t row, int64_t begin_col, int64_t end_col) {
      const Element *gates = gate_up + row * 2 * ffn;
      const Element *ups = gates + ffn;
      Element *act_row = act + row * ffn;
      for_lanes(begin_col, end_col, [=](auto lanes) MEMO_FLAT {
        const Vec gate = lanes.load(gates);
        lanes.store(act_row, gate * sigmoid(gate) * lanes.load(ups));
      });
    });
  });
}

// silu'(g) = s + silu(g) (1 - s) with s = sigmoid(g)
void MEMO_TYPED(swiglu_backward)(Element *gate_up, Element *dact, int64_t rows, int64_t ffn) {
  const int parts = num_parts(rows * ffn);
  parallel(parts, [=](int part) {
    for_row_pieces(rows, ffn, part, parts, [=](int64_t row, int64_t begin_col, int64_t end_col) {
      Element *gates = gate_up + row * 2 * ffn;
      Element *ups = gates + ffn;
      Element *dact_row = dact + row * ffn;
      for_lanes(begin_col, end_col, [=](auto lanes) MEMO_FLAT {
        const Vec gate = lanes.load(gates);
        const Vec up = lanes.load(ups);
        const Vec gradient = lanes.load(dact_row);
        const Vec s = sigmoid(gate);
        const Vec silu = gate * s;
        lanes.store(gates, gradient * up * fma(silu, 1.0f - s, s));
        lanes.store(ups, gradient * silu);
        lanes.store(dact_row, silu * up);
      });
    });
  });
}

}  // namespace memo::MEMO_ISA
