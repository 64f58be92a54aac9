#pragma once

#include <span>
#include <vector>

#include "faces/contract/type.h"

namespace alidade::faces::contract {

/// The tables that can be reached from some types, each once.
struct Described {
  std::vector<const Object*> objects;
  /// For each of them a struct that holds the defaults; nullptr where the table does not know.
  std::vector<const void*> blanks;
  std::vector<const Union*> unions;
};
Described described(std::span<const Type> roots);

}  // namespace alidade::faces::contract
