#include "net/gzip.h"

#include <gtest/gtest.h>

namespace alidade::net {
namespace {

TEST(Gzip, ComesBackAsItWas) {
  for (const std::size_t size : {0u, 1u, 1000u, 300000u}) {
    std::string text(size, 'a');
    for (std::size_t i = 0; i < size; i += 7) text[i] = static_cast<char>('a' + i % 26);
    const auto back = gzip_decompress(gzip_compress(text), size);
    ASSERT_TRUE(back.ok()) << size;
    EXPECT_EQ(*back, text);
  }
}

TEST(Gzip, RefusesABombWithoutUnfoldingIt) {
  const std::string bomb = gzip_compress(std::string(std::size_t{8} << 20, '\0'));
  EXPECT_LT(bomb.size(), 100000u);
  EXPECT_EQ(gzip_decompress(bomb, 1000).status().code(), StatusCode::kTooLarge);
}

TEST(Gzip, RefusesWhatIsNoGzip) {
  const std::string good = gzip_compress("some text");
  EXPECT_EQ(gzip_decompress("", 100).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(gzip_decompress("some text", 100).status().code(), StatusCode::kInvalidArgument);
  EXPECT_FALSE(gzip_decompress(good.substr(0, good.size() - 1), 100).ok());
  std::string flipped = good;
  flipped[flipped.size() - 6] = static_cast<char>(flipped[flipped.size() - 6] ^ 1);
  EXPECT_FALSE(gzip_decompress(flipped, 100).ok());
}

TEST(Gzip, ReadsAcceptEncoding) {
  EXPECT_TRUE(accepts_gzip("gzip"));
  EXPECT_TRUE(accepts_gzip("deflate, GZIP;q=0.5"));
  EXPECT_TRUE(accepts_gzip("br;q=1, *"));
  EXPECT_FALSE(accepts_gzip(""));
  EXPECT_FALSE(accepts_gzip("br, deflate"));
  EXPECT_FALSE(accepts_gzip("gzip;q=0"));
  EXPECT_FALSE(accepts_gzip("gzip; q=0.000, *"));
  EXPECT_FALSE(accepts_gzip("*;q=0"));
  EXPECT_FALSE(accepts_gzip(";;,,;q="));
}

}  // namespace
}  // namespace alidade::net
