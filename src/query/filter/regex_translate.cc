#include "query/filter/regex_translate.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

namespace alidade::query {
namespace {

// Members of Rust's Unicode classes, to stand inside brackets.
constexpr std::string_view kWord = R"(\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\x{200C}\x{200D})";
constexpr std::string_view kDigit = R"(\p{Nd})";
constexpr std::string_view kSpace = R"(\t\n\x{0B}\f\r \x{85}\p{Z})";
// The same under (?-u).
constexpr std::string_view kAsciiWord = "0-9A-Za-z_";
constexpr std::string_view kAsciiDigit = "0-9";
constexpr std::string_view kAsciiSpace = R"(\t\n\x{0B}\f\r )";

constexpr char kInvalidUtf8[] = "pattern can match invalid UTF-8";
constexpr char kIncomplete[] = "incomplete escape sequence, reached end of pattern prematurely";

std::string boundary(bool negated) {
  const std::string word = "[" + std::string(kWord) + "]";
  const std::string at = "(?:(?<=" + word + ")(?!" + word + ")|(?<!" + word + ")(?=" + word + "))";
  const std::string not_at = "(?:(?<=" + word + ")(?=" + word + ")|(?<!" + word + ")(?!" + word + "))";
  return negated ? not_at : at;
}

class Translator {
 public:
  explicit Translator(const std::string& pattern) : in_(pattern) {}

  Result<TranslatedRegex> run() {
    while (at_ < in_.size()) ALD_RETURN_IF_ERROR(step());
    if (!groups_.empty()) return error(groups_.back(), 1, "unclosed group");
    return std::move(out_);
  }

 private:
  // What flags like (?x-u) switch, until the group around them ends.
  struct Modes {
    bool verbose = false;
    bool unicode = true;
  };

  Status error(std::size_t from, std::size_t length, const std::string& reason) const {
    return regex_error(in_, from, length, reason);
  }
  bool next_is(std::string_view text) const { return std::string_view(in_).substr(at_).starts_with(text); }
  void copy(std::size_t size) {
    out_.pattern.append(in_, at_, size);
    at_ += size;
  }

  Status step() {
    switch (in_[at_]) {
      case '\\': has_operand_ = true; return escape();
      case '[': has_operand_ = true; return bracket();
      case '(': return open_group();
      case ')': return close_group();
      case '|':
        has_operand_ = false;
        copy(1);
        return {};
      case '*':
      case '+':
      case '?':
        if (!has_operand_) return error(at_, 1, "repetition operator missing expression");
        copy(1);
        return lazy_mark();
      case '{':
        if (!has_operand_) return error(at_, 1, "repetition operator missing expression");
        return counted();
      case '#':
        if (modes_.verbose) {
          while (at_ < in_.size() && in_[at_] != '\n') copy(1);
          return {};
        }
        [[fallthrough]];
      default:
        if (in_[at_] == '.' && !modes_.unicode) return error(at_, 1, kInvalidUtf8);
        has_operand_ = has_operand_ || !modes_.verbose || !is_blank(in_[at_]);
        copy(1);
        return {};
    }
  }

  static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

  Status lazy_mark() {
    if (next_is("?")) copy(1);
    // `a**` is a repetition of a repetition to Rust; the engines read other things into it.
    if (at_ < in_.size() && (in_[at_] == '*' || in_[at_] == '+' || in_[at_] == '?')) {
      return error(at_, 1, "repetition of a repetition is not supported here: use a group");
    }
    return {};
  }

  Status counted() {
    const std::size_t close = in_.find('}', at_);
    if (close == std::string::npos) {
      return error(at_, in_.size() - at_, "unclosed counted repetition");
    }
    const std::string_view inside = std::string_view(in_).substr(at_ + 1, close - at_ - 1);
    const std::size_t comma = inside.find(',');
    const auto low = number(inside.substr(0, comma));
    const std::string_view rest = comma == std::string_view::npos ? "" : inside.substr(comma + 1);
    const auto high = rest.empty() ? low : number(rest);
    if (!low || !high) {
      return error(close, 1, "repetition quantifier expects a valid decimal");
    }
    if (*high < *low) {
      return error(at_, close + 1 - at_,
                   "invalid repetition count range, the start must be <= the end");
    }
    if (*high > 65535) return error(at_, close + 1 - at_, "compiled regex exceeds size limit");
    if (*high > 1000) out_.needs_pcre = true;
    copy(close + 1 - at_);
    return lazy_mark();
  }

