#include <gtest/gtest.h>

#include "faces/chroma_rest/decode_collections.h"
#include "faces/chroma_rest/decode_records.h"
#include "faces/chroma_rest/decode_search.h"
#include "faces/chroma_rest/fast_decode.h"
#include "faces/chroma_rest/names.h"
#include "faces/chroma_rest/where.h"

namespace alidade::faces::chroma_rest {
namespace {

enum class Decoder {
  kAdd, kUpdate, kUpsert, kGet, kQuery, kDelete, kSearch, kFork,
  kUpdateCollection, kCreate, kDatabase, kTenant, kAttach, kDetach,
};

struct Refusal {
  Decoder decoder;
  std::string_view body;
  std::string_view message;
};

constexpr Refusal kRefusals[] = {
#include "faces/chroma_rest/refusals_test.inc"
};

Status decode_write(std::string_view body, RecordWrite kind) {
  if (try_fast_records(body, kind)) return {};
  auto records = read_records(body, kind);
  if (!records.ok()) return records.status();
  ALD_RETURN_IF_ERROR(check_columns(*records));
  return batch_of(std::move(records).value(), kind).status();
}

template <typename Body>
Status decode_filtered(const Result<Body>& body, Status (*check)(const Body&)) {
  if (!body.ok()) return body.status();
  if (check) ALD_RETURN_IF_ERROR(check(*body));
  return decode_where(body->where).status();
}

Status decode_create(std::string_view body) {
  const auto read = read_create_collection(body);
  return read.ok() ? config_of(*read).status() : read.status();
}

Status decode_change(std::string_view body) {
  const auto read = read_update_collection(body);
  return read.ok() ? check_update(*read) : read.status();
}

Status decode_name(std::string_view body, std::string_view type, Status (*check)(std::string_view)) {
  const auto read = read_one_text(body, type, "name");
  return read.ok() ? check(*read) : read.status();
}

Status decode_search(std::string_view body) {
  const auto read = read_search(body);
  return read.ok() ? read->rules : read.status();
}

Status decode(Decoder decoder, std::string_view body) {
  switch (decoder) {
    case Decoder::kAdd: return decode_write(body, RecordWrite::kAdd);
    case Decoder::kUpdate: return decode_write(body, RecordWrite::kUpdate);
    case Decoder::kUpsert: return decode_write(body, RecordWrite::kUpsert);
    case Decoder::kGet: return decode_filtered<GetBody>(read_get(body), nullptr);
    case Decoder::kQuery: return decode_filtered<QueryBody>(read_query(body), check_query);
    case Decoder::kDelete: return decode_filtered<DeleteBody>(read_delete(body), check_delete);
    case Decoder::kSearch: return decode_search(body);
    case Decoder::kFork: return read_one_text(body, "ForkCollectionPayload", "new_name").status();
    case Decoder::kUpdateCollection: return decode_change(body);
    case Decoder::kCreate: return decode_create(body);
    case Decoder::kDatabase: return decode_name(body, "CreateDatabasePayload", check_name);
    case Decoder::kTenant: return decode_name(body, "CreateTenantPayload", check_tenant_name);
    case Decoder::kAttach: return check_attach_shape(body);
    case Decoder::kDetach: return check_detach_shape(body);
  }
  return {};
}

TEST(Refusals, AreWordedAsRecordedDownToTheColumn) {
  for (const Refusal& refusal : kRefusals) {
    EXPECT_EQ(decode(refusal.decoder, refusal.body).message(), refusal.message) << refusal.body;
  }
}

}  // namespace
}  // namespace alidade::faces::chroma_rest
