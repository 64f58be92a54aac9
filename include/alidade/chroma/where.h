#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "alidade/client/json.h"

namespace alidade::chroma::inline v0 {

using client::Json;

/// A filter on metadata, built from keys:
///   Where where = Key("year") >= 2020 && (Key("kind") == "book" || Key("tags").contains("new"));
class ALIDADE_API Where {
 public:
  /// All of them; of none: every record.
  static Where all(std::vector<Where> parts);
  /// At least one; of none: no record.
  static Where any(std::vector<Where> parts);
  /// A filter in the server's own form.
  static Where raw(Json json) { return Where(std::move(json)); }

  const Json& to_json() const { return json_; }

 private:
  friend class Key;
  explicit Where(Json json) : json_(std::move(json)) {}
  Json json_;
};

ALIDADE_API Where operator&&(Where left, Where right);
ALIDADE_API Where operator||(Where left, Where right);

/// A metadata field, or one of the fields with a meaning of their own, in filters, ranks and selections.
class ALIDADE_API Key {
 public:
  explicit Key(std::string name) : name_(std::move(name)) {}
  static Key document() { return Key("#document"); }
  static Key embedding() { return Key("#embedding"); }
  static Key metadata() { return Key("#metadata"); }
  static Key score() { return Key("#score"); }
  static Key id() { return Key("#id"); }

  const std::string& name() const { return name_; }

  // Equality matches whole values. Unlike in SQL, ne and not_in also match records without the key.
  Where eq(Json value) const { return compare("$eq", std::move(value)); }
  Where ne(Json value) const { return compare("$ne", std::move(value)); }
  // Numbers only.
  Where gt(Json value) const { return compare("$gt", std::move(value)); }
  Where gte(Json value) const { return compare("$gte", std::move(value)); }
  Where lt(Json value) const { return compare("$lt", std::move(value)); }
  Where lte(Json value) const { return compare("$lte", std::move(value)); }
  // A list of one kind, not empty.
  Where is_in(Json::Array values) const { return compare("$in", std::move(values)); }
  Where not_in(Json::Array values) const { return compare("$nin", std::move(values)); }
  // An element of a list; for document() a part of the text.
  Where contains(Json value) const { return compare("$contains", std::move(value)); }
  Where not_contains(Json value) const { return compare("$not_contains", std::move(value)); }
  // document() only.
  Where regex(std::string pattern) const { return compare("$regex", std::move(pattern)); }
  Where not_regex(std::string pattern) const { return compare("$not_regex", std::move(pattern)); }

 private:
  Where compare(std::string_view op, Json value) const;

  std::string name_;
};

// A template, so that `key == "text"` needs one conversion.
template <std::convertible_to<Json> T>
Where operator==(const Key& key, T&& value) { return key.eq(Json(std::forward<T>(value))); }
template <std::convertible_to<Json> T>
Where operator!=(const Key& key, T&& value) { return key.ne(Json(std::forward<T>(value))); }
template <std::convertible_to<Json> T>
Where operator<(const Key& key, T&& value) { return key.lt(Json(std::forward<T>(value))); }
template <std::convertible_to<Json> T>
Where operator<=(const Key& key, T&& value) { return key.lte(Json(std::forward<T>(value))); }
template <std::convertible_to<Json> T>
Where operator>(const Key& key, T&& value) { return key.gt(Json(std::forward<T>(value))); }
template <std::convertible_to<Json> T>
Where operator>=(const Key& key, T&& value) { return key.gte(Json(std::forward<T>(value))); }

/// A filter on the text of documents, case-sensitive:
///   WhereDocument::contains("red") && WhereDocument::not_contains("blue")
class ALIDADE_API WhereDocument {
 public:
  static WhereDocument contains(std::string text);
  static WhereDocument not_contains(std::string text);
  static WhereDocument regex(std::string pattern);
  static WhereDocument not_regex(std::string pattern);
  static WhereDocument all(std::vector<WhereDocument> parts);
  static WhereDocument any(std::vector<WhereDocument> parts);
  static WhereDocument raw(Json json) { return WhereDocument(std::move(json)); }

  const Json& to_json() const { return json_; }

 private:
  explicit WhereDocument(Json json) : json_(std::move(json)) {}
  Json json_;
};

ALIDADE_API WhereDocument operator&&(WhereDocument left, WhereDocument right);
ALIDADE_API WhereDocument operator||(WhereDocument left, WhereDocument right);

}  // namespace alidade::chroma::inline v0
