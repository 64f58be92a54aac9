#pragma once

#include <span>
#include <string_view>

#include "faces/chroma_rest/chroma_rest.h"
#include "faces/chroma_rest/errors.h"
#include "faces/chroma_rest/index_rules.h"
#include "net/router.h"
#include "net/url.h"
#include "observe/op_context.h"
#include "ops/dispatcher.h"

namespace alidade::faces::chroma_rest {

/// What a handler works on.
struct Call {
  ops::Dispatcher& dispatcher;
  TraitsCache& traits;
  const Options& options;
  observe::OpContext& context;
  const net::HttpRequest& request;
  const net::PathParameters& path;

  const std::string& segment(std::string_view name) const { return path.get(name); }
};

using Handler = net::HttpResponse (*)(const Call&);

/// Where a route's work is done.
enum class Work {
  kInline,  ///< On the network thread: constant answers.
  kRead,
  kWrite,
};

/// Whether the body is JSON: then another content type is refused.
enum class Body { kIgnored, kJson };

struct Route {
  std::string_view method;
  std::string_view pattern;
  Work work;
  Body body;
  Handler handler;
};

/// The whole face at a glance.
std::span<const Route> routes();

// Handlers, by file. ----------------------------------------------------------------------------

// handlers_service.cc
net::HttpResponse heartbeat(const Call& call);
net::HttpResponse healthcheck(const Call& call);
net::HttpResponse version(const Call& call);
net::HttpResponse preflight_checks(const Call& call);
net::HttpResponse auth_identity(const Call& call);
net::HttpResponse reset(const Call& call);
net::HttpResponse openapi(const Call& call);
net::HttpResponse docs(const Call& call);
net::HttpResponse docs_page(const Call& call);
net::HttpResponse v1_gone(const Call& call);

// handlers_databases.cc
net::HttpResponse create_tenant(const Call& call);
net::HttpResponse get_tenant(const Call& call);
net::HttpResponse update_tenant(const Call& call);
net::HttpResponse create_database(const Call& call);
net::HttpResponse list_databases(const Call& call);
net::HttpResponse get_database(const Call& call);
net::HttpResponse delete_database(const Call& call);

// handlers_collections.cc
net::HttpResponse create_collection(const Call& call);
net::HttpResponse list_collections(const Call& call);
net::HttpResponse count_collections(const Call& call);
net::HttpResponse get_collection(const Call& call);
net::HttpResponse get_collection_by_id(const Call& call);
net::HttpResponse get_collection_by_crn(const Call& call);
net::HttpResponse update_collection(const Call& call);
net::HttpResponse delete_collection(const Call& call);

// handlers_records.cc
net::HttpResponse add_records(const Call& call);
net::HttpResponse update_records(const Call& call);
net::HttpResponse upsert_records(const Call& call);
net::HttpResponse delete_records(const Call& call);
net::HttpResponse count_records(const Call& call);
net::HttpResponse get_records(const Call& call);
net::HttpResponse query_records(const Call& call);

// handlers_cluster.cc
net::HttpResponse search(const Call& call);
net::HttpResponse indexing_status(const Call& call);
net::HttpResponse fork(const Call& call);
net::HttpResponse fork_count(const Call& call);
net::HttpResponse attach_function(const Call& call);
net::HttpResponse attach_wrong_method(const Call& call);
net::HttpResponse get_function(const Call& call);
net::HttpResponse detach_function(const Call& call);

}  // namespace alidade::faces::chroma_rest
