// Capturing streams into graphs, and running graphs.
#include <algorithm>

#include "call.h"
#include "executor/pool.h"
#include "executor/random.h"
#include "stream.h"

namespace memo::emulation {

cudaError_t Streams::capture_work(Stream &stream, Work work) {
  Capture &capture = *stream.capture;
  if (capture.invalid) return cudaErrorStreamCaptureInvalidated;
  capture.graph.nodes.push_back({std::move(work), stream.capture_tail});
  stream.capture_tail = {capture.graph.nodes.size() - 1};
  return cudaSuccess;
}

cudaError_t Streams::begin_capture(cudaStream_t handle, cudaStreamCaptureMode mode) {
  Lock lock(mutex_);
  Stream *stream = find(handle);
  if (stream == nullptr) return cudaErrorInvalidResourceHandle;
  if (stream->legacy) return cudaErrorStreamCaptureUnsupported;
  if (stream->capture != nullptr) return cudaErrorIllegalState;
  stream->capture = std::make_shared<Capture>();
  stream->capture->origin = stream;
  stream->capture->mode = mode;
  stream->capture->thread = std::this_thread::get_id();
  stream->capture->streams = {stream};
  stream->capture_tail.clear();
  captures_.insert(stream->capture.get());
  return cudaSuccess;
}

namespace {

// Work of a stream that no later work of the origin waits for would be lost sight of.
bool joined(const Capture &capture) {
  std::vector<bool> reached(capture.graph.nodes.size());
  std::vector<size_t> left = capture.origin->capture_tail;
  while (!left.empty()) {
    const size_t node = left.back();
    left.pop_back();
    if (reached[node]) continue;
    reached[node] = true;
    for (size_t before : capture.graph.nodes[node].after) left.push_back(before);
  }
  return std::all_of(reached.begin(), reached.end(), [](bool each) { return each; });
}

}  // namespace

cudaError_t Streams::end_capture(cudaStream_t handle, cudaGraph_t *graph) {
  if (graph == nullptr) return cudaErrorInvalidValue;
  *graph = nullptr;
  Lock lock(mutex_);
  Stream *stream = find(handle);
  if (stream == nullptr) return cudaErrorInvalidResourceHandle;
  const auto capture = stream->capture;
  if (capture == nullptr) return cudaErrorIllegalState;
  if (capture->origin != stream) {
    capture->invalid = true;
    return cudaErrorStreamCaptureUnmatched;
  }
  if (capture->mode != cudaStreamCaptureModeRelaxed && capture->thread != std::this_thread::get_id()) {
    return cudaErrorStreamCaptureWrongThread;
  }
  const bool complete = joined(*capture);
  for (Stream *each : capture->streams) {
    if (streams_.count(each) == 0) continue;
    each->capture = nullptr;
    each->capture_tail.clear();
  }
  captures_.erase(capture.get());
  if (capture->invalid) return cudaErrorStreamCaptureInvalidated;
  if (!complete) return cudaErrorStreamCaptureUnjoined;
  *graph = reinterpret_cast<cudaGraph_t>(new Graph(std::move(capture->graph)));
  return cudaSuccess;
}

cudaError_t Streams::capture_status(cudaStream_t handle, cudaStreamCaptureStatus *status) {
  if (status == nullptr) return cudaErrorInvalidValue;
  Lock lock(mutex_);
  Stream *stream = find(handle);
  if (stream == nullptr) return cudaErrorInvalidResourceHandle;
  *status = stream->capture == nullptr     ? cudaStreamCaptureStatusNone
            : stream->capture->invalid     ? cudaStreamCaptureStatusInvalidated
                                           : cudaStreamCaptureStatusActive;
  return cudaSuccess;
}

cudaError_t Streams::refuse_while_capturing() {
  Lock lock(mutex_);
  for (Capture *capture : captures_) {
    const bool forbidden = capture->mode == cudaStreamCaptureModeGlobal ||
                           (capture->mode == cudaStreamCaptureModeThreadLocal &&
                            capture->thread == std::this_thread::get_id());
    if (!forbidden) continue;
    capture->invalid = true;
    return cudaErrorStreamCaptureUnsupported;
  }
  return cudaSuccess;
}

// Nodes become ready as those they come after are done; of the ready ones the seed picks, so that an order that the
// graph does not demand is not relied on.
std::vector<size_t> order_of(const Graph &graph, uint64_t seed) {
  if (seed == 0) {
    std::vector<size_t> natural(graph.nodes.size());
    for (size_t i = 0; i < natural.size(); i++) natural[i] = i;
    return natural;
  }
  Random random(seed);
  std::vector<size_t> missing(graph.nodes.size()), ready, order;
  std::vector<std::vector<size_t>> followers(graph.nodes.size());
  for (size_t i = 0; i < graph.nodes.size(); i++) {
    missing[i] = graph.nodes[i].after.size();
    for (size_t before : graph.nodes[i].after) followers[before].push_back(i);
    if (missing[i] == 0) ready.push_back(i);
  }
  while (!ready.empty()) {
    std::swap(ready[random.below(ready.size())], ready.back());
    const size_t node = ready.back();
    ready.pop_back();
    order.push_back(node);
    for (size_t follower : followers[node]) {
      if (--missing[follower] == 0) ready.push_back(follower);
    }
  }
  return order;
}

cudaError_t run_graph(const Graph &graph, uint64_t seed) {
  for (size_t index : order_of(graph, seed)) {
    const Work &work = graph.nodes[index].work;
    if (context_error() != cudaSuccess) return cudaSuccess;
    cudaError_t error = work.name.empty() ? cudaSuccess : injected(work.name.c_str());
    if (error == cudaSuccess && work.run != nullptr) error = work.run();
    if (error != cudaSuccess) return error;
  }
  return cudaSuccess;
}

}  // namespace memo::emulation

