#include "bench/plot.h"

#ifdef ALD_HAS_CAIRO

#include <cairo.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "bench/options.h"

namespace alidade::benchmark {
namespace {

constexpr double kWidth = 800, kHeight = 500, kLeft = 80, kRight = 190, kTop = 44, kBottom = 60;

/// From numbers to places.
struct Axis {
  bool is_log;
  double low = 0, high = 1;

  bool shows(double value) const { return std::isfinite(value) && (!is_log || value > 0); }
  double share(double value) const {
    return is_log ? (std::log(value) - std::log(low)) / (std::log(high) - std::log(low)) : (value - low) / (high - low);
  }
  std::vector<double> ticks() const {
    std::vector<double> out;
    if (is_log) {
      for (double power = std::pow(10, std::floor(std::log10(low))); power <= high * 10; power *= 10) {
        for (const double step : {1.0, 2.0, 5.0}) {
          if (step * power >= low * 0.999 && step * power <= high * 1.001) out.push_back(step * power);
        }
      }
      return out;
    }
    const double rough = (high - low) / 6, power = std::pow(10, std::floor(std::log10(rough)));
    const double step = rough / power < 1.5 ? power : rough / power < 3.5 ? 2 * power : rough / power < 7.5 ? 5 * power : 10 * power;
    for (double at = std::ceil(low / step) * step; at <= high + step * 1e-6; at += step) out.push_back(std::fabs(at) < step * 1e-6 ? 0 : at);
    return out;
  }
};

Axis axis_of(const Plot& plot, bool is_x) {
  Axis axis{.is_log = is_x ? plot.log_x : plot.log_y};
  bool any = false;
  for (const auto& curve : plot.curves) {
    for (const auto& [x, y] : curve.points) {
      const double value = is_x ? x : y;
      if (!axis.shows(value)) continue;
      axis.low = any ? std::min(axis.low, value) : value;
      axis.high = any ? std::max(axis.high, value) : value;
      any = true;
    }
  }
  if (!(axis.high > axis.low)) {
    axis.low = axis.is_log ? axis.low / 2 : axis.low - 0.5;
    axis.high = axis.is_log ? axis.high * 2 : axis.high + 0.5;
  }
  return axis;
}

/// Colours that are told apart by people who see fewer of them (Okabe and Ito).
constexpr double kColours[][3] = {{0, .447, .698}, {.835, .369, 0}, {0, .620, .451}, {.8, .475, .655}, {.902, .624, 0}, {.337, .706, .914}, {0, 0, 0}};

class Canvas {
 public:
  explicit Canvas(const Plot& plot)
      : plot_(plot), x_(axis_of(plot, true)), y_(axis_of(plot, false)),
        surface_(cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(kWidth), static_cast<int>(kHeight))),
        cairo_(cairo_create(surface_)) {
    cairo_set_source_rgb(cairo_, 1, 1, 1);
    cairo_paint(cairo_);
    cairo_select_font_face(cairo_, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
  }
  ~Canvas() {
    cairo_destroy(cairo_);
    cairo_surface_destroy(surface_);
  }
  Canvas(const Canvas&) = delete;
  Canvas& operator=(const Canvas&) = delete;

  void draw_axes() {
    cairo_set_line_width(cairo_, 1);
    for (const double tick : x_.ticks()) {
      line(x_place(tick), kTop, x_place(tick), kHeight - kBottom);
      text(number(tick), x_place(tick), kHeight - kBottom + 16, 0.5);
    }
    for (const double tick : y_.ticks()) {
      line(kLeft, y_place(tick), kWidth - kRight, y_place(tick));
      text(number(tick), kLeft - 6, y_place(tick) + 4, 1);
    }
    text(plot_.x_name, (kLeft + kWidth - kRight) / 2, kHeight - 16, 0.5);
    text(plot_.title, kLeft, 24, 0, 15);
    cairo_save(cairo_);
    cairo_translate(cairo_, 20, (kTop + kHeight - kBottom) / 2);
    cairo_rotate(cairo_, -M_PI / 2);
    text(plot_.y_name, 0, 0, 0.5);
    cairo_restore(cairo_);
  }

  void draw_curve(std::size_t index) {
    const double* colour = kColours[index % std::size(kColours)];
    cairo_set_line_width(cairo_, 2);
    const auto use_colour = [&] { cairo_set_source_rgb(cairo_, colour[0], colour[1], colour[2]); };
    use_colour();
    bool begun = false;
    for (const auto& [x, y] : plot_.curves[index].points) {
      if (!x_.shows(x) || !y_.shows(y)) continue;
      begun ? cairo_line_to(cairo_, x_place(x), y_place(y)) : cairo_move_to(cairo_, x_place(x), y_place(y));
      begun = true;
    }
    cairo_stroke(cairo_);
    for (const auto& [x, y] : plot_.curves[index].points) {
      if (!x_.shows(x) || !y_.shows(y)) continue;
      cairo_arc(cairo_, x_place(x), y_place(y), 3, 0, 2 * M_PI);
      cairo_fill(cairo_);
    }
    const double legend_y = kTop + 14 + 20 * static_cast<double>(index);
    cairo_rectangle(cairo_, kWidth - kRight + 14, legend_y - 9, 12, 10);
    cairo_fill(cairo_);
    text(plot_.curves[index].name, kWidth - kRight + 32, legend_y, 0);
  }

  bool write(const std::string& path) { return cairo_surface_write_to_png(surface_, path.c_str()) == CAIRO_STATUS_SUCCESS; }

 private:
  double x_place(double value) const { return kLeft + x_.share(value) * (kWidth - kLeft - kRight); }
  double y_place(double value) const { return kHeight - kBottom - y_.share(value) * (kHeight - kTop - kBottom); }
  static std::string number(double value) {
    char out[32];
    std::snprintf(out, sizeof out, "%.6g", value);
    return out;
  }
  void line(double x0, double y0, double x1, double y1) {
    cairo_set_source_rgb(cairo_, .86, .86, .86);
    cairo_move_to(cairo_, std::round(x0) + .5, std::round(y0) + .5);
    cairo_line_to(cairo_, std::round(x1) + .5, std::round(y1) + .5);
    cairo_stroke(cairo_);
  }
  /// @param align  0: begins at x, 1: ends there.
  void text(const std::string& words, double x, double y, double align, double size = 12) {
    cairo_set_font_size(cairo_, size);
    cairo_text_extents_t box;
    cairo_text_extents(cairo_, words.c_str(), &box);
    cairo_set_source_rgb(cairo_, .1, .1, .1);
    cairo_move_to(cairo_, x - align * box.x_advance, y);
    cairo_show_text(cairo_, words.c_str());
  }

  const Plot& plot_;
  const Axis x_, y_;
  cairo_surface_t* surface_;
  cairo_t* cairo_;
};

}  // namespace

bool draw(const Plot& plot, const std::string& path) {
  const bool any = std::any_of(plot.curves.begin(), plot.curves.end(), [](const auto& curve) { return !curve.points.empty(); });
  if (!any) return false;
  Canvas canvas(plot);
  canvas.draw_axes();
  for (std::size_t i = 0; i < plot.curves.size(); ++i) canvas.draw_curve(i);
  if (!canvas.write(path)) fail("cannot write " + path);
  return true;
}

}  // namespace alidade::benchmark

#else

namespace alidade::benchmark {

bool draw(const Plot& /*plot*/, const std::string& /*path*/) { return false; }

}  // namespace alidade::benchmark

#endif
