// The kinds of queries: which JSON is which, and what of it is served.
#include <algorithm>
#include <limits>

#include "faces/qdrant/selectors.h"
#include "faces/qdrant_rest/errors.h"
#include "faces/qdrant_rest/query_reader.h"

namespace alidade::faces::qdrant_rest {
namespace {

const Value* given(const Value& object, std::string_view key) {
  const Value* value = object.find(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::string float_text(double value) {
  std::string text;
  base::json::write_double(value, text);
  return text;
}

}  // namespace

std::optional<model::VectorInput> QueryReader::vector_input_of(const Value& value,
                                                               const std::string& path) {
  if (const auto id = point_id_of(value)) return model::VectorInput(*id);
  auto vector = any_vector_of(value);
  if (!vector) return std::nullopt;
  if (auto* dense = std::get_if<std::vector<float>>(&*vector)) return model::VectorInput(std::move(*dense));
  check_vector(*vector, path, rules_);
  if (auto* sparse = std::get_if<SparseInput>(&*vector)) {
    return model::VectorInput(model::SparseVector{std::move(sparse->indices), std::move(sparse->values)});
  }
  if (const auto* multi = std::get_if<MultiInput>(&*vector)) {
    model::MultiVector rows;
    if (!multi->rows.empty()) rows.dim = static_cast<std::uint32_t>(multi->rows.front().size());
    for (const auto& row : multi->rows) rows.values.insert(rows.values.end(), row.begin(), row.end());
    return model::VectorInput(std::move(rows));
  }
  const Status refused = refuse_other_kinds(*vector, "", true);
  if (refused.kind() != ErrorKind::kSparseConversion) refuse_later(refused);
  return model::VectorInput(model::Inference{});
}

std::optional<std::vector<model::VectorInput>> QueryReader::vector_inputs_of(const Value* value,
                                                                             const std::string& path) {
  std::vector<model::VectorInput> inputs;
  if (value == nullptr || value->is_null()) return inputs;
  if (!value->is_array()) return std::nullopt;
  for (std::size_t i = 0; i < value->as_array().size(); ++i) {
    auto input = vector_input_of(value->as_array()[i], path + "[" + std::to_string(i) + "]");
    if (!input) return std::nullopt;
    inputs.push_back(*std::move(input));
  }
  return inputs;
}

bool QueryReader::is_mmr(const Value& value, const std::string& path) {
  if (!value.is_object()) return false;
  if (const Value* diversity = given(value, "diversity")) {
    if (!diversity->is_number()) return false;
    const float share = to_f32(*diversity);
    if (share < 0 || share > 1) {
      rules_.broken(path + ".diversity",
                    "value " + float_text(double{share}) + " invalid, must be from 0.0 to 1.0");
    }
  }
  if (const Value* limit = given(value, "candidates_limit")) {
    const auto count = read_usize(*limit);
    if (!count.ok()) return false;
    if (*count > 16384) {
      rules_.broken(path + ".candidates_limit",
                    "value " + std::to_string(*count) + " invalid, must be 16384 or smaller");
    }
  }
  refuse_unserved("Maximal marginal relevance (mmr)");
  return true;
}

std::optional<model::QueryKind> QueryReader::nearest_of(const Value& value, const std::string& path) {
  auto input = vector_input_of(*value.find("nearest"), path);
  if (!input) return std::nullopt;
  const Value* mmr = given(value, "mmr");
  if (mmr != nullptr && !is_mmr(*mmr, path + ".mmr")) return std::nullopt;
  return model::NearestQuery{*std::move(input), std::nullopt};
}

std::optional<model::QueryKind> QueryReader::recommend_of(const Value& value, const std::string& path) {
  if (!value.is_object()) return std::nullopt;
  auto positive = vector_inputs_of(value.find("positive"), path + ".positive");
  auto negative = vector_inputs_of(value.find("negative"), path + ".negative");
  if (!positive || !negative) return std::nullopt;
  const Value* strategy = given(value, "strategy");
  const bool average = strategy == nullptr || *strategy == Value("average_vector");
  if (!average && *strategy != Value("best_score") && *strategy != Value("sum_scores")) {
    return std::nullopt;
  }
  if (positive->empty() && negative->empty()) {
    rules_.broken(path + ".positives, negatives",
                  "Validation error: At least one positive or negative vector/id must be provided [{}]");
  } else if (!average) {
    refuse_unserved("Recommendation strategy " + strategy->as_string());
  }
  return model::RecommendQuery{*std::move(positive), *std::move(negative), {}};
}

std::optional<model::QueryKind> QueryReader::rrf_of(const Value& value, const std::string& path) {
  if (!value.is_object()) return std::nullopt;
  model::RrfQuery rrf;
  if (const Value* k = given(value, "k")) {
    const auto count = read_usize(*k);
    if (!count.ok()) return std::nullopt;
    rules_.at_least(path + ".k", *count, 1);
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
    rrf.k = static_cast<std::uint32_t>(std::min(*count, kMost));
  }
  if (const Value* weights = given(value, "weights")) {
    auto numbers = dense_of(*weights);
    if (!numbers) return std::nullopt;
    rrf.weights = *std::move(numbers);
  }
  return rrf;
}

bool QueryReader::is_context(const Value& value, const std::string& path) {
  const auto is_pair = [&](const Value& pair) {
    // In a list a pair may be a list, too: the fields of a struct in their order.
    const bool is_list = pair.is_array() && pair.as_array().size() == 2;
    const Value* positive = is_list ? &pair.as_array()[0] : pair.find("positive");
    const Value* negative = is_list ? &pair.as_array()[1] : pair.find("negative");
    return positive != nullptr && negative != nullptr &&
           vector_input_of(*positive, path + ".positive") &&
           vector_input_of(*negative, path + ".negative");
  };
  if (value.is_null()) return true;
  if (!value.is_array()) return is_pair(value);
  return std::all_of(value.as_array().begin(), value.as_array().end(), is_pair);
}

bool QueryReader::is_discover(const Value& value, const std::string& path) {
  const Value* target = value.find("target");
  const Value* context = value.find("context");
  return target != nullptr && context != nullptr && vector_input_of(*target, path + ".target") &&
         is_context(*context, path + ".context");
}

bool QueryReader::is_feedback(const Value& value, const std::string& path) {
  const Value* target = value.find("target");
  const Value* feedback = value.find("feedback");
  const Value* strategy = value.find("strategy");
  const Value* naive = strategy == nullptr ? nullptr : strategy->find("naive");
  if (target == nullptr || feedback == nullptr || naive == nullptr || !feedback->is_array()) return false;
  if (!vector_input_of(*target, path + ".target")) return false;
  for (const Value& item : feedback->as_array()) {
    const Value* example = item.find("example");
    const Value* score = item.find("score");
    if (example == nullptr || score == nullptr || !score->is_number()) return false;
    if (!vector_input_of(*example, path + ".feedback.example")) return false;
  }
  for (const char* name : {"a", "b", "c"}) {
    const Value* factor = naive->find(name);
    if (factor == nullptr || !factor->is_number()) return false;
  }
  if (feedback->as_array().empty()) {
    rules_.broken(path + ".__all__", "feedback elements must be non-empty");
  }
  const float b = to_f32(*naive->find("b"));
  if (b < 0) {
    rules_.broken(path + ".strategy.naive.b",
                  "value " + float_text(double{b}) + " invalid, must be 0.0 or larger");
  }
  return true;
}

void QueryReader::refuse_unserved(const std::string& what) {
  refuse_later(unimplemented(what + " is not available in this version"));
}

// Kinds that are known, checked and not served yet.
std::optional<UnservedQuery> QueryReader::unserved_of(const Value& value, const std::string& path) {
  bool fits = false;
  std::string name;
  if (const Value* discover = value.find("discover")) {
    name = "discover";
    fits = is_discover(*discover, path + ".discover");
  } else if (const Value* context = value.find("context")) {
    name = "context";
    fits = is_context(*context, path + ".context");
  } else if (const Value* feedback = value.find("relevance_feedback")) {
    name = "relevance_feedback";
    fits = is_feedback(*feedback, path + ".relevance_feedback");
  } else if (value.find("formula") != nullptr) {
    name = "formula";
    fits = true;
  }
  if (!fits) return std::nullopt;
  return UnservedQuery{std::move(name)};
}

std::optional<ReadQuery> QueryReader::query_of(const Value& value, const std::string& path) {
  if (auto input = vector_input_of(value, path)) return model::QueryKind(model::NearestQuery{*std::move(input), std::nullopt});
  if (!value.is_object()) return std::nullopt;
  if (value.find("nearest") != nullptr) return nearest_of(value, path);
  if (const Value* recommend = value.find("recommend")) return recommend_of(*recommend, path + ".recommend");
  if (const Value* order_by = value.find("order_by")) {
    model::OrderByQuery order;
    if (!read_as(*order_by, contract::ref(qdrant::kOrderByInterface), order.order).ok()) return std::nullopt;
    return model::QueryKind(std::move(order));
  }
  if (const Value* fusion = value.find("fusion")) {
    if (*fusion == Value("rrf")) return model::QueryKind(model::RrfQuery{});
    if (*fusion == Value("dbsf")) return model::QueryKind(model::DbsfQuery{});
    return std::nullopt;
  }
  if (const Value* rrf = value.find("rrf")) return rrf_of(*rrf, path + ".rrf");
  if (const Value* sample = value.find("sample")) {
    if (*sample != Value("random")) return std::nullopt;
    return model::QueryKind(model::SampleQuery{});
  }
  return unserved_of(value, path);
}

}  // namespace alidade::faces::qdrant_rest
