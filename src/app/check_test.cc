#include "app/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "collection/descriptions.h"
#include "env/memory/memory_env.h"

namespace alidade::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CheckTest : public ::testing::Test {
 protected:
  CheckTest() {
    EXPECT_TRUE(env_.create_directory("/data").ok());
    EXPECT_TRUE(env_.create_directory("/data/collections").ok());
  }

  void write(const std::string& path, std::string_view text) {
    const auto file = env_.open_writable(path, env::OpenMode::kCreateNew);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE((*file)->append(base::as_bytes(text)).ok());
  }

  env::MemoryEnv env_;
};

TEST_F(CheckTest, ListsDamageLeftoversAndWhatItDoesNotKnow) {
  ASSERT_TRUE(collection::store_names(env_, "/data/catalogue.ald", collection::default_names()).ok());
  auto report = check_data_folder(env_, "/data");
  ASSERT_TRUE(report.ok()) << report.status().to_string();
  EXPECT_THAT(report->damages, IsEmpty());
  EXPECT_THAT(to_text(*report), HasSubstr("1 files, "));
  EXPECT_THAT(to_text(*report), HasSubstr("no damage"));

  write("/data/catalogue.ald.tmp", "half");
  write("/data/notes", "mine");
  const std::byte damage[] = {std::byte{0xAA}};
  ASSERT_TRUE(env_.overwrite("/data/catalogue.ald", 50, damage).ok());
  report = check_data_folder(env_, "/data");
  ASSERT_TRUE(report.ok());
  EXPECT_THAT(report->unknown_files, ElementsAre("/data/notes"));
  EXPECT_THAT(report->notes, ElementsAre(HasSubstr("catalogue.ald.tmp")));
  EXPECT_THAT(to_text(*report), HasSubstr("DAMAGED /data/catalogue.ald: byte "));
}

TEST_F(CheckTest, RefusesAFolderThatIsMissingEmptyOrInUse) {
  EXPECT_EQ(check_data_folder(env_, "/none").status().code(), StatusCode::kNotFound);
  ASSERT_TRUE(env_.create_directory("/empty").ok());
  EXPECT_EQ(check_data_folder(env_, "/empty").status().code(), StatusCode::kNotFound);
  const auto lock = env_.lock_file("/data/LOCK");
  ASSERT_TRUE(lock.ok());
  EXPECT_EQ(check_data_folder(env_, "/data").status().code(), StatusCode::kAlreadyExists);
}

}  // namespace
}  // namespace alidade::app
