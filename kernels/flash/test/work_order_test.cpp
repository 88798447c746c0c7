// Every block of every head is an item of work once, in an order that ends with short ones.
#include "work_order.h"

#include <vector>

#include "check.h"

using namespace memo::flash;

namespace {

void check_order(const Shape &shape, int64_t operand_bytes, bool item_per_head, bool last_rows_first) {
  const int64_t blocks = (shape.tokens + 63) / 64;
  const WorkOrder order = work_order(shape, blocks, operand_bytes, item_per_head, last_rows_first);
  const int64_t group = shape.heads / shape.kv_heads;
  const int64_t heads = item_per_head ? shape.heads : shape.kv_heads;
  CHECK(order.items() == heads * blocks, "%lld items", static_cast<long long>(order.items()));
  std::vector<int> taken(static_cast<size_t>(order.items()));
  WorkItem before = {};
  for (int64_t number = 0; number < order.items(); number++) {
    const WorkItem item = order.item(number);
    CHECK(item.kv_head == item.head / group, "head %lld", static_cast<long long>(item.head));
    CHECK(item_per_head || item.head % group == 0, "head %lld", static_cast<long long>(item.head));
    const int64_t head = item_per_head ? item.head : item.kv_head;
    taken[static_cast<size_t>(item.row_block * heads + head)]++;
    const bool same_section = number > 0 && item.kv_head / order.section == before.kv_head / order.section;
    const bool longer = last_rows_first ? item.row_block > before.row_block : item.row_block < before.row_block;
    CHECK(!same_section || !longer, "item %lld is longer than the one before", static_cast<long long>(number));
    before = item;
  }
  for (int times : taken) CHECK(times == 1, "taken %d times", times);
}

void every_item_is_taken_once_and_long_ones_first() {
  for (const Shape &shape : {Shape{1, 1, 1, 64}, Shape{1000, 8, 8, 64}, Shape{640, 12, 4, 64}, Shape{333, 14, 7, 64}}) {
    for (int64_t operand_bytes : {int64_t{0}, kCacheBytes / 3, kCacheBytes / 2, 10 * kCacheBytes}) {
      for (int kind = 0; kind < 4; kind++) check_order(shape, operand_bytes, kind % 2 == 0, kind / 2 == 0);
    }
  }
}

void heads_that_exceed_the_cache_come_in_sections() {
  const Shape shape = {1000, 8, 8, 64};
  CHECK(work_order(shape, 16, 0, true, true).section == 8, "all at once");
  CHECK(work_order(shape, 16, kCacheBytes / 3, true, true).section == 2, "what fits, but for the last byte");
  CHECK(work_order(shape, 16, 2 * kCacheBytes, true, true).section == 1, "at least one");
}

void a_trillion_tokens_have_their_numbers() {
  const Shape shape = {int64_t{1} << 40, 128, 8, 128};
  const WorkOrder order = work_order(shape, shape.tokens / 64, int64_t{1} << 49, true, true);
  CHECK(order.items() == (int64_t{1} << 34) * 128, "%lld", static_cast<long long>(order.items()));
  const WorkItem last = order.item(order.items() - 1);
  CHECK(last.head == 127 && last.kv_head == 7 && last.row_block == 0, "%lld", static_cast<long long>(last.row_block));
  const WorkItem first = order.item(0);
  CHECK(first.head == 0 && first.row_block == (int64_t{1} << 34) - 1, "%lld", static_cast<long long>(first.row_block));
}

}  // namespace

int main() {
  every_item_is_taken_once_and_long_ones_first();
  heads_that_exceed_the_cache_come_in_sections();
  a_trillion_tokens_have_their_numbers();
  return 0;
}
