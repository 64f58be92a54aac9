#include "index/payload/text/stemmer.h"

#include <libstemmer.h>

#include <memory>
#include <unordered_map>

namespace alidade::index {
namespace {

struct DeleteStemmer {
  void operator()(sb_stemmer* stemmer) const { sb_stemmer_delete(stemmer); }
};
using StemmerPtr = std::unique_ptr<sb_stemmer, DeleteStemmer>;

// A stemmer has working memory of its own and is made for one thread; making one is dear compared
// with stemming a word.
sb_stemmer* stemmer_of(const std::string& language) {
  static thread_local std::unordered_map<std::string, StemmerPtr> stemmers;
  const auto found = stemmers.find(language);
  if (found != stemmers.end()) return found->second.get();
  return stemmers.emplace(language, StemmerPtr(sb_stemmer_new(language.c_str(), "UTF_8")))
      .first->second.get();
}

}  // namespace

bool has_stemmer(std::string_view language) {
  for (const char** name = sb_stemmer_list(); *name != nullptr; ++name) {
    if (language == *name) return true;
  }
  return false;
}

std::string stem(const std::string& language, std::string_view word) {
  sb_stemmer* stemmer = stemmer_of(language);
  if (stemmer == nullptr) return std::string(word);
  const sb_symbol* stemmed = sb_stemmer_stem(stemmer, reinterpret_cast<const sb_symbol*>(word.data()),
                                             static_cast<int>(word.size()));
  if (stemmed == nullptr) return std::string(word);  // No memory.
  return {reinterpret_cast<const char*>(stemmed), static_cast<std::size_t>(sb_stemmer_length(stemmer))};
}

}  // namespace alidade::index
