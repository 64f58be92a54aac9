#include "net/chunk_reader.h"

#include <gtest/gtest.h>

#include <string>

namespace alidade::net {
namespace {

using State = ChunkReader::State;

struct Read {
  State state;
  std::string body;
  std::size_t taken;
};

/// Feeds the text in pieces of that size.
Read read(std::string_view text, std::size_t piece, std::uint64_t limit = 1000) {
  ChunkReader reader(limit);
  Read out{State::kMore, "", 0};
  while (out.taken < text.size() && reader.state() == State::kMore) {
    out.taken += reader.feed(text.substr(out.taken, piece), out.body);
  }
  out.state = reader.state();
  return out;
}

TEST(ChunkReader, ReadsBodiesInEveryCut) {
  const std::string bodies[] = {
      "3\r\nabc\r\n4;x=y\r\nde\n\r\r\n0\r\n\r\n",
      "3\nabc\r\n4\nde\n\r\r\n0\n\r\n",
      "03 \t\r\nabc\r\n004 \nde\n\r\r\n000\r\nTrailer: t\r\nB:\r\n\r\n",
      "7;a=\"b\"\r\nabcde\n\r\r\n0;last\r\n\r\n",
  };
  for (const std::string& body : bodies) {
    const std::string text = body + "GET /next";
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
      const Read got = read(text, piece);
      EXPECT_EQ(got.state, State::kComplete) << body << piece;
      EXPECT_EQ(got.body, "abcde\n\r");
      EXPECT_EQ(got.taken, body.size());
    }
    for (std::size_t size = 0; size < body.size(); ++size) {
      EXPECT_EQ(read(body.substr(0, size), 5).state, State::kMore) << body.substr(0, size);
    }
  }
  std::string large;
  for (int i = 0; i < 100; ++i) large += "A\r\n0123456789\r\n";
  EXPECT_EQ(read(large + "0\r\n\r\n", 7).body.size(), 1000u);
}

TEST(ChunkReader, RefusesWhatOthersReadDifferently) {
  for (const char* text : {
           "\r\n", "\n", "x\r\n", "-1\r\n", "+1\r\n", "0x1\r\n", " 1\r\n", "1 1\r\n", "1\r1\r\n",
           "1;a\nb\r\n", "1;a\rb\r\n", ";a\r\n", "1\r\nab\r\n", "1\r\na\n", "1\r\na\r\r\n",
           "1\r\na\r0", "0\r\n\n", "0\r\nA: b\n\r\n", "0\r\nA: b\rc\r\n", "0\r\n\r\r\n",
           "ffffffffffffffffff\r\n", "10000000000000003\r\nabc\r\n", "1\n\ra\r\n",
       }) {
    EXPECT_EQ(read(text, 100).state, State::kMalformed) << text;
    EXPECT_EQ(read(text, 1).state, State::kMalformed) << text;
  }
}

TEST(ChunkReader, StopsAtItsLimits) {
  EXPECT_EQ(read("3e8\r\n" + std::string(1000, 'x') + "\r\n0\r\n\r\n", 64).state,
            State::kComplete);
  EXPECT_EQ(read("3e9\r\n", 64).state, State::kTooLarge);  // Before any of it has come.
  EXPECT_EQ(read("3e8\r\n" + std::string(1000, 'x') + "\r\n1\r\n", 64).state, State::kTooLarge);
  EXPECT_EQ(read("fffffffffffffff\r\n", 64).state, State::kTooLarge);
  const std::string aside(ChunkReader::kAsideLimitBytes + 1, 'e');
  EXPECT_EQ(read("1;" + aside, 64).state, State::kMalformed);
  EXPECT_EQ(read("0\r\nA: " + aside, 64).state, State::kMalformed);
  EXPECT_EQ(read(std::string(aside.size(), '0'), 64).state, State::kMalformed);
  EXPECT_EQ(read("1" + std::string(aside.size(), ' '), 64).state, State::kMalformed);
}

}  // namespace
}  // namespace alidade::net
