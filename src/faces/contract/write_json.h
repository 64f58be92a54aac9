#pragma once

#include "base/json.h"
#include "faces/contract/type.h"

namespace alidade::faces::contract {

/// Writes what a type is in memory as the JSON that read() takes: members in the order of the table, those without a
/// value left out unless they are shown as null. Every field that stands in JSON needs its `get`, every alternative of a
/// union too, and a Custom its `write`.
void write(const Type& type, const void* value, base::json::Writer& writer);

template <typename T>
void write(const Of<T>& type, const T& value, base::json::Writer& writer) {
  const Type& plain = type;
  write(plain, static_cast<const void*>(&value), writer);
}

}  // namespace alidade::faces::contract
