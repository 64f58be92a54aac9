#include "app/settings.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

#include "app/config_file.h"
#include "app/setting_values.h"

namespace alidade::app {
namespace {

template <typename T, typename Check>
Status assign_value(T& field, std::string_view text, Check check) {
  T value{};
  std::string expected = parse_value(text, value);
  if (expected.empty()) expected = check(value);
  if (!expected.empty()) {
    return base::invalid_argument("expected " + expected + ", got \"" + std::string(text) + "\"");
  }
  field = std::move(value);
  return Status::ok_status();
}

constexpr SettingRow kRows[] = {
#define ALD_SETTING(type, field_name, fallback, flag_name, qdrant_name, chroma_name, check, text) \
  {.key = #field_name,                                                                            \
   .flag = flag_name,                                                                             \
   .qdrant_key = qdrant_name,                                                                     \
   .chroma_key = chroma_name,                                                                     \
   .doc = text,                                                                                   \
   .assign = [](Settings& settings, std::string_view value) {                                     \
     return assign_value(settings.field_name, value, [](auto& parsed) { return check(parsed); }); \
   }},
#include "app/settings.def"
#undef ALD_SETTING
};

constexpr std::string_view kOwnPrefix = "ALIDADE__";
constexpr std::string_view kQdrantPrefix = "QDRANT__";

std::string upper_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

const SettingRow* find_row(std::string_view name, std::string_view SettingRow::*column) {
  for (const SettingRow& row : kRows) {
    if (!name.empty() && row.*column == name) return &row;
  }
  return nullptr;
}

/// The text of a secret has no business in an error message, and so in a log.
Status without_value(const SettingRow& row, Status status) {
  if (row.key.find("api_key") == std::string_view::npos) return status;
  const std::string& text = status.message();
  return Status(status.code(), text.substr(0, text.rfind(", got ")));
}

Status assign(Settings& settings,
              const SettingRow& row,
              std::string_view text,
              const std::string& source) {
  const Status status = row.assign(settings, text);
  if (status.ok()) return status;
  return without_value(row, status).with_context(source);
}

std::string quoted(std::string_view key) { return "\"" + std::string(key) + "\""; }

Status unknown(const std::string& source,
               std::string_view key,
               std::span<const std::string> words) {
  const std::string nearest = nearest_word(key, words);
  std::string text = source + ": unknown setting " + quoted(key);
  if (!nearest.empty()) text += "; did you mean " + quoted(nearest) + "?";
  return base::invalid_argument(std::move(text));
}

/// The value of a file in the form that assign() reads; nothing when the row keeps what it has.
OptionalText file_text(const SettingRow& row, const ConfigEntry& entry) {
  if (!entry.is_null) return entry.text;
  const bool is_port = row.key.ends_with("_port");
  return is_port ? OptionalText("off") : std::nullopt;
}

/// What a Chroma file may hold besides the keys with a row; its server reads them, ours needs none.
constexpr std::array<std::string_view, 13> kOtherChromaKeys = {"circuit_breaker",
                                                               "default_knn_index",
                                                               "enable_schema",
                                                               "enable_transactions",
                                                               "executor",
                                                               "log",
                                                               "open_telemetry",
                                                               "scorecard",
                                                               "scorecard_enabled",
                                                               "sqlite_filename",
                                                               "sqlitedb",
                                                               "stdout_tracing",
                                                               "sysdb"};

bool is_other_chroma_key(std::string_view key) {
  const std::string_view section = key.substr(0, key.find('.'));
  return std::find(kOtherChromaKeys.begin(), kOtherChromaKeys.end(), section) !=
         kOtherChromaKeys.end();
}

Status apply_own_file(Settings& settings, const SettingSources& sources) {
  ALD_ASSIGN(const std::string text, sources.read_file(*sources.config));
  ALD_ASSIGN(const auto entries, parse_config(text, *sources.config));
  std::vector<std::string> words;
  for (const SettingRow& row : kRows) {
    words.emplace_back(row.key);
    if (!row.chroma_key.empty()) words.emplace_back(row.chroma_key);
  }
  for (const ConfigEntry& entry : entries) {
    const std::string source = *sources.config + ":" + std::to_string(entry.line);
    const SettingRow* row = find_row(entry.key, &SettingRow::key);
    if (row == nullptr) row = find_row(entry.key, &SettingRow::chroma_key);
    if (row == nullptr && is_other_chroma_key(entry.key)) {
      settings.notes.push_back(source + ": " + quoted(entry.key) +
                               " is accepted and has no effect");
      continue;
    }
    if (row == nullptr) return unknown(source, entry.key, words);
    if (const OptionalText value = file_text(*row, entry)) {
      ALD_RETURN_IF_ERROR(assign(settings, *row, *value, source + ": " + quoted(entry.key)));
    }
  }
  return Status::ok_status();
}

/// A user's Qdrant file must work: keys that change nothing here are noted, not refused. What would
/// make the server less safe than the file asks for is refused.
Status take_other_qdrant_key(Settings& settings,
                             const std::string& source,
                             std::string_view key,
                             std::string_view text,
                             bool is_null) {
  bool on = false;
  const bool is_switch = parse_value(text, on).empty();
  if (key == "service.enable_tls" && is_switch && on) {
    return base::invalid_argument(
        source + ": " + quoted(key) +
        ": TLS is not available; put a TLS proxy in front, or leave it out");
  }
  const bool changes_nothing = is_null || (is_switch && !on);
  if (changes_nothing) return Status::ok_status();
  std::string effect = " is accepted and has no effect";
  if (key == "cluster.enabled") {
    effect += ": clusters are not available in this version; this server runs alone and keeps the only copy";
  } else if (key == "audit.enabled") {
    effect += ": the audit log is not available in this version; no access is recorded";
  }
  settings.notes.push_back(source + ": " + quoted(key) + effect);
  return Status::ok_status();
}

Status apply_qdrant_file(Settings& settings, const SettingSources& sources) {
  ALD_ASSIGN(const std::string text, sources.read_file(*sources.qdrant_config_path));
  ALD_ASSIGN(const auto entries, parse_config(text, *sources.qdrant_config_path));
  for (const ConfigEntry& entry : entries) {
    const std::string source = *sources.qdrant_config_path + ":" + std::to_string(entry.line);
    const SettingRow* row = find_row(entry.key, &SettingRow::qdrant_key);
    if (row == nullptr) {
      ALD_RETURN_IF_ERROR(
          take_other_qdrant_key(settings, source, entry.key, entry.text, entry.is_null));
    } else if (const OptionalText value = file_text(*row, entry)) {
      ALD_RETURN_IF_ERROR(assign(settings, *row, *value, source + ": " + quoted(entry.key)));
    }
  }
  return Status::ok_status();
}

/// "QDRANT__SERVICE__HTTP_PORT" as "service.http_port".
std::string qdrant_key_of(std::string_view variable) {
  std::string key;
  std::string_view rest = variable.substr(kQdrantPrefix.size());
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const bool is_separator = rest.substr(i, 2) == "__";
    key.push_back(
        is_separator ? '.' : static_cast<char>(std::tolower(static_cast<unsigned char>(rest[i]))));
    if (is_separator) ++i;
  }
  return key;
}

Status apply_qdrant_variable(Settings& settings, const TextPair& variable) {
  const std::string key = qdrant_key_of(variable.first);
  if (const SettingRow* row = find_row(key, &SettingRow::qdrant_key)) {
    return assign(settings, *row, variable.second, variable.first);
  }
  return take_other_qdrant_key(settings, "environment", key, variable.second,
                               variable.second.empty());
}

Status apply_own_variable(Settings& settings, const TextPair& variable) {
  std::vector<std::string> words;
  for (const SettingRow& row : kRows) {
    words.push_back(row.environment_name());
    if (words.back() == variable.first)
      return assign(settings, row, variable.second, variable.first);
  }
  return unknown("environment", variable.first, words);
}

/// The variables by which Chroma's documentation sets the one list of its that we have.
constexpr std::string_view kChromaOrigins[] = {"CHROMA_SERVER_CORS_ALLOW_ORIGINS", "CHROMA_CORS_ALLOW_ORIGINS"};

Status apply_environment(Settings& settings, const SettingSources& sources) {
  for (const std::string_view name : kChromaOrigins) {
    for (const TextPair& variable : sources.environment) {
      if (variable.first != name) continue;
      const SettingRow* row = find_row("cors_allow_origins", &SettingRow::key);
      ALD_RETURN_IF_ERROR(assign(settings, *row, variable.second, variable.first));
    }
  }
  for (const TextPair& variable : sources.environment) {
    if (!variable.first.starts_with(kQdrantPrefix)) continue;
    ALD_RETURN_IF_ERROR(apply_qdrant_variable(settings, variable));
  }
  for (const TextPair& variable : sources.environment) {
    if (!variable.first.starts_with(kOwnPrefix)) continue;
    ALD_RETURN_IF_ERROR(apply_own_variable(settings, variable));
  }
  return Status::ok_status();
}

/// Edit distance (Levenshtein) of two words, in two rows of the usual table.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

void note_open_door(Settings& settings) {
  const bool has_key = settings.api_key || settings.alt_api_key || settings.read_only_api_key;
  if (!is_loopback(settings.host) && !has_key) {
    settings.notes.push_back("The server listens on " + settings.host +
                             " without a key: whoever reaches it can read, change and delete "
                             "everything. Set api_key, or listen on 127.0.0.1.");
  }
  for (const OptionalText* key :
       {&settings.api_key, &settings.alt_api_key, &settings.read_only_api_key}) {
    if (*key && (*key)->size() < 16) {
      settings.notes.push_back("A key is shorter than 16 bytes and could be guessed.");
      break;
    }
  }
}

Status check_together(const Settings& settings) {
  if (settings.jwt_rbac && !settings.api_key && !settings.alt_api_key) {
    return base::invalid_argument("jwt_rbac needs api_key: tokens are signed with it");
  }
  return Status::ok_status();
}

}  // namespace