  static std::optional<std::uint32_t> number(std::string_view text) {
    std::uint32_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
  }

  Status open_group() {
    const std::size_t start = at_;
    if (!next_is("(?")) {
      groups_.push_back(start);
      modes_before_.push_back(modes_);
      has_operand_ = false;
      copy(1);
      return {};
    }
    for (const std::string_view around : {"(?<=", "(?<!", "(?=", "(?!"}) {
      if (next_is(around)) {
        return error(start, around.size(),
                     "look-around, including look-ahead and look-behind, is not supported");
      }
    }
    if (next_is("(?P<") || next_is("(?<")) return open_named_group();
    return open_flags();
  }

  Status open_named_group() {
    const std::size_t start = at_;
    const std::size_t close = in_.find('>', at_);
    if (close == std::string::npos) return error(start, in_.size() - start, "unclosed capture group name");
    const std::size_t name = in_.find('<', at_) + 1;
    if (name == close) return error(name, 0, "empty capture group name");
    out_.pattern += "(?P<" + in_.substr(name, close - name) + ">";
    at_ = close + 1;
    groups_.push_back(start);
    modes_before_.push_back(modes_);
    has_operand_ = false;
    return {};
  }

  // (?flags) or (?flags:
  Status open_flags() {
    const std::size_t start = at_;
    std::string on;
    std::string off;
    bool negative = false;
    Modes modes = modes_;
    for (at_ += 2; at_ < in_.size() && in_[at_] != ')' && in_[at_] != ':'; ++at_) {
      const char flag = in_[at_];
      if (flag == '-') {
        if (negative) return error(at_, 1, "flag negation operator repeated");
        negative = true;
      } else if (flag == 'u') {
        modes.unicode = !negative;
      } else if (std::string_view("imsUx").find(flag) != std::string_view::npos) {
        (negative ? off : on) += flag;
        if (flag == 'x') {
          modes.verbose = !negative;
          out_.needs_pcre = true;
        }
      } else if (flag != 'R') {
        return error(at_, 1, "unrecognized flag");
      }
    }
    if (at_ == in_.size()) return error(start, 1, "unclosed group");
    if (in_[at_] == ')' && on.empty() && off.empty() && at_ == start + 2) {
      return error(start + 1, 1, "repetition operator missing expression");
    }
    const std::string flags = on + (off.empty() ? "" : "-" + off);
    if (in_[at_] == ':') {
      out_.pattern += "(?" + flags + ":";
      groups_.push_back(start);
      modes_before_.push_back(modes_);
      has_operand_ = false;
    } else if (!flags.empty()) {
      out_.pattern += "(?" + flags + ")";
    }
    modes_ = modes;
    ++at_;
    return {};
  }

  Status close_group() {
    if (groups_.empty()) return error(at_, 1, "unopened group");
    groups_.pop_back();
    modes_ = modes_before_.back();
    modes_before_.pop_back();
    has_operand_ = true;
    copy(1);
    return {};
  }

  // An escape outside brackets.
  Status escape() {
    if (at_ + 1 == in_.size()) return error(at_, 1, kIncomplete);
    const char c = in_[at_ + 1];
    if (c == 'b' || c == 'B') {
      if (at_ + 2 < in_.size() && in_[at_ + 2] == '{') {
        return error(at_, 3, "special word boundaries are not supported here");
      }
      if (!modes_.unicode) {
        copy(2);
        return {};
      }
      out_.needs_pcre = true;
      out_.pattern += boundary(c == 'B');
      at_ += 2;
      return {};
    }
    if (c == 'A' || c == 'z') {
      copy(2);
      return {};
    }
    if (const auto members = class_members(c)) {
      if (is_negated_class(c) && !modes_.unicode) return error(at_, 2, kInvalidUtf8);
      out_.pattern += is_negated_class(c) ? "[^" : "[";
      out_.pattern += std::string(*members) + "]";
      at_ += 2;
      return {};
    }
    return plain_escape();
  }

