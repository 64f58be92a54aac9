#include <iterator>
#include <variant>

#include "collection/catalogue.h"
#include "ops/dispatcher.h"

namespace alidade::ops {
namespace {

constexpr auth::Access kWritePoints(auth::Scope::kCollection, auth::Right::kWrite);
constexpr auth::Access kManageIndexes(auth::Scope::kCollection, auth::Right::kManage);

constexpr Operation kRows[] = {
    {"upsert_points", kWritePoints, Pool::kWrites},
    {"merge_points", kWritePoints, Pool::kWrites},
    {"delete_points", kWritePoints, Pool::kWrites},
    {"update_vectors", kWritePoints, Pool::kWrites},
    {"delete_vectors", kWritePoints, Pool::kWrites},
    {"set_payload", kWritePoints, Pool::kWrites},
    {"overwrite_payload", kWritePoints, Pool::kWrites},
    {"delete_payload", kWritePoints, Pool::kWrites},
    {"clear_payload", kWritePoints, Pool::kWrites},
    {"create_field_index", kManageIndexes, Pool::kWrites},
    {"delete_field_index", kManageIndexes, Pool::kWrites},
};
static_assert(std::size(kRows) == std::variant_size_v<model::Command>, "a row for each type of command");

}  // namespace

std::span<const Operation> WritePoints::rows() { return kRows; }

Result<WritePoints::Outcome> WritePoints::handle(const Services& services,
                                                 observe::OpContext& context,
                                                 const WritePoints& request) {
  ALD_ASSIGN(const auto collection, services.catalogue.find(request.collection));
  ALD_ASSIGN(const auto shard, collection->shard());
  const shard::Outcome outcome = shard->submit(request.command, request.durability, context);
  return WritePoints::Outcome{outcome.result, outcome.problem};
}

Result<UpdateBatch::Outcome> UpdateBatch::handle(const Services& services,
                                                 observe::OpContext& context,
                                                 const UpdateBatch& request) {
  if (request.commands.empty()) return UpdateBatch::Outcome{};  // Nothing is asked, not even whether it exists.
  ALD_ASSIGN(const auto collection, services.catalogue.find(request.collection));
  ALD_ASSIGN(const auto shard, collection->shard());
  UpdateBatch::Outcome out;
  for (const shard::Outcome& outcome : shard->submit_all(request.commands, request.durability, context)) {
    out.results.push_back(outcome.result);
    out.problem = outcome.problem;
  }
  return out;
}

}  // namespace alidade::ops
