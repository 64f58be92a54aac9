#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "net/http.h"

namespace alidade::faces::qdrant_rest {

// Refusals that this face makes itself, with the peer's words. -----------------------------------

/// 400 "Format error in JSON body: <text>".
Status body_refused(const std::string& text);
/// Whether a status came from body_refused().
bool is_body_refusal(const Status& status);
/// 400 "Deserialize error in query parameters: <text>".
Status query_refused(const std::string& text);
/// 422 "Validation error in <place>: [<all>]". @param all "path: rule; path: rule".
Status rules_broken(const std::string& all, std::string_view place = "JSON body");
/// 400 "Wrong input: <text>".
Status wrong_input(const std::string& text);
/// 400 "Bad request: <text>".
Status bad_request(const std::string& text);
/// 400 "Bad request: Empty update request".
Status empty_update_request();
/// 404 "Not found: <text>".
Status nothing_found(const std::string& text);
/// Any other answer whose whole text is known.
Status worded(int http_status, const std::string& text);

// The wire form. ---------------------------------------------------------------------------------

/// Where a refusal happened: the peer names the vector of a wrong dimension only in
/// writes of whole points.
enum class ErrorScene { kGeneral, kWrite };

/// {"status":{"error":…},"time":…} with the HTTP status and the words of the peer; refused
/// credentials are plain text.
net::HttpResponse error_answer(const Status& status, double seconds, ErrorScene scene = ErrorScene::kGeneral);
/// The text inside the envelope, as the peer words it.
std::string error_text(const Status& status, ErrorScene scene = ErrorScene::kGeneral);
/// Unknown routes and methods: 404, no body, no content type.
net::HttpResponse no_such_route();
/// 404 in plain text: a path segment that is no number.
net::HttpResponse bad_path_number(std::string_view text);

}  // namespace alidade::faces::qdrant_rest
