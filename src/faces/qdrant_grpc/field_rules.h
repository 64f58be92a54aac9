#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace google::protobuf {
class Message;
}

namespace alidade::faces::qdrant_grpc {

// The rules as tables; rules.cc walks a request along them, and along the bounds in the tables of faces/qdrant.

enum class Check {
  kName,      // Of a collection that is there: 1 to 255 bytes, no '/' and no NUL.
  kNewName,   // Of one that is to be: also none of the characters that were forbidden later.
  kNotEmpty,  // A text or a list.
  kAtLeast,   // A number, `smallest`.
  kAtMost,    // A number, `largest`.
  kBetween,   // A number, both.
};

/// A rule on one field. An optional field is looked at only when it is there.
struct FieldRule {
  std::string_view message;
  std::string_view field;
  Check check;
  double smallest = 0;
  double largest = 0;
};
extern const std::span<const FieldRule> kFieldRules;

/// What a rule on a whole message finds wrong: where, below the message's own path, and what.
struct Broken {
  std::string place;
  std::string rule;
};
/// A rule that looks at several fields. `whole` ends the walk there: nothing inside is looked at.
struct MessageRule {
  std::string_view message;
  void (*check)(const google::protobuf::Message&, std::vector<Broken>&);
  bool whole;
};
extern const std::span<const MessageRule> kMessageRules;

}  // namespace alidade::faces::qdrant_grpc
