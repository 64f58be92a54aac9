#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "embedded_c/session.h"

namespace alidade::embedded_c {

/// What ald_collection stands for.
struct OpenCollection {
  std::shared_ptr<Session> session;
  std::string id;  ///< Its UUID.
};

/// "/api/v2/tenants/{tenant}/databases/{database}/collections".
std::string collections_path(const Session& session);
/// The path of a collection, with `rest` behind it.
std::string path_of(const OpenCollection& collection, std::string_view rest);

/// A JSON object in a text of the caller. @param text may be nullptr.
Outcome check_object(const char* text, std::string_view name);

/// A call whose answer is a success. @return also the engine's refusal.
Outcome ask(Session& session, Request request, const Limits& limits, std::string& answer);
Outcome ask(Session& session, std::string_view method, std::string target, std::string body, const Limits& limits,
            std::string& answer);

}  // namespace alidade::embedded_c
