#include "app/config_file.h"

#include <yaml-cpp/yaml.h>

#include <set>

namespace alidade::app {
namespace {

constexpr int kMaxDepth = 16;

Status bad(const std::string& name, int line, const std::string& what) {
  return base::invalid_argument(name + ":" + std::to_string(line) + ": " + what);
}

int line_of(const YAML::Node& node) { return node.Mark().line + 1; }

/// A list as one text in the form that a setting reads: ["a", "b"]. What is no scalar in it is shown
/// as [], which no setting takes.
std::string list_text(const YAML::Node& list) {
  std::string out = "[";
  for (const auto& item : list) {
    if (out.size() > 1) out += ", ";
    out += item.IsScalar() ? "\"" + item.Scalar() + "\"" : "[]";
  }
  return out + "]";
}

Status flatten(const YAML::Node& map,
               const std::string& prefix,
               const std::string& name,
               int depth,
               std::vector<ConfigEntry>& out) {
  std::set<std::string> seen;
  for (const auto& member : map) {
    const YAML::Node& value = member.second;
    const int line = line_of(member.first);
    if (!member.first.IsScalar()) return bad(name, line, "expected a name as key");
    const std::string key = prefix + member.first.Scalar();
    if (!seen.insert(key).second) return bad(name, line, "\"" + key + "\" is there twice");
    if (value.IsMap() && value.size() > 0) {
      if (depth == kMaxDepth) return bad(name, line, "nested too deep");
      ALD_RETURN_IF_ERROR(flatten(value, key + ".", name, depth + 1, out));
      continue;
    }
    ConfigEntry entry{
        .key = key, .text = {}, .is_null = value.IsNull() || value.IsMap(), .line = line};
    if (value.IsScalar()) entry.text = value.Scalar();
    if (value.IsSequence()) entry.text = list_text(value);
    out.push_back(std::move(entry));
  }
  return Status::ok_status();
}

}  // namespace

Result<std::vector<ConfigEntry>> parse_config(std::string_view text, const std::string& name) {
  std::vector<ConfigEntry> entries;
  try {
    const YAML::Node document = YAML::Load(std::string(text));
    if (document.IsNull() || !document.IsDefined()) return entries;
    if (!document.IsMap()) return bad(name, line_of(document), "expected keys and values");
    ALD_RETURN_IF_ERROR(flatten(document, "", name, 0, entries));
  } catch (const YAML::Exception& error) {
    return bad(name, error.mark.line + 1, error.msg);
  }
  return entries;
}

}  // namespace alidade::app
