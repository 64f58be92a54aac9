// Values that share chunks: each behaves as a plain container, and a copy keeps what it held while the other changes.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/bitset.h"
#include "base/cow_map.h"
#include "base/cow_vector.h"

namespace alidade::base {
namespace {

std::vector<bool> bits_of(const Bitset& set) {
  std::vector<bool> bits;
  for (std::size_t i = 0; i < set.size(); ++i) bits.push_back(set.test(i));
  return bits;
}

/// A plain set under the same operations.
struct PlainSet {
  std::vector<bool> bits;

  static bool at(const std::vector<bool>& bits, std::size_t i) { return i < bits.size() && bits[i]; }
};

TEST(Cow, CopiesShareUntilOneIsWritten) {
  Cow<std::string> a(std::string(100, 'a'));
  const Cow<std::string> b = a;
  EXPECT_EQ(&*a, &*b);
  a.write() += "!";
  EXPECT_EQ(b->size(), 100U);
  EXPECT_EQ(a->size(), 101U);
  EXPECT_FALSE(a.is_shared());
  const Cow<std::string> none;
  EXPECT_TRUE(none->empty());
}

TEST(CowVector, EqualsAVectorAndItsCopiesStay) {
  std::mt19937 random(7);
  CowVector<int, 16> tried;
  std::vector<int> plain;
  std::vector<std::pair<CowVector<int, 16>, std::vector<int>>> copies;
  for (int step = 0; step < 6000; ++step) {
    const int value = static_cast<int>(random());
    switch (plain.empty() ? 0 : random() % 4) {
      case 0:
      case 1:
        tried.push_back(value);
        plain.push_back(value);
        break;
      case 2: {
        const std::size_t at = static_cast<std::size_t>(step) % plain.size();
        tried.write(at) = plain[at] = value;
        break;
      }
      default: {
        const std::vector<int> more(random() % 40, value);
        tried.append(more);
        plain.insert(plain.end(), more.begin(), more.end());
      }
    }
    if (step % 300 == 0) {
      tried.grow(plain.size() + 20, 3);
      plain.resize(plain.size() + 20, 3);
      copies.emplace_back(tried, plain);
    }
  }
  copies.emplace_back(tried, plain);
  for (const auto& [copy, expected] : copies) {
    ASSERT_EQ(copy.size(), expected.size());
    EXPECT_EQ(copy.to_vector(), expected);
    EXPECT_EQ(copy.to_vector(37), std::vector<int>(expected.begin() + std::min<std::ptrdiff_t>(37, std::ssize(expected)),
                                                   expected.end()));
    for (std::size_t i = 0; i < expected.size(); i += 11) EXPECT_EQ(copy[i], expected[i]);
  }
}

TEST(CowMap, EqualsAMapAndItsCopiesStay) {
  std::mt19937 random(11);
  CowMap<std::uint32_t, std::string> tried;
  std::map<std::uint32_t, std::string> plain;
  std::vector<std::pair<CowMap<std::uint32_t, std::string>, std::map<std::uint32_t, std::string>>> copies;
  for (int step = 0; step < 20000; ++step) {
    const auto key = static_cast<std::uint32_t>(random() % 3000);
    if (random() % 3 == 0) {
      EXPECT_EQ(tried.erase(key), plain.erase(key) > 0);
    } else {
      tried.write_or_insert(key) = plain[key] = std::to_string(step);
    }
    if (step % 2500 == 0) copies.emplace_back(tried, plain);
  }
  copies.emplace_back(tried, plain);
  for (const auto& [copy, expected] : copies) {
    EXPECT_EQ(copy.size(), expected.size());
    std::map<std::uint32_t, std::string> found;
    copy.for_each([&](std::uint32_t key, const std::string& value) { found[key] = value; });
    EXPECT_EQ(found, expected);
    for (std::uint32_t key = 0; key < 3000; ++key) {
      const std::string* value = copy.find(key);
      ASSERT_EQ(value != nullptr, expected.contains(key));
      if (value == nullptr) continue;
      EXPECT_EQ(*value, expected.at(key));
    }
  }
}

TEST(Bitset, EqualsAPlainSetOverChunksAndItsCopiesStay) {
  std::mt19937 random(5);
  const auto sized = [&] { return random() % 100000; };
  Bitset tried;
  PlainSet plain;
  std::vector<std::pair<Bitset, std::vector<bool>>> copies;
  for (int step = 0; step < 400; ++step) {
    Bitset other(sized());
    std::vector<bool> other_bits(other.size());
    for (std::size_t i = 0, n = random() % 500; i < n && other.size() > 0; ++i) {
      const std::size_t at = random() % other.size();
      other.set(at);
      other_bits[at] = true;
    }
    switch (random() % 7) {
      case 0: {
        const std::size_t size = sized();
        const bool value = random() % 2 == 0;
        tried.resize(size, value);
        plain.bits.resize(size, value);
        break;
      }
      case 1:
        tried |= other;
        plain.bits.resize(std::max(plain.bits.size(), other_bits.size()));
        for (std::size_t i = 0; i < other_bits.size(); ++i) plain.bits[i] = plain.bits[i] || other_bits[i];
        break;
      case 2:
        if (step % 3 != 0) break;  // It leaves little.
        tried &= other;
        for (std::size_t i = 0; i < plain.bits.size(); ++i) plain.bits[i] = plain.bits[i] && PlainSet::at(other_bits, i);
        break;
      case 3:
        tried.and_not(other);
        for (std::size_t i = 0; i < plain.bits.size(); ++i) plain.bits[i] = plain.bits[i] && !PlainSet::at(other_bits, i);
        break;
      case 4:
        tried.flip();
        plain.bits.flip();
        break;
      case 5: {
        const std::vector<std::uint64_t> words(1024, 0x8000000000000001U);
        const std::size_t first = random() % 1600;
        tried.or_words(first, words);
        for (std::size_t i = first * 64; i < std::min(plain.bits.size(), (first + 1024) * 64); ++i) {
          if (i % 64 == 0 || i % 64 == 63) plain.bits[i] = true;
        }
        break;
      }
      default:
        for (std::size_t i = 0; i < 200 && tried.size() > 0; ++i) {
          const std::size_t at = random() % tried.size();
          if (i % 2 == 0) {
            tried.set(at);
          } else {
            tried.reset(at);
          }
          plain.bits[at] = i % 2 == 0;
        }
    }
    if (step % 40 == 0) copies.emplace_back(tried, plain.bits);
    ASSERT_EQ(tried.size(), plain.bits.size());
    ASSERT_EQ(tried.count(), static_cast<std::size_t>(std::count(plain.bits.begin(), plain.bits.end(), true)));
  }
  copies.emplace_back(tried, plain.bits);
  for (const auto& [copy, expected] : copies) {
    EXPECT_EQ(bits_of(copy), expected);
    EXPECT_EQ(Bitset::from_words(copy.to_words(), copy.size()), copy);
    std::vector<bool> visited(copy.size()), found(copy.size());
    copy.for_each([&](std::size_t i) { visited[i] = true; });
    for (std::size_t i = copy.find_next(0); i < copy.size(); i = copy.find_next(i + 1)) found[i] = true;
    EXPECT_EQ(visited, expected);
    EXPECT_EQ(found, expected);
  }
}

// Run with the thread sanitizer: the last owner but one leaves while the writer looks whether it is alone.
TEST(Cow, ACopyIsReadAndDroppedBesideTheWriter) {
  CowVector<std::uint64_t, 16> vector;
  vector.grow(2000, 0);
  for (int round = 0; round < 200; ++round) {
    std::thread reader([copy = vector] {
      const std::uint64_t first = copy[0];
      for (std::size_t i = 0; i < copy.size(); ++i) EXPECT_EQ(copy[i], first);
    });
    for (std::size_t i = 0; i < vector.size(); ++i) ++vector.write(i);
    reader.join();
  }
}

}  // namespace
}  // namespace alidade::base
