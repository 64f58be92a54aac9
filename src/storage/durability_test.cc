// What the store's files keep through power loss, failing calls and damaged bytes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "env/faulty/faulty_env.h"
#include "env/memory/memory_env.h"
#include "storage/derived_file.h"
#include "storage/format/manifest_format.h"
#include "storage/point_store.h"
#include "storage/verify.h"

namespace alidade::storage {
namespace {

using base::OpNumber;
using env::FaultyEnv;
using env::MemoryEnv;
using model::PointId;
using ::testing::HasSubstr;

const std::vector<VectorSpec> kSpecs = {{"v", 4, false}};

void put(PointStore& store, std::uint64_t number, const std::string& payload) {
  const std::vector<float> vector(4, static_cast<float>(number));
  const model::VectorView vectors[] = {{vector.data(), nullptr, 1, 0}};
  store.append({.id = PointId::from_number(number),
                .original_id = number % 2 == 0 ? "even" : "",
                .version = OpNumber(number),
                .first_seen = number,
                .payload = payload,
                .vectors = vectors,
                .norms = {}});
}

std::string payload_of(const PointStore& store, std::uint64_t number) {
  const auto offset = store.find(PointId::from_number(number));
  if (!offset) return "no such point";
  const auto payload = store.payload(*offset);
  return payload.ok() ? *payload : payload.status().to_string();
}

/// One whole checkpoint as a shard makes it.
Status checkpoint(env::Env& env, PointStore& store, Manifest& manifest) {
  auto checkpoint = store.begin_checkpoint();
  Manifest next = manifest;
  ++next.generation;
  next.covered = base::LogPosition(next.generation * 100);
  ALD_ASSIGN(next.files, PointStore::write(*checkpoint, next.generation));
  ALD_ASSIGN(auto graph,
             write_derived_file(env, "/s", checkpoint_file_name("graph", next.generation), "graph",
                                base::as_bytes("a graph")));
  next.files.push_back(std::move(graph));
  ALD_RETURN_IF_ERROR(store_manifest(env, "/s", next));
  store.finish_checkpoint(*checkpoint);
  manifest = next;
  return remove_unreferenced(env, "/s", manifest);
}

class DurabilityTest : public ::testing::Test {
 protected:
  /// A disk with a first checkpoint of ten points "one".
  void prepare(MemoryEnv& disk,
               Manifest& manifest,
               std::unique_ptr<PointStore>& store,
               env::Env& env) {
    ASSERT_TRUE(disk.create_directory("/s").ok());
    ASSERT_TRUE(disk.sync_directory("/").ok());
    store = PointStore::create(env, "/s", kSpecs).value();
    for (std::uint64_t i = 0; i < 10; ++i) put(*store, i, "one");
    ASSERT_TRUE(checkpoint(env, *store, manifest).ok());
  }
};

TEST_F(DurabilityTest, PowerLossAtAnyCallOfACheckpointLeavesTheOldOrTheNewState) {
  using Unsynced = MemoryEnv::Unsynced;
  for (const Unsynced unsynced : {Unsynced::kLost, Unsynced::kKept, Unsynced::kArbitrary}) {
    for (std::uint64_t call = 1; call < 200; ++call) {
      MemoryEnv disk(call);
      FaultyEnv env(disk);
      Manifest manifest;
      std::unique_ptr<PointStore> store;
      ASSERT_NO_FATAL_FAILURE(prepare(disk, manifest, store, env));
      for (std::uint64_t i = 0; i < 20; i += 2) put(*store, i, "two");
      env.set_fault(
          {.call = call, .repeat = FaultyEnv::Repeat::kFromThenOn, .short_write_bytes = 100});
      const Status done = checkpoint(env, *store, manifest);
      const bool failed = env.failures() > 0;
      store.reset();
      disk.crash(unsynced);

      const auto found = load_manifest(disk, "/s");
      ASSERT_TRUE(found.ok()) << found.status().to_string();
      ASSERT_TRUE(found->generation == 1 || found->generation == 2);
      if (done.ok()) {
        EXPECT_EQ(found->generation, 2u);
      }
      EXPECT_EQ(found->covered.value, found->generation * 100);
      ASSERT_TRUE(remove_unreferenced(disk, "/s", *found).ok());
      const auto opened = PointStore::open(disk, "/s", *found, kSpecs);
      ASSERT_TRUE(opened.ok()) << call << ": " << opened.status().to_string();
      EXPECT_EQ(payload_of(**opened, 1), "one");
      EXPECT_EQ(payload_of(**opened, 2), found->generation == 1 ? "one" : "two");
      EXPECT_EQ((*opened)->live_count(), found->generation == 1 ? 10u : 15u);
      EXPECT_EQ(disk.list_directory("/s")->size(), found->files.size() + 1);
      if (!failed) break;
    }
  }
}

TEST_F(DurabilityTest, AfterAFailedCheckpointTheNextOneSucceeds) {
  for (std::uint64_t call = 1; call < 200; ++call) {
    MemoryEnv disk;
    FaultyEnv env(disk);
    Manifest manifest;
    std::unique_ptr<PointStore> store;
    ASSERT_NO_FATAL_FAILURE(prepare(disk, manifest, store, env));
    for (std::uint64_t i = 0; i < 20; i += 2) put(*store, i, "two");
    env.set_fault(
        {.call = call, .status = Status(StatusCode::kOutOfSpace, "full"), .short_write_bytes = 10});
    const Status first = checkpoint(env, *store, manifest);
    const bool failed = env.failures() > 0;
    env.heal();
    EXPECT_EQ(payload_of(*store, 2), "two");
    if (!first.ok()) {
      ++manifest.generation;  // A shard never tries a generation twice.
      ASSERT_TRUE(checkpoint(env, *store, manifest).ok());
    }
    EXPECT_EQ(payload_of(*store, 2), "two");
    const auto opened = PointStore::open(disk, "/s", *load_manifest(disk, "/s"), kSpecs);
    ASSERT_TRUE(opened.ok()) << opened.status().to_string();
    EXPECT_EQ(payload_of(**opened, 2), "two");
    EXPECT_EQ((*opened)->live_count(), 15u);
    if (!failed) break;
  }
}

TEST_F(DurabilityTest, AFirstCheckpointThatACrashEndedLeavesNothingInTheWay) {
  MemoryEnv disk;
  ASSERT_TRUE(disk.create_directory("/s").ok());
  {
    const auto store = PointStore::create(disk, "/s", kSpecs).value();
    put(*store, 1, "one");
    auto begun = store->begin_checkpoint();
    ASSERT_TRUE(PointStore::write(*begun, 1).ok());
  }
  disk.crash(MemoryEnv::Unsynced::kKept);
  EXPECT_EQ(load_manifest(disk, "/s").status().code(), StatusCode::kNotFound);
  const auto store = PointStore::create(disk, "/s", kSpecs).value();
  put(*store, 2, "two");
  Manifest manifest;
  EXPECT_TRUE(checkpoint(disk, *store, manifest).ok());
}

/// Opens everything that the manifest names and reads all payloads.
Status read_everything(MemoryEnv& disk) {
  ALD_ASSIGN(const auto manifest, load_manifest(disk, "/s"));
  ALD_ASSIGN(const auto store, PointStore::open(disk, "/s", manifest, kSpecs));
  for (std::uint32_t row = 0; row < store->row_count(); ++row) {
    ALD_RETURN_IF_ERROR(store->payload(base::PointOffset(row)).status());
  }
  for (const FileRef& file : manifest.files) {
    if (file.kind == "graph") ALD_RETURN_IF_ERROR(read_derived_file(disk, "/s", file).status());
  }
  return Status();
}

TEST_F(DurabilityTest, AnyFlippedBitIsFoundAndNamed) {
  MemoryEnv disk;
  Manifest manifest;
  std::unique_ptr<PointStore> store;
  ASSERT_NO_FATAL_FAILURE(prepare(disk, manifest, store, disk));
  store.reset();
  ASSERT_TRUE(read_everything(disk).ok());
  const auto entries = disk.list_directory("/s").value();
  for (const auto& entry : entries) {
    const std::string path = "/s/" + entry.name;
    const std::string content = env::read_file(disk, path).value();
    for (std::uint64_t at = 0; at < content.size(); ++at) {
      const std::byte changed = static_cast<std::byte>(content[at]) ^ std::byte{0x04};
      ASSERT_TRUE(disk.overwrite(path, at, {&changed, 1}).ok());
      const Status status = read_everything(disk);
      EXPECT_EQ(status.code(), StatusCode::kDataLoss)
          << path << " " << at << ": " << status.to_string();
      EXPECT_THAT(status.message(), HasSubstr(path));
      EXPECT_THAT(status.message(), HasSubstr("byte "));
      EXPECT_EQ(verify_file(disk, path).status().code(), StatusCode::kDataLoss)
          << path << " " << at;
      ASSERT_TRUE(
          disk.overwrite(path, at, {reinterpret_cast<const std::byte*>(&content[at]), 1}).ok());
    }
    EXPECT_TRUE(verify_file(disk, path).ok());
  }
}

TEST_F(DurabilityTest, AFileCutAnywhereIsFoundAndNamed) {
  MemoryEnv disk;
  Manifest manifest;
  std::unique_ptr<PointStore> store;
  ASSERT_NO_FATAL_FAILURE(prepare(disk, manifest, store, disk));
  store.reset();
  const auto entries = disk.list_directory("/s").value();
  for (const auto& entry : entries) {
    const std::string path = "/s/" + entry.name;
    const std::string content = env::read_file(disk, path).value();
    for (std::uint64_t size = 0; size < content.size(); ++size) {
      ASSERT_TRUE(disk.cut(path, size).ok());
      const Status status = read_everything(disk);
      EXPECT_EQ(status.code(), StatusCode::kDataLoss) << path << " " << size;
      EXPECT_THAT(status.message(), HasSubstr(path));
      EXPECT_FALSE(verify_file(disk, path).ok());
      ASSERT_TRUE(disk.cut(path, 0).ok());
      const auto file = disk.open_writable(path, env::OpenMode::kAppend);
      ASSERT_TRUE((*file)->append(base::as_bytes(content)).ok());
    }
    ASSERT_TRUE(disk.cut(path, content.size()).ok());
    const auto longer = disk.open_writable(path, env::OpenMode::kAppend);
    ASSERT_TRUE((*longer)->append(base::as_bytes("x")).ok());
    EXPECT_EQ(read_everything(disk).code(), StatusCode::kDataLoss) << path;
    ASSERT_TRUE(disk.cut(path, content.size()).ok());
  }
  EXPECT_TRUE(read_everything(disk).ok());
}

TEST_F(DurabilityTest, AMissingOrAForeignFileIsNamed) {
  MemoryEnv disk;
  Manifest manifest;
  std::unique_ptr<PointStore> store;
  ASSERT_NO_FATAL_FAILURE(prepare(disk, manifest, store, disk));
  for (const FileRef& file : manifest.files) {
    if (file.kind == "graph") continue;
    ASSERT_TRUE(disk.rename("/s/" + file.name, "/s/away").ok());
    const auto opened = PointStore::open(disk, "/s", manifest, kSpecs);
    EXPECT_EQ(opened.status().code(), StatusCode::kDataLoss);
    EXPECT_THAT(opened.status().message(), HasSubstr(file.name));
    ASSERT_TRUE(disk.rename("/s/away", "/s/" + file.name).ok());
  }
  // Another generation's file in the place of this one.
  put(*store, 50, "more");
  const std::string old_table = manifest.files[2].name;
  const std::string old = env::read_file(disk, "/s/" + old_table).value();
  ASSERT_TRUE(checkpoint(disk, *store, manifest).ok());
  const auto table = std::find_if(manifest.files.begin(), manifest.files.end(),
                                  [](const FileRef& file) { return file.kind == "table"; });
  ASSERT_TRUE(disk.remove_file("/s/" + table->name).ok());
  ASSERT_TRUE((*disk.open_writable("/s/" + table->name, env::OpenMode::kCreateNew))
                  ->append(base::as_bytes(old))
                  .ok());
  EXPECT_EQ(PointStore::open(disk, "/s", manifest, kSpecs).status().code(), StatusCode::kDataLoss);
}

TEST_F(DurabilityTest, VerifyTellsKindsApart) {
  MemoryEnv disk;
  Manifest manifest;
  std::unique_ptr<PointStore> store;
  ASSERT_NO_FATAL_FAILURE(prepare(disk, manifest, store, disk));
  for (const FileRef& file : manifest.files) {
    const auto verified = verify_file(disk, "/s/" + file.name);
    ASSERT_TRUE(verified.ok());
    EXPECT_EQ(verified->kind, file.kind == "graph" ? "derived (graph)" : file.kind);
    EXPECT_EQ(verified->checksum, file.checksum);
  }
  EXPECT_EQ(verify_file(disk, "/s/manifest")->kind, "manifest");
  ASSERT_TRUE((*disk.open_writable("/s/notes", env::OpenMode::kCreateNew))
                  ->append(base::as_bytes("hello"))
                  .ok());
  EXPECT_EQ(verify_file(disk, "/s/notes").status().code(), StatusCode::kInvalidArgument);
}

TEST(Manifest, ComesBackAsItWas) {
  Manifest manifest{.generation = 7,
                    .files = {{"rows", "rows-7.ald", 100, 200}, {"graph", "graph-7.ald", 1, 2}},
                    .covered = base::LogPosition(12345),
                    .schema_json = "{\"a\":1}",
                    .state_json = "{}"};
  const auto decoded = decode_manifest(encode_manifest(manifest));
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(*decoded, manifest);
  EXPECT_EQ(*decode_manifest(encode_manifest(Manifest())), Manifest());
}

TEST(Manifest, RemovesOnlyFilesOfItsOwnMaking) {
  MemoryEnv disk;
  for (const char* name : {"/a.ald", "/b.ald", "/c.tmp", "/notes.txt", "/manifest"}) {
    ASSERT_TRUE(disk.open_writable(name, env::OpenMode::kCreateNew).ok());
  }
  ASSERT_TRUE(disk.create_directory("/log.ald").ok());
  Manifest manifest;
  manifest.files.push_back({"rows", "b.ald", 0, 0});
  ASSERT_TRUE(remove_unreferenced(disk, "/", manifest).ok());
  EXPECT_FALSE(disk.exists("/a.ald"));
  EXPECT_TRUE(disk.exists("/b.ald"));
  EXPECT_FALSE(disk.exists("/c.tmp"));
  EXPECT_TRUE(disk.exists("/notes.txt"));
  EXPECT_TRUE(disk.exists("/manifest"));
  EXPECT_TRUE(disk.exists("/log.ald"));
}

TEST(DerivedFile, ReadsBackWhatWasWrittenInPieces) {
  MemoryEnv disk;
  base::Bytes expected;
  auto writer = DerivedFileWriter::create(disk, "/", "graph-1.ald", "graph").value();
  for (std::size_t size : {0U, 1U, 1000U, 70'000U, 1U << 20, 3'000'001U, 5U}) {
    const base::Bytes piece(size, static_cast<std::byte>(size * 31 + 7));
    ASSERT_TRUE(writer.append(piece).ok());
    expected.insert(expected.end(), piece.begin(), piece.end());
  }
  const FileRef file = writer.finish().value();
  EXPECT_EQ(read_derived_file(disk, "/", file).value(), expected);
  auto reader = DerivedFileReader::open(disk, "/", file).value();
  base::Bytes piece(1'500'000);
  ASSERT_TRUE(reader.read(piece).ok());
  EXPECT_TRUE(std::equal(piece.begin(), piece.end(), expected.begin()));
  EXPECT_EQ(reader.remaining_bytes(), expected.size() - piece.size());
  piece.resize(expected.size());
  EXPECT_EQ(reader.read(piece).code(), StatusCode::kDataLoss);
  EXPECT_EQ(DerivedFileWriter::create(disk, "/", "graph-1.ald", "graph").status().code(),
            StatusCode::kAlreadyExists);
  EXPECT_EQ(DerivedFileWriter::create(disk, "/", "x", "a kind of more than 16").status().code(),
            StatusCode::kInvalidArgument);
}

TEST(DerivedFile, AnUnfinishedFileIsRemoved) {
  MemoryEnv disk;
  {
    ASSERT_TRUE(
        DerivedFileWriter::create(disk, "/", "a.ald", "graph")->append(base::as_bytes("x")).ok());
  }
  EXPECT_FALSE(disk.exists("/a.ald"));
}

}  // namespace
}  // namespace alidade::storage
