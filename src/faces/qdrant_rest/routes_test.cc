// What the table of routes says of the threads that requests run on.
#include <gtest/gtest.h>

#include "faces/qdrant_rest/route.h"

namespace alidade::faces::qdrant_rest {
namespace {

TEST(RestRoutePools, FollowFromTheOperation) {
  std::size_t writes = 0;
  for (const Route& route : routes()) {
    SCOPED_TRACE(std::string(route.method) + " " + std::string(route.pattern));
    EXPECT_NE(route.answer.run != nullptr, route.page != nullptr) << "exactly one of them answers";
    // Without an operation (named vectors, which are not served) there is nothing that writes.
    const bool is_served = !route.pattern.ends_with("/vectors/{vector_name}");
    const bool changes = (route.kind == RouteKind::kWrite || route.kind == RouteKind::kAdmin) && is_served;
    EXPECT_EQ(route.answer.pool == ops::Pool::kWrites, changes);
    writes += changes ? 1 : 0;
  }
  EXPECT_GT(writes, 10U);
}

}  // namespace
}  // namespace alidade::faces::qdrant_rest
