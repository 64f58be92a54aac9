#include <chrono>
#include <map>

#include "base/json.h"
#include "faces/chroma_rest/handler_support.h"
#include "faces/chroma_rest/routes.h"
#include "ops/readiness.h"

namespace alidade::faces::chroma_rest {

namespace json = base::json;

net::HttpResponse heartbeat(const Call&) {
  // The wall clock itself is the answer; nothing is decided by it.
  const auto now = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  return json_answer("{\"nanosecond heartbeat\":" + std::to_string(now.count()) + "}");
}

net::HttpResponse healthcheck(const Call& call) {
  if (ops::is_ready(call.dispatcher.services())) {
    return json_answer("{\"is_executor_ready\":true,\"is_log_client_ready\":true}");
  }
  auto response = json_answer("{\"is_executor_ready\":false,\"is_log_client_ready\":true}");
  response.status = 503;
  return response;
}

// A constant in the peer, too: clients look at it, not at its release.
net::HttpResponse version(const Call&) { return json_answer("\"1.0.0\""); }

net::HttpResponse preflight_checks(const Call&) {
  // The peer's number: clients split their batches by it. Larger ones are taken as well.
  return json_answer("{\"max_batch_size\":5461,\"supports_base64_encoding\":true}");
}

net::HttpResponse auth_identity(const Call& call) {
  const Status allowed = call.dispatcher.allow(
      call.context, auth::Access(auth::Scope::kAuthenticated, auth::Right::kRead), "");
  if (!allowed.ok()) return error_answer(allowed, Scene::kGeneral);
  return json_answer(
      "{\"user_id\":\"\",\"tenant\":\"default_tenant\",\"databases\":[\"default_database\"]}");
}

net::HttpResponse reset(const Call& call) {
  if (!call.options.allow_reset) {
    return error_answer(403, "ChromaError", "Reset is disabled by config");
  }
  const auto done = call.dispatcher.run(call.context, ops::Reset{});
  return done.ok() ? json_answer("true") : error_answer(done.status(), Scene::kGeneral);
}

net::HttpResponse openapi(const Call&) {
  std::map<std::string, std::map<std::string, std::string>> paths;
  for (const Route& route : routes()) {
    if (!route.pattern.starts_with("/api/v2")) continue;
    std::string method(route.method);
    for (char& c : method) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    paths[std::string(route.pattern)][method] = "ok";
  }
  std::string body;
  json::Writer writer(body);
  writer.begin_object();
  writer.key("openapi");
  writer.string("3.1.0");
  writer.key("info");
  writer.raw("{\"title\":\"Alidade, Chroma v2 dialect\",\"version\":\"1.0.0\"}");
  writer.key("paths");
  writer.begin_object();
  for (const auto& [pattern, methods] : paths) {
    writer.key(pattern);
    writer.begin_object();
    for (const auto& [method, description] : methods) {
      writer.key(method);
      writer.raw("{\"responses\":{\"200\":{\"description\":\"" + description + "\"}}}");
    }
    writer.end_object();
  }
  writer.end_object();
  writer.end_object();
  return json_answer(std::move(body));
}

net::HttpResponse docs(const Call&) {
  net::HttpResponse response;
  response.status = 303;
  response.headers.emplace_back("location", "/docs/");
  return response;
}

net::HttpResponse docs_page(const Call&) {
  net::HttpResponse response;
  response.content_type = "text/html; charset=utf-8";
  response.body =
      "<!doctype html><title>Chroma v2 API</title><h1>Chroma v2 API</h1>"
      "<p>The routes are described in <a href=\"/openapi.json\">openapi.json</a>.</p>";
  return response;
}

net::HttpResponse v1_gone(const Call& call) {
  if (call.segment("rest").empty()) return bare_answer(404);
  return error_answer(410, "Unimplemented", "The v1 API is deprecated. Please use /v2 apis");
}

}  // namespace alidade::faces::chroma_rest
