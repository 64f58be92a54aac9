#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/bitset.h"
#include "base/ids.h"
#include "base/status.h"
#include "model/filter.h"
#include "observe/op_context.h"
#include "segment/segment_reader.h"

namespace alidade::query {

/// Rows that passed, all of them live, and how many they are.
struct Selection {
  base::Bitset rows;
  std::uint64_t count = 0;
};

/// What indexes say of a filter, before any payload is read: which rows can pass at all. Borrows the filter
/// and its segment; const methods by any thread.
class Narrowed {
 public:
  Narrowed(Narrowed&&) noexcept;
  Narrowed& operator=(Narrowed&&) noexcept;
  ~Narrowed();

  /// Live rows; no other one passes.
  const base::Bitset& possible() const;
  std::uint64_t count() const { return count_; }
  /// Judges a row by the indexes, and by its payload where they do not say it.
  /// @return kDataLoss or kIo from the payload store.
  Result<bool> passes(base::PointOffset offset) const;

 private:
  friend class PreparedFilter;
  struct State;
  explicit Narrowed(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
  std::uint64_t count_ = 0;
};

/// A filter made ready for one segment: patterns compiled, ids looked up, index tests resolved.
/// Valid as long as the segment; const methods by any thread.
class PreparedFilter {
 public:
  /// @return kInvalidArgument + ErrorKind::kRegex for a pattern that is none. The filter is not
  ///         kept: it may die after the call.
  static Result<PreparedFilter> prepare(const model::Filter& filter,
                                        const segment::SegmentReader& segment);
  ~PreparedFilter();
  PreparedFilter(PreparedFilter&&) noexcept;
  PreparedFilter& operator=(PreparedFilter&&) noexcept;

  /// All live rows that pass. Indexes first, then the rest row by row on the survivors.
  /// @return kDeadlineExceeded, kCancelled; kDataLoss or kIo from the payload store.
  Result<Selection> select(const observe::OpContext& context) const;
  /// The indexes' part of select(): for whoever needs only some of the rows.
  /// @return kDeadlineExceeded, kCancelled.
  Result<Narrowed> narrow(const observe::OpContext& context) const;
  /// One row (dead or alive), judged by the same rules.
  Result<bool> matches(base::PointOffset offset) const;
  /// Which conditions are answered by an index and which by reading payloads; for people.
  std::string explain() const;

 private:
  struct State;
  explicit PreparedFilter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The live rows that pass the filter; all of them without one.
/// @return what prepare() and select() say.
Result<Selection> select_rows(const segment::SegmentReader& segment,
                              const std::optional<model::Filter>& filter,
                              const observe::OpContext& context);

/// Checks what prepare() would refuse, without a segment: regular expressions.
Status validate(const model::Filter& filter);

}  // namespace alidade::query
