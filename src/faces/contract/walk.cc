#include "faces/contract/walk.h"

#include <algorithm>

namespace alidade::faces::contract {
namespace {

void visit(const Type& type, Described& found);

/// @return whether it is new.
template <typename Table>
bool add(const Table* table, std::vector<const Table*>& tables) {
  if (table == nullptr || std::find(tables.begin(), tables.end(), table) != tables.end()) return false;
  tables.push_back(table);
  return true;
}

void visit(const Type& type, Described& found) {
  if (add(type.object, found.objects)) {
    found.blanks.push_back(type.blank == nullptr ? nullptr : type.blank());
    for (const Field& field : type.object->fields) visit(field.type, found);
  }
  if (add(type.any, found.unions)) {
    for (const Variant& variant : type.any->variants) visit(variant.type, found);
    for (const Case& one : type.any->cases) visit(one.type, found);
  }
  if (type.list != nullptr) visit(type.list->item, found);
}

}  // namespace

Described described(std::span<const Type> roots) {
  Described found;
  for (const Type& root : roots) visit(root, found);
  return found;
}

}  // namespace alidade::faces::contract
