// Conditions on what a row is rather than on its payload: ids, vectors, constants. Elements of
// lists have neither ids nor vectors.
#include <algorithm>

#include "query/filter/node.h"

namespace alidade::query {

Leaf make_leaf(const model::HasIdCondition& condition, const Scope& scope) {
  std::vector<std::uint32_t> rows;
  if (scope.segment != nullptr && !scope.in_elements()) {
    for (const model::PointId& id : condition.ids) {
      if (const auto offset = scope.segment->find(id)) rows.push_back(offset->value);
    }
  }
  std::sort(rows.begin(), rows.end());
  Leaf leaf;
  leaf.description = "has_id";
  leaf.reads_payload = false;
  if (!scope.in_elements()) {
    leaf.select = [rows](base::Bitset& selected) {
      for (const std::uint32_t row : rows) selected.set(row);
    };
  }
  leaf.passes = [rows](Row& row) {
    return !row.is_element() && std::binary_search(rows.begin(), rows.end(), row.offset().value);
  };
  return leaf;
}

Leaf make_leaf(const model::HasVectorCondition& condition, const Scope& scope) {
  const base::Bitset* presence =
      scope.segment == nullptr ? nullptr : scope.segment->vector_presence(condition.vector_name);
  Leaf leaf;
  leaf.description = "has_vector";
  leaf.reads_payload = false;
  if (!scope.in_elements()) {
    leaf.select = [presence](base::Bitset& selected) {
      if (presence != nullptr) selected |= *presence;
    };
  }
  leaf.passes = [presence](Row& row) {
    return !row.is_element() && presence != nullptr && row.offset().value < presence->size() &&
           presence->test(row.offset().value);
  };
  return leaf;
}

Leaf make_leaf(const model::Constant& condition, const Scope& scope) {
  Leaf leaf;
  leaf.description = condition.matches ? "everything" : "nothing";
  leaf.reads_payload = false;
  if (!scope.in_elements()) {
    leaf.select = [matches = condition.matches](base::Bitset& selected) {
      if (matches) selected.set_all();
    };
  }
  leaf.passes = [matches = condition.matches](Row&) { return matches; };
  return leaf;
}

}  // namespace alidade::query
