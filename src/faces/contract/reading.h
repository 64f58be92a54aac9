#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "env/memory_account.h"
#include "faces/contract/json.h"
#include "faces/contract/words.h"

namespace alidade::faces::contract {

/// Where a value stands in a body: a chain of names and positions that is only put into words for a broken
/// rule. Lives on the stack of the reader, as long as the value is read.
class Place {
 public:
  /// @param text of the root: "internal", "searches[0].internal", "".
  explicit Place(std::string_view text) : name_(text) {}
  Place(const Place& parent, std::string_view name) : parent_(&parent), name_(name) {}
  Place(const Place& parent, std::size_t position)
      : parent_(&parent), position_(position), is_position_(true) {}

  /// "internal.filter.must[0]".
  std::string text() const;

 private:
  const Place* parent_ = nullptr;
  std::string_view name_;
  std::size_t position_ = 0;
  bool is_position_ = false;
};

/// How one body is read. The fast policy gives up at the first doubt and words nothing; the careful one
/// words a format error in the dialect's form, and collects the rules that a well-formed body breaks.
class Reading {
 public:
  /// Turns the words of a format error into the dialect's answer.
  using Refuse = Status (*)(const std::string& words);

  static Reading fast() { return Reading(nullptr, nullptr); }
  /// @param broken "path: rule", one per broken rule.
  static Reading careful(Refuse refuse, std::vector<std::string>& broken) { return Reading(refuse, &broken); }

  /// Whether refusals need no words.
  bool is_fast() const { return refuse_ == nullptr || is_quiet_; }
  /// Words no refusal while an alternative is tried that may not be the one. @return what was so before.
  bool set_quiet(bool is_quiet) { return std::exchange(is_quiet_, is_quiet); }
  /// Counts the items of lists, which may be much larger than their text. @param account borrowed; nullptr = not counted.
  void count_in(env::MemoryAccount* account) { account_ = account; }
  /// @return kResourceExhausted when there is no room for them.
  Status take_items(std::uint64_t count, std::size_t item_bytes) {
    return account_ == nullptr ? Status() : account_->add(count * item_bytes);
  }

  // A list may stand for each of several structs of a union, and so may the lists inside of it: what is tried multiplies
  // with each level. Lists in lists are read so many times and not more.
  void enter_list_form() { ++list_forms_; }
  void leave_list_form() { --list_forms_; }
  /// @return whether one more value may be read.
  bool take_value() { return list_forms_ < 2 || ++values_in_lists_ <= kMaxValuesInLists; }

  /// Something that the careful reader may see otherwise: what was read does not count.
  void doubt() { is_doubtful_ = true; }
  bool is_doubtful() const { return is_doubtful_; }

  // A refusal of the fast policy is one and the same Status.
  Status refused(std::string_view words) const;
  Status invalid_type(const Json& value, std::string_view expected) const;
  Status invalid_value(const Json& value, std::string_view expected) const;
  /// "invalid type: …, expected struct <name>".
  Status not_a_struct(const Json& value, std::string_view name) const;
  Status missing_field(std::string_view name) const;
  /// "data did not match any variant of untagged enum <name>".
  Status no_variant(std::string_view name) const;

  void broken(const Place& place, std::string_view rule);
  /// How many rules are broken so far, and back to fewer: what was tried and did not fit breaks none.
  std::size_t broken_count() const { return broken_ == nullptr ? 0 : broken_->size(); }
  void forget_broken(std::size_t beyond) const;

  Wording wording = Wording::kJson;

 private:
  Reading(Refuse refuse, std::vector<std::string>* broken) : refuse_(refuse), broken_(broken) {}

  // Some 10 ms of reading.
  static constexpr std::uint32_t kMaxValuesInLists = 1U << 15;

  Refuse refuse_;
  std::vector<std::string>* broken_;
  bool is_doubtful_ = false;
  bool is_quiet_ = false;
  env::MemoryAccount* account_ = nullptr;
  std::uint32_t list_forms_ = 0, values_in_lists_ = 0;
};

}  // namespace alidade::faces::contract
