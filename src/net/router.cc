#include "net/router.h"

#include <algorithm>

#include "base/check.h"
#include "net/url.h"

namespace alidade::net {
namespace {

bool is_parameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

}  // namespace

const std::string& PathParameters::get(std::string_view name) const {
  static const std::string kEmpty;
  for (const auto& [key, value] : pairs_) {
    if (key == name) return value;
  }
  return kEmpty;
}

std::vector<std::string_view> RouteTree::split(std::string_view path) const {
  std::vector<std::string_view> segments;
  if (!path.empty() && path.front() == '/') path.remove_prefix(1);
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    if (style_ == PathStyle::kStrict || !segment.empty()) segments.push_back(segment);
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

std::size_t RouteTree::child_for(std::size_t node, std::string_view segment) {
  const auto append_node = [this] {
    nodes_.emplace_back();
    return nodes_.size() - 1;
  };
  if (is_parameter(segment)) {
    const auto slot = segment[1] == '*' ? &Node::rest_child : &Node::parameter_child;
    if (nodes_[node].*slot == kNone) {
      const std::size_t child = append_node();
      nodes_[node].*slot = child;
    }
    return nodes_[node].*slot;
  }
  for (const auto& [text, child] : nodes_[node].literals) {
    if (text == segment) return child;
  }
  const std::size_t child = append_node();
  nodes_[node].literals.emplace_back(segment, child);
  return child;
}

void RouteTree::add(std::string_view method, std::string_view pattern, std::size_t route) {
  std::size_t node = 0;
  Route entry{.method = std::string(method), .route = route, .parameter_names = {}};
  for (const std::string_view segment : split(pattern)) {
    node = child_for(node, segment);
    if (!is_parameter(segment)) continue;
    const std::size_t begin = segment[1] == '*' ? 2 : 1;
    entry.parameter_names.emplace_back(segment.substr(begin, segment.size() - begin - 1));
  }
  for (const Route& known : nodes_[node].routes) ALD_CHECK(known.method != method);
  nodes_[node].routes.push_back(std::move(entry));
}

/// The node is the path's end: is the method there?
bool RouteTree::settle(std::size_t node,
                       std::string_view method,
                       const Values& values,
                       Match& match) const {
  const auto& routes = nodes_[node].routes;
  for (const Route& known : routes) {
    if (known.method != method) continue;
    match.route = known.route;
    for (std::size_t i = 0; i < values.size(); ++i) {
      match.parameters.add(known.parameter_names[i], percent_decode(values[i]));
    }
    return true;
  }
  for (const Route& known : routes) {
    auto& allowed = match.allowed_methods;
    if (std::find(allowed.begin(), allowed.end(), known.method) == allowed.end()) {
      allowed.push_back(known.method);
    }
  }
  return false;
}

bool RouteTree::find(std::size_t node,
                     const std::vector<std::string_view>& segments,
                     std::size_t depth,
                     std::string_view method,
                     Values& values,
                     Match& match) const {
  const Node& here = nodes_[node];
  if (depth == segments.size()) {
    if (settle(node, method, values, match)) return true;
  } else {
    const std::string_view segment = segments[depth];
    for (const auto& [text, child] : here.literals) {
      if (decodes_to(segment, text) && find(child, segments, depth + 1, method, values, match)) return true;
    }
    if (here.parameter_child != kNone && !segment.empty()) {
      values.push_back(segment);
      if (find(here.parameter_child, segments, depth + 1, method, values, match)) return true;
      values.pop_back();
    }
  }
  if (here.rest_child == kNone) return false;
  const std::string rest = rest_of(std::span(segments).subspan(depth));
  values.push_back(rest);
  const bool found = settle(here.rest_child, method, values, match);
  values.pop_back();
  return found;
}

/// The segments as one, still encoded.
std::string RouteTree::rest_of(std::span<const std::string_view> segments) const {
  std::string rest;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (i > 0) rest.push_back('/');
    rest += segments[i];
  }
  return rest;
}

RouteTree::Match RouteTree::match(std::string_view method, std::string_view path) const {
  Match match;
  Values values;
  if (find(0, split(path), 0, method, values, match)) match.allowed_methods.clear();
  return match;
}

}  // namespace alidade::net
