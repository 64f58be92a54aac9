#include "faces/qdrant_rest/unserved_settings.h"

#include <algorithm>

namespace alidade::faces::qdrant_rest {

std::vector<std::string> unserved_settings(const model::CollectionConfig& config) {
  std::vector<std::string> names;
  for (const auto& [name, vector] : config.vectors) {
    const std::string place = config.vectors_named ? "vectors." + name : "vectors";
    const auto datatype = vector.datatype.value_or(model::Datatype::kFloat32);
    if (datatype != model::Datatype::kFloat32) names.push_back(place + ".datatype");
  }
  if (config.optimizers.prevent_unoptimized.value_or(false)) names.emplace_back("optimizers_config.prevent_unoptimized");
  if (config.strict_mode && config.strict_mode->enabled.value_or(false)) names.emplace_back("strict_mode_config");
  return names;
}

std::vector<std::string> newly_unserved(const model::CollectionConfig& before, const model::CollectionConfig& after) {
  const std::vector<std::string> known = unserved_settings(before);
  std::vector<std::string> names = unserved_settings(after);
  std::erase_if(names, [&](const std::string& name) {
    return std::find(known.begin(), known.end(), name) != known.end();
  });
  return names;
}

void warn_of_unserved(observe::Log& log,
                      std::string_view collection,
                      const std::vector<std::string>& settings) {
  if (settings.empty()) return;
  std::string all;
  for (const std::string& name : settings) all += (all.empty() ? "" : ", ") + name;
  log.warn("this version keeps settings of a collection and does not do them",
           {{"collection", collection}, {"settings", all}});
}

}  // namespace alidade::faces::qdrant_rest
