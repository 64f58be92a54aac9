#include "faces/qdrant_rest/errors.h"

#include <gtest/gtest.h>

#include "faces/qdrant_rest/query_rules.h"

namespace alidade::faces::qdrant_rest {
namespace {

Status of(StatusCode code, ErrorKind kind, std::vector<std::string> args) {
  return Status(code, "words for people", kind, std::move(args));
}

TEST(QdrantErrors, AreWordedAsThePeersAre) {
  struct Case {
    Status status;
    int http_status;
    const char* text;
  };
  const Case cases[] = {
      {of(StatusCode::kNotFound, ErrorKind::kCollectionNotFound, {"x"}), 404,
       "Not found: Collection `x` doesn't exist!"},
      {of(StatusCode::kNotFound, ErrorKind::kLookupCollectionNotFound, {"x"}), 404,
       "Not found: Collection x not found"},
      {of(StatusCode::kAlreadyExists, ErrorKind::kCollectionExists, {"x"}), 409,
       "Wrong input: Collection `x` already exists!"},
      {of(StatusCode::kAlreadyExists, ErrorKind::kAliasNameIsCollection, {"x"}), 409,
       "Wrong input: Collection `x` already exists!"},
      {of(StatusCode::kNotFound, ErrorKind::kAliasNotFound, {"x"}), 404, "Not found: Alias x does not exists!"},
      {of(StatusCode::kNotFound, ErrorKind::kPointNotFound, {"5"}), 404, "Not found: No point with id 5 found"},
      {of(StatusCode::kInvalidArgument, ErrorKind::kVectorNameUnknown, {""}), 400,
       "Wrong input: Not existing vector name error: "},
      {body_refused("missing field `x`"), 400, "Format error in JSON body: missing field `x`"},
      {query_refused("x"), 400, "Deserialize error in query parameters: x"},
      {rules_broken("a: b; c: d"), 422, "Validation error in JSON body: [a: b; c: d]"},
      {empty_update_request(), 400, "Bad request: Empty update request"},
      {Status(StatusCode::kPermissionDenied, "Global access is required"), 403, "Forbidden: Global access is required"},
      {Status(StatusCode::kOutOfSpace, "full"), 507,
       "Insufficient storage: No space left on the disk that holds the data. Deletions still work; other writes do "
       "again once there is space"},
      {internal_error("broken"), 500, "Service internal error: broken"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(error_text(one.status), one.text);
    EXPECT_EQ(error_answer(one.status, 0.0).status, one.http_status) << one.text;
  }
}

TEST(QdrantErrors, NameTheVectorOfAWrongDimensionInWritesOnly) {
  const Status named = of(StatusCode::kInvalidArgument, ErrorKind::kDimensionMismatch, {"4", "3", "a"});
  EXPECT_EQ(error_text(named), "Wrong input: Vector dimension error: expected dim: 4, got 3");
  EXPECT_EQ(error_text(named, ErrorScene::kWrite),
            "Wrong input: Vector dimension error: expected dim: 4, got 3 for vector 'a'");
}

TEST(QdrantErrors, PutTheTextIntoTheEnvelope) {
  const auto answer = error_answer(wrong_input("say \"x\""), 0.0);
  EXPECT_EQ(answer.body, R"({"status":{"error":"Wrong input: say \"x\""},"time":0.0})");
  EXPECT_EQ(answer.content_type, "application/json");
}

TEST(QdrantErrors, RefuseCredentialsInPlainText) {
  const auto missing = error_answer(Status(StatusCode::kUnauthenticated, "Must provide"), 0.0);
  EXPECT_EQ(missing.status, 401);
  EXPECT_EQ(missing.body, "Must provide");
  EXPECT_EQ(missing.content_type, "");
  const auto expired = error_answer(of(StatusCode::kPermissionDenied, ErrorKind::kCredentialRefused, {}), 0.0);
  EXPECT_EQ(expired.status, 403);
  EXPECT_EQ(expired.body, "words for people");
}

std::string refusal(std::string_view query, std::span<const QueryRule> rules) {
  const Status status = check_query(net::parse_query(query), rules);
  return status.ok() ? "" : error_text(status);
}

TEST(QueryRules, RefuseParametersInThePeersWords) {
  const std::string lead = "Deserialize error in query parameters: ";
  EXPECT_EQ(refusal("wait=yes", kWriteParameters), lead + "provided string was not `true` or `false`");
  EXPECT_EQ(refusal("ordering=", kWriteParameters), lead + "unknown variant ``, expected one of `weak`, `medium`, `strong`");
  EXPECT_EQ(refusal("timeout=-1", kWriteParameters), lead + "std::time::Duration cannot be negative");
  EXPECT_EQ(refusal("timeout=1.5", kWriteParameters), lead + "invalid digit found in string");
  EXPECT_EQ(refusal("wait=true&wait=false", kWriteParameters), lead + "duplicate field `wait`");
  EXPECT_EQ(refusal("timeout=0", kReadParameters), lead + "invalid value: integer `0`, expected a nonzero u64");
  EXPECT_EQ(refusal("timeout=99999999999999999999", kReadParameters), lead + "number too large to fit in target type");
  EXPECT_EQ(refusal("consistency=0", kReadParameters),
            lead + "failed to deserialize read consistency query parameter value '0'");
  EXPECT_EQ(refusal("timeout=0", kAdminParameters),
            "Validation error in query parameters: [timeout: value 0 invalid, must be 1 or larger]");
  for (const char* fine : {"", "timeout=0", "wait=true&ordering=weak&timeout=5", "unknown=1"}) {
    EXPECT_EQ(refusal(fine, kWriteParameters), "") << fine;
  }
}

std::string name_refusal(const std::string& name, NameUse use) {
  net::PathParameters parameters;
  parameters.add("collection_name", name);
  const Status status = check_path(parameters, use);
  return status.ok() ? "" : error_text(status);
}

TEST(QueryRules, AreStricterForNewNames) {
  const std::string lead = "Validation error in path parameters: [collection_name: ";
  EXPECT_EQ(name_refusal("a<b", NameUse::kExisting), "");
  EXPECT_EQ(name_refusal("a<b", NameUse::kNew), lead + "collection name cannot contain \"<\" char]");
  EXPECT_EQ(name_refusal("a/b", NameUse::kExisting), lead + "collection name cannot contain \"/\" char]");
  EXPECT_EQ(name_refusal("with space", NameUse::kNew), "");
  for (const NameUse use : {NameUse::kNew, NameUse::kExisting}) {
    EXPECT_EQ(name_refusal(".", use), lead + "collection name cannot be \".\"]");
    EXPECT_EQ(name_refusal("..", use), lead + "collection name cannot be \"..\"]");
    EXPECT_EQ(name_refusal("...", use), "");
    EXPECT_EQ(name_refusal(".a", use), "");
  }
  const std::string long_name(256, 'n');
  EXPECT_EQ(name_refusal(long_name, NameUse::kExisting),
            lead + "value \"" + long_name + "\" invalid, must be from 1 to 255 characters]");
}

}  // namespace
}  // namespace alidade::faces::qdrant_rest
