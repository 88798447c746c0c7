// Streams: queues of work, each with a thread that does it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "cuda_runtime_api.h"

namespace memo::emulation {

// A piece of work that a stream does, or that a graph does each time it is launched.
struct Work {
  std::string name;  // as injections name it; empty for what cannot fail
  std::function<cudaError_t()> run;
};

// Whether a place in a stream has been reached, and when.
struct Completion {
  bool done = false;
  std::chrono::steady_clock::time_point time;
};

struct Capture;

// A node of a graph being captured, by its index there.
struct CapturePoint {
  std::shared_ptr<Capture> capture;
  std::vector<size_t> nodes;
};

struct Stream {
  unsigned int flags = 0;
  int priority = 0;
  bool legacy = false;
  int device = 0;
  // All below are guarded by the runtime's mutex.
  struct Entry {
    Work work;
    std::shared_ptr<Completion> reached;  // marked done when the work is, may be null
    std::shared_ptr<Completion> awaited;  // waited for instead of work, may be null
  };
  std::deque<Entry> queue;
  bool busy = false;
  bool destroyed = false;
  bool started = false;
  std::condition_variable wake;
  std::shared_ptr<Capture> capture;
  std::vector<size_t> capture_tail;  // the nodes that the next captured work depends on
};

struct Event {
  unsigned int flags = 0;
  std::shared_ptr<Completion> last;  // null before the first record
  CapturePoint captured;             // where it was last recorded, if in a capture
};

struct GraphNode {
  Work work;
  std::vector<size_t> after;
};

struct Graph {
  std::vector<GraphNode> nodes;
};

struct Capture {
  Graph graph;
  Stream *origin;
  cudaStreamCaptureMode mode;
  std::thread::id thread;
  bool invalid = false;
  std::set<Stream *> streams;
};

struct GraphExec {
  std::shared_ptr<const Graph> graph;
};

class Streams {
 public:
  Streams();

  // Null, or what the handle means; the null handle is the legacy stream.
  Stream *find(cudaStream_t handle);
  Event *find(cudaEvent_t handle);

  cudaError_t create(unsigned int flags, int priority, cudaStream_t *handle);
  cudaError_t destroy(Stream *stream);
  cudaError_t create_event(unsigned int flags, cudaEvent_t *handle);
  cudaError_t destroy(Event *event);

  cudaError_t submit(cudaStream_t stream, Work work);
  cudaError_t record(cudaEvent_t event, cudaStream_t stream);
  cudaError_t wait_for(cudaStream_t stream, cudaEvent_t event);
  cudaError_t synchronize(cudaStream_t stream);
  cudaError_t synchronize_event(cudaEvent_t event);
  cudaError_t synchronize_device();  // the calling thread's
  cudaError_t synchronize_all();
  cudaError_t query(cudaStream_t stream);
  cudaError_t query_event(cudaEvent_t event);
  cudaError_t elapsed(float *milliseconds, cudaEvent_t start, cudaEvent_t end);

  cudaError_t begin_capture(cudaStream_t stream, cudaStreamCaptureMode mode);
  cudaError_t end_capture(cudaStream_t stream, cudaGraph_t *graph);
  cudaError_t capture_status(cudaStream_t stream, cudaStreamCaptureStatus *status);
  // For calls that no thread may make while a stream is captured in a mode that forbids them: the capture is lost.
  cudaError_t refuse_while_capturing();

 private:
  using Lock = std::unique_lock<std::mutex>;

  std::shared_ptr<Completion> enqueue(Stream &stream, Work work);
  void enqueue_wait(Stream &stream, std::shared_ptr<Completion> awaited);
  void push(Stream &stream, Stream::Entry entry);
  cudaError_t capture_work(Stream &stream, Work work);
  void work_on(Stream *stream);
  bool idle(const Stream &stream) const { return stream.queue.empty() && !stream.busy; }
  cudaError_t synchronize_where(const std::function<bool(const Stream &)> &is_meant);
  bool blocks_with_legacy(const Stream &stream) const;

  std::mutex mutex_;
  std::condition_variable progress_;  // an entry of some stream is done
  Stream legacy_;
  std::set<Stream *> streams_;  // with the legacy one
  std::set<Event *> events_;
  std::set<Capture *> captures_;
};

Streams &streams();

}  // namespace memo::emulation
