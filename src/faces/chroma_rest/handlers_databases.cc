#include "base/json.h"
#include "faces/chroma_rest/decode_collections.h"
#include "faces/chroma_rest/encode.h"
#include "faces/chroma_rest/handler_support.h"
#include "faces/chroma_rest/names.h"
#include "faces/chroma_rest/routes.h"

namespace alidade::faces::chroma_rest {

namespace json = base::json;

namespace {

/// To the peer a database below an unknown tenant is simply an unknown database.
Status as_missing_database(const Status& status, const std::string& database) {
  if (status.kind() != ErrorKind::kTenantNotFound) return status;
  return Status(StatusCode::kNotFound, "Database [" + database + "] not found",
                ErrorKind::kDatabaseNotFound, {database});
}

}  // namespace

net::HttpResponse create_tenant(const Call& call) {
  return answer(Scene::kGeneral, [&]() -> Result<net::HttpResponse> {
    ALD_ASSIGN(const std::string name,
               read_one_text(call.request.body, "CreateTenantPayload", "name"));
    ALD_RETURN_IF_ERROR(check_tenant_name(name));
    ALD_RETURN_IF_ERROR(call.dispatcher.run(call.context, ops::CreateTenant{name}).status());
    return empty_object();
  });
}

net::HttpResponse get_tenant(const Call& call) {
  return answer(Scene::kGeneral, [&]() -> Result<net::HttpResponse> {
    ALD_ASSIGN(const std::string name,
               call.dispatcher.run(call.context, ops::GetTenant{call.segment("tenant")}));
    std::string body;
    json::Writer writer(body);
    writer.begin_object();
    writer.key("name");
    writer.string(name);
    writer.key("resource_name");
    writer.null();
    writer.end_object();
    return json_answer(std::move(body));
  });
}

net::HttpResponse update_tenant(const Call& call) {
  return answer(Scene::kGeneral, [&]() -> Result<net::HttpResponse> {
    // Accepted and not kept, for unknown tenants as well, as the peer does.
    ALD_RETURN_IF_ERROR(
        read_one_text(call.request.body, "UpdateTenantPayload", "resource_name").status());
    ALD_RETURN_IF_ERROR(call.dispatcher.allow(
        call.context, auth::Access(auth::Scope::kGlobal, auth::Right::kManage), ""));
    return empty_object();
  });
}

net::HttpResponse create_database(const Call& call) {
  return answer(Scene::kGeneral, [&]() -> Result<net::HttpResponse> {
    ALD_ASSIGN(const std::string name,
               read_one_text(call.request.body, "CreateDatabasePayload", "name"));
    ALD_RETURN_IF_ERROR(check_name(name));
    ALD_RETURN_IF_ERROR(
        call.dispatcher.run(call.context, ops::CreateDatabase{call.segment("tenant"), name})
            .status());
    return empty_object();
  });
}

net::HttpResponse list_databases(const Call& call) {
  return answer(Scene::kGeneral, [&]() -> Result<net::HttpResponse> {
    ALD_ASSIGN(const Page page, read_page(call.request));
    auto found = call.dispatcher.run(call.context, ops::ListDatabases{call.segment("tenant")});
    if (!found.ok() && is_place_missing(found.status())) return json_answer("[]");
    ALD_ASSIGN(const auto databases, std::move(found));
    std::string body = "[";
    for (std::size_t i = page.begin(databases.size()); i < page.end(databases.size()); ++i) {
      if (body.size() > 1) body += ',';
      encode_database(databases[i], body);
    }
    return json_answer(body + "]");
  });
}

net::HttpResponse get_database(const Call& call) {
  return answer(Scene::kGetDatabase, [&]() -> Result<net::HttpResponse> {
    const std::string& name = call.segment("database");
    ALD_RETURN_IF_ERROR(check_database_segment(name));
    const auto database =
        call.dispatcher.run(call.context, ops::GetDatabase{call.segment("tenant"), name});
    if (!database.ok()) return as_missing_database(database.status(), name);
    std::string body;
    encode_database(*database, body);
    return json_answer(std::move(body));
  });
}

net::HttpResponse delete_database(const Call& call) {
  return answer(Scene::kGeneral, [&]() -> Result<net::HttpResponse> {
    const std::string& name = call.segment("database");
    const auto done =
        call.dispatcher.run(call.context, ops::DeleteDatabase{call.segment("tenant"), name});
    if (!done.ok()) return as_missing_database(done.status(), name);
    return empty_object();
  });
}

}  // namespace alidade::faces::chroma_rest
