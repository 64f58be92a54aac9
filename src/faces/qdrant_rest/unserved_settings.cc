#include "faces/qdrant_rest/unserved_settings.h"

#include <algorithm>

#include "faces/qdrant_rest/collection_settings.h"

namespace alidade::faces::qdrant_rest {
namespace {

using base::json::Value;

const Value* member(const Value* object, std::string_view name) {
  return object == nullptr ? nullptr : object->find(name);
}

void add_vector_settings(const Value& vector, const std::string& place, std::vector<std::string>& names) {
  const Value* datatype = vector.find("datatype");
  if (datatype != nullptr && *datatype != Value("float32")) names.push_back(place + ".datatype");
  if (vector.find("multivector_config") != nullptr) names.push_back(place + ".multivector_config");
}

}  // namespace

std::vector<std::string> unserved_settings(const Value& shown) {
  std::vector<std::string> names;
  const Value* params = shown.find("params");
  const Value* vectors = member(params, "vectors");
  if (vectors != nullptr && vectors->is_object()) {
    const Value* size = vectors->find("size");
    if (size != nullptr && !size->is_object()) {
      add_vector_settings(*vectors, "vectors", names);
    } else {
      for (const auto& [name, vector] : vectors->as_object()) add_vector_settings(vector, "vectors." + name, names);
    }
  }
  const Value* sparse = member(params, "sparse_vectors");
  if (sparse != nullptr && sparse->is_object() && !sparse->as_object().empty()) names.emplace_back("sparse_vectors");
  if (is_true(member(shown.find("optimizer_config"), "prevent_unoptimized"))) {
    names.emplace_back("optimizers_config.prevent_unoptimized");
  }
  if (is_true(member(shown.find("strict_mode_config"), "enabled"))) names.emplace_back("strict_mode_config");
  return names;
}

std::vector<std::string> newly_unserved(const Value& before, const Value& after) {
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
