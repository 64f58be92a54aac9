// JSON texts: the two parsers have one language, and what is written reads back.
#include "base/json.h"
#include "base/json_strict.h"
#include "fuzz/support/fuzz.h"

namespace alidade::fuzz {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::Input(data, size).rest_text();
  const auto fast = base::json::parse(text);
  const auto strict = base::json::parse_strict(text);
  fuzz::require_code(fast.status(), {StatusCode::kInvalidArgument});
  fuzz::require(fast.ok() == strict.ok(), "both parsers take the same texts",
                fast.status().to_string() + " / " + strict.status().to_string());
  if (!fast.ok()) return 0;
  const std::string written = base::json::to_text(*fast);
  fuzz::require(*fast == *strict, "both parsers read the same value",
                written + " / " + base::json::to_text(*strict));
  const auto again = base::json::parse(written);
  fuzz::require(again.ok() && *again == *fast, "what is written reads back", written);
  return 0;
}

}  // namespace alidade::fuzz
