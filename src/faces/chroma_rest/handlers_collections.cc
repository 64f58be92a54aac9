#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "faces/chroma_rest/decode_collections.h"
#include "faces/chroma_rest/encode.h"
#include "faces/chroma_rest/handler_support.h"
#include "faces/chroma_rest/names.h"
#include "faces/chroma_rest/routes.h"

namespace alidade::faces::chroma_rest {

namespace {

net::HttpResponse show(const model::CollectionInfo& info) {
  std::string body;
  encode_collection(info, body);
  return json_answer(std::move(body));
}

/// Those that Chroma can show, in the peer's order.
Result<std::vector<model::CollectionDescription>> visible_collections(const Call& call) {
  ALD_RETURN_IF_ERROR(check_database_segment(call.segment("database")));
  auto found = call.dispatcher.run(
      call.context, ops::ListCollections{call.segment("tenant"), call.segment("database")});
  if (!found.ok() && is_place_missing(found.status())) {
    return std::vector<model::CollectionDescription>();
  }
  ALD_ASSIGN(auto descriptions, std::move(found));
  std::erase_if(descriptions, [](const auto& item) { return !is_visible(item.config); });
  std::sort(descriptions.begin(), descriptions.end(),
            [](const auto& a, const auto& b) { return a.uuid < b.uuid; });
  return descriptions;
}

model::CollectionRef ref_of(const model::CollectionDescription& description) {
  model::CollectionRef ref;
  ref.tenant = description.tenant;
  ref.database = description.database;
  ref.name = description.name;
  ref.uuid = description.uuid;
  return ref;
}

Status as_absent_database(const Status& status, const std::string& database) {
  if (!is_place_missing(status)) return status;
  return Status(StatusCode::kNotFound, "Database [" + database + "] does not exist",
                ErrorKind::kDatabaseNotFound, {database});
}

/// "tenant:database:name"
std::optional<std::array<std::string, 3>> split_crn(std::string_view text) {
  std::array<std::string, 3> parts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t end = text.find(':');
    if ((end == std::string_view::npos) != (i == 2)) return std::nullopt;
    parts[i] = text.substr(0, end);
    if (parts[i].empty()) return std::nullopt;
    if (i < 2) text.remove_prefix(end + 1);
  }
  return parts;
}

}  // namespace

net::HttpResponse create_collection(const Call& call) {
  return answer(Scene::kCreateCollection, [&]() -> Result<net::HttpResponse> {
    ALD_ASSIGN(const auto body, read_create_collection(call.request.body));
    ALD_ASSIGN(auto ref, named_ref(call));
    ref.name = body.name;
    ALD_ASSIGN(auto config, config_of(body));
    const auto created = call.dispatcher.run(
        call.context, ops::CreateCollection{ref, std::move(config), body.get_or_create});
    if (!created.ok()) return as_absent_database(created.status(), ref.database);
    if (created->created) {
      model::CollectionInfo info;
      info.description = created->description;
      return show(info);
    }
    const auto info = find_collection(call, ref_of(created->description));
    if (info.ok()) return show(*info);
    // It is there, but made through another dialect in a way that this one cannot show.
    return Status(StatusCode::kAlreadyExists, "exists", ErrorKind::kCollectionExists, {body.name});
  });
}

net::HttpResponse list_collections(const Call& call) {
  return answer(Scene::kGeneral, [&]() -> Result<net::HttpResponse> {
    ALD_ASSIGN(const Page page, read_page(call.request));
    ALD_ASSIGN(const auto descriptions, visible_collections(call));
    std::string body = "[";
    const std::size_t count = descriptions.size();
    for (std::size_t i = page.begin(count); i < page.end(count); ++i) {
      // One that was deleted meanwhile is left out.
      const auto info = find_collection(call, ref_of(descriptions[i]));
      if (!info.ok()) continue;
      if (body.size() > 1) body += ',';
      encode_collection(*info, body);
    }
    return json_answer(body + "]");
  });
}

net::HttpResponse count_collections(const Call& call) {
  return answer(Scene::kGeneral, [&]() -> Result<net::HttpResponse> {
    ALD_ASSIGN(const auto descriptions, visible_collections(call));
    return json_answer(std::to_string(descriptions.size()));
  });
}

net::HttpResponse get_collection(const Call& call) {
  return answer(Scene::kCollection, [&]() -> Result<net::HttpResponse> {
    ALD_ASSIGN(const auto ref, named_ref(call));
    ALD_ASSIGN(const auto info, find_collection(call, ref));
    return show(info);
  });
}

net::HttpResponse get_collection_by_id(const Call& call) {
  return answer(Scene::kCollection, [&]() -> Result<net::HttpResponse> {
    ALD_ASSIGN(auto ref, named_ref(call));
    ref.uuid = base::Uuid::parse(ref.name);
    if (!ref.uuid) {
      return invalid_argument(
          "Validation error: collection_id: Invalid collection ID format, expected UUID");
    }
    ALD_ASSIGN(const auto info, find_collection(call, ref));
    return show(info);
  });
}

net::HttpResponse get_collection_by_crn(const Call& call) {
  return answer(Scene::kCollection, [&]() -> Result<net::HttpResponse> {
    auto parts = split_crn(call.segment("crn"));
    if (!parts) {
      return invalid_argument(
          "Validation error: crn: CRN must be in the format "
          "<tenant_resource_name>:<database_name>:<collection_name> with non-empty parts");
    }
    model::CollectionRef ref;
    ref.tenant = std::move((*parts)[0]);
    ref.database = std::move((*parts)[1]);
    ref.name = std::move((*parts)[2]);
    ALD_ASSIGN(const auto info, find_collection(call, ref));
    return show(info);
  });
}

net::HttpResponse update_collection(const Call& call) {
  return answer(Scene::kRecords, [&]() -> Result<net::HttpResponse> {
    ALD_ASSIGN(auto body, read_update_collection(call.request.body));
    ALD_ASSIGN(const auto ref, record_ref(call));
    ALD_ASSIGN(const auto info, find_collection(call, ref));
    ALD_RETURN_IF_ERROR(check_update(body));
    ops::UpdateCollection update{ref, std::nullopt, nullptr};
    if (body.new_name && *body.new_name != info.description.name) update.new_name = body.new_name;
    if (body.changes_config()) {
      update.change = [&body](const model::CollectionConfig& config) { return updated_config(config, body); };
    }
    if (update.new_name || update.change) {
      ALD_RETURN_IF_ERROR(call.dispatcher.run(call.context, update).status());
    }
    return empty_object();
  });
}

net::HttpResponse delete_collection(const Call& call) {
  return answer(Scene::kCollection, [&]() -> Result<net::HttpResponse> {
    ALD_ASSIGN(const auto ref, named_ref(call));
    ALD_RETURN_IF_ERROR(find_collection(call, ref).status());
    ALD_ASSIGN(const bool deleted, call.dispatcher.run(call.context, ops::DeleteCollection{ref}));
    if (!deleted) return collection_not_found(ref);
    return empty_object();
  });
}

}  // namespace alidade::faces::chroma_rest
