#include "app/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace alidade::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

CommandLine parse(const std::vector<std::string>& arguments) {
  const auto line = parse_command_line(arguments);
  EXPECT_TRUE(line.ok()) << line.status().message();
  return line.ok() ? *line : CommandLine();
}

TEST(CommandLine, ServesWithAndWithoutTheWord) {
  EXPECT_EQ(parse({}).action, CommandLine::Action::kServe);
  EXPECT_THAT(parse({}).flags, IsEmpty());
  const CommandLine bare = parse({"--data", "d", "--config", "c.yaml"});
  EXPECT_THAT(bare.flags, ElementsAre(Pair("data", "d")));
  EXPECT_EQ(bare.config, "c.yaml");
  const CommandLine serve = parse({"serve", "--qdrant-port", "1", "--config-path", "q.yaml"});
  EXPECT_EQ(serve.action, CommandLine::Action::kServe);
  EXPECT_THAT(serve.flags, ElementsAre(Pair("qdrant_port", "1")));
  EXPECT_EQ(serve.qdrant_config_path, "q.yaml");
}

TEST(CommandLine, Checks) {
  const CommandLine line = parse({"check", "folder"});
  EXPECT_EQ(line.action, CommandLine::Action::kCheck);
  EXPECT_EQ(line.directory, "folder");
  EXPECT_FALSE(parse_command_line({"check"}).ok());
}

TEST(CommandLine, Repairs) {
  for (const auto& arguments : {std::vector<std::string>{"repair", "old", "--salvage", "new"},
                                std::vector<std::string>{"repair", "--salvage", "new", "old"}}) {
    const CommandLine line = parse(arguments);
    EXPECT_EQ(line.action, CommandLine::Action::kRepair);
    EXPECT_EQ(line.directory, "old");
    EXPECT_EQ(line.new_directory, "new");
  }
  EXPECT_FALSE(parse_command_line({"repair", "old"}).ok());
}

TEST(CommandLine, PrintsVersionAndHelp) {
  EXPECT_EQ(parse({"--version"}).text, "alidade " + std::string(version_text()) + "\n");
  EXPECT_THAT(parse({"--help"}).text, HasSubstr("--chroma-port"));
  EXPECT_EQ(parse({"--help"}).action, CommandLine::Action::kPrint);
}

TEST(CommandLine, RefusesWhatItDoesNotKnow) {
  EXPECT_FALSE(parse_command_line({"--no-such-flag"}).ok());
  EXPECT_FALSE(parse_command_line({"dance"}).ok());
  EXPECT_FALSE(parse_command_line({"--data"}).ok());
}

}  // namespace
}  // namespace alidade::app
