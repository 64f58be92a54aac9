#include "app/verify_data_file.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "collection/catalogue_file.h"
#include "env/memory/memory_env.h"
#include "oplog/local/local_log.h"
#include "storage/derived_file.h"
#include "storage/manifest.h"

namespace alidade::app {
namespace {

TEST(VerifyDataFile, ChecksTheFilesOfEveryRoom) {
  env::MemoryEnv disk;
  ASSERT_TRUE(disk.create_directory("/s").ok());
  ASSERT_TRUE(collection::store_catalogue_file(disk, "/catalogue.ald", base::json::Object()).ok());
  ASSERT_TRUE(collection::store_catalogue_file(disk, "/s/collection.ald", base::json::Object()).ok());
  ASSERT_TRUE(storage::store_manifest(disk, "/s", {}).ok());
  ASSERT_TRUE(storage::write_derived_file(disk, "/s", "graph-1.ald", "graph", base::as_bytes("x")).ok());
  {
    const auto log = oplog::LocalLog::open(disk, "/s/log", {}).value();
    ASSERT_TRUE(log->append(base::as_bytes("record")).ok());
    // The next record says that the one before is durable, so its damage is no torn tail.
    ASSERT_TRUE(log->wait_durable(log->end()).ok());
    ASSERT_TRUE(log->append(base::as_bytes("record")).ok());
  }
  for (const char* path : {"/catalogue.ald", "/s/collection.ald", "/s/manifest", "/s/graph-1.ald",
                           "/s/log/00000000000000000000.log"}) {
    EXPECT_TRUE(verify_data_file(disk, path).ok()) << path;
    const std::byte damage[] = {std::byte{0xAA}};
    ASSERT_TRUE(disk.overwrite(path, 66 % env::read_file(disk, path)->size(), damage).ok());
    EXPECT_EQ(verify_data_file(disk, path).code(), StatusCode::kDataLoss) << path;
  }
  ASSERT_TRUE(disk.open_writable("/notes", env::OpenMode::kCreateNew).ok());
  EXPECT_EQ(verify_data_file(disk, "/notes").code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace alidade::app
