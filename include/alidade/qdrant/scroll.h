#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include "alidade/client/options.h"
#include "alidade/client/result.h"
#include "alidade/qdrant/points.h"

namespace alidade::qdrant::inline v0 {

/// The points of a scroll as an input range; it asks for the next page when it is reached.
///
///   for (const client::Result<Record>& record : books.scroll({.filter = field("year") > 1900})) {
///     if (!record) return record.error();   // a page did not come; nothing follows
///     use(*record);
///   }
///
/// Points that are written meanwhile are seen when their id lies ahead. One pass, one thread at a time. A request with
/// order_by has no pages: its range holds one kInvalidArgument (use scroll_page()).
class ALIDADE_API ScrollRange {
 public:
  class ALIDADE_API iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = client::Result<Record>;
    using difference_type = std::ptrdiff_t;

    iterator() = default;
    const value_type& operator*() const { return range_->current(); }
    const value_type* operator->() const { return &range_->current(); }
    iterator& operator++() { return range_->advance(), *this; }
    void operator++(int) { range_->advance(); }
    friend bool operator==(const iterator& at, std::default_sentinel_t) { return at.at_end(); }

   private:
    friend class ScrollRange;
    explicit iterator(ScrollRange* range) : range_(range) {}
    bool at_end() const { return range_->at_end(); }
    ScrollRange* range_ = nullptr;
  };

  ~ScrollRange();
  ScrollRange(ScrollRange&&) noexcept;
  ScrollRange& operator=(ScrollRange&&) noexcept;

  /// Fetches the first page. To be called once.
  iterator begin();
  std::default_sentinel_t end() const { return {}; }

 private:
  friend class Collection;
  struct State;
  explicit ScrollRange(std::unique_ptr<State> state);
  const client::Result<Record>& current() const;
  void advance();
  bool at_end() const;

  std::unique_ptr<State> state_;
};

}  // namespace alidade::qdrant::inline v0
