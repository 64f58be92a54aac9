#include "faces/qdrant_rest/unserved_settings.h"

#include <gtest/gtest.h>

#include "faces/qdrant_rest/collection_settings.h"
#include "faces/qdrant_rest/test_json.h"

namespace alidade::faces::qdrant_rest {
namespace {

using test::json;
using Names = std::vector<std::string>;

model::CollectionConfig made(std::string_view body) { return read_new_collection(json(body)).value(); }

TEST(UnservedSettings, AreNamed) {
  EXPECT_EQ(unserved_settings(made(R"({"vectors":{"size":2,"distance":"Dot","datatype":"float32"},)"
                                    R"("sparse_vectors":{},"strict_mode_config":{"enabled":false}})")),
            Names());
  EXPECT_EQ(unserved_settings(made(
                R"({"vectors":{"a":{"size":2,"distance":"Dot","datatype":"uint8"},"m":{"size":2,"distance":"Dot",)"
                R"("multivector_config":{"comparator":"max_sim"}}},"sparse_vectors":{"s":{}},)"
                R"("optimizers_config":{"prevent_unoptimized":true},"strict_mode_config":{"enabled":true}})")),
            (Names{"vectors.a.datatype",
                   "optimizers_config.prevent_unoptimized", "strict_mode_config"}));
  EXPECT_EQ(unserved_settings(made(R"({"vectors":{"size":2,"distance":"Dot","datatype":"float16"}})")),
            Names{"vectors.datatype"});
}

TEST(UnservedSettings, OfAnUpdateAreOnlyThoseThatItAdds) {
  const auto before = made(R"({"strict_mode_config":{"enabled":true}})");
  const auto after =
      made(R"({"strict_mode_config":{"enabled":true},"optimizers_config":{"prevent_unoptimized":true}})");
  EXPECT_EQ(newly_unserved(before, before), Names());
  EXPECT_EQ(newly_unserved(before, after), Names{"optimizers_config.prevent_unoptimized"});
}

TEST(UnservedSettings, AreOneLineOfTheLog) {
  std::string lines;
  observe::Log log(observe::LogLevel::kWarn, [] { return std::int64_t{0}; },
                   [&](std::string_view line) { lines += line; });
  warn_of_unserved(log, "books", {});
  EXPECT_EQ(lines, "");
  warn_of_unserved(log, "books", {"sparse_vectors", "strict_mode_config"});
  EXPECT_NE(lines.find("books"), std::string::npos) << lines;
  EXPECT_NE(lines.find("sparse_vectors, strict_mode_config"), std::string::npos) << lines;
}

}  // namespace
}  // namespace alidade::faces::qdrant_rest
