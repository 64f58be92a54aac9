// Embeds the lines of the standard input with the provider named by the first argument and by its environment, and prints
// as JSON what came: counts, lengths, and the line that is nearest to the second argument. test_embed_cpp.py runs it.

#include <cmath>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "alidade/embed.h"

namespace embed = alidade::embed;
using alidade::client::Json;

namespace {

double dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * double{b[i]};
  return sum;
}

int refuse(const alidade::client::Error& error) {
  Json out;
  out.set("status", error.status);
  out.set("attempts", error.attempts);
  out.set("error", error.to_text());
  std::puts(out.to_text().c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  const auto provider = embed::provider_named(argc > 1 ? argv[1] : "gemini");
  if (argc < 3 || !provider) {
    std::fputs("usage: embed_texts PROVIDER QUESTION [MODEL] [DIMENSIONS]\n", stderr);
    return 2;
  }
  auto options = embed::EmbedderOptions::from_environment(*provider);
  if (!options) return refuse(options.error());
  options->batch_size = 0;  // The provider's limit.
  if (argc > 3) options->model = argv[3];
  if (argc > 4) options->dimensions = static_cast<std::uint32_t>(std::stoul(argv[4]));
  const auto embedder = embed::Embedder::make(*std::move(options));
  if (!embedder) return refuse(embedder.error());

  std::vector<std::string> texts;
  for (std::string line; std::getline(std::cin, line);) texts.push_back(line);
  const auto vectors = embedder->embed_documents(texts);
  if (!vectors) return refuse(vectors.error());
  const auto question = embedder->embed_query(argv[2]);
  if (!question) return refuse(question.error());

  std::size_t best = 0;
  double longest = 0;
  double shortest = 1e9;
  for (std::size_t i = 0; i < vectors->size(); ++i) {
    const double length = std::sqrt(dot(vectors->row(i), vectors->row(i)));
    longest = std::max(longest, length);
    shortest = std::min(shortest, length);
    if (dot(vectors->row(i), *question) > dot(vectors->row(best), *question)) best = i;
  }
  Json out;
  out.set("count", vectors->size());
  out.set("dimensions", vectors->dimensions);
  out.set("tokens", vectors->tokens);
  out.set("shortest", shortest);
  out.set("longest", longest);
  out.set("best", texts.empty() ? Json() : Json(texts[best]));
  std::puts(out.to_text().c_str());
  return 0;
}
