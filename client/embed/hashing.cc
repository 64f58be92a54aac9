#include <cmath>
#include <string>

#include "embed/provider.h"

// Feature hashing (Weinberger et al., Feature Hashing for Large Scale Multitask Learning, 2009, section 2): each word and
// each of its trigrams adds ±1 at a place; both come from a hash.

namespace alidade::embed::inline v0 {
namespace {

constexpr std::uint32_t kDefaultDimensions = 384;

/// FNV-1a over 64 bits, and a finish that spreads short texts over the high bits (MurmurHash3's).
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 1099511628211u;
  }
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccdu;
  hash ^= hash >> 33;
  return hash;
}

void add(std::span<float> row, std::string_view feature, float weight) {
  const std::uint64_t hash = hash_of(feature);
  row[hash % row.size()] += (hash >> 63) != 0 ? weight : -weight;
}

/// ASCII letters in lower case; bytes above 127 belong to words, so every script has some.
bool is_word_byte(unsigned char c) {
  return c >= 128 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Short words are mostly those that join others ("of", "the"): they weigh little.
void add_word(std::span<float> row, const std::string& word) {
  const float weight = word.size() > 3 ? 1.0F : 0.1F;
  add(row, word, weight);
  const std::string framed = "<" + word + ">";
  for (std::size_t i = 0; i + 3 <= framed.size(); ++i) add(row, std::string_view(framed).substr(i, 3), 0.3F * weight);
}

void add_text(std::span<float> row, std::string_view text) {
  std::string word;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const auto c = i < text.size() ? static_cast<unsigned char>(text[i]) : static_cast<unsigned char>(' ');
    if (is_word_byte(c)) {
      word += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    } else if (!word.empty()) {
      add_word(row, word);
      word.clear();
    }
  }
}

}  // namespace

Embeddings hash_texts(std::span<const Input> inputs, std::uint32_t dimensions) {
  Embeddings embeddings;
  embeddings.dimensions = dimensions == 0 ? kDefaultDimensions : dimensions;
  embeddings.values.resize(inputs.size() * embeddings.dimensions);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    add_text({embeddings.values.data() + i * embeddings.dimensions, embeddings.dimensions}, inputs[i].text);
  }
  return embeddings;
}

const ProviderRow kHashingRow = {.provider = Provider::kHashing,
                                 .name = "hashing",
                                 .default_model = "signed-trigrams",
                                 .default_url = "",
                                 .key_variables = {nullptr, nullptr},
                                 .url_variable = nullptr,
                                 .batch_limit = 100000,
                                 .key_header = "",
                                 .needs_key = false,
                                 .takes_titles = false,
                                 .path = nullptr,
                                 .body = nullptr,
                                 .shape = nullptr};

}  // namespace alidade::embed::inline v0
