#include "app/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <span>

namespace alidade::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CheckTest : public ::testing::Test {
 protected:
  CheckTest() {
    char folder[] = "/tmp/alidade_check_test.XXXXXX";
    directory_ = ::mkdtemp(folder);
  }
  ~CheckTest() override {
    env_.remove_directory_tree(directory_).ignore();
  }  // Only a test's folder.

  void write(const std::string& name, std::string_view text) {
    const auto file = env_.open_writable(directory_ + "/" + name, env::OpenMode::kCreateNew);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE((*file)->append(std::as_bytes(std::span(text.data(), text.size()))).ok());
    ASSERT_TRUE((*file)->close().ok());
  }

  static Status verify(env::Env& env, const std::string& path) {
    ALD_ASSIGN(const std::string text, env::read_file(env, path));
    if (text == "good") return Status::ok_status();
    if (text == "bad") return base::data_loss("checksum differs at offset 0");
    return base::invalid_argument("no known kind");
  }

  std::string directory_;
  env::Env& env_ = env::posix_env();
};

TEST_F(CheckTest, ListsDamageAndWhatItDoesNotKnow) {
  ASSERT_TRUE(env_.create_directory(directory_ + "/below").ok());
  write("a", "good");
  write("below/b", "bad");
  write("below/c", "else");
  const auto report = check_data_folder(env_, directory_, &CheckTest::verify);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->file_count, 3u);
  EXPECT_EQ(report->size_bytes, 11u);
  ASSERT_EQ(report->damages.size(), 1u);
  EXPECT_EQ(report->damages[0].path, directory_ + "/below/b");
  EXPECT_THAT(report->unknown_files, ElementsAre(directory_ + "/below/c"));
  EXPECT_THAT(to_text(*report),
              HasSubstr("DAMAGED " + directory_ + "/below/b: checksum differs at offset 0"));
}

TEST_F(CheckTest, RefusesAFolderThatIsMissingEmptyOrInUse) {
  EXPECT_EQ(check_data_folder(env_, directory_ + "/none", &CheckTest::verify).status().code(),
            StatusCode::kNotFound);
  EXPECT_EQ(check_data_folder(env_, directory_, &CheckTest::verify).status().code(),
            StatusCode::kNotFound);
  const auto lock = env_.lock_file(directory_ + "/LOCK");
  ASSERT_TRUE(lock.ok());
  EXPECT_EQ(check_data_folder(env_, directory_, &CheckTest::verify).status().code(),
            StatusCode::kAlreadyExists);
}

}  // namespace
}  // namespace alidade::app
