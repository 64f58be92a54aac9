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

TEST(Gzip, KeepsShortAndLongTexts) {
  for (const std::size_t size : {1u, 60u, 4095u, 4096u, 4097u, 70000u}) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text.push_back(static_cast<char>('a' + i * i % 23));
    const auto again = gzip_decompress(gzip_compress(text), size);
    ASSERT_TRUE(again.ok()) << size;
    EXPECT_EQ(*again, text);
  }
}

TEST(Gzip, HoldsNoMoreMemoryThanTheTextHasBytes) {
  constexpr std::size_t kSpare = std::size_t{64} << 10;
  const std::size_t size = (std::size_t{4} << 20) + 1'000;  // Just above a step of the reader.
  const std::string packed = gzip_compress(std::string(size, 'a'));
  EXPECT_LE(packed.capacity(), packed.size() + kSpare);
  const auto back = gzip_decompress(packed, size);
  ASSERT_TRUE(back.ok());
  EXPECT_LE(back->capacity(), size + kSpare);
}

TEST(Gzip, ChoosesWhatTheClientLikesBest) {
  for (const char* text : {"gzip", "deflate, GZIP;q=0.5", "gzip, deflate, br, zstd", "gzip,identity",
                           "identity;q=0.5, gzip;q=0.7", "gzip;q=0.001", "gzip;q=1.000,*;q=0",
                           "identity;q=0, gzip", " gzip ; q=1", "gzip;q=2, gzip;q=0.3"}) {
    EXPECT_EQ(choose_coding(text), Coding::kGzip) << text;
  }
  for (const char* text : {"", "br, deflate", "gzip;q=0", "gzip; q=0.000, *", "*", "br;q=1, *",
                           "identity, gzip", "gzip;q=0.4, identity;q=0.5", ";;,,;q=", "gzip;q=x",
                           "gzip;q=1.0000", "*;q=0, identity;q=0.1", "br"}) {
    EXPECT_EQ(choose_coding(text), Coding::kIdentity) << text;
  }
  for (const char* text : {"*;q=0", "identity;q=0", "br, identity;q=0.0", "gzip;q=0, *;q=0"}) {
    EXPECT_EQ(choose_coding(text), Coding::kNone) << text;
  }
}

}  // namespace
}  // namespace alidade::net
