#include "faces/chroma_rest/decode_search.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "faces/chroma_rest/body_reader.h"
#include "faces/chroma_rest/metadata.h"
#include "faces/chroma_rest/where.h"
#include "ops/check_filter.h"

namespace alidade::faces::chroma_rest {

namespace json = base::json;
using Field = BodyReader::Field;
using Need = BodyReader::Need;
using Style = BodyReader::Style;

namespace {

bool skip_any(BodyReader& reader) {
  json::Value dropped;
  return reader.read_value(dropped);
}

bool skip_text(BodyReader& reader) {
  std::string dropped;
  return reader.read_string(dropped);
}

bool skip_count(BodyReader& reader) {
  std::uint32_t dropped = 0;
  return reader.read_u32(dropped);
}

bool skip_texts(BodyReader& reader) { return reader.read_list(skip_text); }

bool skip_bool(BodyReader& reader) {
  bool dropped = false;
  return reader.read_bool(dropped);
}

/// What the ranks of a search say of sparse vectors.
struct Rank {
  std::vector<std::string> sparse_keys;
  std::string problem;  ///< The first sparse vector that is wrong in itself.
};

/// "" for a sparse vector that is right in itself.
/// @param query has the shape of one.
std::string sparse_problem(const json::Value& query) {
  const std::string begin = "Invalid sparse vector in KNN query: Sparse vector indices";
  const std::size_t count = query.find("indices")->as_array().size();
  const json::Value* tokens = query.find("tokens");
  const std::size_t token_count = tokens && tokens->is_array() ? tokens->as_array().size() : count;
  if (query.find("values")->as_array().size() != count || token_count != count) {
    return begin + ", values, and tokens (when present) must have the same length";
  }
  if (is_well_formed_sparse_vector(query)) return "";
  return begin + " must be sorted in strictly ascending order (no duplicates)";
}

bool are_tokens(const json::Value* tokens) {
  if (!tokens || tokens->is_null()) return true;
  if (!tokens->is_array()) return false;
  const auto& list = tokens->as_array();
  return std::all_of(list.begin(), list.end(), [](const json::Value& item) { return item.is_string(); });
}

bool is_dense_vector(const json::Value& query) {
  if (!query.is_array()) return false;
  const auto& list = query.as_array();
  return std::all_of(list.begin(), list.end(), [](const json::Value& item) { return item.is_number(); });
}

bool read_knn(BodyReader& reader, Rank& out) {
  json::Value query;
  std::string key = "#embedding";
  const auto read_query = [&query](BodyReader& inner) {
    if (!inner.read_value(query)) return false;
    const bool is_sparse = query.is_object() && is_sparse_vector(query) && are_tokens(query.find("tokens"));
    return is_sparse || is_dense_vector(query) || inner.refuse_untagged("QueryVector");
  };
  if (!reader.read_struct("KnnQuery", Style::kPlain,
                          {{"query", Need::kRequired, read_query},
                           {"key", Need::kDefault,
                            [&key](BodyReader& inner) { return inner.read_string(key); }},
                           {"limit", Need::kDefault, skip_count},
                           {"default", Need::kOption,
                            [](BodyReader& inner) {
                              return inner.read_option([](BodyReader& value) {
                                float dropped = 0;
                                return value.read_f32(dropped);
                              });
                            }},
                           {"return_rank", Need::kDefault, skip_bool}})) {
    return false;
  }
  if (!query.is_object()) return true;
  if (out.problem.empty()) out.problem = sparse_problem(query);
  out.sparse_keys.push_back(std::move(key));
  return true;
}

bool read_rank(BodyReader& reader, Rank& out);

/// The left one counts first, however they are given.
bool read_pair(BodyReader& reader, Rank& out) {
  Rank left, right;
  if (!reader.read_struct(
          "RankPair", Style::kPlain,
          {{"left", Need::kRequired, [&left](BodyReader& inner) { return read_rank(inner, left); }},
           {"right", Need::kRequired,
            [&right](BodyReader& inner) { return read_rank(inner, right); }}})) {
    return false;
  }
  for (Rank* part : {&left, &right}) {
    if (out.problem.empty()) out.problem = std::move(part->problem);
    for (std::string& key : part->sparse_keys) out.sparse_keys.push_back(std::move(key));
  }
  return true;
}

bool read_rank(BodyReader& reader, Rank& out) {
  static constexpr std::string_view kNames[] = {"$abs", "$div", "$exp", "$knn", "$log", "$max",
                                                "$min", "$mul", "$sub", "$sum", "$val"};
  return reader.read_tagged(kNames, [&out](BodyReader& inner, std::size_t which) {
    const std::string_view name = kNames[which];
    if (name == "$knn") return read_knn(inner, out);
    if (name == "$div" || name == "$sub") return read_pair(inner, out);
    if (name == "$max" || name == "$min" || name == "$mul" || name == "$sum") {
      return inner.read_list([&out](BodyReader& item) { return read_rank(item, out); });
    }
    if (name == "$val") {
      float dropped = 0;
      return inner.read_f32(dropped);
    }
    return read_rank(inner, out);
  });
}

struct GroupBy {
  bool has_keys = false;
  bool has_aggregate = false;
  std::uint32_t k = 1;
};

bool read_group_by(BodyReader& reader, GroupBy& out) {
  static constexpr std::string_view kNames[] = {"$min_k", "$max_k"};
  const auto read_aggregate = [&out](BodyReader& inner) {
    out.has_aggregate = true;
    return inner.read_tagged(kNames, [&out](BodyReader& value, std::size_t) {
      return value.read_struct(
          "MinK", Style::kPlain,
          {{"keys", Need::kRequired, skip_texts},
           {"k", Need::kRequired, [&out](BodyReader& count) { return count.read_u32(out.k); }}});
    });
  };
  return reader.read_struct(
      "GroupBy", Style::kPlain,
      {{"keys", Need::kDefault,
        [&out](BodyReader& inner) {
          return inner.read_list([&out](BodyReader& key) {
            out.has_keys = true;
            return skip_text(key);
          });
        }},
       {"aggregate", Need::kOption,
        [&](BodyReader& inner) { return inner.read_option(read_aggregate); }}});
}

bool read_filter(BodyReader& reader, std::optional<model::Filter>& out) {
  WhereClauses clauses;
  if (!reader.read_value(clauses.where)) return false;
  if (clauses.where.is_object() && clauses.where.as_object().empty()) return true;
  auto filter = decode_where(clauses);
  if (!filter.ok()) return reader.refuse_late(filter.status().message());
  out = *std::move(filter);
  const Status patterns = out ? ops::check_filter(*out) : Status();
  return patterns.ok() || reader.refuse_late(patterns.message());
}

struct Search {
  NeededIndexes needed;
  Rank rank;
  GroupBy group;
};

/// The broken rules of one search, one after the other as the peer writes them.
std::string broken_rules(const Search& search, std::size_t index) {
  const std::string place = "searches[" + std::to_string(index) + "].";
  std::string out;
  if (!search.rank.problem.empty()) out = place + "rank: " + search.rank.problem;
  const GroupBy& group = search.group;
  if (group.has_keys != group.has_aggregate) {
    out += place +
           "group_by: group_by keys and aggregate must both be specified or both be omitted";
  } else if (group.k == 0) {
    out += place + "group_by: aggregate k must be greater than 0";
  }
  return out;
}

bool read_one_search(BodyReader& reader, Search& out) {
  const auto optional = [](std::string_view name, std::function<bool(BodyReader&)> read) {
    return Field{name, Need::kOption,
                 [read = std::move(read)](BodyReader& inner) { return inner.read_option(read); }};
  };
  return reader.read_struct(
      "SearchPayload", Style::kPlain,
      {optional("filter",
                [&out](BodyReader& inner) { return read_filter(inner, out.needed.filter); }),
       optional("rank", [&out](BodyReader& inner) { return read_rank(inner, out.rank); }),
       optional("group_by", [&out](BodyReader& inner) { return read_group_by(inner, out.group); }),
       optional("limit",
                [](BodyReader& inner) {
                  return inner.read_struct(
                      "Limit", Style::kPlain,
                      {{"offset", Need::kDefault, skip_count},
                       {"limit", Need::kOption,
                        [](BodyReader& value) { return value.read_option(skip_count); }}});
                }),
       optional("select", [](BodyReader& inner) {
         return inner.read_struct("Select", Style::kPlain, {{"keys", Need::kDefault, skip_texts}});
       })});
}

}  // namespace

Result<SearchBody> read_search(std::string_view body) {
  std::vector<Search> searches;
  BodyReader reader(body);
  reader.read_struct(
      "SearchRequestPayload", Style::kPlain,
      {{"searches", Need::kRequired,
        [&searches](BodyReader& inner) {
          return inner.read_list(
              [&searches](BodyReader& value) { return read_one_search(value, searches.emplace_back()); });
        }},
       {"read_level", Need::kDefault, [](BodyReader& inner) {
          static constexpr std::string_view kLevels[] = {"index_and_wal", "index_only",
                                                         "index_and_bounded_wal"};
          std::size_t dropped = 0;
          return inner.read_variant(kLevels, dropped);
        }}});
  ALD_RETURN_IF_ERROR(reader.finish());
  SearchBody out;
  std::string broken;
  for (std::size_t i = 0; i < searches.size(); ++i) {
    broken += broken_rules(searches[i], i);
    NeededIndexes& needed = out.searches.emplace_back(std::move(searches[i].needed));
    needed.sparse_keys = std::move(searches[i].rank.sparse_keys);
  }
  if (!broken.empty()) out.rules = invalid_argument("Validation error: " + broken);
  return out;
}

Status check_attach_shape(std::string_view body) {
  BodyReader reader(body);
  reader.read_struct("AttachFunctionRequest", Style::kPlain,
                     {{"name", Need::kRequired, skip_text},
                      {"function_id", Need::kRequired, skip_text},
                      {"output_collection", Need::kRequired, skip_text},
                      {"params", Need::kDefault, skip_any}});
  return reader.finish();
}

Status check_detach_shape(std::string_view body) {
  BodyReader reader(body);
  reader.read_struct("DetachFunctionRequest", Style::kPlain,
                     {{"delete_output", Need::kDefault, skip_bool}});
  return reader.finish();
}

}  // namespace alidade::faces::chroma_rest
