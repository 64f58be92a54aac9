#pragma once

#include <span>
#include <string_view>

namespace alidade::index {

/// The words that a text index leaves out for a language ("english", "german"); empty for languages
/// whose list is not here.
std::span<const std::string_view> stopwords_of(std::string_view language);

}  // namespace alidade::index
