#include "fuzz/support/fuzz.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace alidade::fuzz {

void broken(std::string_view promise, std::string_view detail) {
  std::fprintf(stderr, "broken promise: %.*s\n%.*s\n", static_cast<int>(promise.size()),
               promise.data(), static_cast<int>(detail.size()), detail.data());
  std::abort();
}

void require_code(const Status& status, std::initializer_list<StatusCode> documented) {
  if (status.ok()) return;
  const bool known =
      std::find(documented.begin(), documented.end(), status.code()) != documented.end();
  require(known, "a refusal has a documented code", status.to_string());
}

}  // namespace alidade::fuzz
