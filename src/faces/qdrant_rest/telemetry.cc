// GET /telemetry: what the peer's tools read of a server, level by level.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "faces/contract/write_json.h"
#include "faces/qdrant_rest/collection_settings.h"
#include "faces/qdrant_rest/service.h"
#include "observe/process_stats.h"

namespace alidade::faces::qdrant_rest {
namespace {

using base::json::Writer;

std::string utc_text(std::int64_t us) {
  using namespace std::chrono;
  const sys_time<microseconds> time{microseconds(us)};
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

std::uint64_t level_of(const Call& call) {
  const std::string* text = call.input.query.find("details_level");
  std::uint64_t level = 0;
  if (text != nullptr) std::from_chars(text->data(), text->data() + text->size(), level);
  return level;
}

void write_flags(std::string_view name, std::initializer_list<std::pair<std::string_view, bool>> flags, Writer& writer) {
  writer.key(name);
  writer.begin_object();
  for (const auto& [flag, value] : flags) {
    writer.key(flag);
    writer.boolean(value);
  }
  writer.end_object();
}

void write_text(std::string_view name, std::string_view text, Writer& writer) {
  writer.key(name);
  writer.string(text);
}

void write_number(std::string_view name, std::uint64_t number, Writer& writer) {
  writer.key(name);
  writer.unsigned_integer(number);
}

void write_system(const observe::ProcessStats& stats, Writer& writer) {
  writer.key("system");
  writer.begin_object();
  write_text("distribution", "Linux", writer);
  write_text("distribution_version", "", writer);
  writer.key("is_docker");
  writer.boolean(false);
  write_number("cores", std::max(1u, std::thread::hardware_concurrency()), writer);
  write_number("ram_size", stats.system_memory_bytes / 1024, writer);
  write_number("disk_size", 0, writer);
  write_text("cpu_flags", "", writer);
  write_text("cpu_endian", "little", writer);
  writer.end_object();
}

void write_app(std::uint64_t level, const ops::ServerInfo& server, const observe::ProcessStats& stats, Writer& writer) {
  writer.key("app");
  writer.begin_object();
  write_text("name", "qdrant", writer);
  write_text("version", "1.19.0", writer);
  if (level > 0) {
    write_flags("features",
                {{"debug", false},
                 {"service_debug_feature", false},
                 {"recovery_mode", false},
                 {"gpu", false},
                 {"rocksdb", false},
                 {"staging", false}},
                writer);
    write_flags("runtime_features",
                {{"all", false},
                 {"incremental_hnsw_building", true},
                 {"appendable_quantization", true},
                 {"single_file_mmap_vector_storage", true},
                 {"async_payload_storage", true},
                 {"write_segment_manifest", false},
                 {"append_only_mutations", false},
                 {"compact_bitmask", false},
                 {"serverless_compatible", false}},
                writer);
    write_text("low_memory_mode", "disabled", writer);
    writer.key("hnsw_global_config");
    writer.raw(R"({"healing_threshold":0.3})");
    write_system(stats, writer);
  }
  write_text("startup", utc_text(server.started_us), writer);
  writer.end_object();
}

void write_collection(std::uint64_t level, const model::CollectionInfo& info, Writer& writer) {
  const model::CollectionConfig config = shown_config(info.description.config);
  writer.begin_object();
  if (level == 1) {
    write_number("vectors", info.points_count * model::vector_count(config), writer);
    write_text("optimizers_status", "ok", writer);
    writer.key("params");
    contract::write(contract::ref(qdrant::kCollectionParams), config, writer);
  } else {
    write_text("id", info.description.name, writer);
    write_number("init_time_ms", 0, writer);
    writer.key("config");
    contract::write(contract::ref(qdrant::kCollectionConfig), config, writer);
  }
  writer.end_object();
}

void write_collections(std::uint64_t level, const std::vector<model::CollectionInfo>& collections, Writer& writer) {
  writer.key("collections");
  writer.begin_object();
  write_number("number_of_collections", collections.size(), writer);
  if (level > 0) {
    writer.key("collections");
    writer.begin_array();
    for (const model::CollectionInfo& info : collections) write_collection(level, info, writer);
    writer.end_array();
    writer.key("snapshots");
    writer.raw("[]");
  }
  writer.end_object();
}

void write_memory(const observe::ProcessStats& stats, Writer& writer) {
  writer.key("memory");
  writer.begin_object();
  write_number("active_bytes", stats.allocated_bytes, writer);
  write_number("allocated_bytes", stats.allocated_bytes, writer);
  write_number("metadata_bytes", 0, writer);
  write_number("resident_bytes", stats.resident_bytes, writer);
  write_number("retained_bytes", stats.retained_bytes, writer);
  writer.end_object();
}

void write_server(std::uint64_t level, const observe::ProcessStats& stats, Writer& writer) {
  writer.key("cluster");
  writer.raw(R"({"enabled":false,"resharding_enabled":false})");
  writer.key("requests");
  writer.raw(R"({"rest":{"responses":{}},"grpc":{"responses":{}}})");
  if (level > 0) {
    write_memory(stats, writer);
    writer.key("search_pool");
    const unsigned threads = std::max(1u, std::thread::hardware_concurrency());
    writer.raw(fmt::format(R"({{"mode":"static","high_cpu_threads":{},"high_io_threads":{}}})", threads, threads));
  }
  writer.key("quota");
  writer.raw(R"({"config":{"enabled":false},"exceeded":{"resident_memory":null,"disk_usage":null}})");
}

}  // namespace

Status telemetry(const Call& call, std::string& result) {
  ALD_ASSIGN(const ops::ServerInfo server, call.dispatcher.run(call.context, ops::GetServerInfo{}));
  const std::uint64_t level = level_of(call);
  const observe::ProcessStats stats =
      level > 0 ? observe::read_process_stats(call.dispatcher.services().env) : observe::ProcessStats{};
  Writer writer(result);
  writer.begin_object();
  write_text("id", fmt::format("{:016x}", static_cast<std::uint64_t>(server.started_us)), writer);
  write_app(level, server, stats, writer);
  write_collections(level, visible_collections(call), writer);
  // What is about the whole server is for those who may read the whole server.
  const auth::Access read_server(auth::Scope::kGlobal, auth::Right::kRead);
  if (call.dispatcher.allow(call.context, read_server, "").ok()) write_server(level, stats, writer);
  writer.end_object();
  return Status::ok_status();
}

}  // namespace alidade::faces::qdrant_rest
