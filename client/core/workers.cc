#include "alidade/client/workers.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace alidade::client::inline v0 {

struct Workers::State {
  std::size_t max_threads;
  std::size_t queue_limit;

  std::mutex mutex;
  std::condition_variable work;  // For workers: a task, or the end.
  std::condition_variable room;  // For submit(): the queue got shorter.
  // Guarded by mutex.
  std::deque<std::function<void()>> queue;
  std::vector<std::thread> threads;
  std::size_t idle = 0;
  bool ends = false;
};

namespace {

// Of which pool this thread is a worker; another pool's tasks may well wait here.
thread_local const void* worker_of = nullptr;

}  // namespace

Workers::Workers(std::size_t threads, std::size_t queue_limit) : state_(std::make_shared<State>()) {
  state_->max_threads = std::max<std::size_t>(threads, 1);
  state_->queue_limit = std::max<std::size_t>(queue_limit, 1);
}

Workers::~Workers() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(state_->mutex);
    state_->ends = true;
    threads.swap(state_->threads);
  }
  state_->work.notify_all();
  for (std::thread& thread : threads) {
    // The last owner may be a task that runs on a worker; that thread keeps the state and ends by itself.
    if (thread.get_id() == std::this_thread::get_id()) {
      thread.detach();
    } else {
      thread.join();
    }
  }
}

void Workers::submit(std::function<void()> task) {
  State& state = *state_;
  std::unique_lock lock(state.mutex);
  if (worker_of != &state) state.room.wait(lock, [&] { return state.queue.size() < state.queue_limit; });
  state.queue.push_back(std::move(task));
  if (state.idle >= state.queue.size() || state.threads.size() >= state.max_threads) {
    state.work.notify_one();
    return;
  }
  // The thread holds the state, not the pool: see the destructor.
  state.threads.emplace_back([own = state_] {
    worker_of = own.get();
    std::unique_lock guard(own->mutex);
    while (true) {
      ++own->idle;
      own->work.wait(guard, [&] { return own->ends || !own->queue.empty(); });
      --own->idle;
      if (own->queue.empty()) return;
      auto next = std::move(own->queue.front());
      own->queue.pop_front();
      own->room.notify_one();
      guard.unlock();
      next();
      // What it held may own this pool; it is let go without the lock.
      next = nullptr;
      guard.lock();
    }
  });
}

}  // namespace alidade::client::inline v0
