#pragma once

namespace alidade::base {

/// Prints the failed expression with its place and aborts. Never reached by a request or a file.
[[noreturn]] void check_failed(const char* expression, const char* file, int line) noexcept;

}  // namespace alidade::base

/// Always on: a wrong program stops here. Wrong input and wrong bytes are a Status instead.
#define ALD_CHECK(expression) \
  ((expression) ? static_cast<void>(0) : ::alidade::base::check_failed(#expression, __FILE__, __LINE__))

#ifdef NDEBUG
#define ALD_DCHECK(expression) static_cast<void>(0)
#else
#define ALD_DCHECK(expression) ALD_CHECK(expression)
#endif
