#include "faces/chroma_rest/handler_support.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/uuid.h"
#include "faces/chroma_rest/names.h"

namespace alidade::faces::chroma_rest {

namespace {

/// Words of Rust's integer parser.
Result<std::uint32_t> parse_u32(std::string_view name, std::string_view text) {
  const auto refuse = [name](std::string_view what) {
    return invalid_argument("Failed to deserialize query string: " + std::string(name) + ": " +
                            std::string(what));
  };
  if (text.empty()) return refuse("cannot parse integer from empty string");
  std::string_view digits = text;
  if (digits.size() > 1 && digits.front() == '+') digits.remove_prefix(1);
  if (digits.find_first_not_of("0123456789") != std::string_view::npos) {
    return refuse("invalid digit found in string");
  }
  std::uint32_t value = 0;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc()) {
    return refuse("number too large to fit in target type");
  }
  return value;
}

}  // namespace

net::HttpResponse json_answer(std::string body, int status) {
  net::HttpResponse response;
  response.status = status;
  response.content_type = "application/json";
  response.body = std::move(body);
  return response;
}

net::HttpResponse empty_object(int status) { return json_answer("{}", status); }

Result<model::CollectionRef> record_ref(const Call& call) {
  ALD_ASSIGN(auto ref, named_ref(call));
  ref.uuid = base::Uuid::parse(ref.name);
  if (!ref.uuid) return invalid_argument("Collection ID is not a valid UUIDv4");
  return ref;
}

Result<model::CollectionRef> named_ref(const Call& call) {
  ALD_RETURN_IF_ERROR(check_database_segment(call.segment("database")));
  model::CollectionRef ref;
  ref.tenant = call.segment("tenant");
  ref.database = call.segment("database");
  ref.name = call.segment("collection");
  return ref;
}

Result<model::CollectionInfo> find_collection(const Call& call, const model::CollectionRef& ref) {
  auto info = call.dispatcher.run(call.context, ops::GetCollection{ref});
  if (!info.ok()) {
    return is_place_missing(info.status()) ? collection_not_found(ref) : info.status();
  }
  if (!is_visible(info->description.config)) return collection_not_found(ref);
  return info;
}

Result<std::shared_ptr<const CollectionTraits>> find_traits(const Call& call,
                                                            const model::CollectionRef& ref) {
  if (auto known = call.traits.find(*ref.uuid)) {
    // What is kept of a collection is told only to who may read it.
    ALD_RETURN_IF_ERROR(call.dispatcher.allow(call.context, auth::Access(auth::Scope::kCollection, auth::Right::kRead), ref));
    if (!known->visible) return collection_not_found(ref);
    return known;
  }
  ALD_ASSIGN(const auto info, find_collection(call, ref));
  auto traits =
      std::make_shared<const CollectionTraits>(CollectionTraits::of(info.description.config));
  call.traits.put(*ref.uuid, traits);
  return traits;
}

Status broken_rule(const Call& call, const model::CollectionRef& ref, const Status& rule) {
  const auto info = find_collection(call, ref);
  return info.ok() ? rule : info.status();
}

Status collection_not_found(const model::CollectionRef& ref) {
  const std::string name = ref.to_string();
  return Status(StatusCode::kNotFound, "Collection [" + name + "] does not exist",
                ErrorKind::kCollectionNotFound, {name});
}

bool is_place_missing(const Status& status) {
  return status.kind() == ErrorKind::kTenantNotFound ||
         status.kind() == ErrorKind::kDatabaseNotFound;
}

std::size_t Page::end(std::size_t count) const {
  const std::size_t from = begin(count);
  return limit ? from + std::min<std::size_t>(*limit, count - from) : count;
}

Result<Page> read_page(const net::HttpRequest& request) {
  std::optional<std::uint32_t> limit, offset;
  const net::QueryParameters parameters = net::parse_query(request.query);
  for (const auto& [name, value] : parameters.pairs()) {
    if (name != "limit" && name != "offset") continue;
    auto& target = name == "limit" ? limit : offset;
    if (target) {
      return invalid_argument("Failed to deserialize query string: duplicate field `" + name + "`");
    }
    ALD_ASSIGN(target, parse_u32(name, value));
  }
  return Page{limit, offset.value_or(0)};
}

Status check_read_level(const net::HttpRequest& request) {
  const net::QueryParameters parameters = net::parse_query(request.query);
  bool seen = false;
  for (const auto& [name, value] : parameters.pairs()) {
    if (name != "read_level") continue;
    if (seen) {
      return invalid_argument("Failed to deserialize query string: duplicate field `read_level`");
    }
    seen = true;
    if (value != "index_and_wal" && value != "index_only" && value != "index_and_bounded_wal") {
      return invalid_argument("Failed to deserialize query string: read_level: unknown variant `" +
                              value +
                              "`, expected one of `index_and_wal`, `index_only`, "
                              "`index_and_bounded_wal`");
    }
  }
  return {};
}

}  // namespace alidade::faces::chroma_rest
