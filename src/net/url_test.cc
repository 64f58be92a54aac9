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

TEST(Url, ReplacesWhatIsNoUtf8AsRustDoes) {
  constexpr char kMark[] = "\xEF\xBF\xBD";
  const std::string mark = kMark;
  EXPECT_EQ(to_valid_utf8("plain \xC3\xA9"), "plain \xC3\xA9");
  EXPECT_EQ(to_valid_utf8("\xFF"), mark);
  EXPECT_EQ(to_valid_utf8("a\xFF\xFE""b"), "a" + mark + mark + "b");
  EXPECT_EQ(to_valid_utf8("\xC3\xA9\xFF\xC3\xA9"), "\xC3\xA9" + mark + "\xC3\xA9");
  EXPECT_EQ(to_valid_utf8("\xE2\x82"), mark);                      // A cut sequence is one.
  EXPECT_EQ(to_valid_utf8("\xF0\x9F\x98("), mark + "(");
  EXPECT_EQ(to_valid_utf8("\xC0\xAF"), mark + mark);               // An overlong form is two.
  EXPECT_EQ(to_valid_utf8("\xED\xA0\x80"), mark + mark + mark);   // A surrogate is three.
}

TEST(Url, TakesTimeLinearInItsInput) {
  // 4 MiB each: one look per byte is milliseconds; a look at the rest for each byte would be 10^13
  // looks, and this would not end.
  constexpr std::size_t kLength = std::size_t{4} << 20;
  const std::string bad(kLength, '\xFF');
  EXPECT_EQ(to_valid_utf8(bad).size(), 3 * kLength);
  EXPECT_EQ(to_valid_utf8(std::string(kLength, 'a') + '\xFF').size(), kLength + 3);
  EXPECT_EQ(percent_decode(std::string(kLength, '%')).size(), kLength);
  std::string pairs;
  while (pairs.size() < kLength) pairs += "a=b&";
  EXPECT_EQ(parse_query(pairs).pairs().size(), kLength / 4);
}

TEST(Url, ComparesWithoutDecodingTheRest) {
  EXPECT_TRUE(decodes_to("collections", "collections"));
  EXPECT_TRUE(decodes_to("%63ollection%73", "collections"));
  EXPECT_TRUE(decodes_to("a+b", "a+b"));
  EXPECT_TRUE(decodes_to("", ""));
  EXPECT_FALSE(decodes_to("collection", "collections"));
  EXPECT_FALSE(decodes_to("collectionss", "collections"));
  EXPECT_FALSE(decodes_to("%63", "%63"));
}

}  // namespace
}  // namespace alidade::net
