// Types of a program as points and back.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <list>

#include "alidade/qdrant.h"

namespace {

struct Price {
  double amount = 0;
  std::string currency;
  friend bool operator==(const Price&, const Price&) = default;
};

struct Book {
  std::uint64_t isbn = 0;
  std::vector<float> embedding;
  std::string title;
  int year = 0;
  std::optional<std::string> subtitle;
  std::vector<std::string> tags;
  Price price;
  bool sold = false;
  friend bool operator==(const Book&, const Book&) = default;
};

struct Note {
  std::string name;
  std::uint8_t stars = 0;
};

}  // namespace

template <>
struct alidade::qdrant::Mapping<Price> {
  static constexpr auto payload = std::tuple(member("amount", &Price::amount), member("currency", &Price::currency));
};

template <>
struct alidade::qdrant::Mapping<Book> {
  static constexpr auto id = &Book::isbn;
  static constexpr auto vector = &Book::embedding;
  static constexpr auto payload =
      std::tuple(member("title", &Book::title), member("year", &Book::year), member("subtitle", &Book::subtitle),
                 member("tags", &Book::tags), member("price", &Book::price), member("sold", &Book::sold));
};

template <>
struct alidade::qdrant::Mapping<Note> {
  static std::string id(const Note& note) { return "id-" + note.name; }
  static constexpr auto payload = std::tuple(member("stars", &Note::stars));
};

namespace alidade::qdrant {
namespace {

static_assert(Uploadable<Book> && Uploadable<const Book&> && Uploadable<Point> && Uploadable<Note>);
static_assert(!Uploadable<int> && !Uploadable<Price>);
static_assert(std::ranges::input_range<ScrollRange>);

Book some_book() {
  return {.isbn = 18446744073709551615u,
          .embedding = {0.5F, 1},
          .title = "Sextants",
          .year = -44,
          .subtitle = {},
          .tags = {"a", "b"},
          .price = {9.5, "EUR"},
          .sold = true};
}

TEST(QdrantMapping, AValueBecomesAPoint) {
  PointBatch batch;
  add_to(batch, some_book());
  add_to(batch, Note{"x", 5});
  EXPECT_EQ(batch.size(), 2u);
  EXPECT_EQ(batch.json(),
            R"({"id":18446744073709551615,"vector":[0.5,1.0],"payload":{"title":"Sextants","year":-44,"subtitle":null,)"
            R"("tags":["a","b"],"price":{"amount":9.5,"currency":"EUR"},"sold":true}},)"
            R"({"id":"id-x","vector":{},"payload":{"stars":5}})");
}

Record record_of(const Book& book) {
  Record record;
  record.id = book.isbn;
  record.payload = payload_of(book);
  record.vectors = Vectors(book.embedding);
  return record;
}

TEST(QdrantMapping, ARecordBecomesTheValueAgain) {
  const auto back = to<Book>(record_of(some_book()));
  ASSERT_TRUE(back) << back.error().to_text();
  EXPECT_EQ(*back, some_book());
}

TEST(QdrantMapping, WhatDoesNotFitIsNamed) {
  Record record = record_of(some_book());
  record.payload.set("year", 1LL << 40);
  EXPECT_THAT(to<Book>(record).error().message, ::testing::HasSubstr("year: expected a whole number in range"));
  record = record_of(some_book());
  record.payload.find("price")->set("amount", "much");
  EXPECT_THAT(to<Book>(record).error().message, ::testing::HasSubstr("price.amount: expected a number"));
  record = record_of(some_book());
  record.payload.set("title", Json());
  EXPECT_THAT(to<Book>(record).error().message, ::testing::HasSubstr("title: expected a value, not null"));
  record.payload = Json::object();
  EXPECT_EQ(to<Book>(record).error().kind, client::ErrorKind::kBadAnswer);
  record = record_of(some_book());
  record.id = "c4fe77e4-1f84-4dd5-9a9b-0c4c0b6c3b5a";
  EXPECT_THAT(to<Book>(record).error().message, ::testing::HasSubstr("id: expected a whole number"));
}

TEST(QdrantMapping, UnknownMembersAreLeftAlone) {
  Record record = record_of(some_book());
  record.payload.set("new", 1);
  EXPECT_TRUE(to<Book>(record));
}

}  // namespace
}  // namespace alidade::qdrant
