#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

#include "core/json_reader.h"
#include "embed/provider.h"

namespace alidade::embed::inline v0 {
namespace {

namespace dom = simdjson::dom;
using client::core::bad_answer;

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

/// Little-endian floats in base64. @return false when it is none.
bool append_base64_floats(std::string_view text, std::vector<float>& out) {
  static_assert(std::endian::native == std::endian::little);
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = base64_value(c);
    if (value < 0) return false;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes += static_cast<char>(bits >> count & 0xff);
    }
  }
  if (bytes.size() % sizeof(float) != 0) return false;
  const std::size_t start = out.size();
  out.resize(start + bytes.size() / sizeof(float));
  // An empty vector may have no memory, which memcpy() must not be given.
  if (!bytes.empty()) std::memcpy(out.data() + start, bytes.data(), bytes.size());
  return true;
}

bool append_list(dom::array list, std::vector<float>& out) {
  out.reserve(out.size() + list.size());
  for (const dom::element one : list) {
    double value = 0;
    if (one.get(value) != simdjson::SUCCESS) return false;
    out.push_back(static_cast<float>(value));
  }
  return true;
}

/// Appends one vector. @return nothing, or what is wrong with it.
Result<void> append_vector(dom::element element, const AnswerShape& shape, std::vector<float>& out) {
  if (*shape.vector != '\0') {
    dom::element inner;
    if (element[shape.vector].get(inner) != simdjson::SUCCESS) {
      return bad_answer(std::string("an element without '") + shape.vector + "'");
    }
    element = inner;
  }
  const std::size_t start = out.size();
  std::string_view text;
  dom::array list;
  if (element.get(text) == simdjson::SUCCESS) {
    if (!append_base64_floats(text, out)) return bad_answer("a vector that is no base64 of floats");
  } else if (element.get(list) != simdjson::SUCCESS || !append_list(list, out)) {
    return bad_answer("a vector that is no list of numbers");
  }
  for (std::size_t i = start; i < out.size(); ++i) {
    if (!std::isfinite(out[i])) return bad_answer("a vector with a value that is not finite");
  }
  return {};
}

struct Reader {
  const AnswerShape& shape;
  const std::size_t count;
  Embeddings result = {};
  std::vector<bool> seen = std::vector<bool>(count);

  Result<void> read_one(dom::element element, std::size_t place) {
    if (shape.has_index) {
      std::uint64_t index = 0;
      if (element["index"].get(index) != simdjson::SUCCESS) return bad_answer("an element without 'index'");
      place = index;
    }
    if (place >= count || seen[place]) {
      return bad_answer("expected one vector for each of " + std::to_string(count) + " texts, got another one for place " +
                        std::to_string(place));
    }
    seen[place] = true;
    std::vector<float> row;
    if (auto read = append_vector(element, shape, row); !read) return read;
    if (result.dimensions == 0) {
      result.dimensions = row.size();
      result.values.resize(count * row.size());
    }
    if (row.empty() || row.size() != result.dimensions) {
      return bad_answer("vectors of " + std::to_string(result.dimensions) + " and of " + std::to_string(row.size()) +
                        " values in one answer");
    }
    std::copy(row.begin(), row.end(), result.values.begin() + static_cast<std::ptrdiff_t>(place * result.dimensions));
    return {};
  }
};

}  // namespace

Result<Embeddings> read_embeddings(std::string_view body, const AnswerShape& shape, std::size_t count) {
  auto document = client::core::Document::parse(body);
  if (!document) return std::move(document).error();
  dom::element found;
  if (document->root().at_pointer(shape.list).get(found) != simdjson::SUCCESS) {
    return bad_answer(std::string("expected vectors under ") + shape.list);
  }
  Reader reader{shape, count};
  std::size_t place = 0;
  dom::array list;
  if (found.get(list) == simdjson::SUCCESS) {
    for (const dom::element element : list) {
      if (auto read = reader.read_one(element, place++); !read) return std::move(read).error();
    }
  } else {
    ++place;
    if (auto read = reader.read_one(found, 0); !read) return std::move(read).error();
  }
  if (place != count) {
    return bad_answer("expected " + std::to_string(count) + " vectors, got " + std::to_string(place));
  }
  dom::element tokens;
  if (*shape.tokens != '\0' && document->root().at_pointer(shape.tokens).get(tokens) == simdjson::SUCCESS) {
    if (tokens.get(reader.result.tokens) != simdjson::SUCCESS) reader.result.tokens = 0;
  }
  return std::move(reader.result);
}

}  // namespace alidade::embed::inline v0
