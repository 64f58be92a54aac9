// The rows of all operations, as the list of request types makes them.
#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "ops/all_operations.h"

namespace alidade::ops {
namespace {

TEST(Operations, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const Operation* row : all_operations()) {
    EXPECT_TRUE(names.insert(row->name).second) << row->name;
    EXPECT_FALSE(row->name.empty());
    EXPECT_EQ(row->name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string_view::npos) << row->name;
  }
}

// Dashboards and audits know these names: a write must not be counted as another one.
TEST(Operations, OfWritesFollowFromTheTypeOfTheCommand) {
  const auto name = [](model::Command command) {
    WritePoints request;
    request.command = std::move(command);
    return operation_of(request).name;
  };
  EXPECT_EQ(name(model::UpsertPoints{}), "upsert_points");
  EXPECT_EQ(name(model::MergePoints{}), "merge_points");
  EXPECT_EQ(name(model::DeletePoints{}), "delete_points");
  EXPECT_EQ(name(model::UpdateVectors{}), "update_vectors");
  EXPECT_EQ(name(model::DeleteVectors{}), "delete_vectors");
  EXPECT_EQ(name(model::SetPayload{}), "set_payload");
  EXPECT_EQ(name(model::OverwritePayload{}), "overwrite_payload");
  EXPECT_EQ(name(model::DeletePayload{}), "delete_payload");
  EXPECT_EQ(name(model::ClearPayload{}), "clear_payload");
  EXPECT_EQ(name(model::CreateFieldIndex{}), "create_field_index");
  EXPECT_EQ(name(model::DeleteFieldIndex{}), "delete_field_index");
}

TEST(Operations, OfWritesRunOnThePoolOfTheirType) {
  for (const Operation& row : WritePoints::rows()) EXPECT_EQ(row.pool, WritePoints::kPool) << row.name;
}

TEST(Operations, ThatOnlyReadRunOnThePoolForReads) {
  for (const Operation* row : all_operations()) {
    EXPECT_EQ(row->pool == Pool::kReads, row->access.right == auth::Right::kRead) << row->name;
  }
}

TEST(Operations, ThatDropWhateverThereIsWaitForEveryCollection) {
  std::set<std::string_view> every, nothing;
  for (const Operation* row : all_operations()) {
    if (row->waits_for == WaitsFor::kEveryCollection) every.insert(row->name);
    if (row->waits_for == WaitsFor::kNothing) nothing.insert(row->name);
  }
  EXPECT_EQ(every, (std::set<std::string_view>{"delete_database", "reset"}));
  EXPECT_EQ(nothing, (std::set<std::string_view>{"collection_exists", "list_collection_aliases"}));
}

}  // namespace
}  // namespace alidade::ops
