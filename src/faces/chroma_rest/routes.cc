#include "faces/chroma_rest/routes.h"

namespace alidade::faces::chroma_rest {

namespace {

#define ALD_DATABASE "/api/v2/tenants/{tenant}/databases/{database}"
#define ALD_COLLECTION ALD_DATABASE "/collections/{collection}"

// The order of methods per path is that of the Allow header. HEAD works wherever GET does.
constexpr Route kRoutes[] = {
    {"GET", "/api/v2", Work::kInline, Body::kIgnored, heartbeat},
    {"GET", "/api/v2/heartbeat", Work::kInline, Body::kIgnored, heartbeat},
    {"GET", "/api/v2/healthcheck", Work::kInline, Body::kIgnored, healthcheck},
    {"GET", "/api/v2/version", Work::kInline, Body::kIgnored, version},
    {"GET", "/api/v2/pre-flight-checks", Work::kInline, Body::kIgnored, preflight_checks},
    {"GET", "/api/v2/auth/identity", Work::kInline, Body::kIgnored, auth_identity},
    {"POST", "/api/v2/reset", Work::kWrite, Body::kIgnored, reset},
    {"GET", "/openapi.json", Work::kInline, Body::kIgnored, openapi},
    {"GET", "/docs", Work::kInline, Body::kIgnored, docs},
    {"GET", "/docs/", Work::kInline, Body::kIgnored, docs_page},

    {"POST", "/api/v2/tenants", Work::kWrite, Body::kJson, create_tenant},
    {"GET", "/api/v2/tenants/{tenant}", Work::kRead, Body::kIgnored, get_tenant},
    {"PATCH", "/api/v2/tenants/{tenant}", Work::kWrite, Body::kJson, update_tenant},
    {"GET", "/api/v2/tenants/{tenant}/databases", Work::kRead, Body::kIgnored, list_databases},
    {"POST", "/api/v2/tenants/{tenant}/databases", Work::kWrite, Body::kJson, create_database},
    {"GET", ALD_DATABASE, Work::kRead, Body::kIgnored, get_database},
    {"DELETE", ALD_DATABASE, Work::kWrite, Body::kIgnored, delete_database},

    {"POST", ALD_DATABASE "/collections", Work::kWrite, Body::kJson, create_collection},
    {"GET", ALD_DATABASE "/collections", Work::kRead, Body::kIgnored, list_collections},
    {"GET", ALD_DATABASE "/collections_count", Work::kRead, Body::kIgnored, count_collections},
    {"GET", ALD_COLLECTION, Work::kRead, Body::kIgnored, get_collection},
    {"PUT", ALD_COLLECTION, Work::kWrite, Body::kJson, update_collection},
    {"DELETE", ALD_COLLECTION, Work::kWrite, Body::kIgnored, delete_collection},
    {"GET", ALD_DATABASE "/collections/by-id/{collection}", Work::kRead, Body::kIgnored, get_collection_by_id},
    {"GET", "/api/v2/collections/{crn}", Work::kRead, Body::kIgnored, get_collection_by_crn},

    {"POST", ALD_COLLECTION "/add", Work::kWrite, Body::kJson, add_records},
    {"POST", ALD_COLLECTION "/update", Work::kWrite, Body::kJson, update_records},
    {"POST", ALD_COLLECTION "/upsert", Work::kWrite, Body::kJson, upsert_records},
    {"POST", ALD_COLLECTION "/delete", Work::kWrite, Body::kJson, delete_records},
    {"GET", ALD_COLLECTION "/count", Work::kRead, Body::kIgnored, count_records},
    {"POST", ALD_COLLECTION "/get", Work::kRead, Body::kJson, get_records},
    {"POST", ALD_COLLECTION "/query", Work::kRead, Body::kJson, query_records},

    {"POST", ALD_COLLECTION "/search", Work::kRead, Body::kJson, search},
    {"GET", ALD_COLLECTION "/indexing_status", Work::kRead, Body::kIgnored, indexing_status},
    {"POST", ALD_COLLECTION "/fork", Work::kRead, Body::kJson, fork},
    {"GET", ALD_COLLECTION "/fork_count", Work::kRead, Body::kIgnored, fork_count},
    {"POST", ALD_COLLECTION "/functions/attach", Work::kRead, Body::kJson, attach_function},
    {"GET", ALD_COLLECTION "/functions/attach", Work::kInline, Body::kIgnored, attach_wrong_method},
    {"PUT", ALD_COLLECTION "/functions/attach", Work::kInline, Body::kIgnored, attach_wrong_method},
    {"PATCH", ALD_COLLECTION "/functions/attach", Work::kInline, Body::kIgnored, attach_wrong_method},
    {"DELETE", ALD_COLLECTION "/functions/attach", Work::kInline, Body::kIgnored, attach_wrong_method},
    {"GET", ALD_COLLECTION "/functions/{function}", Work::kRead, Body::kIgnored, get_function},
    {"POST", ALD_COLLECTION "/attached_functions/{function}/detach", Work::kRead, Body::kJson, detach_function},

    {"GET", "/api/v1/{*rest}", Work::kInline, Body::kIgnored, v1_gone},
    {"PUT", "/api/v1/{*rest}", Work::kInline, Body::kIgnored, v1_gone},
    {"PATCH", "/api/v1/{*rest}", Work::kInline, Body::kIgnored, v1_gone},
    {"DELETE", "/api/v1/{*rest}", Work::kInline, Body::kIgnored, v1_gone},
    {"OPTIONS", "/api/v1/{*rest}", Work::kInline, Body::kIgnored, v1_gone},
};

#undef ALD_COLLECTION
#undef ALD_DATABASE

}  // namespace

std::span<const Route> routes() { return kRoutes; }

}  // namespace alidade::faces::chroma_rest
