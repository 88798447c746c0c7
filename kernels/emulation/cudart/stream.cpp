#include "stream.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>

#include "call.h"
#include "device.h"
#include "emulation_control.h"
#include "executor/pool.h"
#include "executor/random.h"

namespace memo::emulation {

namespace {

std::thread start_without_signals(std::function<void()> body) {
  sigset_t all, before;
  sigfillset(&all);
  for (int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) sigdelset(&all, signal);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread(std::move(body));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

// With a seed, for up to 100 microseconds: streams that nothing orders overtake each other.
void pause() {
  const uint64_t seed = next_seed();
  if (seed != 0) std::this_thread::sleep_for(std::chrono::microseconds(Random(seed).below(100)));
}

}  // namespace

// Never destroyed: streams' threads run until the process ends.
Streams &streams() {
  static auto *instance = new Streams;
  return *instance;
}

Streams::Streams() {
  legacy_.legacy = true;
  streams_.insert(&legacy_);
}

Stream *Streams::find(cudaStream_t handle) {
  if (handle == nullptr || handle == cudaStreamLegacy) return &legacy_;
  auto *stream = reinterpret_cast<Stream *>(handle);
  return streams_.count(stream) != 0 && !stream->destroyed ? stream : nullptr;
}

Event *Streams::find(cudaEvent_t handle) {
  auto *event = reinterpret_cast<Event *>(handle);
  return events_.count(event) != 0 ? event : nullptr;
}

cudaError_t Streams::create(unsigned int flags, int priority, cudaStream_t *handle) {
  if (handle == nullptr || (flags & ~static_cast<unsigned int>(cudaStreamNonBlocking)) != 0) {
    return cudaErrorInvalidValue;
  }
  Lock lock(mutex_);
  auto *stream = new Stream;
  stream->flags = flags;
  stream->priority = std::clamp(priority, -5, 0);
  stream->device = current_device();
  streams_.insert(stream);
  *handle = reinterpret_cast<cudaStream_t>(stream);
  return cudaSuccess;
}

// Work that was submitted before is still done.
cudaError_t Streams::destroy(Stream *stream) {
  Lock lock(mutex_);
  if (stream == nullptr || stream->legacy || streams_.count(stream) == 0) return cudaErrorInvalidResourceHandle;
  if (stream->capture != nullptr) stream->capture->invalid = true;
  stream->destroyed = true;
  if (!stream->started) {
    streams_.erase(stream);
    delete stream;
  } else {
    stream->wake.notify_one();
  }
  return cudaSuccess;
}

cudaError_t Streams::create_event(unsigned int flags, cudaEvent_t *handle) {
  constexpr unsigned int kKnown = cudaEventBlockingSync | cudaEventDisableTiming;
  if (handle == nullptr || (flags & ~kKnown) != 0) return cudaErrorInvalidValue;
  Lock lock(mutex_);
  auto *event = new Event;
  event->flags = flags;
  events_.insert(event);
  *handle = reinterpret_cast<cudaEvent_t>(event);
  return cudaSuccess;
}

cudaError_t Streams::destroy(Event *event) {
  Lock lock(mutex_);
  if (events_.erase(event) == 0) return cudaErrorInvalidResourceHandle;
  delete event;
  return cudaSuccess;
}

bool Streams::blocks_with_legacy(const Stream &stream) const {
  return !stream.legacy && (stream.flags & cudaStreamNonBlocking) == 0;
}

void Streams::push(Stream &stream, Stream::Entry entry) {
  stream.queue.push_back(std::move(entry));
  if (!stream.started) {
    stream.started = true;
    start_without_signals([this, &stream] { work_on(&stream); }).detach();
  }
  stream.wake.notify_one();
}

void Streams::enqueue_wait(Stream &stream, std::shared_ptr<Completion> awaited) {
  if (awaited != nullptr && !awaited->done) push(stream, {{}, nullptr, std::move(awaited)});
}

// The legacy stream's work comes after all that blocking streams have, and before all that they will get.
std::shared_ptr<Completion> Streams::enqueue(Stream &stream, Work work) {
  auto reached = std::make_shared<Completion>();
  if (stream.legacy) {
    for (Stream *other : streams_) {
      if (!blocks_with_legacy(*other) || idle(*other)) continue;
      auto marker = std::make_shared<Completion>();
      push(*other, {{}, marker, nullptr});
      enqueue_wait(legacy_, marker);
    }
  } else if (blocks_with_legacy(stream) && !idle(legacy_)) {
    auto marker = std::make_shared<Completion>();
    push(legacy_, {{}, marker, nullptr});
    enqueue_wait(stream, marker);
  }
  push(stream, {std::move(work), reached, nullptr});
  return reached;
}

void Streams::work_on(Stream *stream) {
  Lock lock(mutex_);
  for (;;) {
    stream->wake.wait(lock, [&] { return !stream->queue.empty() || stream->destroyed; });
    if (stream->queue.empty()) break;
    Stream::Entry entry = std::move(stream->queue.front());
    stream->queue.pop_front();
    stream->busy = true;
    if (entry.awaited != nullptr) {
      progress_.wait(lock, [&] { return entry.awaited->done; });
    } else if (entry.work.run != nullptr) {
      lock.unlock();
      pause();
      if (context_error() == cudaSuccess) {
        cudaError_t error = entry.work.name.empty() ? cudaSuccess : injected(entry.work.name.c_str());
        if (error != cudaSuccess) {
          fail_context(error, "injected into a " + entry.work.name);
        } else if ((error = entry.work.run()) != cudaSuccess) {
          fail_context(error, "a " + entry.work.name + " failed");
        }
      }
      entry.work.run = nullptr;  // what it holds is released outside the lock
      lock.lock();
    }
    if (entry.reached != nullptr) {
      entry.reached->time = std::chrono::steady_clock::now();
      entry.reached->done = true;
    }
    stream->busy = false;
    progress_.notify_all();
  }
  streams_.erase(stream);
  delete stream;
}

cudaError_t Streams::submit(cudaStream_t handle, Work work) {
  Lock lock(mutex_);
  Stream *stream = find(handle);
  if (stream == nullptr) return cudaErrorInvalidResourceHandle;
  if (stream->capture != nullptr) return capture_work(*stream, std::move(work));
  if (stream->legacy) {
    for (Capture *capture : captures_) {
      const bool blocking = std::any_of(capture->streams.begin(), capture->streams.end(),
                                        [&](const Stream *each) { return blocks_with_legacy(*each); });
      if (!blocking) continue;
      capture->invalid = true;
      return cudaErrorStreamCaptureImplicit;
    }
  }
  enqueue(*stream, std::move(work));
  return cudaSuccess;
}

cudaError_t Streams::record(cudaEvent_t event_handle, cudaStream_t handle) {
  Lock lock(mutex_);
  Stream *stream = find(handle);
  Event *event = find(event_handle);
  if (stream == nullptr || event == nullptr) return cudaErrorInvalidResourceHandle;
  if (stream->capture != nullptr) {
    if (stream->capture->invalid) return cudaErrorStreamCaptureInvalidated;
    event->captured = {stream->capture, stream->capture_tail};
    return cudaSuccess;
  }
  event->captured = {};
  event->last = enqueue(*stream, {});
  return cudaSuccess;
}

cudaError_t Streams::wait_for(cudaStream_t handle, cudaEvent_t event_handle) {
  Lock lock(mutex_);
  Stream *stream = find(handle);
  Event *event = find(event_handle);
  if (stream == nullptr || event == nullptr) return cudaErrorInvalidResourceHandle;
  const auto &capture = event->captured.capture;
  if (capture == nullptr) {
    if (stream->capture != nullptr) {
      stream->capture->invalid = true;
      return cudaErrorStreamCaptureIsolation;
    }
    enqueue_wait(*stream, event->last);
    return cudaSuccess;
  }
  if (captures_.count(capture.get()) == 0) return cudaErrorCapturedEvent;
  if (capture->invalid) return cudaErrorStreamCaptureInvalidated;
  if (stream->capture != nullptr && stream->capture != capture) {
    stream->capture->invalid = capture->invalid = true;
    return cudaErrorStreamCaptureMerge;
  }
  if (stream->legacy) {
    capture->invalid = true;
    return cudaErrorStreamCaptureImplicit;
  }
  stream->capture = capture;
  capture->streams.insert(stream);
  for (size_t node : event->captured.nodes) {
    auto &tail = stream->capture_tail;
    if (std::find(tail.begin(), tail.end(), node) == tail.end()) tail.push_back(node);
  }
  return cudaSuccess;
}

cudaError_t Streams::synchronize(cudaStream_t handle) {
  Lock lock(mutex_);
  Stream *stream = find(handle);
  if (stream == nullptr) return cudaErrorInvalidResourceHandle;
  if (stream->capture != nullptr) {
    stream->capture->invalid = true;
    return cudaErrorStreamCaptureUnsupported;
  }
  auto reached = enqueue(*stream, {});
  progress_.wait(lock, [&] { return reached->done; });
  return context_error();
}

cudaError_t Streams::synchronize_event(cudaEvent_t handle) {
  Lock lock(mutex_);
  Event *event = find(handle);
  if (event == nullptr) return cudaErrorInvalidResourceHandle;
  if (event->captured.capture != nullptr) return cudaErrorCapturedEvent;
  const auto last = event->last;
  if (last != nullptr) progress_.wait(lock, [&] { return last->done; });
  return context_error();
}

cudaError_t Streams::synchronize_device() {
  const int device = current_device();
  return synchronize_where([device](const Stream &stream) { return stream.legacy || stream.device == device; });
}

cudaError_t Streams::synchronize_all() {
  return synchronize_where([](const Stream &) { return true; });
}

cudaError_t Streams::synchronize_where(const std::function<bool(const Stream &)> &is_meant) {
  Lock lock(mutex_);
  if (!captures_.empty()) {
    for (Capture *capture : captures_) capture->invalid = true;
    return cudaErrorStreamCaptureUnsupported;
  }
  std::vector<std::shared_ptr<Completion>> all;
  for (Stream *stream : streams_) {
    if (idle(*stream) || !is_meant(*stream)) continue;
    all.push_back(std::make_shared<Completion>());
    push(*stream, {{}, all.back(), nullptr});
  }
  for (const auto &reached : all) progress_.wait(lock, [&] { return reached->done; });
  return context_error();
}

cudaError_t Streams::query(cudaStream_t handle) {
  Lock lock(mutex_);
  Stream *stream = find(handle);
  if (stream == nullptr) return cudaErrorInvalidResourceHandle;
  if (stream->capture != nullptr) {
    stream->capture->invalid = true;
    return cudaErrorStreamCaptureUnsupported;
  }
  return idle(*stream) ? cudaSuccess : cudaErrorNotReady;
}

cudaError_t Streams::query_event(cudaEvent_t handle) {
  Lock lock(mutex_);
  Event *event = find(handle);
  if (event == nullptr) return cudaErrorInvalidResourceHandle;
  if (event->captured.capture != nullptr) return cudaErrorCapturedEvent;
  return event->last == nullptr || event->last->done ? cudaSuccess : cudaErrorNotReady;
}

cudaError_t Streams::elapsed(float *milliseconds, cudaEvent_t start_handle, cudaEvent_t end_handle) {
  Lock lock(mutex_);
  const Event *start = find(start_handle);
  const Event *end = find(end_handle);
  if (milliseconds == nullptr) return cudaErrorInvalidValue;
  if (start == nullptr || end == nullptr || start->last == nullptr || end->last == nullptr ||
      ((start->flags | end->flags) & cudaEventDisableTiming) != 0) {
    return cudaErrorInvalidResourceHandle;
  }
  if (!start->last->done || !end->last->done) return cudaErrorNotReady;
  *milliseconds = std::chrono::duration<float, std::milli>(end->last->time - start->last->time).count();
  return cudaSuccess;
}

}  // namespace memo::emulation