  std::optional<std::string_view> class_members(char c) const {
    if (c == 'w' || c == 'W') return modes_.unicode ? kWord : kAsciiWord;
    if (c == 'd' || c == 'D') return modes_.unicode ? kDigit : kAsciiDigit;
    if (c == 's' || c == 'S') return modes_.unicode ? kSpace : kAsciiSpace;
    return std::nullopt;
  }
  static bool is_negated_class(char c) { return c == 'W' || c == 'D' || c == 'S'; }

  // Escapes that mean the same inside and outside brackets.
  Status plain_escape() {
    const char c = in_[at_ + 1];
    if (c >= '0' && c <= '9') return error(at_, 2, "backreferences are not supported");
    if (c == 'p' || c == 'P') return property();
    if (c == 'x' || c == 'u' || c == 'U') return code_point();
    if (c == 'v') {  // To PCRE2 \v is a class.
      out_.pattern += "\\x{0B}";
      at_ += 2;
      return {};
    }
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool known = std::string_view("aftnr").find(c) != std::string_view::npos;
    if ((letter && !known) || static_cast<unsigned char>(c) >= 0x80) {
      return error(at_, 2, "unrecognized escape sequence");
    }
    copy(2);
    return {};
  }

  Status property() {
    const std::size_t start = at_;
    if (at_ + 2 >= in_.size()) return error(start, 2, kIncomplete);
    if (in_[at_ + 2] != '{') {
      copy(3);
      return {};
    }
    const std::size_t close = in_.find('}', at_);
    if (close == std::string::npos) return error(start, in_.size() - start, "unclosed Unicode class");
    std::string name = in_.substr(at_ + 3, close - at_ - 3);
    bool negated = in_[at_ + 1] == 'P';
    if (!name.empty() && name.front() == '^') {
      negated = !negated;
      name.erase(0, 1);
    }
    // General categories and scripts by their long names too: gc=Lu, Script=Greek, Letter.
    if (const std::size_t equal = name.find_last_of("=:"); equal != std::string::npos) {
      name.erase(0, equal + 1);
    }
    out_.pattern += std::string(negated ? "\\P{" : "\\p{") + short_name(name) + "}";
    at_ = close + 1;
    return {};
  }

  static std::string short_name(const std::string& name) {
    static constexpr std::pair<std::string_view, std::string_view> kNames[] = {
        {"Letter", "L"},         {"Uppercase_Letter", "Lu"}, {"Lowercase_Letter", "Ll"},
        {"Uppercase", "Lu"},     {"Lowercase", "Ll"},        {"Alphabetic", "L"},
        {"Mark", "M"},           {"Number", "N"},            {"Decimal_Number", "Nd"},
        {"Punctuation", "P"},    {"Symbol", "S"},            {"Separator", "Z"},
        {"Space_Separator", "Zs"}, {"Other", "C"},           {"Control", "Cc"},
        {"Currency_Symbol", "Sc"}, {"Math_Symbol", "Sm"},    {"White_Space", "Z"}};
    for (const auto& [from, to] : kNames) {
      if (name == from) return std::string(to);
    }
    return name;
  }

  // \xHH \x{H…} \uHHHH \u{H…} \UHHHHHHHH
  Status code_point() {
    const std::size_t start = at_;
    const char c = in_[at_ + 1];
    std::size_t from = at_ + 2;
    std::size_t size = c == 'x' ? 2 : (c == 'u' ? 4 : 8);
    std::size_t end = from + size;
    if (from < in_.size() && in_[from] == '{') {
      const std::size_t close = in_.find('}', from);
      if (close == std::string::npos) {
        return error(start, in_.size() - start, kIncomplete);
      }
      ++from;
      size = close - from;
      end = close + 1;
    }
    if (from + size > in_.size()) {
      return error(start, in_.size() - start, kIncomplete);
    }
    std::uint32_t point = 0;
    const char* digits = in_.data() + from;
    const auto [last, failure] = std::from_chars(digits, digits + size, point, 16);
    if (size == 0) return error(start, end - start, "hexadecimal literal empty");
    if (failure != std::errc() || last != digits + size) {
      return error(from, 1, "invalid hexadecimal digit");
    }
    if (!modes_.unicode && point >= 0x80) return error(start, end - start, kInvalidUtf8);
    if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
      return error(start, end - start, "hexadecimal literal is not a Unicode scalar value");
    }
    char text[16];
    const auto written = std::to_chars(text, text + sizeof text, point, 16);
    out_.pattern += "\\x{" + std::string(text, written.ptr) + "}";
    at_ = end;
    return {};
  }

