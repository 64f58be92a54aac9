#include "ops/all_operations.h"

namespace alidade::ops {

std::vector<const Operation*> all_operations() {
  std::vector<const Operation*> rows;
  for_each_request_type(
      [&]<typename Request>() {
        if constexpr (requires { Request::kRow; }) {
          rows.push_back(&Request::kRow);
        } else {
          for (const Operation& row : Request::rows()) rows.push_back(&row);
        }
      },
      AllRequests());
  return rows;
}

}  // namespace alidade::ops
