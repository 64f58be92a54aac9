#pragma once

#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <type_traits>
#include <utility>

#include "alidade/version.h"

namespace alidade::client::inline v0 {

/// Threads that make calls in the background, for futures and callbacks. They start when first needed,
/// never more than `threads`. Thread-safe.
///
/// Tasks keep what they use alive themselves. The destructor lets running and waiting tasks end; when the
/// last owner is one of the tasks it returns without waiting for its own thread.
class ALIDADE_API Workers {
 public:
  /// @param queue_limit tasks that may wait; submit() blocks beyond it, except on a worker thread.
  explicit Workers(std::size_t threads, std::size_t queue_limit = 1024);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Runs `task` on a worker. It must not throw.
  void submit(std::function<void()> task);

  /// Runs `task` and hands its value, or its exception, to the future.
  template <typename Task>
  auto run(Task task) -> std::future<std::invoke_result_t<Task&>> {
    auto packaged = std::make_shared<std::packaged_task<std::invoke_result_t<Task&>()>>(std::move(task));
    auto future = packaged->get_future();
    submit([packaged] { (*packaged)(); });
    return future;
  }

  /// Runs `task` and calls `done` with its value on the same worker. Neither may throw.
  template <typename Task, typename Done>
  void run(Task task, Done done) {
    auto both = std::make_shared<std::pair<Task, Done>>(std::move(task), std::move(done));
    submit([both] { both->second(both->first()); });
  }

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace alidade::client::inline v0
