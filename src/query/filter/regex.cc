#include "query/filter/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <re2/re2.h>

#include "query/filter/regex_translate.h"

namespace alidade::query {
namespace {

// Steps of one search before it is given up: some 0.1 s of work on one text.
constexpr std::uint32_t kMatchLimit = 1'000'000;
constexpr std::int64_t kRe2MemoryBytes = 16 << 20;

class Re2Regex final : public Regex {
 public:
  explicit Re2Regex(const std::string& pattern) : re_(pattern, options()) {}
  const re2::RE2& re() const { return re_; }

  Result<bool> search(std::string_view text) const override {
    return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), re_);
  }

 private:
  static re2::RE2::Options options() {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_never_capture(true);
    options.set_max_mem(kRe2MemoryBytes);
    return options;
  }
  re2::RE2 re_;
};

class PcreRegex final : public Regex {
 public:
  explicit PcreRegex(const std::string& pattern) {
    pcre2_compile_context* context = pcre2_compile_context_create(nullptr);
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    code_ = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                          PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C |
                              PCRE2_NO_AUTO_CAPTURE,
                          &error_, &error_at_, context);
    pcre2_compile_context_free(context);
    match_context_ = pcre2_match_context_create(nullptr);
    pcre2_set_match_limit(match_context_, kMatchLimit);
  }
  ~PcreRegex() override {
    pcre2_code_free(code_);
    pcre2_match_context_free(match_context_);
  }
  PcreRegex(const PcreRegex&) = delete;
  PcreRegex& operator=(const PcreRegex&) = delete;

  bool ok() const { return code_ != nullptr; }
  std::string error_text() const {
    PCRE2_UCHAR buffer[256];
    pcre2_get_error_message(error_, buffer, sizeof buffer);
    return reinterpret_cast<const char*>(buffer);
  }

  Result<bool> search(std::string_view text) const override {
    pcre2_match_data* data = pcre2_match_data_create(1, nullptr);
    if (data == nullptr) return Status(StatusCode::kResourceExhausted, "no memory for a regex search");
    const int outcome = pcre2_match(code_, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0,
                                    0, data, match_context_);
    pcre2_match_data_free(data);
    if (outcome >= 0) return true;
    if (outcome == PCRE2_ERROR_NOMATCH) return false;
    return Status(StatusCode::kResourceExhausted,
                  "the regular expression takes too many steps on a document");
  }

 private:
  pcre2_code* code_ = nullptr;
  pcre2_match_context* match_context_ = nullptr;
  int error_ = 0;
  PCRE2_SIZE error_at_ = 0;
};

// RE2's code for a mistake that the translation did not see, in the crate's words where they exist.
Status re2_error(const std::string& pattern, const re2::RE2& re) {
  const std::string piece = re.error_arg();
  const std::size_t from = std::min(pattern.find(piece), pattern.size());
  switch (static_cast<int>(re.error_code())) {
    case re2::RE2::ErrorBadCharRange: {
      if (piece.starts_with("\\p") || piece.starts_with("\\P")) {
        return regex_error(pattern, from, piece.size(), "Unicode property not found");
      }
      return regex_error(pattern, from, piece.size(),
                         "invalid character class range, the start must be <= the end");
    }
    case re2::RE2::ErrorMissingBracket:
      return regex_error(pattern, from, 1, "unclosed character class");
    default: return regex_error(pattern, from, piece.size(), re.error());
  }
}

Result<std::shared_ptr<const Regex>> compile_pcre(const std::string& pattern,
                                                  const std::string& translated) {
  auto regex = std::make_shared<PcreRegex>(translated);
  if (!regex->ok()) return regex_error(pattern, 0, pattern.size(), regex->error_text());
  return std::shared_ptr<const Regex>(std::move(regex));
}

}  // namespace

Result<std::shared_ptr<const Regex>> Regex::compile(const std::string& pattern) {
  ALD_ASSIGN(const TranslatedRegex translated, translate_regex(pattern));
  if (translated.needs_pcre) return compile_pcre(pattern, translated.pattern);
  auto regex = std::make_shared<Re2Regex>(translated.pattern);
  if (regex->re().ok()) return std::shared_ptr<const Regex>(std::move(regex));
  if (regex->re().error_code() == re2::RE2::ErrorPatternTooLarge) {
    return compile_pcre(pattern, translated.pattern);
  }
  return re2_error(pattern, regex->re());
}

}  // namespace alidade::query
