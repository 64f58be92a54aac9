#include "query/filter/regex.h"

#include <gtest/gtest.h>

namespace alidade::query {
namespace {

bool found(const std::string& pattern, std::string_view text) {
  const auto regex = Regex::compile(pattern);
  if (!regex.ok()) {
    ADD_FAILURE() << regex.status().to_string();
    return false;
  }
  return (*regex)->search(text).value();
}

std::string refusal(const std::string& pattern) {
  const Status status = Regex::compile(pattern).status();
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << pattern;
  EXPECT_EQ(status.kind(), ErrorKind::kRegex) << pattern;
  return status.message();
}

TEST(Regex, ClassesAreUnicode) {
  EXPECT_TRUE(found("^\\w+$", "häuser٣"));
  EXPECT_TRUE(found("^\\d$", "٣"));
  EXPECT_TRUE(found("a\\sb", "a\u00A0b"));
  EXPECT_FALSE(found("^\\W$", "é"));
  EXPECT_TRUE(found("^[\\d_]+$", "1٣_"));
  EXPECT_TRUE(found("(?i)ÄPFEL", "äpfel"));
  EXPECT_TRUE(found("^.$", "界"));
}

TEST(Regex, WordBoundariesAreUnicode) {
  EXPECT_FALSE(found("\\bpfel", "Äpfel"));
  EXPECT_TRUE(found("\\bÄpfel\\b", "die Äpfel!"));
  EXPECT_TRUE(found("\\Bpfel", "Äpfel"));
  EXPECT_TRUE(found("\\b", "a"));
  EXPECT_FALSE(found("\\b", "-"));
}

TEST(Regex, ComplementsInsideClasses) {
  EXPECT_TRUE(found("^[\\W1]+$", "1-1"));
  EXPECT_FALSE(found("^[\\W1]+$", "1a"));
  EXPECT_TRUE(found("^[^\\Wb]+$", "aéc"));
  EXPECT_FALSE(found("^[^\\Wb]+$", "ab"));
  EXPECT_TRUE(found("^[]a]+$", "]a"));
  EXPECT_TRUE(found("^[[:alpha:]]+$", "ab"));
}

TEST(Regex, EndOfTextIsNotBeforeANewline) {
  EXPECT_FALSE(found("a$", "a\n"));
  EXPECT_FALSE(found("\\ba$", "a\n"));
  EXPECT_TRUE(found("(?m)a$", "a\nb"));
  EXPECT_FALSE(found("a.b", "a\nb"));
  EXPECT_TRUE(found("(?s)a.b", "a\nb"));
}

TEST(Regex, EscapesOfCodePoints) {
  EXPECT_TRUE(found("^\\x41\\u00e9\\u{1F388}\\U0001F388$", "Aé🎈🎈"));
  EXPECT_TRUE(found("^a{1001}$", std::string(1001, 'a')));
  EXPECT_TRUE(found("^(?<year>\\d{4})$", "2024"));
  EXPECT_TRUE(found("(?x) a b # comment", "ab"));
  EXPECT_TRUE(found("(?-u)^\\w+$", "abc"));
  EXPECT_FALSE(found("(?-u)^\\w+$", "é"));
}

TEST(Regex, RefusalsPointAtTheirPlace) {
  EXPECT_EQ(refusal("("),
            "Regex syntax errror: regex parse error:\n    (\n    ^\nerror: unclosed group");
  EXPECT_EQ(refusal("(a)\\1"),
            "Regex syntax errror: regex parse error:\n    (a)\\1\n       ^^\n"
            "error: backreferences are not supported");
  EXPECT_EQ(refusal("é(?<=a)b"),
            "Regex syntax errror: regex parse error:\n    é(?<=a)b\n     ^^^^\n"
            "error: look-around, including look-ahead and look-behind, is not supported");
  EXPECT_EQ(refusal("\\p{Nope}"),
            "Regex syntax errror: regex parse error:\n    \\p{Nope}\n    ^^^^^^^^\n"
            "error: Unicode property not found");
  EXPECT_EQ(refusal("(?-u)\\xff"),
            "Regex syntax errror: regex parse error:\n    (?-u)\\xff\n         ^^^^\n"
            "error: pattern can match invalid UTF-8");
  for (const char* pattern : {"[a-", "*a", ")", "a{2", "a{2,1}", "\\", "\\q", "(?P<n", "a**", "[z-a]",
                              "\\u{110000}", "(?z)", "[[a]b]", "\\x4", "(?", "(?i"}) {
    EXPECT_TRUE(refusal(pattern).starts_with("Regex syntax errror: regex parse error:")) << pattern;
  }
}

TEST(Regex, RunawaySearchesStop) {
  const auto regex = Regex::compile("\\b(a+)+c").value();
  const auto outcome = regex->search(std::string(64, 'a'));
  EXPECT_TRUE(outcome.ok() ? !outcome.value()
                           : outcome.status().code() == StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace alidade::query
