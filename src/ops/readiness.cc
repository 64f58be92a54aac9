#include "ops/readiness.h"

#include "collection/catalogue.h"
#include "ops/dispatcher.h"

namespace alidade::ops {

bool is_ready(const Services& services) { return services.catalogue.is_loaded(); }

std::string start_progress(const Services& services) { return services.catalogue.load_progress().to_text(); }

bool is_open(const Services& services, const model::CollectionRef& ref) {
  const auto collection = services.catalogue.find(ref);
  return collection.ok() && (*collection)->is_open();
}

Status wait_for_start(const Services& services,
                      const Operation& row,
                      const std::string& collection,
                      const observe::OpContext& context) {
  if (is_ready(services)) return {};
  const auto kind = row.pool == Pool::kWrites ? collection::Waiter::kWrite : collection::Waiter::kRead;
  switch (row.waits_for) {
    case WaitsFor::kNothing: return {};
    case WaitsFor::kEveryCollection: return services.catalogue.wait_until_loaded(kind, context);
    case WaitsFor::kItsCollection: break;
  }
  return collection.empty() ? Status() : services.catalogue.wait_until_open(collection, kind, context);
}

}  // namespace alidade::ops
