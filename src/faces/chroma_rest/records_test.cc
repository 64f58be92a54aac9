#include <gtest/gtest.h>

#include "faces/chroma_rest/base64.h"
#include "faces/chroma_rest/decode_records.h"
#include "faces/chroma_rest/encode.h"
#include "faces/chroma_rest/fast_decode.h"
#include "faces/chroma_rest/metadata.h"

namespace alidade::faces::chroma_rest {
namespace {

Result<model::PointBatch> batch(std::string_view body, RecordWrite kind) {
  auto records = read_records(body, kind);
  if (!records.ok()) return records.status();
  ALD_RETURN_IF_ERROR(check_columns(*records));
  return batch_of(std::move(records).value(), kind);
}

std::string rule(std::string_view body, RecordWrite kind = RecordWrite::kAdd) {
  return batch(body, kind).status().message();
}

TEST(Base64, ReadsLittleEndianFloats) {
  const auto floats = floats_from_base64("XI/CvY/C9T2HFlk/30+NvQ==");
  ASSERT_TRUE(floats.ok());
  ASSERT_EQ(floats->size(), 4u);
  EXPECT_FLOAT_EQ((*floats)[0], -0.095f);
  EXPECT_FLOAT_EQ((*floats)[2], 0.848f);
}

TEST(Base64, WordsBrokenText) {
  const auto message = [](std::string_view text) {
    return floats_from_base64(text).status().message();
  };
  EXPECT_EQ(message("!!!!"), "Invalid base64 string: Invalid symbol 33, offset 0.");
  EXPECT_EQ(message("XI/CvY/C9T2HFlk/30+NvQ="), "Invalid base64 string: Invalid padding");
  EXPECT_EQ(message("AAAA"),
            "Invalid byte length: 3 bytes cannot be converted to f32 values (must be divisible by 4)");
  EXPECT_EQ(message("XI/CvY/C\n9T2HFlk/30+NvQ=="),
            "Invalid base64 string: Invalid symbol 10, offset 8.");
}

TEST(RecordsBody, ChecksRulesInThePeersOrder) {
  EXPECT_EQ(rule(R"({"ids":["a"],"embeddings":["AADAfwAAAAAAAAAAAAAAAA=="]})"),
            "Non-finite float value at embedding index 0: NaN");
  EXPECT_EQ(rule(R"({"ids":["a"],"embeddings":[[]]})"),
            "Validation error: embeddings: Each embedding must have at least 1 dimension");
  EXPECT_EQ(rule(R"({"ids":["a"],"embeddings":[[1e39]]})"),
            "Validation error: embeddings: Embeddings must not contain NaN or Infinity values");
  EXPECT_EQ(rule(R"({"ids":["a"],"embeddings":[[1]],"metadatas":[{"#x":1}]})"),
            "Validation error: metadatas: Invalid metadata at index 0");
  EXPECT_EQ(rule(R"({"ids":["a","b"],"embeddings":[[1,2],[3]]})"),
            "Inconsistent dimensions in provided embeddings");
  EXPECT_EQ(rule(R"({"ids":["a","b"],"embeddings":[[1]]})"),
            "Inconsistent number of IDs, embeddings, documents, URIs and metadatas");
  EXPECT_EQ(rule(R"({"ids":[""],"embeddings":[[1]]})"),
            "Empty ID, ID must have at least one character");
  EXPECT_EQ(
      rule(R"({"ids":["a"],"embeddings":[[1]],"metadatas":[{"sv":{"indices":[1],"values":[1]}}]})"),
      "Unimplemented: Sparse vector is not supported for local chroma: sv");
  EXPECT_EQ(rule(R"({"ids":["a"],"embeddings":[[1]],
                     "metadatas":[{"sv":{"indices":[5,1],"values":[1,2]}}]})"),
            "Validation error: metadatas: Invalid metadata at index 0");
}

TEST(RecordsBody, NormalisesMetadata) {
  const auto result = batch(
      R"({"ids":["a"],"embeddings":[[1]],"documents":["text"],"uris":["u"],
          "metadatas":[{"i":9223372036854775808,"z":-0.0,"m":[1,2.5],"e":[],"w":3.0,"t":["x"]}]})",
      RecordWrite::kAdd);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->payloads.at(0),
            R"({"chroma:document":"text","chroma:uri":"u","i":9.223372036854776e18,"z":0.0,)"
            R"("m":[1.0,2.5],"w":3.0,"t":["x"]})");
}

