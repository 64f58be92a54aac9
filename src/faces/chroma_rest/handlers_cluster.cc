#include "base/uuid.h"
#include "faces/chroma_rest/decode_collections.h"
#include "faces/chroma_rest/decode_search.h"
#include "faces/chroma_rest/handler_support.h"
#include "faces/chroma_rest/names.h"
#include "faces/chroma_rest/routes.h"

namespace alidade::faces::chroma_rest {

// What a single node of the peer refuses is refused here in the same words for now.

namespace {

constexpr std::string_view kBadIdReason =
    "code: 'Client specified an invalid argument', message: \"Client validation error: Invalid "
    "collection_id UUID format: invalid length: expected length 32 for simple format, found ";

Status check_function_path(const Call& call, std::string_view prefix) {
  ALD_RETURN_IF_ERROR(check_database_segment(call.segment("database")));
  ALD_RETURN_IF_ERROR(call.dispatcher.allow(
      call.context, auth::Access(auth::Scope::kGlobal, auth::Right::kRead), ""));
  const std::string& id = call.segment("collection");
  if (base::Uuid::parse(id)) return {};
  return invalid_argument(std::string(prefix) + std::string(kBadIdReason) +
                          std::to_string(id.size()) + "\"");
}

Result<net::HttpResponse> refuse_after_finding(const Call& call, std::string_view message) {
  ALD_ASSIGN(const auto ref, record_ref(call));
  ALD_RETURN_IF_ERROR(find_collection(call, ref).status());
  return unimplemented(std::string(message));
}

}  // namespace

net::HttpResponse search(const Call& call) {
  return answer(Scene::kRecords, [&]() -> Result<net::HttpResponse> {
    ALD_ASSIGN(const SearchBody body, read_search(call.request.body));
    ALD_ASSIGN(const auto ref, record_ref(call));
    ALD_RETURN_IF_ERROR(find_collection(call, ref).status());
    ALD_RETURN_IF_ERROR(body.rules);
    ALD_ASSIGN(const auto traits, find_traits(call, ref));
    for (const NeededIndexes& needed : body.searches) {
      if (needed.filter) ALD_RETURN_IF_ERROR(traits->check(*needed.filter));
      for (const std::string& key : needed.sparse_keys) {
        ALD_RETURN_IF_ERROR(traits->check_sparse(key));
      }
    }
    return unimplemented(
        "Error executing plan: Not implemented: Search operation is not implemented for local "
        "executor");
  });
}

net::HttpResponse indexing_status(const Call& call) {
  return answer(Scene::kRecords, [&]() -> Result<net::HttpResponse> {
    ALD_ASSIGN(const auto ref, record_ref(call));
    ALD_RETURN_IF_ERROR(find_collection(call, ref).status());
    return internal_error("Method scout_logs is not implemented");
  });
}

net::HttpResponse fork(const Call& call) {
  return answer(Scene::kRecords, [&]() -> Result<net::HttpResponse> {
    ALD_RETURN_IF_ERROR(
        read_one_text(call.request.body, "ForkCollectionPayload", "new_name").status());
    return refuse_after_finding(call, "Collection forking is unsupported for local chroma");
  });
}

net::HttpResponse fork_count(const Call& call) {
  return answer(Scene::kRecords, [&]() -> Result<net::HttpResponse> {
    return refuse_after_finding(call, "Count forks is unsupported for local chroma");
  });
}

net::HttpResponse attach_function(const Call& call) {
  return answer(Scene::kRecords, [&]() -> Result<net::HttpResponse> {
    ALD_RETURN_IF_ERROR(check_attach_shape(call.request.body));
    ALD_RETURN_IF_ERROR(check_function_path(call, "Tonic error: "));
    return unimplemented(
        "Tonic error: code: 'Operation is not implemented or not supported', message: \" Attached "
        "Function operations not yet implemented in SqliteSysDb\"");
  });
}

net::HttpResponse attach_wrong_method(const Call&) {
  net::HttpResponse response = bare_answer(405);
  response.headers.emplace_back("allow", "POST");
  return response;
}

net::HttpResponse get_function(const Call& call) {
  return answer(Scene::kRecords, [&]() -> Result<net::HttpResponse> {
    ALD_RETURN_IF_ERROR(check_function_path(call, "Failed to get attached function: "));
    return not_found("Attached function not found");
  });
}

net::HttpResponse detach_function(const Call& call) {
  return answer(Scene::kRecords, [&]() -> Result<net::HttpResponse> {
    ALD_RETURN_IF_ERROR(check_detach_shape(call.request.body));
    ALD_RETURN_IF_ERROR(check_function_path(call, "Tonic error: "));
    return unimplemented(
        "Tonic error: code: 'Operation is not implemented or not supported', message: \"Not "
        "implemented\"");
  });
}

}  // namespace alidade::faces::chroma_rest
