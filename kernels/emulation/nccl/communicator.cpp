#include "communicator.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <algorithm>
#include <chrono>

#include "cuda_bf16.h"
#include "emulation_control.h"

namespace memo::emulation {

namespace {

size_t bytes_of(ncclDataType_t type) {
  switch (type) {
    case ncclUint8: return 1;
    case ncclBfloat16: return 2;
    case ncclFloat32: return 4;
    case ncclFloat64: return 8;
  }
  return 0;
}

void add(float *sum, float addend) { *sum += addend; }
void add(double *sum, double addend) { *sum += addend; }
void add(__nv_bfloat16 *sum, __nv_bfloat16 addend) {
  *sum = __float2bfloat16(__bfloat162float(*sum) + __bfloat162float(addend));
}

// As by rings: each part of the elements begins at another rank, so that the order is not the ranks'.
template <class T>
void add_all(const std::vector<const char *> &parts, size_t count, char *sum) {
  const size_t ranks = parts.size();
  for (size_t i = 0; i < count; i++) {
    const size_t begin = i % ranks;
    T total = reinterpret_cast<const T *>(parts[begin])[i];
    for (size_t step = 1; step < ranks; step++) {
      add(&total, reinterpret_cast<const T *>(parts[(begin + step) % ranks])[i]);
    }
    reinterpret_cast<T *>(sum)[i] = total;
  }
}

void add_all(ncclDataType_t type, const std::vector<const char *> &parts, size_t count, char *sum) {
  switch (type) {
    case ncclFloat32: return add_all<float>(parts, count, sum);
    case ncclFloat64: return add_all<double>(parts, count, sum);
    case ncclBfloat16: return add_all<__nv_bfloat16>(parts, count, sum);
    case ncclUint8: return;
  }
}

bool usable(const void *address, size_t bytes) {
  return bytes == 0 || memo_emulation_is_device_accessible(address, bytes) != 0;
}

bool usable(const Call &call, size_t ranks) {
  const size_t bytes = call.count * bytes_of(call.type);
  const size_t sent = call.kind == Kind::kReceive ? 0 : call.kind == Kind::kReduceScatter ? ranks * bytes : bytes;
  const size_t received = call.kind == Kind::kSend ? 0 : call.kind == Kind::kAllGather ? ranks * bytes : bytes;
  return usable(call.sent, sent) && usable(call.received, received);
}

bool may_share_a_device() {
  const char *text = getenv("NCCL_MULTI_RANK_GPU_ENABLE");
  return text != nullptr && strcmp(text, "1") == 0;
}

}  // namespace

bool Meetings::join(int rank, int ranks, int device) {
  Lock lock(mutex_);
  bool is_new = ranks == ranks_ && devices_.count(rank) == 0;
  for (const auto &other : devices_) is_new = is_new && (other.second != device || may_share_a_device());
  devices_[rank] = device;
  changed_.notify_all();
  changed_.wait(lock, [&] { return devices_.size() == static_cast<size_t>(ranks_); });
  return is_new;
}

// False where the rank was aborted, or CUDA's context has failed.
template <class Done>
bool Meetings::wait(Lock &lock, int rank, Done done) {
  while (!done()) {
    if (aborted_[static_cast<size_t>(rank)] || cudaPeekAtLastError() != cudaSuccess) return false;
    changed_.wait_for(lock, std::chrono::milliseconds(5));
  }
  return true;
}

int Meetings::perform(int rank, const std::vector<Call> &calls) {
  Lock lock(mutex_);
  std::vector<std::shared_ptr<Message>> sent;
  for (const Call &call : calls) {
    if (!usable(call, static_cast<size_t>(ranks_))) {
      memo_emulation_fail_work(cudaErrorIllegalAddress, "NCCL was given memory that is not the device's");
      return cudaErrorIllegalAddress;
    }
    if (call.kind != Kind::kSend) continue;
    sent.push_back(std::make_shared<Message>(Message{call.sent, call.count * bytes_of(call.type)}));
    messages_[{rank, call.peer}].push_back(sent.back());
  }
  changed_.notify_all();
  for (const Call &call : calls) {
    if (call.kind == Kind::kSend) continue;
    const int error =
        call.kind == Kind::kReceive ? receive(lock, rank, call) : collective(lock, rank, numbers_[rank]++, call);
    if (error != 0) return error;
  }
  for (const auto &message : sent) wait(lock, rank, [&] { return message->taken; });
  return 0;
}

int Meetings::receive(Lock &lock, int rank, const Call &call) {
  Messages &messages = messages_[{call.peer, rank}];
  if (!wait(lock, rank, [&] { return !messages.empty(); })) return 0;
  const auto message = messages.front();
  messages.pop_front();
  if (message->size != call.count * bytes_of(call.type)) {
    memo_emulation_fail_work(cudaErrorLaunchFailure, "an NCCL rank receives another number of bytes than is sent");
    return cudaErrorLaunchFailure;
  }
  memmove(call.received, message->bytes, message->size);
  message->taken = true;
  changed_.notify_all();
  return 0;
}

// The last rank to come does the work of all.
int Meetings::collective(Lock &lock, int rank, uint64_t number, const Call &call) {
  auto &place = meetings_[number];
  if (place == nullptr) place = std::make_shared<Meeting>();
  const auto meeting = place;
  meeting->calls.insert({rank, call});
  if (meeting->calls.size() == static_cast<size_t>(ranks_)) {
    run(meeting.get());
    meeting->done = true;
    meetings_.erase(number);
    changed_.notify_all();
  }
  if (wait(lock, rank, [&] { return meeting->done; }) && !meeting->mismatch.empty()) {
    memo_emulation_fail_work(cudaErrorLaunchFailure, meeting->mismatch.c_str());
    return cudaErrorLaunchFailure;
  }
  return 0;
}

void Meetings::run(Meeting *meeting) {
  const Call &first = meeting->calls.at(0);
  const size_t bytes = first.count * bytes_of(first.type);
  std::vector<const char *> sent;
  for (const auto &[rank, call] : meeting->calls) {
    if (!call.fits(first)) meeting->mismatch = "the ranks of an NCCL communicator make different calls";
    sent.push_back(static_cast<const char *>(call.sent));
  }
  if (!meeting->mismatch.empty() || first.count == 0) return;
  const size_t parts = first.kind == Kind::kReduceScatter ? sent.size() : 1;
  std::vector<char> sum(first.kind == Kind::kAllReduce || parts > 1 ? parts * bytes : 0);
  if (!sum.empty()) add_all(first.type, sent, parts * first.count, sum.data());
  for (const auto &[rank, call] : meeting->calls) {
    auto *received = static_cast<char *>(call.received);
    const size_t index = static_cast<size_t>(rank);
    switch (first.kind) {
      case Kind::kAllGather:
        for (size_t from = 0; from < sent.size(); from++) memmove(received + from * bytes, sent[from], bytes);
        break;
      case Kind::kReduceScatter: memcpy(received, sum.data() + index * bytes, bytes); break;
      case Kind::kAllReduce: memcpy(received, sum.data(), bytes); break;
      case Kind::kBroadcast: memmove(received, sent[static_cast<size_t>(first.peer)], bytes); break;
      default: break;
    }
  }
}

void Meetings::abort(int rank) {
  aborted_[static_cast<size_t>(rank)] = true;
  Lock lock(mutex_);
  changed_.notify_all();
}

}  // namespace memo::emulation
