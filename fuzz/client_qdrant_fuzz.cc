// What a Qdrant server, or whoever sits in between, answers to the client: the first byte chooses the decoder, the rest
// is the body.

#include <cmath>
#include <optional>

#include "alidade/qdrant.h"
#include "fuzz/support/fuzz.h"
#include "qdrant/answers.h"

namespace alidade::fuzz {
namespace {

namespace answers = qdrant::answers;
using client::ErrorKind;

// A decoder has two ways out: a value, or an error that says that the answer is at fault.
template <typename T>
std::optional<T> judge(client::Result<T> result) {
  if (result) return *std::move(result);
  require(result.error().kind == ErrorKind::kBadAnswer, "a bad answer is called one", result.error().to_text());
  require(!result.error().message.empty(), "an error says why", "");
  return std::nullopt;
}

// What was read can be sent: as points, which are read back as they were.
void send_back(const std::vector<qdrant::Record>& records) {
  for (const qdrant::Record& record : records) {
    qdrant::PointBatch batch;
    batch.add(record.id, record.vectors, record.payload);
    const std::string body = "{\"result\":[" + batch.json() + "]}";
    const auto again = answers::records(body);
    require(again.has_value() && again->size() == 1, "a point is written as it is read", body);
    require(again->front().id == record.id, "an id reads back", body);
    require(again->front().payload == record.payload, "a payload reads back", body);
  }
}

void decode(unsigned which, std::string_view body) {
  switch (which % 16) {
    case 0: judge(answers::any(body)); return;
    case 1: judge(answers::boolean(body)); return;
    case 2: judge(answers::update(body)); return;
    case 3: judge(answers::updates(body)); return;
    case 4:
      if (const auto records = judge(answers::records(body))) send_back(*records);
      return;
    case 5: judge(answers::page(body)); return;
    case 6:
      if (const auto hits = judge(answers::hits(body))) {
        for (const auto& hit : *hits) require(!std::isnan(hit.score), "a score is a number", body);
      }
      return;
    case 7: judge(answers::hit_lists(body)); return;
    case 8: judge(answers::groups(body)); return;
    case 9: judge(answers::pairs(body)); return;
    case 10: judge(answers::offsets(body)); return;
    case 11: judge(answers::info(body)); return;
    case 12: judge(answers::collection_names(body)), judge(answers::aliases(body)); return;
    case 13: judge(answers::count(body)), judge(answers::facet(body)); return;
    case 14: judge(answers::snapshot(body)), judge(answers::snapshots(body)); return;
    default: {
      client::HttpResponse response;
      response.status = 400;
      response.body = body;
      client::Error error;
      answers::read_error(response, error);
      require(!error.message.empty(), "a refusal is told", body);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  decode(data[0], std::string_view(reinterpret_cast<const char*>(data) + 1, size - 1));
  return 0;
}

}  // namespace alidade::fuzz
