// NCCL's functions.
#include <stdio.h>
#include <string.h>

#include "communicator.h"
#include "emulation_control.h"

using memo::emulation::Call;
using memo::emulation::Kind;
using memo::emulation::Meetings;

namespace {

constexpr int kVersion = 23007;

struct Given {
  ncclComm_t comm;
  cudaStream_t stream;
  std::vector<Call> calls;
};

thread_local int group_depth = 0;
thread_local std::vector<Given> group;
thread_local bool group_frees = false;

// By the ids' bytes.
std::mutex ids_mutex;
std::map<std::string, std::shared_ptr<Meetings>> ids;

ncclResult_t answer(const char *name) { return static_cast<ncclResult_t>(memo_emulation_injected(name)); }

// As CUDA does until the whole device stands still, to free a communicator's memory; in a group at its end.
void wait_for_device() {
  group_frees = group_depth > 0;
  if (!group_frees) (void)cudaDeviceSynchronize();
}

struct Work {
  std::shared_ptr<Meetings> meetings;
  int rank;
  std::vector<Call> calls;
};

ncclResult_t enqueue(const Given &given) {
  auto *work = new Work{given.comm->meetings, given.comm->rank, given.calls};
  const int error = memo_emulation_enqueue(
      given.stream, "nccl",
      [](void *each) {
        auto *mine = static_cast<Work *>(each);
        return mine->meetings->perform(mine->rank, mine->calls);
      },
      [](void *each) { delete static_cast<Work *>(each); }, work);
  return error == 0 ? ncclSuccess : ncclUnhandledCudaError;
}

ncclResult_t give(const char *name, ncclComm_t comm, cudaStream_t stream, const Call &call) {
  if (const ncclResult_t error = answer(name)) return error;
  if (comm == nullptr) return ncclInvalidArgument;
  if (group_depth == 0) return enqueue({comm, stream, {call}});
  for (Given &given : group) {
    if (given.comm != comm || given.stream != stream) continue;
    given.calls.push_back(call);
    return ncclSuccess;
  }
  group.push_back({comm, stream, {call}});
  return ncclSuccess;
}

}  // namespace

ncclResult_t ncclGetVersion(int *version) {
  *version = kVersion;
  return ncclSuccess;
}

ncclResult_t ncclGetUniqueId(ncclUniqueId *id) {
  static std::atomic<int> number{0};
  memset(id->internal, 0, sizeof(id->internal));
  snprintf(id->internal, sizeof(id->internal), "emulated communicator %d", number++);
  return answer("ncclGetUniqueId");
}

ncclResult_t ncclCommInitRankConfig(ncclComm_t *comm, int ranks, ncclUniqueId id, int rank, ncclConfig_t *) {
  if (const ncclResult_t error = answer("ncclCommInitRankConfig")) return error;
  if (comm == nullptr || ranks < 1 || rank < 0 || rank >= ranks) return ncclInvalidArgument;
  int device = 0;
  if (cudaGetDevice(&device) != cudaSuccess) return ncclUnhandledCudaError;
  std::shared_ptr<Meetings> meetings;
  {
    std::lock_guard<std::mutex> lock(ids_mutex);
    auto &place = ids[std::string(id.internal, sizeof(id.internal))];
    if (place == nullptr) place = std::make_shared<Meetings>(ranks);
    meetings = place;
  }
  if (!meetings->join(rank, ranks, device)) return ncclInvalidUsage;
  *comm = new ncclComm{meetings, rank};
  return ncclSuccess;
}

ncclResult_t ncclCommDestroy(ncclComm_t comm) {
  if (const ncclResult_t error = answer("ncclCommDestroy")) return error;
  delete comm;
  return ncclSuccess;
}

ncclResult_t ncclCommAbort(ncclComm_t comm) {
  if (const ncclResult_t error = answer("ncclCommAbort")) return error;
  comm->meetings->abort(comm->rank);
  delete comm;
  wait_for_device();
  return ncclSuccess;
}

ncclResult_t ncclCommGetAsyncError(ncclComm_t, ncclResult_t *error) {
  *error = answer("ncclCommGetAsyncError");
  return ncclSuccess;
}

const char *ncclGetErrorString(ncclResult_t result) {
  switch (result) {
    case ncclSuccess: return "no error";
    case ncclInvalidArgument: return "invalid argument";
    case ncclInvalidUsage: return "invalid usage";
    case ncclRemoteError: return "remote process exited or there was a network error";
    default: return "emulated error";
  }
}
const char *ncclGetLastError(ncclComm_t) { return ""; }

ncclResult_t ncclAllGather(const void *sent, void *received, size_t count, ncclDataType_t type, ncclComm_t comm,
                           cudaStream_t stream) {
  return give("ncclAllGather", comm, stream, {Kind::kAllGather, sent, received, count, type, 0});
}
ncclResult_t ncclReduceScatter(const void *sent, void *received, size_t count, ncclDataType_t type, ncclRedOp_t,
                               ncclComm_t comm, cudaStream_t stream) {
  return give("ncclReduceScatter", comm, stream, {Kind::kReduceScatter, sent, received, count, type, 0});
}
ncclResult_t ncclAllReduce(const void *sent, void *received, size_t count, ncclDataType_t type, ncclRedOp_t,
                           ncclComm_t comm, cudaStream_t stream) {
  return give("ncclAllReduce", comm, stream, {Kind::kAllReduce, sent, received, count, type, 0});
}
ncclResult_t ncclBroadcast(const void *sent, void *received, size_t count, ncclDataType_t type, int root,
                           ncclComm_t comm, cudaStream_t stream) {
  if (comm == nullptr || !comm->meetings->has(root)) return ncclInvalidArgument;
  return give("ncclBroadcast", comm, stream, {Kind::kBroadcast, sent, received, count, type, root});
}
ncclResult_t ncclSend(const void *sent, size_t count, ncclDataType_t type, int peer, ncclComm_t comm,
                      cudaStream_t stream) {
  return give("ncclSend", comm, stream, {Kind::kSend, sent, nullptr, count, type, peer});
}
ncclResult_t ncclRecv(void *received, size_t count, ncclDataType_t type, int peer, ncclComm_t comm,
                      cudaStream_t stream) {
  return give("ncclRecv", comm, stream, {Kind::kReceive, nullptr, received, count, type, peer});
}

ncclResult_t ncclGroupStart() {
  group_depth++;
  return answer("ncclGroupStart");
}

ncclResult_t ncclGroupEnd() {
  if (group_depth == 0) return ncclInvalidUsage;
  if (--group_depth > 0) return ncclSuccess;
  std::vector<Given> given;
  given.swap(group);
  ncclResult_t result = answer("ncclGroupEnd");
  for (const Given &each : given) {
    if (result == ncclSuccess) result = enqueue(each);
  }
  if (group_frees) wait_for_device();
  return result;
}
