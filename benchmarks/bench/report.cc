// Tables in Markdown and plots from the files that the other commands wrote.

#include <algorithm>
#include <cstdio>

#include <sys/stat.h>

#include "bench/commands.h"
#include "bench/plot.h"
#include "bench/results.h"

namespace alidade::benchmark {
namespace {

using base::json::Value;

constexpr OptionRow kOptions[] = {{"out", "report", "folder for report.md and the plots"}};

/// A number, a text or a dash.
std::string cell(const Value* value) {
  if (value == nullptr) return "–";
  if (value->is_string()) return value->as_string();
  if (!value->is_number()) return base::json::to_text(*value);
  char out[32];
  const double number = value->as_double();
  std::snprintf(out, sizeof out, number >= 100 || number == static_cast<double>(static_cast<long long>(number)) ? "%.0f" : number >= 10 ? "%.1f" : "%.3f", number);
  return out;
}

double number_at(const Value& row, const char* key) {
  const Value* value = row.find(key);
  return value != nullptr && value->is_number() ? value->as_double() : -1;
}

std::string text_at(const Value& row, const char* key) {
  const Value* value = row.find(key);
  return value != nullptr && value->is_string() ? value->as_string() : "";
}

/// A table over rows of objects, by these keys.
std::string table(const base::json::Array& rows, const std::vector<std::pair<const char*, const char*>>& columns) {
  std::string out = "|", line = "|";
  for (const auto& column : columns) {
    out += std::string(" ") + column.second + " |";
    line += "---|";
  }
  out += "\n" + line + "\n";
  for (const Value& row : rows) {
    out += "|";
    for (const auto& column : columns) out += " " + cell(row.find(column.first)) + " |";
    out += "\n";
  }
  return out;
}

/// Everything in `results` that is one number or text.
std::string list(const Value& results) {
  std::string out = "| what | measured |\n|---|---|\n";
  for (const auto& [name, value] : results.as_object()) {
    if (value.is_number() || value.is_string()) out += "| " + name + " | " + cell(&value) + " |\n";
  }
  return out;
}

/// Report of one file: its text, and its plot beside it.
class Section {
 public:
  Section(const Value& whole, std::string folder, std::size_t number)
      : whole_(whole), results_(*whole.find("results")), folder_(std::move(folder)), number_(number) {}

  std::string text() {
    const std::string what = text_at(whole_, "benchmark");
    std::string out = "## " + what + (results_.find("set") != nullptr ? ": " + text_at(results_, "set") : "") + "\n\n";
    if (const Value* machine = whole_.find("machine"); machine != nullptr) {
      out += text_at(*machine, "cpu") + ", " + cell(machine->find("cores")) + " cores, load " + cell(machine->find("load")) + ", kernels " +
             text_at(*machine, "kernels") + "\n\n";
    }
    if (results_.is_object()) out += list(results_) + "\n";
    if (const Value* filters = results_.find("filters"); filters != nullptr && filters->is_array()) out += filter_part(filters->as_array());
    if (const Value* kernels = results_.find("kernels"); kernels != nullptr && kernels->is_array()) {
      out += table(kernels->as_array(), {{"kernels", "kernels"}, {"rows", "rows"}, {"bytes", "bytes"}, {"hot_ns", "ns, in the cache"}, {"far_ns", "ns, anywhere"}}) + "\n";
    }
    if (const Value* curves = results_.find("curves"); curves != nullptr && curves->is_object()) out += curve_part(*curves);
    return out;
  }

 private:
  std::string plot_link(const Plot& plot) {
    const std::string name = text_at(whole_, "benchmark") + "-" + std::to_string(number_) + ".png";
    return draw(plot, folder_ + "/" + name) ? "![" + plot.title + "](" + name + ")\n\n" : "";
  }

  std::string curve_part(const Value& curves) {
    std::string out;
    Plot plot{.title = "Queries per second of one thread by recall: " + text_at(results_, "set"), .x_name = "recall@10",
              .y_name = "queries per second", .log_y = true, .curves = {}};
    for (const auto& [name, points] : curves.as_object()) {
      if (!points.is_array()) continue;
      out += name + "\n\n" + table(points.as_array(), {{"ef", "ef"}, {"recall", "recall"}, {"us", "us"}}) + "\n";
      Plot::Curve curve{name, {}};
      for (const Value& point : points.as_array()) {
        const double recall = number_at(point, "recall"), us = number_at(point, "us");
        if (recall >= 0.7 && us > 0) curve.points.emplace_back(recall, 1e6 / us);
      }
      plot.curves.push_back(std::move(curve));
    }
    return out + plot_link(plot);
  }

  std::string filter_part(const base::json::Array& rows) {
    constexpr const char* kWays[] = {"scan", "walk", "two-hop", "chosen"};
    Plot plot{.title = "Filtered search: us by share of random rows that pass: " + text_at(results_, "set"), .x_name = "% of the rows",
              .y_name = "us per query", .log_x = true, .log_y = true, .curves = {}};
    for (const char* way : kWays) {
      Plot::Curve curve{way, {}};
      for (const Value& row : rows) {
        const double us = number_at(row, way);
        if (us > 0 && text_at(row, "filter").rfind("random", 0) == 0) curve.points.emplace_back(number_at(row, "share"), us);
      }
      std::sort(curve.points.begin(), curve.points.end());
      plot.curves.push_back(std::move(curve));
    }
    return table(rows, {{"filter", "filter"}, {"share", "%"}, {"scan", "scan"}, {"walk", "walk"}, {"two-hop", "two-hop"}, {"chosen", "chosen"},
                        {"factor", "chosen by best"}, {"default_us", "us at ef 100"}, {"default_recall", "recall"}}) +
           "\n" + plot_link(plot);
  }

  const Value& whole_;
  const Value& results_;
  const std::string folder_;
  const std::size_t number_;
};

int run(const Options& options) {
  if (options.operands().empty()) fail("report wants files that other commands wrote with --json");
  const std::string folder = options.text("out");
  mkdir(folder.c_str(), 0777);
  std::string text = "# Measured\n\n";
  for (std::size_t i = 0; i < options.operands().size(); ++i) {
    const Value whole = read_results(options.operands()[i]);
    text += Section(whole, folder, i + 1).text();
  }
  write_text(folder + "/report.md", text);
  std::printf("%s/report.md\n", folder.c_str());
  return 0;
}

}  // namespace

const Command kReport = {"report", "tables and plots from results of the others", kOptions, "FILE...", &run};

}  // namespace alidade::benchmark
