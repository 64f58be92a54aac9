#pragma once

#include <cstdint>
#include <string_view>

#include "base/json.h"
#include "base/status.h"
#include "index/payload/text/tokenizer.h"
#include "model/vector_value.h"

namespace alidade::inference {

/// Okapi BM25 without its inverse document frequency (Robertson and Zaragoza, "The Probabilistic Relevance Framework",
/// 2009): a term that occurs n times in a text of `len` terms weighs n (k + 1) / (n + k (1 - b + b len / avg_len)).
class Bm25 {
 public:
  /// @param options  an object, or null for the defaults. @return kInvalidArgument.
  static Result<Bm25> from_options(const base::json::Value& options);

  model::SparseVector document(std::string_view text) const;
  model::SparseVector query(std::string_view text) const;

 private:
  explicit Bm25(const base::json::Value& tokenizer_params) : tokenizer_(tokenizer_params) {}

  index::Tokenizer tokenizer_;
  double k_ = 1.2, b_ = 0.75, average_length_ = 256;
};

/// The place of a term: MurmurHash3 (x86, 32 bits, seed 0) without its sign.
std::uint32_t term_number(std::string_view term);

}  // namespace alidade::inference
