// Loads many records over several connections and says how far it is: `chroma_bulk_load [RECORDS]`.

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "alidade/chroma.h"

using alidade::chroma::BulkOptions;
using alidade::chroma::Metadata;
using alidade::chroma::Record;

int main(int argc, char** argv) {
  const int wanted = argc > 1 ? std::atoi(argv[1]) : 10000;
  constexpr std::size_t kDimension = 64;
  const auto client = alidade::chroma::Client::from_env();
  if (!client) return 1;
  const auto target = client->get_or_create_collection("bulk-load");
  if (!target) {
    std::fprintf(stderr, "%s\n", target.error().to_text().c_str());
    return 1;
  }

  // The source is asked for one record at a time, and only as fast as the server takes them.
  int next = 0;
  const auto source = [&]() -> std::optional<Record> {
    if (next == wanted) return std::nullopt;
    const int n = next++;
    Record record;
    record.id = "record-" + std::to_string(n);
    for (std::size_t i = 0; i < kDimension; ++i) {
      record.embedding.push_back(std::sin(static_cast<float>(n) * 0.01F + static_cast<float>(i)));
    }
    record.document = "number " + std::to_string(n);
    record.metadata = Metadata{{"n", n}, {"even", n % 2 == 0}};
    return record;
  };

  BulkOptions options;
  options.connections = 4;
  options.batch_records = 500;
  options.on_progress = [wanted](const alidade::chroma::BulkProgress& progress) {
    std::printf("%llu of %d records\n", static_cast<unsigned long long>(progress.records_done), wanted);
  };
  const auto report = alidade::chroma::bulk_load(*target, source, options);
  for (const auto& failure : report.failures) {
    std::fprintf(stderr, "records from %llu on: %s\n", static_cast<unsigned long long>(failure.first_record),
                 failure.error.to_text().c_str());
  }
  const auto count = target->count();
  std::printf("the collection holds %llu\n", static_cast<unsigned long long>(count.value_or(0u)));
  const auto gone = client->delete_collection("bulk-load");
  return report.ok() && count && *count == static_cast<std::uint64_t>(wanted) && gone ? 0 : 1;
}
