#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "auth/identity.h"
#include "collection/catalogue.h"
#include "env/memory/memory_env.h"
#include "observe/log.h"
#include "ops/dispatcher.h"
#include "shard/background.h"

namespace alidade::ops::testing {

/// A catalogue in memory and a caller who may do everything. Background work is done by whoever calls.
class MemoryStore : public ::testing::Test {
 protected:
  MemoryStore() {
    auto opened = collection::Catalogue::open({env_, log_, background_, {}}, "data");
    EXPECT_TRUE(opened.ok()) << opened.status().message();
    catalogue_ = std::move(opened).value();
  }

  Services services() { return {*catalogue_, env_, 0}; }

  template <typename Request>
  Result<typename Request::Response> run(const Request& request) {
    observe::OpContext context;
    context.identity = std::make_shared<const auth::Identity>(
        auth::Identity{auth::Identity::Kind::kApiKey, auth::GlobalRight::kManage, {}, ""});
    return handle(services(), context, request);
  }

  /// A collection of vectors of two numbers without a name.
  void create(const std::string& name) {
    CreateCollection request;
    request.collection = model::CollectionRef::by_name(name);
    request.config.vectors[""] = {2, model::Distance::kDot, std::nullopt};
    ASSERT_TRUE(run(request).ok());
  }

  static model::UpsertPoints point(std::uint64_t id, float x, std::string_view payload) {
    model::UpsertPoints command;
    const float row[] = {x, 0};
    command.points.column("").set_row(0, row, 2);
    command.points.ids.push_back(model::PointId::from_number(id));
    command.points.payloads.emplace_back(payload);
    return command;
  }

 private:
  env::MemoryEnv env_;
  observe::Log log_{observe::LogLevel::kOff, [] { return std::int64_t{0}; }};
  shard::Background background_{{.runner = shard::Background::Runner::kCaller}};
  std::unique_ptr<collection::Catalogue> catalogue_;
};

}  // namespace alidade::ops::testing
