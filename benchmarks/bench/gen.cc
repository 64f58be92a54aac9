#include <fstream>

#include <sys/stat.h>

#include "bench/commands.h"
#include "bench/results.h"
#include "bench/synthetic.h"

namespace alidade::benchmark {
namespace {

constexpr OptionRow kOptions[] = {
    {"rows", "63664", "rows"},
    {"queries", "1000", "queries"},
    {"dim", "128", "numbers of a row"},
    {"latent", "0", "numbers that a row is made from; 0: 32 up to 256 dimensions, 64 up to 1024, then 96"},
    {"seed", "1", "another seed is another set"},
    {"least-intrinsic", "10", "below this intrinsic dimension the set is refused: it would be too easy"},
};

template <typename Row>
void write_rows(const std::string& path, std::uint32_t count, std::size_t floats, const Row& row) {
  std::ofstream file(path, std::ios::binary);
  for (std::uint32_t i = 0; i < count; ++i) {
    file.write(reinterpret_cast<const char*>(row(i)), static_cast<std::streamsize>(floats * sizeof(float)));
  }
  if (!file.flush()) fail("cannot write " + path);
}

int run(const Options& options) {
  if (options.operands().size() != 1) fail("gen wants one folder to write to");
  SyntheticRecipe recipe{options.number("rows"), options.number("queries"), options.number("dim"), options.number("latent"),
                         options.number("seed")};
  if (recipe.rows < 200 || recipe.queries == 0 || recipe.dim == 0 || recipe.dim > 65536) fail("a set has 200 rows, a query and 1 to 65536 dimensions");
  if (recipe.latent_dim == 0) recipe.latent_dim = recipe.dim <= 256 ? 32 : recipe.dim <= 1024 ? 64 : 96;
  const auto data = make_synthetic(recipe);
  const double intrinsic = intrinsic_dimension(*data, 100);
  std::printf("%u rows, %u queries, %u dimensions, intrinsic dimension %.1f\n", recipe.rows, recipe.queries, recipe.dim, intrinsic);
  if (intrinsic < options.real("least-intrinsic")) fail("the set is too easy to tell indexes apart; nothing was written");
  const std::string folder = options.operands()[0];
  mkdir(folder.c_str(), 0777);
  write_rows(folder + "/rows.f32", data->row_count, data->dim, [&](std::uint32_t i) { return data->rows.row(i); });
  write_rows(folder + "/queries.f32", data->query_count, data->dim, [&](std::uint32_t i) { return data->query(i); });
  write_rows(folder + "/truth.scores.f32", data->query_count, data->truth_depth,
             [&](std::uint32_t i) { return data->truth_scores.data() + std::size_t{i} * data->truth_depth; });
  base::json::Value about;
  about.set("dim", static_cast<std::int64_t>(recipe.dim));
  about.set("rows", static_cast<std::int64_t>(recipe.rows));
  about.set("latent", static_cast<std::int64_t>(recipe.latent_dim));
  about.set("seed", static_cast<std::int64_t>(recipe.seed));
  about.set("intrinsic_dimension", rounded(intrinsic));
  write_results(folder + "/set.json", "gen", std::move(about));
  return 0;
}

}  // namespace

const Command kGen = {"gen", "makes a synthetic set with its exact answers, and checks that it is not too easy", kOptions,
                      "FOLDER", &run};

}  // namespace alidade::benchmark
