#include "observe/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <cstdio>
#include <ctime>

#include "base/json.h"
#include "base/mutex.h"

namespace alidade::observe {
namespace {

constexpr std::array<std::string_view, 6> kLevelNames = {"trace", "debug", "info",
                                                         "warn",  "error", "off"};

std::string time_text(std::int64_t now_us) {
  const std::time_t seconds = now_us / 1'000'000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[40];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  char fraction[16];
  std::snprintf(fraction, sizeof fraction, ".%06dZ", static_cast<int>(now_us % 1'000'000));
  return std::string(text, size) + fraction;
}

void write_value(base::json::Writer& writer, const LogField::Value& value) {
  struct Visitor {
    base::json::Writer& out;
    void operator()(std::string_view text) const { out.string(text); }
    void operator()(std::int64_t number) const { out.integer(number); }
    void operator()(std::uint64_t number) const { out.unsigned_integer(number); }
    void operator()(double number) const { out.number(number); }
    void operator()(bool value) const { out.boolean(value); }
  };
  std::visit(Visitor{writer}, value);
}

/// spdlog's sink, given lines that are formatted already.
Log::Sink standard_error() {
  auto logger = std::make_shared<spdlog::logger>("alidade",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%v", spdlog::pattern_time_type::utc);
  logger->set_level(spdlog::level::trace);
  logger->flush_on(spdlog::level::trace);
  return [logger](std::string_view line) {
    logger->info(
        spdlog::string_view_t(line.data(), line.size() - 1));  // It adds its own line break.
  };
}

}  // namespace

struct Log::Output {
  base::Mutex mutex;
  Sink sink ALD_GUARDED_BY(mutex);
};

LogLevel log_level_from(std::string_view name) {
  for (std::size_t i = 0; i < kLevelNames.size(); ++i) {
    if (kLevelNames[i] == name) return static_cast<LogLevel>(i);
  }
  return LogLevel::kInfo;
}

Log::Log(LogLevel level, std::function<std::int64_t()> now_us, Sink sink)
    : level_(level), now_us_(std::move(now_us)), output_(std::make_unique<Output>()) {
  output_->sink = std::move(sink);
}

Log::Log(LogLevel level, std::function<std::int64_t()> now_us)
    : Log(level, std::move(now_us), standard_error()) {}

Log::~Log() = default;

void Log::write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  if (!is_on(level) || level == LogLevel::kOff) return;
  std::string line;
  base::json::Writer writer(line);
  writer.begin_object();
  writer.key("time");
  writer.string(time_text(now_us_()));
  writer.key("level");
  writer.string(kLevelNames[static_cast<std::size_t>(level)]);
  writer.key("message");
  writer.string(message);
  for (const LogField& field : fields) {
    writer.key(field.key);
    write_value(writer, field.value);
  }
  writer.end_object();
  line.push_back('\n');
  base::MutexLock lock(output_->mutex);
  output_->sink(line);
}

}  // namespace alidade::observe
