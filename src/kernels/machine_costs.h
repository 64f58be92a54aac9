#pragma once

#include <cstddef>

namespace alidade::kernels {

/// What something costs by the bytes of a row and by those of everything that is read at random, in nanoseconds: an
/// index of some megabytes stays in caches that a large one, or the neighbours on a machine, push it out of.
struct RowCost {
  struct Line {
    double base;
    double per_byte;
  };
  Line near;  ///< In kNearBytes.
  Line far;   ///< In kFarBytes and more.

  static constexpr double kNearBytes = 4 << 20, kFarBytes = 32 << 20;

  /// Between the two in equal steps for each doubling.
  double of(std::size_t row_bytes, double index_bytes) const;
};

/// What scans and walks cost on one machine, over one kind of rows.
struct RowCosts {
  RowCost scanned;  ///< A row of a scan that leaves others out.
  RowCost hop;      ///< A node of a walk: its links, the rows behind those that are new, the front.
};
struct MachineCosts {
  RowCosts four_bits;
  RowCosts eight_bits;
  RowCosts floats;
};

/// What plans are chosen by: what calibrate_machine_costs() measured, else what a server core of 2023 takes, so that
/// programs that do not calibrate choose the same plans everywhere.
const MachineCosts& machine_costs();

/// Measures with the kernels in use, for some twenty milliseconds, and replaces the usual costs. What a busy machine
/// makes of it stays within a factor of four of them. To be called once, before another thread asks for the costs.
/// Without memory for it nothing changes.
void calibrate_machine_costs();

}  // namespace alidade::kernels