using memo::emulation::call;
using memo::emulation::Graph;
using memo::emulation::GraphExec;
using memo::emulation::streams;

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode) {
  return call("cudaStreamBeginCapture", [&] { return streams().begin_capture(stream, mode); });
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph) {
  return call("cudaStreamEndCapture", [&] { return streams().end_capture(stream, graph); });
}
cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus *status) {
  return call("cudaStreamIsCapturing", [&] { return streams().capture_status(stream, status); });
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  return call("cudaGraphDestroy", [&] {
    if (graph == nullptr) return cudaErrorInvalidValue;
    delete reinterpret_cast<Graph *>(graph);
    return cudaSuccess;
  });
}

cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t *nodes, size_t *count) {
  return call("cudaGraphGetNodes", [&] {
    if (graph == nullptr || count == nullptr) return cudaErrorInvalidValue;
    auto &all = reinterpret_cast<Graph *>(graph)->nodes;
    if (nodes == nullptr) {
      *count = all.size();
      return cudaSuccess;
    }
    for (size_t i = 0; i < *count; i++) {
      nodes[i] = i < all.size() ? reinterpret_cast<cudaGraphNode_t>(&all[i]) : nullptr;
    }
    *count = std::min(*count, all.size());
    return cudaSuccess;
  });
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t *exec, cudaGraph_t graph, unsigned long long) {
  return call("cudaGraphInstantiate", [&] {
    if (exec == nullptr || graph == nullptr) return cudaErrorInvalidValue;
    auto *made = new GraphExec{std::make_shared<const Graph>(*reinterpret_cast<Graph *>(graph))};
    *exec = reinterpret_cast<cudaGraphExec_t>(made);
    return cudaSuccess;
  });
}

cudaError_t cudaGraphUpload(cudaGraphExec_t exec, cudaStream_t) {
  return call("cudaGraphUpload", [&] { return exec == nullptr ? cudaErrorInvalidValue : cudaSuccess; });
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream) {
  return call("cudaGraphLaunch", [&] {
    if (exec == nullptr) return cudaErrorInvalidValue;
    const auto graph = reinterpret_cast<GraphExec *>(exec)->graph;
    return streams().submit(stream, {"graph", [graph] {
                                       return memo::emulation::run_graph(*graph, memo::emulation::next_seed());
                                     }});
  });
}

// As a driver demands: as many nodes, of the same kinds, with the same edges.
cudaError_t cudaGraphExecUpdate(cudaGraphExec_t exec, cudaGraph_t graph, cudaGraphExecUpdateResultInfo *result) {
  return call("cudaGraphExecUpdate", [&] {
    if (exec == nullptr || graph == nullptr || result == nullptr) return cudaErrorInvalidValue;
    auto &current = *reinterpret_cast<GraphExec *>(exec);
    const auto &old_nodes = current.graph->nodes;
    const auto &new_nodes = reinterpret_cast<Graph *>(graph)->nodes;
    *result = {cudaGraphExecUpdateSuccess, nullptr, nullptr};
    if (old_nodes.size() != new_nodes.size()) result->result = cudaGraphExecUpdateErrorTopologyChanged;
    for (size_t i = 0; i < old_nodes.size() && result->result == cudaGraphExecUpdateSuccess; i++) {
      if (old_nodes[i].after != new_nodes[i].after) {
        result->result = cudaGraphExecUpdateErrorTopologyChanged;
      } else if (old_nodes[i].work.name != new_nodes[i].work.name) {
        result->result = cudaGraphExecUpdateErrorNodeTypeChanged;
      }
    }
    if (result->result != cudaGraphExecUpdateSuccess) return cudaErrorGraphExecUpdateFailure;
    current.graph = std::make_shared<const Graph>(*reinterpret_cast<Graph *>(graph));
    return cudaSuccess;
  });
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec) {
  return call("cudaGraphExecDestroy", [&] {
    if (exec == nullptr) return cudaErrorInvalidValue;
    delete reinterpret_cast<GraphExec *>(exec);
    return cudaSuccess;
  });
}
