// Settings of a Qdrant server that somebody may rely on, and that this server does not have.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/settings.h"

namespace alidade::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> notes_with(const std::string& name, const std::string& value) {
  SettingSources sources;
  sources.environment.emplace_back(name, value);
  const auto settings = load_settings(sources);
  EXPECT_TRUE(settings.ok()) << settings.status().message();
  return settings.ok() ? settings->notes : std::vector<std::string>();
}

TEST(Settings, SayWhatAClusterOrAnAuditMisses) {
  EXPECT_THAT(notes_with("QDRANT__CLUSTER__ENABLED", "true"), ElementsAre(HasSubstr("runs alone")));
  EXPECT_THAT(notes_with("QDRANT__AUDIT__ENABLED", "true"), ElementsAre(HasSubstr("no access is recorded")));
  EXPECT_THAT(notes_with("QDRANT__CLUSTER__ENABLED", "false"), IsEmpty());
  EXPECT_THAT(notes_with("QDRANT__AUDIT__ENABLED", "false"), IsEmpty());
}

}  // namespace
}  // namespace alidade::app