std::string SettingRow::environment_name() const {
  return std::string(kOwnPrefix) + upper_case(key);
}

std::string SettingRow::qdrant_environment_name() const {
  if (qdrant_key.empty()) return "";
  std::string name(kQdrantPrefix);
  for (const char c : qdrant_key) {
    if (c == '.') {
      name += "__";
    } else {
      name.push_back(static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
    }
  }
  return name;
}

std::span<const SettingRow> setting_rows() { return kRows; }

Result<Settings> load_settings(const SettingSources& sources) {
  Settings settings;
  if (sources.qdrant_config_path) ALD_RETURN_IF_ERROR(apply_qdrant_file(settings, sources));
  if (sources.config) ALD_RETURN_IF_ERROR(apply_own_file(settings, sources));
  ALD_RETURN_IF_ERROR(apply_environment(settings, sources));
  for (const auto& [key, text] : sources.flags) {
    const SettingRow* row = find_row(key, &SettingRow::key);
    if (row == nullptr) return base::invalid_argument("unknown setting " + quoted(key));
    ALD_RETURN_IF_ERROR(assign(settings, *row, text, std::string(row->flag)));
  }
  ALD_RETURN_IF_ERROR(check_together(settings));
  note_open_door(settings);
  return settings;
}

std::string nearest_word(std::string_view word, std::span<const std::string> words) {
  // A few letters wrong is a slip; more than half of them is another word.
  std::size_t best = std::max<std::size_t>(2, word.size() / 2) + 1;
  std::string nearest;
  for (const std::string& candidate : words) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance >= best) continue;
    best = distance;
    nearest = candidate;
  }
  return nearest;
}

}  // namespace alidade::app
