#pragma once

#include <google/protobuf/message.h>
#include <simdjson.h>

#include <span>
#include <string>
#include <string_view>

/// Requests of Qdrant's REST interface, which the client writes as JSON, become messages of its gRPC interface.
///
/// Most members have the same name and shape in both: they are filled in by reflection. What differs has a function of its
/// own per message type (encode_forms.cc, encode_query.cc).
namespace alidade::qdrant::inline v0::wire {

using google::protobuf::Message;
using simdjson::dom::element;

class Encoder {
 public:
  /// @param vectors the values that `{"$": count}` stands for, in order; they outlive this object.
  explicit Encoder(std::span<const float> vectors = {}) : vectors_(vectors) {}

  /// Fills the message from the JSON form that belongs to it.
  /// @return false, with error(), when the gRPC interface has no such form.
  bool fill(Message& message, element json);
  /// As a plain object: members by name, whatever function the type has.
  bool fill_members(Message& message, element json);
  /// One member. Null is as good as left out.
  bool set(Message& message, std::string_view key, element value);

  /// @return false always.
  bool fail(std::string why);
  const std::string& error() const { return error_; }

  /// The next `count` of the vectors that lie beside the text. @return nothing of it when there are fewer.
  bool take(std::uint64_t count, std::span<const float>& values);

 private:
  bool set_one(Message& message, const google::protobuf::FieldDescriptor& field, element value);
  bool add_one(Message& message, const google::protobuf::FieldDescriptor& field, element value);

  std::span<const float> vectors_;
  std::string error_;
};

/// What fills a message of one type.
using Filler = bool (*)(Encoder& encoder, Message& message, element json);

struct FillerRow {
  const google::protobuf::Descriptor* type;
  Filler fill;
};

/// The types whose JSON is not the object of their members.
std::span<const FillerRow> form_fillers();
std::span<const FillerRow> query_fillers();

/// A row for a function over the message's own type.
template <class T, bool (*function)(Encoder&, T&, element)>
FillerRow filler() {
  return {T::descriptor(), [](Encoder& encoder, Message& message, element json) {
            return function(encoder, static_cast<T&>(message), json);
          }};
}

}  // namespace alidade::qdrant::inline v0::wire
