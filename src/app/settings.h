#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace alidade::app {

/// A listener's port; nothing = the listener is off.
using Port = std::optional<std::uint16_t>;
using OptionalText = std::optional<std::string>;
using TextList = std::vector<std::string>;

/// What the server was told, from every source, checked. The rows are in settings.def.
struct Settings {
#define ALD_SETTING(type, field, fallback, flag, qdrant_key, chroma_key, check, doc) \
  type field = fallback;
#include "app/settings.def"
#undef ALD_SETTING

  /// What a person should know about them: keys without effect, an open door. One sentence each.
  std::vector<std::string> notes;
};

/// One row of settings.def, for reading and documenting settings by name.
struct SettingRow {
  std::string_view key;
  std::string_view flag;
  std::string_view qdrant_key;
  std::string_view chroma_key;
  std::string_view doc;
  /// Parses and checks a value. @return kInvalidArgument with what was expected.
  Status (*assign)(Settings&, std::string_view text);

  /// "ALIDADE__QDRANT_PORT".
  std::string environment_name() const;
  /// "QDRANT__SERVICE__HTTP_PORT", or "" when Qdrant has no such key.
  std::string qdrant_environment_name() const;
};
std::span<const SettingRow> setting_rows();

using TextPair = std::pair<std::string, std::string>;

/// Where settings come from; later members win over earlier ones.
struct SettingSources {
  OptionalText qdrant_config_path;    // --config-path: a Qdrant file.
  OptionalText config;                // --config: our own file, which may use Chroma's keys.
  std::vector<TextPair> environment;  // The whole environment; others' variables are ignored.
  std::vector<TextPair> flags;        // Row key and text.
  /// Reads a file whole.
  std::function<Result<std::string>(const std::string& path)> read_file;
};

/// Fills the settings from every source over the defaults.
/// @return kInvalidArgument naming the source (file and line, variable or flag), the key, what was
///         expected and, for an unknown key, the nearest one; or the error of reading a file.
Result<Settings> load_settings(const SettingSources& sources);

/// The word among `words` that takes the fewest edits to become `word`; "" when none is near.
std::string nearest_word(std::string_view word, std::span<const std::string> words);

}  // namespace alidade::app
