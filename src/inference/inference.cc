#include "inference/inference.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "inference/bm25.h"

namespace alidade::inference {

bool is_served(std::string_view model) {
  const auto is = [model](std::string_view name) {
    return std::equal(model.begin(), model.end(), name.begin(), name.end(),
                      [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
  };
  return is("bm25") || is("qdrant/bm25");
}

Result<model::VectorValue> vector_of(const model::Inference& inference, Purpose purpose) {
  ALD_ASSIGN(const Bm25 model, Bm25::from_options(inference.options));
  const std::string& text = inference.input.as_string();
  return model::VectorValue(purpose == Purpose::kDocument ? model.document(text) : model.query(text));
}

}  // namespace alidade::inference
