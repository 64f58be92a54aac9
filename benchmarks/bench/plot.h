#pragma once

#include <string>
#include <utility>
#include <vector>

namespace alidade::benchmark {

/// Curves over two axes.
struct Plot {
  struct Curve {
    std::string name;
    std::vector<std::pair<double, double>> points;  ///< x, y; in the order of the line.
  };
  std::string title, x_name, y_name;
  bool log_x = false, log_y = false;  ///< Then every number on that axis is above zero.
  std::vector<Curve> curves;
};

/// Draws a plot of 800 x 500 points as a PNG. Numbers that an axis cannot show are left out.
/// @return false when the program was built without cairo, or the plot has no points. Ends the program with a sentence
///         when the file cannot be written.
bool draw(const Plot& plot, const std::string& path);

}  // namespace alidade::benchmark
