// Communicators: the ranks of one are threads of this process, which meet at each collective.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "nccl.h"

namespace memo::emulation {

enum class Kind { kAllGather, kReduceScatter, kAllReduce, kBroadcast, kSend, kReceive };

// One call.
struct Call {
  Kind kind;
  const void *sent;
  void *received;
  size_t count;
  ncclDataType_t type;
  int peer;  // or the root

  // Whether two ranks' are of one collective.
  bool fits(const Call &other) const {
    return kind == other.kind && count == other.count && type == other.type && peer == other.peer;
  }
};

// What the ranks of a communicator share.
class Meetings {
 public:
  explicit Meetings(int ranks) : ranks_(ranks), aborted_(static_cast<size_t>(ranks)) {}

  bool has(int rank) const { return rank >= 0 && rank < ranks_; }

  // Waits until all ranks have joined; whether the rank is the first of its number, on a device of its own.
  bool join(int rank, int ranks, int device);
  // Work on a stream: the calls that one group made of the rank. Answers a cudaError.
  int perform(int rank, const std::vector<Call> &calls);
  void abort(int rank);

 private:
  using Lock = std::unique_lock<std::mutex>;

  struct Meeting {
    std::map<int, Call> calls;  // by rank
    bool done = false;
    std::string mismatch;
  };
  struct Message {
    const void *bytes;
    size_t size;
    bool taken = false;
  };
  using Messages = std::deque<std::shared_ptr<Message>>;

  template <class Done>
  bool wait(Lock &lock, int rank, Done done);
  int collective(Lock &lock, int rank, uint64_t number, const Call &call);
  int receive(Lock &lock, int rank, const Call &call);
  void run(Meeting *meeting);

  const int ranks_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<int, int> devices_;  // of the ranks that have joined
  std::vector<std::atomic<bool>> aborted_;
  std::map<uint64_t, std::shared_ptr<Meeting>> meetings_;
  std::map<int, uint64_t> numbers_;  // of each rank's next meeting
  std::map<std::pair<int, int>, Messages> messages_;  // by sender and receiver
};

}  // namespace memo::emulation

struct ncclComm {
  std::shared_ptr<memo::emulation::Meetings> meetings;
  int rank;
};
