#include "collection/catalogue.h"
#include "ops/dispatcher.h"

namespace alidade::ops {

Result<WritePoints::Outcome> handle(const Services& services,
                                    observe::OpContext& context,
                                    const WritePoints& request) {
  ALD_ASSIGN(const auto collection, services.catalogue.find(request.collection));
  ALD_ASSIGN(const auto shard, collection->shard());
  const shard::Outcome outcome = shard->submit(request.command, request.durability, context);
  return WritePoints::Outcome{outcome.result, outcome.problem};
}

Result<UpdateBatch::Outcome> handle(const Services& services,
                                    observe::OpContext& context,
                                    const UpdateBatch& request) {
  if (request.commands.empty()) return UpdateBatch::Outcome{};  // Nothing is asked, not even whether it exists.
  ALD_ASSIGN(const auto collection, services.catalogue.find(request.collection));
  ALD_ASSIGN(const auto shard, collection->shard());
  UpdateBatch::Outcome out;
  for (const auto& command : request.commands) {
    const shard::Outcome outcome = shard->submit(command, request.durability, context);
    out.results.push_back(outcome.result);
    if (!outcome.problem.ok()) {
      out.problem = outcome.problem;
      break;
    }
  }
  return out;
}

}  // namespace alidade::ops
