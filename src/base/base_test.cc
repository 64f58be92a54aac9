#include <gtest/gtest.h>

#include "base/bitset.h"
#include "base/bytes.h"
#include "base/uuid.h"

namespace alidade::base {
namespace {

TEST(Bitset, GrowsWithOnesOnlyWhereAsked) {
  Bitset bits(3, true);
  bits.resize(70, true);
  EXPECT_EQ(bits.count(), 70U);
  bits.resize(130);
  EXPECT_EQ(bits.count(), 70U);
  bits.flip();
  EXPECT_EQ(bits.count(), 60U);
  EXPECT_EQ(bits.find_next(0), 70U);
}

TEST(Bitset, TreatsTheMissingTailOfTheOtherAsZeros) {
  Bitset long_one(100, true), short_one(10, true);
  long_one &= short_one;
  EXPECT_EQ(long_one.count(), 10U);
}

TEST(Uuid, ReadsEveryFormThatThePeersRead) {
  const std::string canonical = "00000000-0000-0005-6bc7-5e2d63100abc";
  for (const auto* text : {"00000000-0000-0005-6BC7-5e2d63100abc", "0000000000000005" "6bc75e2d63100abc",
                           "{00000000-0000-0005-6bc7-5e2d63100abc}",
                           "urn:uuid:00000000-0000-0005-6bc7-5e2d63100abc"}) {
    const auto uuid = Uuid::parse(text);
    ASSERT_TRUE(uuid.has_value()) << text;
    EXPECT_EQ(uuid->to_string(), canonical);
  }
  EXPECT_FALSE(Uuid::parse("00000000-0000-0005-6bc7-5e2d63100ab").has_value());
  EXPECT_FALSE(Uuid::parse_canonical("00000000-0000-0005-6BC7-5e2d63100abc").has_value());
}

TEST(Uuid, Version5IsThatOfRfc4122) {
  const auto dns = *Uuid::parse("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
  EXPECT_EQ(Uuid::version5(dns, "python.org").to_string(), "886313e1-3b8a-5372-9b90-0c9aee199e5d");
}

TEST(ByteReader, RefusesToReadPastTheEnd) {
  ByteWriter writer;
  writer.put(std::uint16_t{7});
  ByteReader reader(writer.bytes());
  EXPECT_EQ(reader.get<std::uint32_t>().status().code(), StatusCode::kDataLoss);
}

}  // namespace
}  // namespace alidade::base
