// Whether a schema says nothing but what a collection has anyway.
#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "faces/chroma_rest/schema.h"

namespace alidade::faces::chroma_rest {

namespace json = base::json;

namespace {

struct DefaultNumber {
  std::string_view name;
  double value;
};

// num_threads is not looked at: its default differs from host to host.
constexpr DefaultNumber kHnsw[] = {{"ef_construction", 100}, {"max_neighbors", 16},
                                   {"ef_search", 100},       {"batch_size", 100},
                                   {"sync_threshold", 1000}, {"resize_factor", 1.2}};

constexpr DefaultNumber kSpann[] = {{"search_nprobe", 64},
                                    {"search_rng_factor", 1},
                                    {"search_rng_epsilon", 10},
                                    {"nreplica_count", 8},
                                    {"write_rng_factor", 1},
                                    {"write_rng_epsilon", 5},
                                    {"split_threshold", 50},
                                    {"num_samples_kmeans", 1000},
                                    {"initial_lambda", 100},
                                    {"reassign_neighbor_count", 64},
                                    {"merge_threshold", 25},
                                    {"num_centers_to_merge_to", 8},
                                    {"write_nprobe", 32},
                                    {"ef_construction", 200},
                                    {"ef_search", 200},
                                    {"max_neighbors", 64},
                                    {"center_drift_threshold", 0.125}};

template <std::size_t kCount>
bool are_default(const json::Value* given, const DefaultNumber (&defaults)[kCount]) {
  if (!given) return true;
  return std::all_of(std::begin(defaults), std::end(defaults), [given](const DefaultNumber& row) {
    const json::Value* value = given->find(row.name);
    return !value || value->as_double() == row.value;
  });
}

bool is_default_spann(const json::Value* given) {
  return are_default(given, kSpann) && !(given && given->find("quantize"));
}

/// What a member of a value type is: {"enabled": …, "config": …}; nullptr where nothing is given.
const json::Value* index_of(const json::Value& types, std::string_view type,
                            std::string_view index) {
  const json::Value* found = types.find(type);
  return found ? found->find(index) : nullptr;
}

/// An index that is not given is at its default.
bool has_state(const json::Value* index, bool enabled) {
  return !index || index->find("enabled")->as_bool() == enabled;
}

bool has_default_function(const json::Value& config) {
  const json::Value* function = config.find("embedding_function");
  return !function || is_default_function(*function);
}

enum class Source { kNone, kGiven };

bool is_default_vector_index(const json::Value* index, bool enabled, Source source) {
  if (!index) return true;
  const json::Value& config = *index->find("config");
  const json::Value* space = config.find("space");
  const json::Value* hnsw = config.find("hnsw");
  const json::Value* spann = config.find("spann");
  const json::Value* key = config.find("source_key");
  const bool source_as_made = source == Source::kNone ? !key : key && key->as_string() == kDocument;
  return has_state(index, enabled) && source_as_made && has_default_function(config) &&
         (!space || space->as_string() == "l2") && !(hnsw && spann) && are_default(hnsw, kHnsw) &&
         is_default_spann(spann);
}

bool is_default_sparse_index(const json::Value* index) {
  if (!index) return true;
  const json::Value& config = *index->find("config");
  const json::Value* bm25 = config.find("bm25");
  return has_state(index, false) && has_default_function(config) && !config.find("source_key") &&
         !(bm25 && bm25->as_bool());
}

bool has_default_text(const json::Value& types, bool search, bool compare) {
  return has_state(index_of(types, "string", "fts_index"), search) &&
         has_state(index_of(types, "string", "string_inverted_index"), compare);
}

bool are_default_types(const json::Value& types) {
  return has_default_text(types, false, true) &&
         is_default_vector_index(index_of(types, "float_list", "vector_index"), false,
                                 Source::kNone) &&
         is_default_sparse_index(index_of(types, "sparse_vector", "sparse_vector_index")) &&
         has_state(index_of(types, "int", "int_inverted_index"), true) &&
         has_state(index_of(types, "float", "float_inverted_index"), true) &&
         has_state(index_of(types, "bool", "bool_inverted_index"), true);
}

bool is_default_key(const json::Member& member) {
  const auto& [key, types] = member;
  if (key == kDocument) return has_default_text(types, true, false);
  return key == "#embedding" &&
         is_default_vector_index(index_of(types, "float_list", "vector_index"), true,
                                 Source::kGiven);
}

}  // namespace

bool is_default_schema(const json::Value& given) {
  const auto& keys = given.find("keys")->as_object();
  return !given.find("cmek") && are_default_types(*given.find("defaults")) &&
         std::all_of(keys.begin(), keys.end(), is_default_key);
}

}  // namespace alidade::faces::chroma_rest