TEST(RecordsBody, NullsAndEmptyListsRemoveKeysOnUpdate) {
  const auto result =
      batch(R"({"ids":["a"],"metadatas":[{"gone":null,"empty":[],"kept":1}]})", RecordWrite::kUpdate);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->payloads.at(0), R"({"gone":null,"empty":null,"kept":1})");
  EXPECT_TRUE(result->vectors.empty());
}

TEST(RecordsBody, UpdateMayLeaveSingleVectorsAlone) {
  const auto result =
      batch(R"({"ids":["a","b","c"],"embeddings":[null,[1,2],null]})", RecordWrite::kUpdate);
  ASSERT_TRUE(result.ok());
  ASSERT_EQ(result->vectors.size(), 1u);
  const auto& column = result->vectors[0];
  EXPECT_EQ(column.present.size(), 3u);
  EXPECT_EQ(column.present.count(), 1u);
  EXPECT_EQ(column.values.size(), 2u);
  EXPECT_FLOAT_EQ(column.row(1)[1], 2);
}

/// The fast decoder must say exactly what the careful one says, or nothing.
TEST(FastDecode, AgreesWithTheCarefulDecoder) {
  for (const char* body :
       {R"({"ids":["a","7","00000000-0000-4000-8000-000000000000"],
            "embeddings":[[1,2.5],[-3,4e-3],[0,1]]})",
        R"({"ids":["a"],"embeddings":["AACAPwAAAEA="],"documents":["x\"y"],"uris":[null],
            "metadatas":[{"s":"t","i":-5,"f":2.0,"b":true,"l":[1,2.5],"k":["a","b"],"e":[]}]})",
        R"({"ids":["a","b"],"embeddings":[[1],[2]],"documents":[null,"d"],"uris":null,
            "metadatas":[null,{}],"extra":{"deep":[1]}})"}) {
    const auto fast = try_fast_records(body, RecordWrite::kUpsert);
    const auto careful = batch(body, RecordWrite::kUpsert);
    ASSERT_TRUE(fast && careful.ok()) << body;
    EXPECT_EQ(fast->ids, careful->ids);
    EXPECT_EQ(fast->original_ids, careful->original_ids);
    EXPECT_EQ(fast->payloads, careful->payloads);
    ASSERT_EQ(fast->vectors.size(), careful->vectors.size());
    EXPECT_EQ(fast->vectors[0].values, careful->vectors[0].values);
    EXPECT_EQ(fast->vectors[0].dim, careful->vectors[0].dim);
    EXPECT_EQ(fast->vectors[0].present, careful->vectors[0].present);
  }
}

TEST(FastDecode, DeclinesWhatIsWrongOrUnusual) {
  for (const char* body :
       {"", "[]", R"({"ids":[],"embeddings":[]})", R"({"ids":["a"],"ids":["b"],"embeddings":[[1]]})",
        R"({"ids":[""],"embeddings":[[1]]})", R"({"ids":["a"],"embeddings":[[]]})",
        R"({"ids":["a"],"embeddings":[[1e39]]})", R"({"ids":["a"],"embeddings":[[true]]})",
        R"({"ids":["a","b"],"embeddings":[[1],[1,2]]})",
        R"({"ids":["a","b"],"embeddings":[[1,2],"AACAPwAAAEA="]})", R"({"ids":["a"]})",
        R"({"ids":["a"],"embeddings":[[1]],"metadatas":[{"#x":1}]})",
        R"({"ids":["a"],"embeddings":[[1]],"metadatas":[{"x":{"y":1}}]})",
        R"({"ids":["a"],"embeddings":[[1]],"metadatas":[{"x":[1,"a"]}]})",
        R"({"ids":["a"],"embeddings":[[1]],"metadatas":[{"x":1,"x":2}]})",
        R"({"ids":["a"],"embeddings":[[1]],"metadatas":[{"x":null}]})",
        R"({"ids":["a"],"embeddings":[[1]],"metadatas":[{"x":123456789012345678901234567890}]})",
        "\xEF\xBB\xBF{\"ids\":[\"a\"],\"embeddings\":[[1]]}"}) {
    EXPECT_FALSE(try_fast_records(body, RecordWrite::kAdd).has_value()) << body;
  }
}

