// Heads of requests as people and programs write them, in every cut.
#include "net/head_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <cctype>
#include <random>
#include <utility>
#include <vector>

namespace alidade::net::detail {
namespace {

using Outcome = HeadParser::Outcome;
namespace http = boost::beast::http;

std::string with_bare_feeds(std::string text) {
  std::erase(text, '\r');
  return text;
}

/// Feeds the text in pieces that end at these places. @return how much of it was taken.
std::size_t feed(HeadParser& parser, std::string_view text, const std::vector<std::size_t>& cuts) {
  std::size_t taken = 0;
  std::size_t begin = 0;
  const auto piece = [&](std::size_t end) {
    if (parser.outcome() == Outcome::kMore) {
      taken = begin + parser.feed(text.substr(begin, end - begin));
    }
    begin = end;
  };
  for (const std::size_t cut : cuts) piece(cut);
  piece(text.size());
  return taken;
}

/// Everything a head says, as one text.
std::string told(HeadParser& parser) {
  if (parser.outcome() == Outcome::kMore) return "more";
  if (parser.outcome() == Outcome::kRefused) {
    return "refused " + std::to_string(parser.refusal().status);
  }
  const RequestHead head = parser.take();
  std::string text = head.request.method + " " + head.request.target + " " +
                     std::to_string(head.request.version) +
                     (head.keep_alive ? " keep" : " close") + (head.chunked ? " chunked" : "") +
                     (head.expects_continue ? " waits" : "");
  if (head.length) text += " length " + std::to_string(*head.length);
  for (const auto& [name, value] : head.request.headers) text += " [" + name + "=" + value + "]";
  return text;
}

std::string told_of(std::string_view text) {
  HeadParser parser;
  parser.feed(text);
  return told(parser);
}

const std::string kHead =
    "POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nX-Empty:\r\nX-Tab:\tt\r\n\r\n";
const std::string kTold =
    "POST /a?b=c 11 keep length 3 [host=x] [content-length=3] [x-empty=] [x-tab=t]";

TEST(HeadParser, TakesLineFeedsAndEmptyLinesInEveryCut) {
  std::string mixed = kHead;
  mixed.erase(mixed.find('\r'), 1);
  const std::string heads[] = {
      kHead,
      with_bare_feeds(kHead),
      mixed,
      with_bare_feeds(kHead.substr(0, kHead.size() - 2)) + "\r\n",
      "\r\n" + kHead,
      "\n" + kHead,
      "\r\n\n\n\r\n" + with_bare_feeds(kHead),
  };
  for (const std::string& head : heads) {
    const std::string text = head + "\nabc";
    for (std::size_t first = 0; first <= head.size(); ++first) {
      for (std::size_t second = first; second <= head.size(); second += 7) {
        HeadParser parser;
        // What follows the head is not its own, not even a line feed.
        EXPECT_EQ(feed(parser, text, {first, second}), head.size());
        ASSERT_EQ(told(parser), kTold) << head << " cut at " << first << " and " << second;
      }
    }
    std::vector<std::size_t> everywhere;
    for (std::size_t i = 1; i < text.size(); ++i) everywhere.push_back(i);
    HeadParser parser;
    EXPECT_EQ(feed(parser, text, everywhere), head.size());
    EXPECT_EQ(told(parser), kTold);
  }
  EXPECT_EQ(told_of("GET / HTTP/1.0\n\n"), "GET / 10 close");
}

TEST(HeadParser, BeginsAnewWithTheNextRequest) {
  HeadParser parser;
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(parser.started());
    EXPECT_EQ(parser.feed("\n"), 1u);
    EXPECT_FALSE(parser.started());  // A stray line feed opens no request.
    EXPECT_EQ(parser.feed(kHead), kHead.size());
    EXPECT_TRUE(parser.started());
    EXPECT_EQ(told(parser), kTold);
    parser.reset();
  }
}

TEST(HeadParser, KnowsExpectInAnyCase) {
  const std::string head = "POST / HTTP/1.1\r\nContent-Length: 2\r\nExpect: ";
  for (const char* value : {"100-continue", "100-Continue", "100-CONTINUE"}) {
    EXPECT_THAT(told_of(head + value + "\r\n\r\n"), ::testing::HasSubstr(" waits")) << value;
  }
  EXPECT_THAT(told_of(head + "200-ok\r\n\r\n"), ::testing::Not(::testing::HasSubstr(" waits")));
}

TEST(HeadParser, RefusesWhatOthersReadDifferently) {
  const std::string get = "GET / HTTP/1.1\r\nHost: x\r\n";
  const std::string post = "POST / HTTP/1.1\r\n";
  const std::string refused[] = {
      get + "A: b\rc\r\n\r\n",
      get + "A: b\r\r\n\r\n",
      get + "A: b\rB: c\n\n",
      get + "A: b\r\n folded\r\n\r\n",
      get + "A: b\n\tfolded\n\n",
      "GET / HTTP/1.1\n Host: x\n\n",
      get + "A : b\r\n\r\n",
      get + ": b\r\n\r\n",
      get + std::string("A: b\0c\r\n\r\n", 10),
      "\r" + get + "\r\n",
      "\r\r\n" + get + "\r\n",
      " " + get + "\r\n",
      "GET / HTTP/1.1\r\r\nHost: x\r\n\r\n",
      "GET /\r\n\r\n",
      "GET / HTTP/2.0\r\n\r\n",
      post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
      post + "Transfer-Encoding: chunked\nContent-Length: 3\n\n",
      post + "Content-Length: 3\r\nContent-Length: 4\r\n\r\n",
      post + "Content-Length: +3\r\n\r\n",
      post + "Content-Length: 3, 4\r\n\r\n",
      post + "Transfer-Encoding: gzip, chunked\r\n\r\n",
      post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
      post + "Transfer-Encoding: xchunked\r\n\r\n",
      post + "Transfer-Encoding: identity\r\n\r\n",
      "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
  };
  for (const std::string& text : refused) {
    EXPECT_EQ(told_of(text), "refused 400") << text;
    HeadParser slow;
    std::vector<std::size_t> everywhere;
    for (std::size_t i = 1; i < text.size(); ++i) everywhere.push_back(i);
    feed(slow, text, everywhere);
    EXPECT_EQ(told(slow), "refused 400") << text;
  }
  EXPECT_THAT(told_of(post + "Transfer-Encoding: Chunked\r\n\r\n"),
              ::testing::HasSubstr(" chunked"));
}

TEST(HeadParser, RefusesAtTheFirstByteWhatOpensNoRequest) {
  HeadParser parser;
  EXPECT_LE(parser.feed("\x16\x03\x01"), 1u);  // TLS.
  EXPECT_EQ(told(parser), "refused 400");
  EXPECT_EQ(told_of("GET /no-version\r\n"), "refused 400");  // Without waiting for the rest.
}

TEST(HeadParser, RefusesEarlyWhatIsTooLong) {
  const std::size_t limit = HeadReader::kLimitBytes;
  EXPECT_EQ(told_of("GET /" + std::string(limit, 'a')), "refused 414");
  EXPECT_EQ(told_of("GET / HTTP/1.1\r\nA: " + std::string(limit, 'a')), "refused 431");
  EXPECT_EQ(told_of(std::string(limit + 1, '\n')), "refused 431");
  std::string many = "GET / HTTP/1.1\r\n";
  for (std::size_t i = 0; i < HeadReader::kMaxHeaderLines; ++i) many += "a:b\r\n";
  EXPECT_THAT(told_of(many + "\r\n"), ::testing::StartsWith("GET / 11"));
  EXPECT_EQ(told_of(many + "a:b\r\n"), "refused 431");  // The rest need not come.
}

/// Bytes looked at, fed one by one.
std::size_t work_on(std::string_view text) {
  HeadReader reader;
  for (std::size_t i = 0; i < text.size() && reader.state() == HeadReader::State::kMore; ++i) {
    reader.feed(text.substr(i, 1));
  }
  return reader.work();
}

TEST(HeadReader, LooksAtEachByteOnce) {
  for (const std::size_t size : {1'000u, 10'000u, 60'000u}) {
    for (const std::string& text :
         {"GET /" + std::string(size, 'a'), std::string(size, '\n'),
          "GET / HTTP/1.1\nA: " + std::string(size, ' '),
          "GET / HTTP/1.1\n" + std::string(size, '\n'), "A" + std::string(size, '\r')}) {
      EXPECT_LE(work_on(text), text.size());
    }
  }
}

TEST(HeadReader, KeepsNoLongHeadForTheNext) {
  HeadReader reader;
  reader.feed("GET / HTTP/1.1\nA: " + std::string(50'000, 'a') + "\n\n");
  ASSERT_EQ(reader.state(), HeadReader::State::kComplete);
  reader.reset();
  EXPECT_LE(reader.capacity(), HeadReader::kKeptBytes);
}

/// What Beast alone says of a head that came whole.
std::string plainly_told(const std::string& text) {
  http::request_parser<http::empty_body> parser;
  boost::system::error_code error;
  parser.put(boost::asio::buffer(text), error);
  if (error == http::error::need_more) return "more";
  if (error) return "refused 400";
  std::string out = std::string(parser.get().method_string()) + " " +
                    std::string(parser.get().target()) + " " +
                    std::to_string(parser.get().version()) +
                    (parser.keep_alive() ? " keep" : " close") +
                    (parser.chunked() ? " chunked" : "");
  if (const auto length = parser.content_length()) out += " length " + std::to_string(*length);
  for (const auto& field : parser.get()) {
    std::string name(field.name_string());
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    out += " [" + name + "=" + std::string(field.value()) + "]";
  }
  return out;
}

TEST(HeadParser, SaysOfStrictHeadsWhatTheParserAloneSays) {
  std::mt19937 random(86);
  const auto pick = [&](std::size_t count) {
    return static_cast<std::size_t>(random() % count);
  };
  // Whatever is in a line, as long as lines end strictly and none is folded.
  const std::string bytes = "abcXYZ019 :;,=/?%&\"\t\x7f\x80\xff-_{}[]()";
  const char* openings[] = {"GET / HTTP/1.1", "POST /a%20b?c HTTP/1.0", "DELETE * HTTP/1.1",
                            "PUT http://h/p HTTP/1.1", "get /", "X HTTP/1.1", "GET  / HTTP/1.1",
                            "OPTIONS / HTTP/1.1 "};
  const char* known[] = {"Content-Length: 12", "Content-Length: x", "Host: h", "Connection: close",
                         "Connection: keep-alive, upgrade"};
  int good = 0;
  for (int round = 0; round < 4'000; ++round) {
    std::string head = std::string(openings[pick(std::size(openings))]) + "\r\n";
    for (std::size_t lines = pick(5); lines > 0; --lines) {
      if (pick(2) == 0) {
        head += std::string(known[pick(std::size(known))]) + "\r\n";
        continue;
      }
      head += "n" + std::to_string(pick(3)) + ":";
      for (std::size_t size = pick(12); size > 0; --size) head += bytes[pick(bytes.size())];
      head += "\r\n";
    }
    head += "\r\n";
    const std::string expected = plainly_told(head);
    good += expected.starts_with("refused") ? 0 : 1;
    std::vector<std::size_t> cuts = {pick(head.size()), pick(head.size()), pick(head.size())};
    std::sort(cuts.begin(), cuts.end());
    HeadParser cut;
    feed(cut, head, cuts);
    ASSERT_EQ(told(cut), expected) << head;
    HeadParser bare;
    feed(bare, with_bare_feeds(head), {});
    ASSERT_EQ(told(bare), expected) << head;
  }
  EXPECT_GT(good, 500);
}

}  // namespace
}  // namespace alidade::net::detail
