// Codecs without a server: messages in text form, structs or the exact refusal out.
#include <gtest/gtest.h>

#include "faces/qdrant/values.h"
#include "faces/qdrant_grpc/decode_filter.h"
#include "faces/qdrant_grpc/decode_points.h"
#include "faces/qdrant/query.h"
#include "faces/qdrant_grpc/decode_query.h"
#include "faces/qdrant_grpc/encode.h"
#include "faces/qdrant_grpc/errors.h"
#include "faces/qdrant_grpc/malformed.h"
#include "faces/qdrant_grpc/parts.h"
#include "faces/qdrant_grpc/rules.h"
#include "faces/qdrant_grpc/test_message.h"
#include "faces/qdrant_grpc/values.h"

namespace alidade::faces::qdrant_grpc {
namespace {

using test::message;

template <typename T>
std::string refusal(const Result<T>& result) {
  return result.ok() ? "" : wire_error(result.status()).text;
}
std::string refusal(const Status& status) { return status.ok() ? "" : wire_error(status).text; }

// Values. -------------------------------------------------------------------------------------

TEST(GrpcValues, KeepIntegersAndDoublesApartBothWays) {
  const std::string text = R"({"a":2.0,"b":2,"c":[null,true,"x"],"d":{"e":-9223372036854775808}})";
  ::qdrant::SetPayloadPoints request;
  fill_payload(text, *request.mutable_payload());
  EXPECT_EQ(request.payload().at("a").double_value(), 2.0);
  EXPECT_EQ(request.payload().at("b").integer_value(), 2);
  EXPECT_EQ(*payload_text(request.payload()), text);
  EXPECT_EQ(base::json::to_text(*json_of(request.payload())), text);
}

TEST(GrpcValues, TreatAValueWithoutKindAsNullAndRefuseNonFiniteNumbers) {
  ::qdrant::SetPayloadPoints request;
  (*request.mutable_payload())["a"];
  EXPECT_EQ(*payload_text(request.payload()), R"({"a":null})");
  (*request.mutable_payload())["b"].set_double_value(std::numeric_limits<double>::infinity());
  EXPECT_EQ(refusal(payload_text(request.payload())), "cannot convert to json number");
}

// Ids and times. ------------------------------------------------------------------------------

TEST(GrpcParts, ReadEveryFormOfAnIdAndWordWrongOnes) {
  EXPECT_EQ(read_id(message<::qdrant::PointId>("num: 18446744073709551615"))->number(), UINT64_MAX);
  EXPECT_EQ(
      read_id(message<::qdrant::PointId>("uuid: 'urn:uuid:550E8400-e29b-41d4-a716-446655440000'"))
          ->to_string(),
      "550e8400-e29b-41d4-a716-446655440000");
  EXPECT_EQ(refusal(read_id(message<::qdrant::PointId>("uuid: 'x'"))), "Unable to parse UUID: x");
  EXPECT_EQ(refusal(read_id(::qdrant::PointId())), "No ID options provided");
}

/// The microseconds of a time, or its refusal.
std::string shown_time(std::int64_t seconds, std::int64_t nanos) {
  std::int64_t us = 0;
  const Status status = qdrant::read_timestamp(seconds, nanos, kProtoReading, us);
  return status.ok() ? std::to_string(us) : wire_error(status).text;
}

TEST(GrpcParts, RefuseTimesThatTheCalendarDoesNotHold) {
  EXPECT_EQ(shown_time(1, 500000), "1000500");
  EXPECT_EQ(shown_time(1709251200, 1000000000), "Unable to parse timestamp: 2024-03-01T00:00:01Z");
  EXPECT_EQ(shown_time(INT64_MAX, 0), "Unable to parse timestamp: +292277026596-12-04T15:30:07Z");
  EXPECT_EQ(shown_time(INT64_MIN, 0), "Unable to parse timestamp: -292277022657-01-27T08:29:52Z");
}

// Filters. ------------------------------------------------------------------------------------

TEST(GrpcFilter, ReadsNestedClausesInPlace) {
  const auto filter = read_filter(message<::qdrant::Filter>(R"(
      must { field { key: "a[].b" match { keywords { strings: ["x", "y"] } } } }
      should { has_id { has_id { num: 7 } } }
      must_not { filter { must { is_empty { key: "c" } } } }
      min_should { conditions { } min_count: 1 })"));
  ASSERT_TRUE(filter.ok());
  const auto& field = std::get<model::FieldCondition>(filter->must.at(0));
  EXPECT_EQ(field.key.to_string(), "a[].b");
  EXPECT_EQ(std::get<model::MatchAny>(field.tests.at(0)).values.size(), 2u);
  EXPECT_EQ(std::get<model::HasIdCondition>(filter->should.at(0)).ids.at(0).number(), 7u);
  EXPECT_EQ(std::get<model::SubFilter>(filter->must_not.at(0)).filter->must.size(), 1u);
  EXPECT_TRUE(std::get<model::Constant>(filter->min_should->conditions.at(0)).matches);
}

TEST(GrpcFilter, WordsMissingParts) {
  const auto refused = [](const std::string& condition) {
    return refusal(read_filter(message<::qdrant::Filter>("must { " + condition + " }")));
  };
  EXPECT_EQ(refused("field { key: 'a' match {} }"), "Malformed Match condition");
  EXPECT_EQ(refused("field { key: 'a' geo_radius {} }"), "Malformed GeoRadius type");
  EXPECT_EQ(refused("field { key: 'a' geo_polygon {} }"),
            "Malformed GeoPolygon type - field `exterior` is required");
  EXPECT_EQ(refused("nested { key: 'a' }"), "Nested condition must have a filter");
  EXPECT_EQ(refused("is_null { key: 'a..b' }"), "Invalid json path: 'a..b'");
}

// Rules. --------------------------------------------------------------------------------------

TEST(GrpcRules, NameThePathThroughListsMapsAndOneofs) {
  EXPECT_EQ(
      refusal(check_rules(
          message<::qdrant::ScrollPoints>("collection_name: 'c' filter { must { field { key: 'a' "
                                          "geo_radius { center { lat: 91 } } } } }"))),
      "Validation error in body: [filter.must[0].condition_one_of.geo_radius.center.geo: Wrong "
      "format of "
      "GeoPoint payload: expected `lat` = 91 within [-90;90] and `lon` = 0 within [-180;180]]");
  EXPECT_EQ(refusal(check_rules(message<::qdrant::CreateCollection>(
                "collection_name: 'c' vectors_config { params_map { map { key: 'a' value { size: 0 "
                "} } } }"))),
            "Validation error in body: [vectors_config.config.map.[].size: value 0 invalid, must "
            "be from 1 to 65536]");
  EXPECT_EQ(refusal(check_rules(message<::qdrant::QueryPoints>(
                "collection_name: 'c' query { nearest_with_mmr { mmr { diversity: 1.1 } } }"))),
            "Validation error in body: [query.variant.mmr.diversity: value 1.100000023841858 "
            "invalid, must be from "
            "0.0 to 1.0]");
}

TEST(GrpcRules, CollectAllThatIsBroken) {
  EXPECT_EQ(refusal(check_rules(::qdrant::SearchPoints())),
            "Validation error in body: [collection_name: value \"\" invalid, must be from 1 to 255 "
            "characters; limit: "
            "value 0 invalid, must be 1 or larger]");
  EXPECT_EQ(
      refusal(check_rules(message<::qdrant::UpsertPoints>(R"(
      collection_name: "c" points { vectors { vector { data: [1, 2, 3, 4] vectors_count: 3 } } })"))),
      "Validation error in body: [points[0].vectors.vectors_options.data: Validation error: "
      "invalid dense vector "
      "length for vectors count [{\"vectors_count\": Number(3), \"vector_len\": Number(4)}]]");
  EXPECT_TRUE(check_rules(message<::qdrant::QueryPoints>("collection_name: 'c'")).ok());
  for (const std::string name : {".", ".."}) {
    const std::string expected =
        "Validation error in body: [collection_name: collection name cannot be \"" + name + "\"]";
    const std::string text = "collection_name: '" + name + "'";
    EXPECT_EQ(refusal(check_rules(message<::qdrant::QueryPoints>(text))), expected);
    EXPECT_EQ(refusal(check_rules(message<::qdrant::CreateCollection>(text))), expected);
  }
}

// Vectors. ------------------------------------------------------------------------------------

model::UpsertPoints upserted(const std::string& vectors) {
  const auto command = read_upsert(
      message<::qdrant::UpsertPoints>("points { id { num: 1 } vectors { " + vectors + " } }"));
  EXPECT_TRUE(command.ok()) << refusal(command);
  return command.ok() ? std::get<model::UpsertPoints>(*command) : model::UpsertPoints();
}

std::string upsert_refusal(const std::string& point) {
  return refusal(read_upsert(message<::qdrant::UpsertPoints>("points { " + point + " }")));
}

TEST(GrpcVectors, AcceptOldAndNewFormsAndLetTheTypedOneWin) {
  EXPECT_EQ(upserted("vector { data: [1, 2] }").points.vectors.at(0).dim, 2u);
  EXPECT_EQ(upserted("vector { data: [1, 2] dense { data: [1, 2, 3] } }").points.vectors.at(0).dim,
            3u);
  EXPECT_EQ(upserted("vectors { vectors { key: 'a' value { dense { data: 5 } } } }")
                .points.vectors.at(0)
                .name,
            "a");
}

TEST(GrpcVectors, WordWhatIsMissing) {
  EXPECT_EQ(upsert_refusal("id { num: 1 }"), "Expected some vectors");
  EXPECT_EQ(upsert_refusal("id { num: 1 } vectors {}"), "No Vector Provided");
  EXPECT_EQ(upsert_refusal("vectors { vector { data: 1 } }"), "Empty ID is not allowed");
  EXPECT_EQ(upsert_refusal("id { num: 1 } vectors { vector { data: 1 indices { data: 1 } } }"),
            "Sparse vector must be named");
  EXPECT_EQ(upsert_refusal("id { num: 1 } vectors { vector { } }"),
            "Wrong input: points[0].vector.vector: dense vector must not be empty");
}

// Queries and answers. ------------------------------------------------------------------------

TEST(GrpcQuery, WordsPartsOfOneofsThatAreMissing) {
  const auto refused = [](const std::string& query) {
    model::QueryKind kind;
    return refusal(contract::read(message<::qdrant::Query>(query), qdrant::kQueryInterface, kProtoReading, kind));
  };
  EXPECT_EQ(refused(""), "Query variant is missing");
  EXPECT_EQ(refused("nearest {}"), "VectorInput variant is missing");
  const auto recommend = read_query(message<::qdrant::QueryPoints>("query { recommend {} }"));
  EXPECT_EQ(refusal(recommend), "");
  EXPECT_EQ(wire_error(recommend->query.problem).text,
            "Wrong input: Positive vectors should not be empty with `average` strategy");
  EXPECT_EQ(refused("discover {}"), "DiscoverInput target is missing");
  EXPECT_EQ(refused("context { pairs { positive { dense {} } } }"),
            "ContextPair negative is missing");
  EXPECT_EQ(refused("sample: 9"), "invalid sample type value 9");
}

TEST(GrpcEncode, FillsTypedVectorsAndUnsignedGroupKeys) {
  model::PointRecord record;
  record.id = model::PointId::from_number(3);
  record.payload = R"({"a":1})";
  record.vectors = std::vector<model::NamedVector>{{"", std::vector<float>{1.0f, 2.0f}}};
  ::qdrant::RetrievedPoint point;
  fill_record(record, point);
  EXPECT_EQ(point.vectors().vector().dense().data_size(), 2);
  EXPECT_EQ(point.vectors().vector().data_size(), 0);
  EXPECT_EQ(point.payload().at("a").integer_value(), 1);

  ops::QueryGroupsResult groups;
  groups.groups.push_back({.key = std::int64_t{5}, .hits = {}, .lookup = {}});
  ::qdrant::GroupsResult out;
  fill_groups(groups, out);
  EXPECT_EQ(out.groups(0).id().unsigned_value(), 5u);
}

TEST(GrpcEncode, ShowsEuclideanScoresAsRoots) {
  model::QueryHits hits;
  hits.score_kind = model::ScoreKind::kSimilarity;
  hits.distance = model::Distance::kEuclid;
  hits.points.push_back({.record = {}, .score = -9.0f, .order_value = {}});
  ::qdrant::QueryResponse response;
  fill_hits(hits, *response.mutable_result());
  EXPECT_FLOAT_EQ(response.result(0).score(), 3.0f);
}

// Errors. -------------------------------------------------------------------------------------

TEST(GrpcErrors, TakeTheTextsOfTheRestDialectWithCodesOfTheirOwn) {
  const WireError missing =
      wire_error(Status(StatusCode::kNotFound, "", ErrorKind::kCollectionNotFound, {"c"}));
  EXPECT_EQ(missing.code, 5);
  EXPECT_EQ(missing.text, "Not found: Collection `c` doesn't exist!");
  const Status dimension(StatusCode::kInvalidArgument, "", ErrorKind::kDimensionMismatch,
                         {"4", "3", "a"});
  EXPECT_EQ(wire_error(dimension).text,
            "Wrong input: Vector dimension error: expected dim: 4, got 3");
  EXPECT_EQ(wire_error(dimension, ErrorScene::kWrite).text,
            "Wrong input: Vector dimension error: expected dim: 4, got 3 for vector 'a'");
  EXPECT_EQ(wire_error(not_implemented("qdrant.Points/Discover")).text,
            "qdrant.Points/Discover is not implemented");
  EXPECT_EQ(wire_error(needs_cluster()).code, 12);
  const WireError full = wire_error(Status(StatusCode::kOutOfSpace, "/data/x.log: no space"));
  EXPECT_EQ(full.code, 8);
  EXPECT_EQ(full.text,
            "Insufficient storage: No space left on the disk that holds the data. Deletions still work; other writes "
            "do again once there is space");
}

TEST(GrpcErrors, SayWhereBytesStopMakingSense) {
  const auto said = [](std::string_view bytes, const google::protobuf::Descriptor& type) {
    return refusal(decoding_problem(bytes, type)).substr(35);
  };
  const auto& count = *::qdrant::CountPoints::descriptor();
  EXPECT_EQ(said("\x0a\x09"
                 "abc",
                 count),
            "CountPoints.collection_name: buffer underflow");
  EXPECT_EQ(said("\x08\x05", count),
            "CountPoints.collection_name: invalid wire type: Varint (expected LengthDelimited)");
  EXPECT_EQ(said("\x0a\x02\xff\xfe", count),
            "CountPoints.collection_name: invalid string value: data is not UTF-8 encoded");
  EXPECT_EQ(said(std::string_view("\x00\x01", 2), count), "invalid tag value: 0");
  EXPECT_EQ(said("\x1a\x02\x0a\x09", *::qdrant::UpsertPoints::descriptor()),
            "PointStruct.id: UpsertPoints.points: buffer underflow");
  EXPECT_EQ(said("\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
                 *::qdrant::ScrollPoints::descriptor()),
            "ScrollPoints.limit: invalid varint");
  EXPECT_EQ(said("hello", *::qdrant::CountPoints::descriptor()), "unexpected end group tag");
}

// A message of two bytes is hundreds in memory.
TEST(GrpcQuery, CountsWhatItIsBeyondItsBytes) {
  ::qdrant::QueryPoints prefetches, vector;
  for (int i = 0; i < 50'000; ++i) prefetches.add_prefetch();
  for (int i = 0; i < 50'000; ++i) vector.mutable_query()->mutable_nearest()->mutable_dense()->add_data(1);
  env::MemoryBudget small(4 << 20), large(256 << 20);
  env::MemoryAccount crowded(&small), roomy(&large);
  EXPECT_EQ(charge_query(prefetches, crowded).code(), StatusCode::kResourceExhausted);
  EXPECT_TRUE(charge_query(prefetches, roomy).ok());
  EXPECT_GT(large.used_bytes(), 4U << 20);
  env::MemoryAccount fresh(&small);
  EXPECT_TRUE(charge_query(vector, fresh).ok());
}

}  // namespace
}  // namespace alidade::faces::qdrant_grpc
