#include "shard/record.h"

#include <gtest/gtest.h>

namespace alidade::shard {
namespace {

using model::PointId;

Record sample() {
  model::PointBatch batch;
  batch.ids = {PointId::from_number(7), PointId::from_uuid({1, 2}), PointId::from_number(9)};
  batch.original_ids = {"", "name", ""};
  batch.payloads = {R"({"a":1})", "", "{}"};
  const float row[3] = {1, 2, 3};
  batch.column("").set_row(0, row, 3);
  batch.column("").set_row(2, row, 3);
  batch.column("full").set_row(0, row, 2);
  batch.column("full").set_row(1, row, 2);
  batch.column("full").set_row(2, row, 2);
  batch.column("").present.resize(3);
  Record record;
  record.last_operation = base::OpNumber(42);
  record.changes = {PutRows{batch},
                    MergeRows{batch},
                    DeleteRows{batch.ids},
                    PutVectors{batch},
                    DropVectors{batch.ids, {"full"}},
                    MergePayload{batch.ids, R"({"x":null})", "a.b"},
                    ReplacePayload{batch.ids, ""},
                    DeletePayloadKeys{batch.ids, {"a", "b[].c"}},
                    PutFieldIndex{"city", {model::FieldType::kKeyword, *base::json::parse(R"({"type":"keyword"})")}},
                    DropFieldIndex{"city"},
                    SetVectorSize{"", 3}};
  return record;
}

/// The same with sparse and multivectors.
Record sample_of_all_kinds() {
  Record record = sample();
  model::PointBatch batch = std::get<PutRows>(record.changes[0]).points;
  batch.column("s").set_sparse(2, {{5, 1}, {0.5F, 2}});
  batch.column("s").set_sparse(0, {});
  batch.column("s").present.resize(3);
  for (std::size_t i = 0; i < 3; ++i) batch.column("m").set_multi(i, {2, std::vector<float>(2 * (i + 1), 1.5F)});
  record.changes.emplace_back(PutRows{batch});
  record.changes.emplace_back(PutVectors{batch});
  return record;
}

TEST(Record, HoldsVectorsOfEveryKind) {
  const auto bytes = encode_record(sample_of_all_kinds());
  const auto record = decode_record(bytes);
  ASSERT_TRUE(record.ok()) << record.status().to_string();
  EXPECT_EQ(encode_record(*record), bytes);
  const auto& rows = std::get<PutRows>(record->changes[11]).points;
  const auto& sparse = *rows.find_column("s");
  EXPECT_FALSE(sparse.has(1));
  EXPECT_EQ(model::value_of(sparse.kind, sparse.view(2), 0), model::VectorValue(model::SparseVector{{1, 5}, {2, 0.5F}}));
  EXPECT_EQ(sparse.view(0).count, 0U);
  EXPECT_EQ(rows.find_column("m")->view(2).count, 3U);
}

TEST(Record, IsReadByOlderBuildsWhereTheyKnowAllOfIt) {
  EXPECT_EQ(encode_record(sample()).front(), std::byte{1});
  EXPECT_EQ(encode_record(sample_of_all_kinds()).front(), std::byte{2});
}

TEST(Record, DecodesToWhatWasEncoded) {
  const auto bytes = encode_record(sample());
  const auto record = decode_record(bytes);
  ASSERT_TRUE(record.ok()) << record.status().to_string();
  EXPECT_EQ(record->last_operation.value, 42U);
  EXPECT_EQ(encode_record(*record), bytes);
  const auto& rows = std::get<PutRows>(record->changes[0]).points;
  EXPECT_FALSE(rows.vectors[0].present.test(1));
  EXPECT_EQ(rows.vectors[0].row(2)[1], 2.0F);
}

TEST(Record, RefusesEveryTruncationWithoutReadingPastIt) {
  const auto bytes = encode_record(sample_of_all_kinds());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_record(std::span(bytes).first(size)).ok()) << size;
  }
}

TEST(Record, TakesAnyFlippedByteOrCallsItDamage) {
  const auto bytes = encode_record(sample_of_all_kinds());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto broken = bytes;
    broken[i] ^= std::byte{0xFF};
    const auto code = decode_record(broken).status().code();
    EXPECT_TRUE(code == StatusCode::kOk || code == StatusCode::kDataLoss || code == StatusCode::kUnimplemented) << i;
  }
}

}  // namespace
}  // namespace alidade::shard
