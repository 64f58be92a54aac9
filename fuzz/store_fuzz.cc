// Requests to both REST dialects, run by a whole store without sockets. No request is answered with
// an error of the server, and what the store holds is the same after it was killed, and after
// checkpoints, and opened again.
//
// Input: requests with a NUL between them, each "q" or "c" (the dialect), method, space, target,
// line break, body; "$" in the target is the UUID of Chroma's collection.
#include <memory>

#include "fuzz/support/fuzz.h"
#include "fuzz/support/live_store.h"

namespace alidade::fuzz {
namespace {

constexpr std::size_t kMaxRequests = 8;

std::string with_uuid(std::string_view target, const std::string& uuid) {
  std::string out;
  for (const char c : target) c == '$' ? out += uuid : out += c;
  return out;
}

void run(fuzz::LiveStore& store, std::string_view request) {
  if (request.empty() || (request[0] != 'q' && request[0] != 'c')) return;
  const std::size_t space = request.find(' ');
  const std::size_t line = request.find('\n');
  if (space == std::string_view::npos || line == std::string_view::npos || line < space) return;
  const std::string_view target = request.substr(space + 1, line - space - 1);
  const auto response =
      store.ask(request[0], std::string(request.substr(1, space - 1)),
                with_uuid(target, store.chroma_uuid()), std::string(request.substr(line + 1)));
  fuzz::require(response.status != 500, "no request makes the server fail",
                std::string(request) + "\n" + response.body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static std::unique_ptr<fuzz::LiveStore> store;
  static std::string fresh;
  if (!store) {
    store = std::make_unique<fuzz::LiveStore>();
    fresh = store->contents();
  }
  std::string_view rest = fuzz::Input(data, size).rest_text();
  for (std::size_t i = 0; i < kMaxRequests && !rest.empty(); ++i) {
    const std::size_t end = rest.find('\0');
    run(*store, rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  const std::string before = store->contents();
  if (before == fresh) return 0;
  store->reopen(fuzz::LiveStore::Close::kKilled);
  fuzz::require(store->contents() == before, "a killed store holds what it held",
                before + "---\n" + store->contents());
  store->reopen(fuzz::LiveStore::Close::kCheckpointed);
  fuzz::require(store->contents() == before, "a checkpoint changes nothing",
                before + "---\n" + store->contents());
  store.reset();
  return 0;
}

}  // namespace alidade::fuzz
