#pragma once

#include <span>
#include <vector>

#include "model/commands.h"
#include "ops/operation.h"

namespace alidade::ops {

using model::CollectionRef;

/// One write command. Its row follows from the type of the command.
struct WritePoints {
  /// `operation` is set even where `problem` is: Qdrant numbers some refused writes, and changes
  /// the known ids of a request that also names unknown ones (problem: kPointNotFound).
  struct Outcome {
    model::UpdateResult result;
    Status problem;
    /// The outcome of a wait that ended with the deadline (observe::HeldAnswer::Send).
    void end_wait_early() { result.state = model::UpdateResult::State::kWaitTimeout; }
  };
  using Response = Outcome;
  static constexpr Pool kPool = Pool::kWrites;
  /// One row for each type of command, in the order of model::Command.
  static std::span<const Operation> rows();
  /// The row of this command.
  const Operation& row() const { return rows()[command.index()]; }
  static Result<Response> handle(const Services&, observe::OpContext&, const WritePoints&);
  CollectionRef collection;
  model::Command command;
  model::Durability durability = model::Durability::kSynced;
};
/// Commands in order; stops at the first that fails, what went before stays.
struct UpdateBatch {
  struct Outcome {
    std::vector<model::UpdateResult> results;
    Status problem;
    /// See WritePoints::Outcome. All of them wait for one sync.
    void end_wait_early() {
      for (model::UpdateResult& result : results) result.state = model::UpdateResult::State::kWaitTimeout;
    }
  };
  using Response = Outcome;
  static constexpr Operation kRow{"update_batch", {auth::Scope::kCollection, auth::Right::kWrite}, Pool::kWrites};
  static Result<Response> handle(const Services&, observe::OpContext&, const UpdateBatch&);
  CollectionRef collection;
  std::vector<model::Command> commands;
  model::Durability durability = model::Durability::kSynced;
};

}  // namespace alidade::ops
