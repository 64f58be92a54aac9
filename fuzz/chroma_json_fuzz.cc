// Bodies of the Chroma dialect; the first byte chooses the route. A body that a fast path takes
// means the same to the careful one, and a base64 vector reads back.
#include <algorithm>
#include <bit>

#include "faces/chroma_rest/base64.h"
#include "faces/chroma_rest/body_reader.h"
#include "faces/chroma_rest/decode_collections.h"
#include "faces/chroma_rest/decode_records.h"
#include "faces/chroma_rest/decode_search.h"
#include "faces/chroma_rest/fast_decode.h"
#include "faces/chroma_rest/index_rules.h"
#include "fuzz/support/batch.h"
#include "fuzz/support/fuzz.h"

namespace alidade::faces::chroma_rest {
namespace {

constexpr std::initializer_list<StatusCode> kRefusals = {
    StatusCode::kInvalidArgument, StatusCode::kUnprocessable, StatusCode::kUnimplemented};

void write_records(std::string_view body, RecordWrite kind) {
  const auto fast = try_fast_records(body, kind);
  auto careful = read_records(body, kind);
  fuzz::require_code(careful.status(), kRefusals);
  fuzz::require(!fast || careful.ok(), "the fast records take what the careful ones take",
                careful.status().to_string());
  if (!careful.ok()) return;
  const Status columns = check_columns(*careful);
  fuzz::require_code(columns, kRefusals);
  fuzz::require(!fast || columns.ok(), "the fast records obey the rules of the columns", columns.to_string());
  if (!columns.ok()) return;
  const auto batch = batch_of(std::move(careful).value(), kind);
  fuzz::require_code(batch.status(), kRefusals);
  if (!fast) return;
  fuzz::require(batch.ok(), "the fast records obey the rules", batch.status().to_string());
  fuzz::require(fuzz::text_of_batch(*fast) == fuzz::text_of_batch(*batch),
                "both read the same records",
                fuzz::text_of_batch(*fast) + "---\n" + fuzz::text_of_batch(*batch));
}

std::string text_of(const QueryBody& body) {
  std::string out = "n " + std::to_string(body.n_results) + " where " +
                    base::json::to_text(body.where.where) + " document " +
                    base::json::to_text(body.where.where_document);
  for (const auto& vector : body.vectors) {
    out += "\nvector";
    for (const float x : vector)
      out += " " + std::to_string(std::bit_cast<std::uint32_t>(x + 0.0F));
  }
  if (body.ids) out += "\nids " + std::to_string(body.ids->size());
  for (const auto& id : body.ids.value_or(std::vector<std::string>())) out += " '" + id + "'";
  for (const Include include : body.include) out += " " + std::string(include_name(include));
  return out;
}

void query(std::string_view body) {
  const auto fast = try_fast_query(body);
  const auto careful = read_query(body);
  fuzz::require_code(careful.status(), kRefusals);
  fuzz::require(!fast || careful.ok(), "the fast query takes what the careful one takes",
                careful.status().to_string());
  if (careful.ok()) fuzz::require_code(check_query(*careful), kRefusals);
  if (fast) {
    fuzz::require(text_of(*fast) == text_of(*careful), "both read the same query",
                  text_of(*fast) + "\n---\n" + text_of(*careful));
  }
}

void create(std::string_view body) {
  const auto read = read_create_collection(body);
  fuzz::require_code(read.status(), kRefusals);
  if (!read.ok()) return;
  const auto config = config_of(*read);
  fuzz::require_code(config.status(), kRefusals);
  if (!config.ok()) return;
  (void)echo_of(*config);
  (void)CollectionTraits::of(*config);
  const auto again = model::CollectionConfig::from_json(config->to_json());
  fuzz::require(again.ok() && again->to_json() == config->to_json(), "a configuration reads back",
                base::json::to_text(config->to_json()));
}

void update(std::string_view body) {
  const auto read = read_update_collection(body);
  fuzz::require_code(read.status(), kRefusals);
  if (!read.ok() || !check_update(*read).ok()) return;
  static const auto made = *config_of(*read_create_collection(R"({"name":"abc"})"));
  (void)echo_of(updated_config(made, *read));
}

void search(std::string_view body) {
  fuzz::require_code(read_search(body).status(), kRefusals);
  fuzz::require_code(check_attach_shape(body), kRefusals);
  fuzz::require_code(check_detach_shape(body), kRefusals);
}

/// The careful reader and the JSON parser have one language.
void value(std::string_view body) {
  BodyReader reader(body);
  base::json::Value read;
  (void)reader.read_value(read);
  const Status status = reader.finish();
  const auto parsed = base::json::parse(body);
  fuzz::require(status.ok() == parsed.ok(), "the body reader takes what the parser takes",
                status.to_string() + " / " + parsed.status().to_string());
  fuzz::require(!parsed.ok() || read == *parsed, "both read the same value");
}

void base64(std::string_view text) {
  const auto floats = floats_from_base64(text);
  fuzz::require_code(floats.status(), {StatusCode::kInvalidArgument});
  if (!floats.ok()) return;
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto bytes = std::as_bytes(std::span(*floats));
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t bits = 0;
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k)
      bits = (bits << 8) | (k < count ? std::to_integer<std::uint32_t>(bytes[i + k]) : 0);
    for (std::size_t k = 0; k < 4; ++k)
      out += k <= count ? kDigits[(bits >> (18 - 6 * k)) & 63] : '=';
  }
  fuzz::require(out == text, "a base64 vector reads back", out);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input in(data, size);
  const unsigned choice = in.byte() % 11;
  const std::string_view body = in.rest_text();
  switch (choice) {
    case 0:
      write_records(body, RecordWrite::kAdd);
      break;
    case 1:
      write_records(body, RecordWrite::kUpdate);
      break;
    case 2:
      write_records(body, RecordWrite::kUpsert);
      break;
    case 3:
      query(body);
      break;
    case 4:
      fuzz::require_code(read_get(body).status(), kRefusals);
      break;
    case 5: {
      const auto read = read_delete(body);
      fuzz::require_code(read.status(), kRefusals);
      if (read.ok()) fuzz::require_code(check_delete(*read), kRefusals);
      break;
    }
    case 6:
      create(body);
      break;
    case 7:
      update(body);
      break;
    case 8:
      search(body);
      break;
    case 9:
      value(body);
      break;
    default:
      base64(body);
      break;
  }
  return 0;
}

}  // namespace alidade::faces::chroma_rest
