#pragma once

#include <string>
#include <string_view>

namespace alidade::index {

/// Whether there is a Snowball stemmer of that name ("english", "german", …).
bool has_stemmer(std::string_view language);

/// The stem of a lower-case word; the word itself for languages without a stemmer. Any thread.
std::string stem(const std::string& language, std::string_view word);

}  // namespace alidade::index
