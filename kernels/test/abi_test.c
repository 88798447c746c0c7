/* The C ABI from C: the header compiles (twice over), calls work, and wrong arguments are answered with a text. */
#include "memo_kernels.h"
#include "memo_kernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SKIPPED 77

#define CHECK(condition)                                                                               \
  do {                                                                                                 \
    if (!(condition)) {                                                                                \
      fprintf(stderr, "line %d: %s; last error: %s\n", __LINE__, #condition, memo_last_error());       \
      exit(1);                                                                                         \
    }                                                                                                  \
  } while (0)

#define CHECK_REFUSED(call, text)             \
  do {                                        \
    CHECK((call) == MEMO_INVALID_ARGUMENT);   \
    CHECK(strcmp(memo_last_error(), text) == 0); \
  } while (0)

static void the_library_says_what_it_is(const char *isa) {
  CHECK(memo_version() == MEMO_KERNELS_VERSION);
  CHECK(strcmp(memo_isa(), isa) == 0);
  CHECK(memo_use_isa("mmx") == MEMO_UNSUPPORTED);
  CHECK(strcmp(memo_last_error(), "memo_use_isa: 'mmx' is no instruction set of this processor") == 0);
  CHECK(strcmp(memo_isa(), isa) == 0);
  CHECK_REFUSED(memo_set_num_threads(0), "memo_set_num_threads: num_threads=0, must be at least 1");
  CHECK(memo_set_num_threads(2) == MEMO_OK);
}

static void reserved_memory_is_zero_and_aligned(void) {
  const int64_t size_bytes = 5 * 1024 * 1024 + 3;
  void *address = NULL;
  CHECK(memo_reserve(size_bytes, &address) == MEMO_OK);
  CHECK((uintptr_t)address % 4096 == 0);
  char *bytes = address;
  CHECK(bytes[0] == 0 && bytes[size_bytes - 1] == 0);
  memset(bytes, 7, size_bytes);
  CHECK(memo_copy(bytes, bytes + 3 * 1024 * 1024, 2 * 1024 * 1024) == MEMO_OK);
  CHECK(memo_zero(bytes + 1, size_bytes - 1) == MEMO_OK);
  CHECK(bytes[0] == 7 && bytes[1] == 0 && bytes[size_bytes - 1] == 0);
  CHECK(memo_release(address, size_bytes) == MEMO_OK);
  CHECK(memo_reserve(INT64_MAX, &address) == MEMO_OUT_OF_MEMORY);
  CHECK_REFUSED(memo_reserve(0, &address), "memo_reserve: size_bytes=0, must be at least 1");
}

static void a_norm_of_one_row(void) {
  const float x[3] = {1, 2, 2};
  const float weight[3] = {1, 10, 100};
  float y[3];
  CHECK(memo_rms_norm_forward_f32(x, weight, y, 1, 3, 0) == MEMO_OK);
  const float rms = sqrtf(3);
  CHECK(fabsf(y[0] - 1 / rms) < 1e-6f && fabsf(y[1] - 20 / rms) < 1e-5f && fabsf(y[2] - 200 / rms) < 1e-4f);
  CHECK_REFUSED(memo_rms_norm_forward_f32(x, weight, NULL, 1, 3, 0), "memo_rms_norm_forward_f32: y is null");
  CHECK_REFUSED(memo_rms_norm_forward_f32(x, weight, y, 1, 0, 0),
                "memo_rms_norm_forward_f32: cols=0, must be at least 1");
  CHECK_REFUSED(memo_rms_norm_forward_f32(x, weight, y, INT64_MAX, 3, 0),
                "memo_rms_norm_forward_f32: rows=9223372036854775807 times cols=3 is more than memory can have");
}

static void a_gradient_needs_scratch_memory_once(void) {
  float dy[6] = {1, 2, 3, 4, 5, 6};
  float dbias[3] = {100, 100, 100};
  CHECK(memo_bias_backward_f32(dy, dbias, 2, 3) == MEMO_OK);
  CHECK(dbias[0] == 105 && dbias[1] == 107 && dbias[2] == 109);
  const int64_t allocations = memo_scratch_allocations();
  CHECK(allocations >= 1);
  CHECK(memo_bias_backward_f32(dy, dbias, 2, 3) == MEMO_OK);
  CHECK(memo_scratch_allocations() == allocations);
}

static void the_loss_of_equal_logits(void) {
  float logits[8] = {5, 5, 5, 5, 1, 2, 3, 4};
  const int32_t targets[2] = {2, -1};
  double loss = 1;
  CHECK(memo_cross_entropy_f32(logits, targets, &loss, 2, 4, 1) == MEMO_OK);
  CHECK(fabs(loss - 1 - log(4)) < 1e-7);
  CHECK(logits[0] == 0.25f && logits[2] == -0.75f && logits[4] == 0 && logits[7] == 0);
  const int32_t outside[2] = {0, 4};
  CHECK(memo_cross_entropy_f32(logits, outside, &loss, 2, 4, 1) == MEMO_INVALID_ARGUMENT);
  CHECK(strstr(memo_last_error(), "targets[1]=4, must be at least") != NULL);
}

static const memo_bf16 kBf16One = 0x3F80, kBf16Ten = 0x4120, kBf16Nan = 0x7FC0;

static void a_norm_of_one_row_in_bf16(void) {
  const memo_bf16 x[3] = {kBf16One, kBf16One, kBf16One};
  const memo_bf16 weight[3] = {kBf16One, kBf16Ten, kBf16Nan};
  memo_bf16 y[3];
  CHECK(memo_rms_norm_forward_bf16(x, weight, y, 1, 3, 0) == MEMO_OK);
  CHECK(y[0] == kBf16One && y[1] == kBf16Ten && (y[2] & 0x7FFF) > 0x7F80);
  CHECK_REFUSED(memo_rms_norm_forward_bf16(x, weight, NULL, 1, 3, 0), "memo_rms_norm_forward_bf16: y is null");
}

static void a_sum_of_many_rows_in_bf16_is_exact(void) {
  enum { ROWS = 5000 };
  static memo_bf16 dy[ROWS];
  for (int i = 0; i < ROWS; i++) dy[i] = kBf16One;
  float dbias = 1;
  CHECK(memo_bias_backward_bf16(dy, &dbias, ROWS, 1) == MEMO_OK);
  CHECK(dbias == ROWS + 1);
}

static void an_optimizer_step_rounds_its_copy(void) {
  float w[2] = {1, 1}, m[2] = {0}, v[2] = {0}, gradient[2] = {1, 0};
  memo_bf16 weights[2];
  CHECK(memo_adamw_bf16(w, m, v, gradient, weights, 2, 1, 0.5, 0, 0, 0, 0, 1, 1) == MEMO_OK);
  CHECK(w[0] == 0.5f && weights[0] == 0x3F00);
  CHECK(isnan(w[1]) && (weights[1] & 0x7FFF) > 0x7F80); /* 0 / 0: nothing hides it */
  CHECK_REFUSED(memo_adamw_bf16(w, m, v, gradient, NULL, 2, 1, 1, 0, 0, 0, 0, 1, 1),
                "memo_adamw_bf16: weights is null");
}

static void ids_and_heads_are_checked(void) {
  float values[8] = {0};
  const int32_t negative[1] = {-1};
  CHECK_REFUSED(memo_embedding_forward_f32(values, negative, values + 4, 1, 2, 2, 0),
                "memo_embedding_forward_f32: ids[0]=-1, must be at least 0 and below 2");
  const int32_t position[1] = {0};
  CHECK_REFUSED(memo_rotary_f32(values, 4, position, values, values, 1, 1, 3, 0),
                "memo_rotary_f32: head_dim=3, must be even");
  CHECK_REFUSED(memo_rotary_f32(values, 3, position, values, values, 1, 1, 4, 0),
                "memo_rotary_f32: row_stride=3, must be at least 4");
}

static int attend(int64_t row_stride, const int64_t *offsets, int64_t num_segments, int64_t head_dim) {
  static const float values[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  static float out[8];
  static float lse[2];
  const int status = memo_attention_forward_f32(values, row_stride, values, row_stride, values, row_stride, out,
                                                row_stride, lse, offsets, num_segments, 2, 1, 1, head_dim, 0);
  if (status == MEMO_OK) {
    CHECK(fabsf(out[0] - 1) < 1e-6f && fabsf(lse[0]) < 1e-6f);
    const int alone = num_segments == 2; /* else both tokens weigh the same */
    CHECK(fabsf(out[4] - (alone ? 5 : 3)) < 1e-5f && fabsf(lse[1] - (alone ? 0 : logf(2))) < 1e-6f);
  }
  return status;
}

static void segments_and_strides_of_attention_are_checked(void) {
  const int64_t one[2] = {0, 2};
  const int64_t two[3] = {0, 1, 2};
  CHECK(attend(4, one, 1, 4) == MEMO_OK);
  CHECK(attend(4, two, 2, 4) == MEMO_OK);
  const int64_t falling[4] = {0, 2, 1, 2};
  CHECK_REFUSED(attend(4, falling, 3, 4),
                "memo_attention_forward_f32: segment_offsets[2]=1 is below the one before it, 2");
  const int64_t ending_early[2] = {0, 1};
  CHECK_REFUSED(attend(4, ending_early, 1, 4),
                "memo_attention_forward_f32: segment_offsets reach from 0 to 1, must from 0 to tokens=2");
  CHECK_REFUSED(attend(3, one, 1, 4), "memo_attention_forward_f32: q_stride=3, must be at least 4");
  CHECK_REFUSED(attend(512, one, 1, 257), "memo_attention_forward_f32: head_dim=257, must be at most 256");
}

/* Of two places with chunks of one token each: four tokens, of which a call has two queries and two keys. */
static int attend_in_ring(int64_t q_stride, int64_t last_offset, int64_t chunk_tokens, int64_t places,
                          int64_t query_place, int64_t key_place) {
  static const float values[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  static float out[8], lse[2], dq[8], dk[8], dv[8];
  const int64_t offsets[2] = {0, last_offset};
  const int status = memo_ring_attention_forward_f32(values, q_stride, values, 4, values, 4, out, 4, lse, 1, offsets, 1,
                                                     chunk_tokens, places, query_place, key_place, 1, 1, 4, 0);
  if (status != MEMO_OK) return status;
  /* Place 0 has the first token and the last, place 1 those between. */
  const int first_sees = query_place != 0 || key_place == 0;
  CHECK(first_sees ? out[0] == 1 && lse[0] == 0 : out[0] == 0 && lse[0] == -INFINITY);
  const int last_sees_both = query_place == key_place || query_place == 0;
  CHECK(fabsf(out[4] - (last_sees_both ? 3 : 1)) < 1e-5f);
  CHECK(memo_ring_attention_backward_f32(values, 4, values, 4, values, 4, values, 4, lse, lse, dq, 4, dk, 4, dv, 4,
                                         offsets, 1, chunk_tokens, places, query_place, key_place, 1, 1, 4, 0) ==
        MEMO_OK);
  for (int i = 0; i < 8; i++) CHECK(isfinite(dq[i]) && isfinite(dk[i]) && isfinite(dv[i]));
  return status;
}

static void places_of_a_ring_are_checked(void) {
  for (int64_t query_place = 0; query_place < 2; query_place++) {
    for (int64_t key_place = 0; key_place < 2; key_place++) {
      CHECK(attend_in_ring(4, 4, 1, 2, query_place, key_place) == MEMO_OK);
    }
  }
  CHECK_REFUSED(attend_in_ring(4, 4, 0, 2, 0, 0),
                "memo_ring_attention_forward_f32: chunk_tokens=0, must be at least 1");
  CHECK_REFUSED(attend_in_ring(4, 4, 1, 0, 0, 0), "memo_ring_attention_forward_f32: places=0, must be at least 1");
  CHECK_REFUSED(attend_in_ring(4, 4, 1, 2, -1, 0),
                "memo_ring_attention_forward_f32: query_place=-1, must be at least 0");
  CHECK_REFUSED(attend_in_ring(4, 4, 1, 2, 0, 2),
                "memo_ring_attention_forward_f32: key_place=2, must be below places=2");
  CHECK_REFUSED(attend_in_ring(4, 4, INT64_MAX, 2, 0, 0),
                "memo_ring_attention_forward_f32: places=2 times chunk_tokens=9223372036854775807 is more than memory "
                "can have");
  CHECK_REFUSED(attend_in_ring(3, 4, 1, 2, 0, 0), "memo_ring_attention_forward_f32: q_stride=3, must be at least 4");
  CHECK_REFUSED(attend_in_ring(4, 2, 1, 2, 0, 0),
                "memo_ring_attention_forward_f32: segment_offsets reach from 0 to 2, must from 0 to tokens=4");
}

static void row_sums_of_products(void) {
  const float out[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  float delta[4];
  CHECK(memo_attention_delta_f32(out, out, 4, delta, 2, 2, 2) == MEMO_OK);
  CHECK(delta[0] == 5 && delta[1] == 61 && delta[2] == 25 && delta[3] == 113); /* by heads */
  CHECK_REFUSED(memo_attention_delta_f32(out, out, 3, delta, 2, 2, 2),
                "memo_attention_delta_f32: out_stride=3, must be at least 4");
  CHECK_REFUSED(memo_attention_delta_f32(out, out, INT64_MAX, delta, INT64_MAX, 2, 2),
                "memo_attention_delta_f32: tokens=9223372036854775807 times out_stride=9223372036854775807 is more "
                "than memory can have");
}

static void columns_are_copied_bit_by_bit(void) {
  const char source[6] = "abcdef";
  char target[8] = "........";
  CHECK(memo_copy_columns(source + 1, 3, target + 2, 4, 2, 2) == MEMO_OK);
  CHECK(memcmp(target, "..bc..ef", 8) == 0);
  CHECK(memo_copy_columns(source, 3, target, 4, 0, 3) == MEMO_OK);
  CHECK_REFUSED(memo_copy_columns(source, 1, target, 4, 2, 2),
                "memo_copy_columns: source_stride_bytes=1, must be at least 2");
  CHECK_REFUSED(memo_copy_columns(source, 3, NULL, 4, 2, 2), "memo_copy_columns: target is null");
}

int main(void) {
  const char *isa = getenv("MEMO_ISA");
  float zero = 0;
  if (memo_residual_add_f32(&zero, &zero, 1) == MEMO_UNSUPPORTED) return SKIPPED;
  the_library_says_what_it_is(isa);
  reserved_memory_is_zero_and_aligned();
  a_norm_of_one_row();
  a_gradient_needs_scratch_memory_once();
  the_loss_of_equal_logits();
  a_norm_of_one_row_in_bf16();
  a_sum_of_many_rows_in_bf16_is_exact();
  an_optimizer_step_rounds_its_copy();
  ids_and_heads_are_checked();
  segments_and_strides_of_attention_are_checked();
  places_of_a_ring_are_checked();
  row_sums_of_products();
  columns_are_copied_bit_by_bit();
  return 0;
}
