#include "net/url.h"

#include <gtest/gtest.h>

namespace alidade::net {
namespace {

TEST(Url, DecodesPercentSequences) {
  EXPECT_EQ(percent_decode("a%20b%2fc"), "a b/c");
  EXPECT_EQ(percent_decode("%C3%A9"), "\xC3\xA9");
  EXPECT_EQ(percent_decode("a+b"), "a+b");
  EXPECT_EQ(percent_decode("a+b", Plus::kIsSpace), "a b");
  EXPECT_EQ(percent_decode("%00").size(), 1u);
}

TEST(Url, KeepsWhatIsNoSequence) {
  EXPECT_EQ(percent_decode("%"), "%");
  EXPECT_EQ(percent_decode("%4"), "%4");
  EXPECT_EQ(percent_decode("%g1%1g"), "%g1%1g");
  EXPECT_EQ(percent_decode("100%"), "100%");
  EXPECT_EQ(percent_decode("%%41"), "%A");
}

TEST(Url, ParsesQueryStrings) {
  const auto parameters = parse_query("wait=true&timeout=5&&name=a%26b+c&flag&x=1&x=2");
  EXPECT_EQ(*parameters.find("wait"), "true");
  EXPECT_EQ(*parameters.find("name"), "a&b c");
  EXPECT_EQ(*parameters.find("flag"), "");
  EXPECT_EQ(*parameters.find("x"), "2");
  EXPECT_EQ(parameters.find("y"), nullptr);
  EXPECT_EQ(parameters.pairs().size(), 6u);
  EXPECT_TRUE(parse_query("").pairs().empty());
  EXPECT_EQ(*parse_query("a==b").find("a"), "=b");
  EXPECT_EQ(*parse_query("=b").find(""), "b");
}

TEST(Url, RecognisesUtf8) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("plain \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"));
  EXPECT_FALSE(is_utf8("\xC3"));
  EXPECT_FALSE(is_utf8("\xC0\xAF"));          // Overlong slash.
  EXPECT_FALSE(is_utf8("\xED\xA0\x80"));      // A surrogate.
  EXPECT_FALSE(is_utf8("\xF4\x90\x80\x80"));  // Above U+10FFFF.
  EXPECT_FALSE(is_utf8("\xE2\x82"));
  EXPECT_FALSE(is_utf8("\xE2(\xAC"));
  EXPECT_FALSE(is_utf8("\x80"));
}

}  // namespace
}  // namespace alidade::net
