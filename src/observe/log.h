#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace alidade::observe {

enum class LogLevel { kTrace, kDebug, kInfo, kWarn, kError, kOff };

/// "trace" to "error" and "off"; kInfo for anything else.
LogLevel log_level_from(std::string_view name);

/// One key with its value. Borrows texts for the time of the call.
struct LogField {
  using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

  LogField(std::string_view key_in, std::string_view value_in) : key(key_in), value(value_in) {}
  LogField(std::string_view key_in, const std::string& value_in)
      : key(key_in), value(std::string_view(value_in)) {}
  LogField(std::string_view key_in, const char* value_in)
      : key(key_in), value(std::string_view(value_in)) {}
  LogField(std::string_view key_in, bool value_in) : key(key_in), value(value_in) {}
  LogField(std::string_view key_in, double value_in) : key(key_in), value(value_in) {}
  LogField(std::string_view key_in, int value_in) : key(key_in), value(std::int64_t{value_in}) {}
  LogField(std::string_view key_in, std::int64_t value_in) : key(key_in), value(value_in) {}
  LogField(std::string_view key_in, std::uint64_t value_in) : key(key_in), value(value_in) {}

  std::string_view key;
  Value value;
};

/// Structured log: one JSON object per line,
///   {"time":"2026-01-02T03:04:05.678901Z","level":"info","message":"…","key":value}
/// Texts are escaped, so no request can forge a line. Any thread.
class Log {
 public:
  /// Takes a complete line with its line break; called by one thread at a time.
  using Sink = std::function<void(std::string_view line)>;

  /// @param now_us microseconds since 1970.
  Log(LogLevel level, std::function<std::int64_t()> now_us, Sink sink);
  /// To standard error.
  Log(LogLevel level, std::function<std::int64_t()> now_us);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void set_level(LogLevel level) { level_.store(level, std::memory_order_relaxed); }
  bool is_on(LogLevel level) const { return level >= level_.load(std::memory_order_relaxed); }

  void write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});
  void debug(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kDebug, message, fields);
  }
  void info(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kInfo, message, fields);
  }
  void warn(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kWarn, message, fields);
  }
  void error(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kError, message, fields);
  }

 private:
  struct Output;
  std::atomic<LogLevel> level_;
  const std::function<std::int64_t()> now_us_;
  const std::unique_ptr<Output> output_;
};

}  // namespace alidade::observe