TEST(FastDecode, ReadsQueries) {
  const auto query = try_fast_query(
      R"({"query_embeddings":[[1,2],[3,4]],"n_results":3,"ids":null,"where":{"a":{"$in":[1,2]}},
          "where_document":null,"include":["distances","uris"]})");
  ASSERT_TRUE(query);
  EXPECT_EQ(query->vectors.size(), 2u);
  EXPECT_EQ(query->n_results, 3u);
  EXPECT_FALSE(query->ids);
  EXPECT_EQ(base::json::to_text(query->where.where), R"({"a":{"$in":[1,2]}})");
  EXPECT_EQ(query->include, (IncludeList{Include::kDistances, Include::kUris}));
  EXPECT_FALSE(try_fast_query(R"({"query_embeddings":[[1]],"n_results":-1})"));
  EXPECT_FALSE(try_fast_query(R"({"query_embeddings":[[1]],"include":["data"]})"));
  EXPECT_FALSE(try_fast_query(R"({"query_embeddings":["AAAA"]})"));
}

TEST(ReadsBody, ChecksDeletes) {
  const auto message = [](std::string_view body) { return check_delete(*read_delete(body)).message(); };
  EXPECT_EQ(message(R"({"ids":[]})"),
            "Validation error: ids, where: Either ids or where must be specified");
  EXPECT_EQ(message(R"({"ids":["a"],"limit":1})"),
            "Validation error: limit, where: limit can only be specified when a where clause is "
            "provided");
  EXPECT_EQ(message("{}"), "");
}

TEST(ShownPayload, HidesWhatNoClientCouldHaveWritten) {
  const ShownPayload shown = show_payload(
      R"({"chroma:document":"d","s":"x","n":null,"o":{"a":1},"mixed":[1,"a"],"l":[1,2.5],"e":[],)"
      R"("big":18446744073709551615})");
  EXPECT_EQ(shown.document, R"("d")");
  EXPECT_EQ(shown.uri, "null");
  EXPECT_EQ(shown.metadata, R"({"s":"x","l":[1.0,2.5],"big":1.8446744073709552e19})");
}

TEST(ShownPayload, TellsNoMetadataFromEmptyMetadata) {
  EXPECT_EQ(show_payload("").metadata, "null");
  EXPECT_EQ(show_payload(R"({"chroma:document":"d"})").metadata, "null");
  EXPECT_EQ(show_payload(R"({"chroma:uri":"u"})").metadata, "{}");
}

TEST(EncodeGet, ShowsExcludedColumnsAsNull) {
  model::PointRecord record;
  record.id = model::PointId::from_number(7);
  record.payload = R"({"chroma:document":"d","a":1})";
  std::string out;
  ASSERT_TRUE(
      encode_get({record}, {Include::kMetadatas, Include::kDistances}, observe::OpContext(), out).ok());
  EXPECT_EQ(out,
            R"({"ids":["7"],"embeddings":null,"documents":null,"uris":null,"metadatas":[{"a":1}],)"
            R"("include":["metadatas","distances"]})");
}

TEST(EncodeQuery, TurnsSimilaritiesIntoDistances) {
  model::QueryHits hits;
  hits.score_kind = model::ScoreKind::kSimilarity;
  hits.distance = model::Distance::kEuclid;
  model::ScoredPoint& point = hits.points.emplace_back();
  point.record.id = model::point_id_from_text("bk").id;
  point.record.original_id = "bk";
  point.record.vectors = std::vector<model::NamedVector>{{"", std::vector<float>{1.0f, 0.5f}}};
  point.score = -0.25f;
  std::string out;
  ASSERT_TRUE(encode_query({hits, model::QueryHits()}, {Include::kDistances, Include::kEmbeddings},
                           observe::OpContext(), out)
                  .ok());
  EXPECT_EQ(out,
            R"({"ids":[["bk"],[]],"embeddings":[[[1.0,0.5]],[]],"documents":null,"uris":null,)"
            R"("metadatas":null,"distances":[[0.25],[]],"include":["distances","embeddings"]})");
}

TEST(Encoding, EndsWhenNobodyWaitsForTheAnswer) {
  observe::OpContext context;
  context.stop_flag()->store(true);
  model::QueryHits hits;
  hits.points.emplace_back();
  std::string out;
  EXPECT_EQ(encode_get({model::PointRecord()}, {}, context, out).code(), StatusCode::kCancelled);
  EXPECT_EQ(encode_query({hits}, {}, context, out).code(), StatusCode::kCancelled);
}

}  // namespace
}  // namespace alidade::faces::chroma_rest
