#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alidade::net {

enum class PathStyle {
  kStrict,    // Every slash counts: "/a/" is not "/a".
  kCollapse,  // Repeated and trailing slashes count once: "//a/" is "/a".
};

/// The decoded values of a route's `{name}` segments.
class PathParameters {
 public:
  void add(std::string_view name, std::string value) {
    pairs_.emplace_back(name, std::move(value));
  }
  /// The value of that name, or "" when the route has no such segment.
  const std::string& get(std::string_view name) const;
  const std::vector<std::pair<std::string_view, std::string>>& pairs() const { return pairs_; }

 private:
  std::vector<std::pair<std::string_view, std::string>> pairs_;  // Names live in the router.
};

/// Matches method and path against patterns such as "/collections/{name}/points". A literal segment
/// wins over a parameter at the same place; a parameter matches one segment that is not empty, a
/// last segment `{*name}` the rest of the path, also an empty one. Routes through the same place
/// may name its parameter differently. Routes are added first; from then on any thread may ask.
/// Matching takes time linear in the path, whatever is in it: a segment is compared with a literal
/// up to the first difference, and decoded once, when its route is found.
class RouteTree {
 public:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  struct Match {
    std::size_t route = kNone;  // As given to add().
    PathParameters parameters;
    /// When the path is known but not with this method: the methods it has, as added.
    std::vector<std::string> allowed_methods;
    bool found() const { return route != kNone; }
    bool path_known() const { return found() || !allowed_methods.empty(); }
  };

  explicit RouteTree(PathStyle style) : style_(style) {}

  /// A pattern that is there already with the same method is a programming error.
  void add(std::string_view method, std::string_view pattern, std::size_t route);
  /// @param path still percent-encoded, without a query.
  Match match(std::string_view method, std::string_view path) const;

 private:
  struct Route {
    std::string method;
    std::size_t route;
    std::vector<std::string> parameter_names;  // In the order of the path.
  };
  struct Node {
    std::vector<std::pair<std::string, std::size_t>> literals;  // Segment, node.
    std::size_t parameter_child = kNone;
    std::size_t rest_child = kNone;
    std::vector<Route> routes;
  };
  using Values = std::vector<std::string_view>;  // Of the parameters on the way to a node, still encoded.

  std::size_t child_for(std::size_t node, std::string_view segment);
  std::vector<std::string_view> split(std::string_view path) const;
  bool find(std::size_t node,
            const std::vector<std::string_view>& segments,
            std::size_t depth,
            std::string_view method,
            Values& values,
            Match& match) const;
  bool settle(std::size_t node, std::string_view method, const Values& values, Match& match) const;
  std::string rest_of(std::span<const std::string_view> segments) const;

  PathStyle style_;
  std::vector<Node> nodes_ = std::vector<Node>(1);
};

/// A RouteTree that carries a value per route: the whole table of a face.
template <typename T>
class Router {
 public:
  struct Match {
    const T* value = nullptr;  // nullptr: no such route; owned by the router.
    PathParameters parameters;
    std::vector<std::string> allowed_methods;
  };

  explicit Router(PathStyle style) : tree_(style) {}

  void add(std::string_view method, std::string_view pattern, T value) {
    tree_.add(method, pattern, values_.size());
    values_.push_back(std::move(value));
  }
  Match match(std::string_view method, std::string_view path) const {
    RouteTree::Match found = tree_.match(method, path);
    return {.value = found.found() ? &values_[found.route] : nullptr,
            .parameters = std::move(found.parameters),
            .allowed_methods = std::move(found.allowed_methods)};
  }

 private:
  RouteTree tree_;
  std::vector<T> values_;
};

}  // namespace alidade::net
