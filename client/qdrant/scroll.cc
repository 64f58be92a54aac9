#include "alidade/qdrant/scroll.h"

#include <optional>

#include "alidade/qdrant/collection.h"

namespace alidade::qdrant::inline v0 {

struct ScrollRange::State {
  Collection collection;
  ScrollRequest request;
  ReadOptions options;
  CallOptions call;

  ScrollPage page = {};
  std::size_t place = 0;
  std::optional<Result<Record>> current = {};

  /// The next record, from the next page if need be; nothing after the last one and after an error.
  void advance() {
    if (current && !*current) {
      current.reset();
      return;
    }
    while (place == page.points.size()) {
      if (!page.next) {
        current.reset();
        return;
      }
      if (request.offset && *request.offset == *page.next) {
        fail(ErrorKind::kBadAnswer, "the next page begins where this one did");
        return;
      }
      request.offset = *page.next;
      if (!fetch()) return;
    }
    current = std::move(page.points[place++]);
  }

  /// The range ends with this error.
  void fail(ErrorKind kind, std::string message) {
    Error error;
    error.kind = kind;
    error.message = std::move(message);
    page = {};
    place = 0;
    current = std::move(error);
  }

  bool fetch() {
    auto next = collection.scroll_page(request, options, call);
    place = 0;
    if (!next) {
      page = {};
      current = std::move(next).error();
      return false;
    }
    page = *std::move(next);
    return true;
  }
};

ScrollRange::ScrollRange(std::unique_ptr<State> state) : state_(std::move(state)) {}
ScrollRange::~ScrollRange() = default;
ScrollRange::ScrollRange(ScrollRange&&) noexcept = default;
ScrollRange& ScrollRange::operator=(ScrollRange&&) noexcept = default;

ScrollRange::iterator ScrollRange::begin() {
  if (state_->request.order_by) {
    state_->fail(ErrorKind::kInvalidArgument, "a scroll with order_by has no pages: use scroll_page()");
  } else if (state_->fetch()) {
    state_->advance();
  }
  return iterator(this);
}

const Result<Record>& ScrollRange::current() const { return *state_->current; }
void ScrollRange::advance() { state_->advance(); }
bool ScrollRange::at_end() const { return !state_->current.has_value(); }

ScrollRange Collection::scroll(ScrollRequest request, ReadOptions options, CallOptions call) const {
  return ScrollRange(std::make_unique<ScrollRange::State>(
      ScrollRange::State{*this, std::move(request), std::move(options), std::move(call)}));
}

}  // namespace alidade::qdrant::inline v0
