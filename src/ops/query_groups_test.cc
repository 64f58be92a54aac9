// Groups of hits.
#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "ops/testing/memory_store.h"

namespace alidade::ops {
namespace {

using model::CollectionRef;

class Groups : public testing::MemoryStore {
 protected:
  Groups() { create("books"); }

  void add(std::uint64_t id, float x, const std::string& payload) {
    const auto written = run(WritePoints{books_, point(id, x, payload)});
    ASSERT_TRUE(written.ok() && written->problem.ok());
  }
  QueryGroups by_author() const {
    QueryGroups request;
    request.collection = books_;
    model::NearestQuery nearest;
    nearest.target = std::vector<float>{1, 0};
    request.query.query = model::QueryKind(std::move(nearest));
    request.group_by = model::JsonPath::parse("author").value();
    request.group_size = 2;
    return request;
  }
  /// "key: id id" of each group.
  static std::vector<std::string> texts(const QueryGroupsResult& result) {
    std::vector<std::string> out;
    for (const PointGroup& group : result.groups) {
      std::string text = std::get<std::string>(group.key) + ":";
      for (const auto& hit : group.hits) text += " " + hit.record.id.to_string();
      out.push_back(text);
    }
    return out;
  }

  const CollectionRef books_ = CollectionRef::by_name("books");
};

TEST_F(Groups, ComeByTheirBestHitAndHoldNoMoreThanAsked) {
  add(1, 1, R"({"author":"a"})");
  add(2, 5, R"({"author":"b"})");
  add(3, 4, R"({"author":"b"})");
  add(4, 3, R"({"author":"b"})");
  add(5, 9, R"({"title":"of nobody"})");
  EXPECT_EQ(texts(run(by_author()).value()), (std::vector<std::string>{"b: 2 3", "a: 1"}));
}

TEST_F(Groups, APointIsInEveryGroupOfItsList) {
  add(1, 2, R"({"author":["a","b","a"]})");
  EXPECT_EQ(texts(run(by_author()).value()), (std::vector<std::string>{"a: 1", "b: 1"}));
}

// The first rounds ask for a few times as many hits as the answer shows; these are all of one group.
TEST_F(Groups, ARareKeyBehindManyHitsOfAnotherIsFound) {
  for (std::uint64_t id = 1; id <= 600; ++id) add(id, 1000 - static_cast<float>(id), R"({"author":"a"})");
  add(1000, 0.5F, R"({"author":"b"})");
  QueryGroups request = by_author();
  request.limit = 2;
  EXPECT_EQ(texts(run(request).value()), (std::vector<std::string>{"a: 1 2", "b: 1000"}));
}

// Without an index only the payloads say which points have the field.
TEST_F(Groups, AnIndexSaysThatNobodyHasTheField) {
  model::UpsertPoints many = point(1, 1, R"({"author":"a"})");
  for (std::uint64_t id = 2; id <= 6000; ++id) {
    const float row[] = {1, 0};
    many.points.column("").set_row(many.points.ids.size(), row, 2);
    many.points.ids.push_back(model::PointId::from_number(id));
    many.points.payloads.emplace_back(R"({"author":"a"})");
  }
  ASSERT_TRUE(run(WritePoints{books_, many}).ok());
  ASSERT_TRUE(run(WritePoints{books_, model::CreateFieldIndex{"known", {model::FieldType::kKeyword, {}}}}).ok());
  // How often the work looks at its context grows with what it reads.
  const auto checks_of = [&](const char* field) {
    QueryGroups request = by_author();
    request.group_by = model::JsonPath::parse(field).value();
    for (std::uint64_t checks = 0; checks < 10000; ++checks) {
      observe::OpContext context;
      context.cancel_after(checks);
      const auto result = handle(services(), context, request);
      if (!result.ok()) continue;
      EXPECT_TRUE(result->groups.empty());
      return checks;
    }
    return std::uint64_t{10000};
  };
  EXPECT_LT(4 * checks_of("known"), checks_of("unknown"));
}

TEST_F(Groups, ALookupAddsThePointOfThatId) {
  create("authors");
  ASSERT_TRUE(run(WritePoints{CollectionRef::by_name("authors"), point(7, 1, R"({"name":"x"})")}).ok());
  add(1, 1, R"({"author":7})");
  add(2, 1, R"({"author":8})");
  QueryGroups request = by_author();
  request.with_lookup.emplace().collection = "authors";
  const auto result = run(request);
  ASSERT_TRUE(result.ok());
  ASSERT_EQ(result->groups.size(), 2U);
  EXPECT_TRUE(result->groups[0].lookup.has_value());
  EXPECT_FALSE(result->groups[1].lookup.has_value());
  request.with_lookup->collection = "ghost";
  EXPECT_EQ(run(request).status().kind(), ErrorKind::kLookupCollectionNotFound);
}

TEST_F(Groups, ALimitBeyondAllNumbersOverflowsNothing) {
  add(1, 1, R"({"author":"a"})");
  QueryGroups request = by_author();
  request.limit = ~std::uint64_t{0};
  request.group_size = ~std::uint64_t{0};
  EXPECT_EQ(texts(run(request).value()), std::vector<std::string>{"a: 1"});
}

}  // namespace
}  // namespace alidade::ops
