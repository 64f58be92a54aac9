// The C interface: collections.
#include "embedded_c/collection.h"

#include <utility>

#include "core/json_reader.h"
#include "core/json_writer.h"
#include "core/text.h"
#include "embedded_c/handles.h"

namespace alidade::embedded_c {

using client::core::Document;
using client::core::JsonWriter;
using client::core::percent_encode;

std::string collections_path(const Session& session) {
  return "/api/v2/tenants/" + percent_encode(session.place().tenant) + "/databases/" +
         percent_encode(session.place().database) + "/collections";
}

std::string path_of(const OpenCollection& collection, std::string_view rest) {
  return collections_path(*collection.session) + "/" + collection.id + std::string(rest);
}

Outcome check_object(const char* text, std::string_view name) {
  if (text == nullptr) return std::nullopt;
  if (auto wrong = check_text(text, name)) return wrong;
  const auto document = Document::parse(text);
  if (document && document->root().is_object()) return std::nullopt;
  return failure(ALD_INVALID_ARGUMENT, std::string(name) + " is no JSON object");
}

Outcome ask(Session& session, std::string_view method, std::string target, std::string body, const Limits& limits,
            std::string& answer) {
  return ask(session, Request{ALD_DIALECT_CHROMA, std::string(method), std::move(target), std::move(body), {}}, limits, answer);
}

Outcome ask(Session& session, Request request, const Limits& limits, std::string& answer) {
  net::HttpResponse response;
  if (auto failed = session.call(std::move(request), limits, response)) return failed;
  if (response.status >= 300) return refusal(response);
  answer = std::move(response.body);
  return std::nullopt;
}

namespace {

// The id out of a collection's description.
Outcome read_id(const std::string& answer, std::string& id) {
  const auto document = Document::parse(answer);
  std::string_view text;
  if (!document || document->root()["id"].get(text) != simdjson::SUCCESS) {
    return failure(ALD_INTERNAL, "the description of the collection has no id");
  }
  id = text;
  return std::nullopt;
}

Outcome keep(std::shared_ptr<Session> session, const std::string& answer, ald_collection** out) {
  auto collection = std::make_shared<OpenCollection>();
  collection->session = std::move(session);
  if (auto wrong = read_id(answer, collection->id)) return wrong;
  *out = Handles<OpenCollection>::instance().add<ald_collection>(std::move(collection));
  return std::nullopt;
}

Outcome encode_new(const char* name, const ald_new_collection* what, std::string& body) {
  JsonWriter writer(body);
  writer.begin_object();
  writer.key("name");
  writer.string(name);
  if (what != nullptr) {
    if (auto wrong = check_size(*what, "ald_new_collection")) return wrong;
    if (auto wrong = check_object(what->metadata, "metadata")) return wrong;
    if (auto wrong = check_object(what->configuration, "configuration")) return wrong;
    writer.key("get_or_create");
    writer.boolean(what->get_or_create != 0);
    for (const auto& [key, text] : {std::pair{"metadata", what->metadata}, {"configuration", what->configuration}}) {
      if (text == nullptr) continue;
      writer.key(key);
      writer.raw(text);
    }
  }
  writer.end_object();
  return std::nullopt;
}

}  // namespace

extern "C" {

ald_status ald_collection_create(ald_database* database, const char* name, const ald_new_collection* what,
                                 ald_collection** out, ald_error* error) {
  return guarded(error, [&]() -> Outcome {
    if (out == nullptr) return failure(ALD_INVALID_ARGUMENT, "out is NULL");
    *out = nullptr;
    std::shared_ptr<Session> session;
    if (auto wrong = find_object(database, "database", session)) return wrong;
    if (auto wrong = check_text(name, "name")) return wrong;
    std::string body;
    if (auto wrong = encode_new(name, what, body)) return wrong;
    std::string answer;
    if (auto failed = ask(*session, "POST", collections_path(*session), std::move(body), {}, answer)) return failed;
    return keep(std::move(session), answer, out);
  });
}

ald_status ald_collection_open(ald_database* database, const char* name, ald_collection** out, ald_error* error) {
  return guarded(error, [&]() -> Outcome {
    if (out == nullptr) return failure(ALD_INVALID_ARGUMENT, "out is NULL");
    *out = nullptr;
    std::shared_ptr<Session> session;
    if (auto wrong = find_object(database, "database", session)) return wrong;
    if (auto wrong = check_text(name, "name")) return wrong;
    if (*name == '\0') return failure(ALD_INVALID_ARGUMENT, "name is empty");
    const std::string path = collections_path(*session) + "/" + client::core::percent_encode(name);
    std::string answer;
    if (auto failed = ask(*session, "GET", path, {}, {}, answer)) return failed;
    return keep(std::move(session), answer, out);
  });
}

ald_status ald_collection_delete(ald_database* database, const char* name, ald_error* error) {
  return guarded(error, [&]() -> Outcome {
    std::shared_ptr<Session> session;
    if (auto wrong = find_object(database, "database", session)) return wrong;
    if (auto wrong = check_text(name, "name")) return wrong;
    if (*name == '\0') return failure(ALD_INVALID_ARGUMENT, "name is empty");
    const std::string path = collections_path(*session) + "/" + client::core::percent_encode(name);
    std::string answer;
    return ask(*session, "DELETE", path, {}, {}, answer);
  });
}

ald_status ald_collection_free(ald_collection* collection, ald_error* error) {
  return guarded(error, [&]() -> Outcome {
    std::shared_ptr<OpenCollection> object;
    return take_object(collection, "collection", object);
  });
}

ald_status ald_collection_count(ald_collection* collection, const ald_limits* limits, uint64_t* out,
                                ald_error* error) {
  return guarded(error, [&]() -> Outcome {
    if (out == nullptr) return failure(ALD_INVALID_ARGUMENT, "out is NULL");
    *out = 0;
    std::shared_ptr<OpenCollection> object;
    if (auto wrong = find_object(collection, "collection", object)) return wrong;
    Limits checked;
    if (auto wrong = read_limits(limits, checked)) return wrong;
    std::string answer;
    if (auto failed = ask(*object->session, "GET", path_of(*object, "/count"), {}, checked, answer)) return failed;
    const auto document = client::core::Document::parse(answer);
    if (!document || document->root().get(*out) != simdjson::SUCCESS) {
      return failure(ALD_INTERNAL, "the count is no number");
    }
    return std::nullopt;
  });
}

}  // extern "C"

}  // namespace alidade::embedded_c
