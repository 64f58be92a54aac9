#include "ops/dispatcher.h"

#include <new>

#include "ops/readiness.h"

namespace alidade::ops {

Dispatcher::Dispatcher(Services services,
                       const auth::KeyRing& keys,
                       observe::Metrics& metrics,
                       observe::Log& log)
    : services_(services), keys_(keys), metrics_(metrics), log_(log),
      out_of_memory_(StatusCode::kResourceExhausted, "not enough memory for this request") {}

Status Dispatcher::allow(observe::OpContext& context,
                         const auth::Access& access,
                         std::string_view collection) const {
  return allow(context, access, model::CollectionRef::by_name(std::string(collection)));
}

Status Dispatcher::allow(observe::OpContext& context,
                         const auth::Access& access,
                         const model::CollectionRef& collection) const {
  if (access.scope == auth::Scope::kOpen) return {};
  if (context.identity == nullptr) {
    ALD_ASSIGN(auto identity, keys_.authenticate(context));
    context.identity = std::make_shared<const auth::Identity>(std::move(identity));
  }
  return authorize(*context.identity, access, collection, services_.catalogue);
}

Dispatcher::Call::Call(Dispatcher& dispatcher,
                       observe::OpContext& context,
                       const Operation& row,
                       model::CollectionRef collection,
                       std::vector<std::string> others)
    : dispatcher_(dispatcher),
      context_(context),
      row_(row),
      collection_(std::move(collection)),
      others_(std::move(others)),
      started_(std::chrono::steady_clock::now()) {}

Status Dispatcher::Call::begin() {
  ALD_RETURN_IF_ERROR(context_.check());
  ALD_RETURN_IF_ERROR(dispatcher_.allow(context_, row_.access, collection_));
  const auth::Access read(auth::Scope::kCollection, auth::Right::kRead);
  for (const std::string& other : others_) ALD_RETURN_IF_ERROR(dispatcher_.allow(context_, read, other));
  return wait_for_start(dispatcher_.services_, row_, collection_.to_string(), context_);
}

void Dispatcher::end_when_released(const Call& call, const observe::OpContext& context, const Status& status) noexcept {
  try {
    observe::OpContext copy = context;
    copy.held_answer = nullptr;  // It holds this.
    context.held_answer->watch([call = Call(call), copy = std::move(copy), status](const Status& outcome) mutable {
      call.end(copy, status.ok() ? outcome : status);
    });
  } catch (const std::bad_alloc&) {
    // The write is done, and its answer matters more.
  }
}

void Dispatcher::Call::end(const observe::OpContext& context, const Status& status) noexcept {
  try {
    report(context, status);
  } catch (const std::bad_alloc&) {
    // The answer matters more.
  }
}

void Dispatcher::Call::report(const observe::OpContext& context, const Status& status) {
  const auto elapsed = std::chrono::steady_clock::now() - started_;
  const double seconds = std::chrono::duration<double>(elapsed).count();
  const std::string name(row_.name);
  dispatcher_.metrics_
      .counter(observe::kOperationsTotal,
               {{"face", context.face}, {"operation", name}, {"code", std::string(base::status_code_name(status.code()))}})
      .add();
  dispatcher_.metrics_.histogram(observe::kOperationSeconds, {{"face", context.face}, {"operation", name}})
      .observe(seconds);
  const bool fault = status.code() == StatusCode::kInternal || status.code() == StatusCode::kDataLoss ||
                     status.code() == StatusCode::kIo;
  const observe::LogLevel level = fault ? observe::LogLevel::kError : observe::LogLevel::kDebug;
  if (!dispatcher_.log_.is_on(level)) return;
  dispatcher_.log_.write(level, fault ? "an operation failed" : "operation",
                         {{"operation", name},
                          {"face", context.face},
                          {"collection", collection_.to_string()},
                          {"request", context.request_id},
                          {"seconds", seconds},
                          {"status", status.to_string()}});
}

}  // namespace alidade::ops
