#pragma once

#include <string>

#include "base/json.h"

namespace alidade::benchmark {

/// Writes what a run measured, with the machine that it ran on, as one JSON object for `alidade-bench report`.
/// @param path  of the file; "" = nobody wants it.
/// @param what  the name of the command that measured
void write_results(const std::string& path, const std::string& what, base::json::Value results);

/// CPU, kernels in use, cores, load average, Linux release.
base::json::Value machine();

/// Reads such a file. Ends the program with a plain sentence when it is none.
base::json::Value read_results(const std::string& path);

/// Writes a text file. Ends the program with a sentence when it cannot.
void write_text(const std::string& path, const std::string& text);

/// A number rounded to four digits behind the point: what was measured is not known better.
base::json::Value rounded(double value);

}  // namespace alidade::benchmark
