// What a server, or whoever sits in between, answers to the client libraries: the first byte chooses the
// decoder, the rest is the body.

#include "chroma/codec.h"
#include "core/retry.h"
#include "core/url.h"
#include "fuzz/support/fuzz.h"

namespace alidade::fuzz {
namespace {

using client::ErrorKind;

// A decoder has two ways out: a value, or an error that says that the answer is at fault.
template <typename T>
void judge(const client::Result<T>& result) {
  if (result) return;
  fuzz::require(result.error().kind == ErrorKind::kBadAnswer, "a bad answer is called one", result.error().to_text());
  fuzz::require(!result.error().message.empty(), "an error says why", "");
}

void decode(unsigned which, std::string_view body) {
  switch (which % 12) {
    case 0: return judge(chroma::decode_get(body));
    case 1: return judge(chroma::decode_query(body));
    case 2: return judge(chroma::decode_search(body));
    case 3: return judge(chroma::decode_collection(body));
    case 4: return judge(chroma::decode_collections(body));
    case 5: return judge(chroma::decode_identity(body));
    case 6: return judge(chroma::decode_databases(body));
    case 7: return judge(chroma::decode_count_member(body, "deleted"));
    case 8: return judge(chroma::decode_pre_flight(body));
    case 9: {
      client::HttpResponse response;
      response.status = 500;
      response.body = body;
      client::Error error;
      chroma::read_error(response, error);
      fuzz::require(!error.name.empty() || !error.message.empty(), "a refusal is told", "");
      fuzz::require(error.message.size() < 8192, "a refusal is no novel", "");
      return;
    }
    case 10: {
      const auto wait = client::core::parse_retry_after(body, std::chrono::system_clock::from_time_t(1'700'000'000));
      fuzz::require(!wait || wait->count() >= 0, "no wait is negative", "");
      const auto endpoint = client::core::parse_endpoint(body);
      fuzz::require(!endpoint || endpoint->origin.starts_with("http"), "an endpoint is http", "");
      const auto target = client::core::resolve_redirect("https://host:1/a/b", std::string(body));
      fuzz::require(!target || target->url.starts_with("https://"), "no redirect leaves https", "");
      return;
    }
    default: {
      const auto json = client::Json::parse(body);
      judge(json);
      if (!json) return;
      const auto again = client::Json::parse(json->to_text());
      fuzz::require(again && *again == *json, "what is written reads back", json->to_text());
      return;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  decode(data[0], std::string_view(reinterpret_cast<const char*>(data) + 1, size - 1));
  return 0;
}

}  // namespace alidade::fuzz