  // [...]: members are copied; \W and \S, sets of their own, become alternatives beside the class.
  Status bracket() {
    const std::size_t start = at_;
    const bool negated = next_is("[^");
    const std::size_t out_start = out_.pattern.size();
    at_ += negated ? 2 : 1;
    if (negated && !modes_.unicode) return error(start, 2, kInvalidUtf8);
    std::vector<std::string_view> outside;  // Members of sets whose complement belongs to the class.
    bool first = true;
    while (true) {
      if (at_ >= in_.size()) return error(start, 1, "unclosed character class");
      if (in_[at_] == ']' && !first) break;
      first = false;
      ALD_RETURN_IF_ERROR(bracket_member(outside));
    }
    ++at_;
    const std::string members = out_.pattern.substr(out_start);
    out_.pattern.resize(out_start);
    out_.pattern += join_class(members, negated, outside);
    return {};
  }

  Status bracket_member(std::vector<std::string_view>& outside) {
    if (next_is("[:")) {
      const std::size_t close = in_.find(":]", at_ + 2);
      if (close != std::string::npos) {
        copy(close + 2 - at_);
        return {};
      }
    }
    if (in_[at_] == '[' || next_is("&&") || next_is("--") || next_is("~~")) {
      return error(at_, 1, "nested character classes are not supported here");
    }
    if (in_[at_] == ']') {  // The first member: a bracket itself.
      out_.pattern += "\\]";
      ++at_;
      return {};
    }
    if (in_[at_] != '\\') {
      copy(1);
      return {};
    }
    if (at_ + 1 == in_.size()) return error(at_, 1, kIncomplete);
    const char c = in_[at_ + 1];
    const auto members = class_members(c);
    if (!members) return plain_escape();
    if (is_negated_class(c)) {
      outside.push_back(*members);
    } else {
      out_.pattern += *members;
    }
    at_ += 2;
    return {};
  }

  std::string join_class(const std::string& members,
                         bool negated,
                         const std::vector<std::string_view>& outside) {
    if (outside.empty()) return (negated ? "[^" : "[") + members + "]";
    std::string sets = members.empty() ? "" : "[" + members + "]";
    for (const std::string_view set : outside) {
      if (!sets.empty()) sets += '|';
      sets += "[^" + std::string(set) + "]";
    }
    if (!negated) return "(?:" + sets + ")";
    out_.needs_pcre = true;
    return "(?:(?!" + sets + ")(?s:.))";
  }

  const std::string& in_;
  std::size_t at_ = 0;
  TranslatedRegex out_;
  bool has_operand_ = false;  // Something stands before that a repetition could repeat.
  Modes modes_;
  std::vector<std::size_t> groups_;
  std::vector<Modes> modes_before_;  // Of each open group.
};

}  // namespace

Status regex_error(const std::string& pattern,
                   std::size_t from,
                   std::size_t length,
                   const std::string& reason) {
  // Columns are characters: bytes that continue one do not count.
  const auto columns = [&](std::size_t begin, std::size_t size) {
    const auto part = std::string_view(pattern).substr(std::min(begin, pattern.size()), size);
    return static_cast<std::size_t>(std::count_if(part.begin(), part.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
  };
  const std::size_t carets = std::max<std::size_t>(1, columns(from, length));
  const std::string message = "Regex syntax errror: regex parse error:\n    " + pattern + "\n    " +
                              std::string(columns(0, from), ' ') + std::string(carets, '^') +
                              "\nerror: " + reason;
  return Status(StatusCode::kInvalidArgument, message, ErrorKind::kRegex, {message});
}

Result<TranslatedRegex> translate_regex(const std::string& pattern) { return Translator(pattern).run(); }

}  // namespace alidade::query
