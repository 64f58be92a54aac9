#include "faces/chroma_rest/decode_search.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "faces/chroma_rest/body_reader.h"
#include "faces/chroma_rest/where.h"

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

bool read_rank(BodyReader& reader);

bool read_knn(BodyReader& reader) {
  return reader.read_struct(
      "KnnQuery", Style::kPlain,
      {{"query", Need::kRequired, skip_any},
       {"key", Need::kDefault, skip_any},
       {"limit", Need::kDefault, skip_count},
       {"default", Need::kOption,
        [](BodyReader& inner) {
          return inner.read_option([](BodyReader& value) {
            float dropped = 0;
            return value.read_f32(dropped);
          });
        }},
       {"return_rank", Need::kDefault, skip_bool}});
}

bool read_pair(BodyReader& reader) {
  return reader.read_struct("RankPair", Style::kPlain, {{"left", Need::kRequired, read_rank},
                                                        {"right", Need::kRequired, read_rank}});
}

bool read_rank(BodyReader& reader) {
  static constexpr std::string_view kNames[] = {"$abs", "$div", "$exp", "$knn", "$log", "$max",
                                                "$min", "$mul", "$sub", "$sum", "$val"};
  return reader.read_tagged(kNames, [](BodyReader& inner, std::size_t which) {
    const std::string_view name = kNames[which];
    if (name == "$knn") return read_knn(inner);
    if (name == "$div" || name == "$sub") return read_pair(inner);
    if (name == "$max" || name == "$min" || name == "$mul" || name == "$sum") {
      return inner.read_list(read_rank);
    }
    if (name == "$val") {
      float dropped = 0;
      return inner.read_f32(dropped);
    }
    return read_rank(inner);
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

bool read_filter(BodyReader& reader) {
  WhereClauses clauses;
  if (!reader.read_value(clauses.where)) return false;
  if (clauses.where.is_object() && clauses.where.as_object().empty()) return true;
  const auto filter = decode_where(clauses);
  return filter.ok() || reader.refuse_late("Invalid where clause");
}

Status check_group(const GroupBy& group, std::size_t index) {
  const std::string place = "Validation error: searches[" + std::to_string(index) + "].group_by: ";
  if (group.has_keys != group.has_aggregate) {
    return invalid_argument(place +
                            "group_by keys and aggregate must both be specified or both be omitted");
  }
  if (group.k == 0) return invalid_argument(place + "aggregate k must be greater than 0");
  return {};
}

bool read_search(BodyReader& reader, GroupBy& group) {
  const auto optional = [](std::string_view name, std::function<bool(BodyReader&)> read) {
    return Field{name, Need::kOption,
                 [read = std::move(read)](BodyReader& inner) { return inner.read_option(read); }};
  };
  return reader.read_struct(
      "SearchPayload", Style::kPlain,
      {optional("filter", read_filter), optional("rank", read_rank),
       optional("group_by", [&group](BodyReader& inner) { return read_group_by(inner, group); }),
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

Status check_search_shape(std::string_view body, Status& rules) {
  std::vector<GroupBy> groups;
  BodyReader reader(body);
  reader.read_struct(
      "SearchRequestPayload", Style::kPlain,
      {{"searches", Need::kRequired,
        [&groups](BodyReader& inner) {
          return inner.read_list(
              [&groups](BodyReader& value) { return read_search(value, groups.emplace_back()); });
        }},
       {"read_level", Need::kDefault, [](BodyReader& inner) {
          static constexpr std::string_view kLevels[] = {"index_and_wal", "index_only",
                                                         "index_and_bounded_wal"};
          std::size_t dropped = 0;
          return inner.read_variant(kLevels, dropped);
        }}});
  ALD_RETURN_IF_ERROR(reader.finish());
  for (std::size_t i = 0; i < groups.size() && rules.ok(); ++i) rules = check_group(groups[i], i);
  return {};
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
