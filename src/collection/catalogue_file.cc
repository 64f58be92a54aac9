#include "collection/catalogue_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/hash.h"

namespace alidade::collection {
namespace {

constexpr std::string_view kMagic = "ALIDADE-CATALOGUE ";
constexpr std::string_view kVersion = "2 ";
// Differs in what a collection's configuration holds.
constexpr std::string_view kOldVersion = "1 ";
constexpr std::size_t kHashDigits = 16;
constexpr std::size_t kHeaderSize = kMagic.size() + kVersion.size() + kHashDigits + 1;

}  // namespace

Status store_catalogue_file(env::Env& env, const std::string& path, const base::json::Value& content) {
  const std::string body = base::json::to_text(content);
  const std::string text =
      fmt::format("{}{}{:016x}\n{}", kMagic, kVersion, base::hash64(base::as_bytes(body)), body);
  return env::write_file_atomically(env, path, base::as_bytes(text));
}

Result<base::json::Value> load_catalogue_file(env::Env& env, const std::string& path) {
  ALD_ASSIGN(const std::string text, env::read_file(env, path));
  const std::string_view view = text;
  if (!view.starts_with(kMagic)) return data_loss(fmt::format("{}: byte 0: wrong first bytes", path));
  if (const auto rest = view.substr(kMagic.size()); !rest.starts_with(kVersion) && !rest.starts_with(kOldVersion)) {
    // The checksum is of what follows the line, so a damaged digit looks like a later version.
    return Status(StatusCode::kUnimplemented,
                  fmt::format("{}: byte {}: a format version that this build does not know: written by "
                              "a newer one, or damaged", path, kMagic.size()));
  }
  if (view.size() < kHeaderSize || view[kHeaderSize - 1] != '\n') {
    return data_loss(fmt::format("{}: byte {}: the first line is cut or damaged", path,
                                 std::min(view.size(), kHeaderSize - 1)));
  }
  const std::string_view body = view.substr(kHeaderSize);
  const std::string expected = fmt::format("{:016x}", base::hash64(base::as_bytes(body)));
  if (view.substr(kMagic.size() + kVersion.size(), kHashDigits) != expected) {
    return data_loss(fmt::format("{}: byte {}: the checksum from here on is wrong", path, kHeaderSize));
  }
  auto content = base::json::parse(body);
  if (!content.ok()) return data_loss(fmt::format("{}: no JSON from offset {} on", path, kHeaderSize));
  return content;
}

}  // namespace alidade::collection
