#include "net/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace alidade::net {
namespace {

using ::testing::UnorderedElementsAre;

Router<int> qdrant_like() {
  Router<int> router(PathStyle::kCollapse);
  router.add("GET", "/", 1);
  router.add("GET", "/collections/{name}", 2);
  router.add("PUT", "/collections/{name}", 3);
  router.add("POST", "/collections/aliases", 4);
  router.add("POST", "/collections/{collection}/points/search", 5);
  router.add("GET", "/collections/{collection}/points/{id}", 6);
  router.add("GET", "/dashboard/{*rest}", 7);
  return router;
}

TEST(Router, FindsTheRouteAndItsParameters) {
  const auto router = qdrant_like();
  const auto match = router.match("GET", "/collections/books/points/7");
  ASSERT_NE(match.value, nullptr);
  EXPECT_EQ(*match.value, 6);
  EXPECT_EQ(match.parameters.get("collection"), "books");
  EXPECT_EQ(match.parameters.get("id"), "7");
  EXPECT_EQ(match.parameters.get("other"), "");
  EXPECT_EQ(*router.match("GET", "/").value, 1);
}

TEST(Router, GivesTheRestOfAPath) {
  const auto router = qdrant_like();
  EXPECT_EQ(router.match("GET", "/dashboard").parameters.get("rest"), "");
  EXPECT_EQ(router.match("GET", "/dashboard/a/b%20c.js").parameters.get("rest"), "a/b c.js");
}

TEST(Router, PrefersALiteralUnlessItsMethodIsAnother) {
  const auto router = qdrant_like();
  EXPECT_EQ(*router.match("POST", "/collections/aliases").value, 4);
  EXPECT_EQ(*router.match("GET", "/collections/aliases").value, 2);
}

TEST(Router, TellsAWrongMethodFromAnUnknownPath) {
  const auto router = qdrant_like();
  const auto wrong = router.match("PATCH", "/collections/books");
  EXPECT_EQ(wrong.value, nullptr);
  EXPECT_THAT(wrong.allowed_methods, UnorderedElementsAre("GET", "PUT"));
  EXPECT_TRUE(router.match("GET", "/nope").allowed_methods.empty());
  EXPECT_TRUE(router.match("get", "/nope").allowed_methods.empty());
}

TEST(Router, CollapsesSlashesOnlyWhenAsked) {
  const auto collapsing = qdrant_like();
  EXPECT_EQ(*collapsing.match("GET", "//collections///books/").value, 2);
  Router<int> strict(PathStyle::kStrict);
  strict.add("GET", "/api/v2/tenants/{tenant}", 1);
  strict.add("GET", "/api/v2", 2);
  EXPECT_EQ(strict.match("GET", "/api/v2/").value, nullptr);
  EXPECT_EQ(strict.match("GET", "//api/v2").value, nullptr);
  EXPECT_EQ(strict.match("GET", "/api/v2/tenants/").value, nullptr);
  EXPECT_EQ(*strict.match("GET", "/api/v2/tenants/t").value, 1);
}

TEST(Router, DecodesSegmentsAfterSplitting) {
  const auto router = qdrant_like();
  EXPECT_EQ(router.match("GET", "/collections/a%2Fb").parameters.get("name"), "a/b");
  EXPECT_EQ(*router.match("GET", "/%63ollections/x").value, 2);
}

TEST(Router, SurvivesHostilePaths) {
  const auto router = qdrant_like();
  EXPECT_EQ(router.match("GET", "").value, router.match("GET", "/").value);
  EXPECT_EQ(router.match("GET", "/collections/%").parameters.get("name"), "%");
  EXPECT_EQ(router.match("GET", "/collections/%zz").parameters.get("name"), "%zz");
  EXPECT_EQ(router.match("GET", std::string(100000, '/')).value, router.match("GET", "/").value);
  std::string deep;
  for (int i = 0; i < 20000; ++i) deep += "/a";
  EXPECT_EQ(router.match("GET", deep).value, nullptr);
  EXPECT_NE(router.match("GET", "/dashboard" + deep).value, nullptr);
}

TEST(Router, TakesTimeLinearInThePath) {
  const auto router = qdrant_like();
  constexpr std::size_t kLength = std::size_t{4} << 20;
  const std::string percents(kLength, '%');
  EXPECT_EQ(router.match("GET", "/collections/" + percents).parameters.get("name").size(), kLength);
  EXPECT_EQ(router.match("GET", "/" + percents).value, nullptr);
  EXPECT_EQ(router.match("GET", "/collections/" + std::string(kLength, '/') + "x").parameters.get("name"), "x");
  std::string dots;
  while (dots.size() < kLength) dots += "/..";
  EXPECT_EQ(router.match("GET", dots).value, nullptr);
  EXPECT_EQ(router.match("GET", "/dashboard" + dots).parameters.get("rest").size(), dots.size() - 1);
}

}  // namespace
}  // namespace alidade::net
