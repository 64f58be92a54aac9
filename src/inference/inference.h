#pragma once

#include <string_view>

#include "base/status.h"
#include "model/query.h"
#include "model/vector_value.h"

namespace alidade::inference {

/// What a vector is for: points hold weights of terms, queries ask for each term once.
enum class Purpose { kDocument, kQuery };

/// Whether there is a model of that name; letters of either case.
bool is_served(std::string_view model);

/// The vector that a served model makes of a text: of BM25 a sparse one of the terms' numbers, ascending. A text without
/// terms gives one without places.
/// @param inference  of kind kText
/// @return kInvalidArgument for options that the model cannot use, in the words of Qdrant. Options that it does not know
///         are passed over.
Result<model::VectorValue> vector_of(const model::Inference& inference, Purpose purpose);

}  // namespace alidade::inference
