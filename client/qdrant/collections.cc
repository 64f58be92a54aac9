#include "alidade/qdrant/collections.h"

#include "qdrant/json_text.h"

namespace alidade::qdrant::inline v0 {
namespace {

using text::Object;

std::string_view name_of(Distance distance) {
  switch (distance) {
    case Distance::kCosine: return "Cosine";
    case Distance::kEuclid: return "Euclid";
    case Distance::kDot: return "Dot";
    case Distance::kManhattan: return "Manhattan";
  }
  return "";
}

std::string_view name_of(Memory memory) {
  switch (memory) {
    case Memory::kCold: return "cold";
    case Memory::kCached: return "cached";
    case Memory::kPinned: return "pinned";
  }
  return "";
}

std::string_view name_of(Datatype datatype) {
  switch (datatype) {
    case Datatype::kFloat32: return "float32";
    case Datatype::kFloat16: return "float16";
    case Datatype::kUint8: return "uint8";
    case Datatype::kTurbo4: return "turbo4";
    case Datatype::kTurbo8: return "turbo8";
    case Datatype::kTurbo16: return "turbo16";
  }
  return "";
}

std::string_view name_of(IndexType type) {
  switch (type) {
    case IndexType::kKeyword: return "keyword";
    case IndexType::kInteger: return "integer";
    case IndexType::kFloat: return "float";
    case IndexType::kBool: return "bool";
    case IndexType::kGeo: return "geo";
    case IndexType::kDatetime: return "datetime";
    case IndexType::kText: return "text";
    case IndexType::kUuid: return "uuid";
  }
  return "";
}

void append_extra(Object& object, const Json& extra) {
  if (const Json::Object* members = extra.if_object()) {
    for (const Json::Member& member : *members) member.second.append_to(object.key(member.first));
  }
}

template <class Part>
void append_memory(Object& object, const Part& part) {
  if (part.memory) object.string("memory", name_of(*part.memory));
}

struct AppendQuantization {
  std::string& out;

  void operator()(const ScalarQuantization& scalar) const {
    Object outer(out);
    Object inner(outer.key("scalar"));
    inner.string("type", "int8").maybe("quantile", scalar.quantile);
    finish(outer, inner, scalar);
  }
  void operator()(const ProductQuantization& product) const {
    Object outer(out);
    Object inner(outer.key("product"));
    inner.string("compression", "x" + std::to_string(product.compression));
    finish(outer, inner, product);
  }
  void operator()(const BinaryQuantization& binary) const {
    Object outer(out);
    Object inner(outer.key("binary"));
    inner.maybe_string("encoding", binary.encoding).maybe_string("query_encoding", binary.query_encoding);
    finish(outer, inner, binary);
  }
  void operator()(const TurboQuantization& turbo) const {
    Object outer(out);
    Object inner(outer.key("turbo"));
    inner.maybe_string("bits", turbo.bits);
    finish(outer, inner, turbo);
  }
  void operator()(const NoQuantization&) const { out += "\"Disabled\""; }

 private:
  template <class Kind>
  static void finish(Object& outer, Object& inner, const Kind& kind) {
    inner.maybe("always_ram", kind.always_ram);
    append_memory(inner, kind);
    inner.end();
    outer.end();
  }
};

template <class Owner>
void append_quantization(Object& object, const Owner& owner) {
  if (owner.quantization) std::visit(AppendQuantization{object.key("quantization_config")}, *owner.quantization);
}

/// {"<key>": value}
std::string action(std::string_view kind, std::string_view first, std::string_view first_value, std::string_view second,
                   std::string_view second_value) {
  std::string out;
  Object outer(out);
  Object inner(outer.key(kind));
  inner.string(first, first_value).maybe_string(second, second_value).end();
  outer.end();
  return out;
}

struct AppendVectors {
  Object& object;

  void operator()(std::monostate) const {}
  void operator()(const VectorParams& unnamed) const { object.raw("vectors", unnamed.json()); }
  void operator()(const NamedVectorParams& named) const {
    Object inner(object.key("vectors"));
    for (const auto& [name, params] : named) inner.raw(name, params.json());
    inner.end();
  }
};

}  // namespace

std::string HnswConfig::json() const {
  std::string out;
  Object object(out);
  object.maybe("m", m)
      .maybe("ef_construct", ef_construct)
      .maybe("full_scan_threshold", full_scan_threshold)
      .maybe("max_indexing_threads", max_indexing_threads)
      .maybe("payload_m", payload_m)
      .maybe("on_disk", on_disk)
      .maybe("inline_storage", inline_storage);
  append_memory(object, *this);
  append_extra(object, extra);
  object.end();
  return out;
}

std::string VectorParams::json() const {
  std::string out;
  Object object(out);
  object.number("size", size).string("distance", name_of(distance)).maybe("hnsw_config", hnsw);
  append_quantization(object, *this);
  object.maybe("on_disk", on_disk);
  append_memory(object, *this);
  if (datatype) object.string("datatype", name_of(*datatype));
  if (multivector) object.raw("multivector_config", R"({"comparator":"max_sim"})");
  append_extra(object, extra);
  object.end();
  return out;
}

std::string SparseVectorParams::json() const {
  std::string out;
  Object object(out);
  if (full_scan_threshold || on_disk || memory || datatype) {
    Object index(object.key("index"));
    index.maybe("full_scan_threshold", full_scan_threshold).maybe("on_disk", on_disk);
    append_memory(index, *this);
    if (datatype) index.string("datatype", name_of(*datatype));
    index.end();
  }
  if (modifier) object.string("modifier", *modifier == Modifier::kIdf ? "idf" : "none");
  append_extra(object, extra);
  object.end();
  return out;
}

std::string OptimizersConfig::json() const {
  std::string out;
  Object object(out);
  object.maybe("deleted_threshold", deleted_threshold)
      .maybe("vacuum_min_vector_number", vacuum_min_vector_number)
      .maybe("default_segment_number", default_segment_number)
      .maybe("max_segment_size", max_segment_size)
      .maybe("memmap_threshold", memmap_threshold)
      .maybe("indexing_threshold", indexing_threshold)
      .maybe("flush_interval_sec", flush_interval_sec)
      .maybe("max_optimization_threads", max_optimization_threads)
      .maybe("prevent_unoptimized", prevent_unoptimized);
  append_extra(object, extra);
  object.end();
  return out;
}

std::string WalConfig::json() const {
  std::string out;
  Object object(out);
  object.maybe("wal_capacity_mb", wal_capacity_mb)
      .maybe("wal_segments_ahead", wal_segments_ahead)
      .maybe("wal_retain_closed", wal_retain_closed)
      .end();
  return out;
}

std::string CreateCollection::json() const {
  std::string out;
  Object object(out);
  std::visit(AppendVectors{object}, vectors);
  if (!sparse_vectors.empty()) {
    Object inner(object.key("sparse_vectors"));
    for (const auto& [name, params] : sparse_vectors) inner.raw(name, params.json());
    inner.end();
  }
  object.maybe("hnsw_config", hnsw).maybe("optimizers_config", optimizers).maybe("wal_config", wal);
  append_quantization(object, *this);
  object.maybe("shard_number", shard_number)
      .maybe("replication_factor", replication_factor)
      .maybe("write_consistency_factor", write_consistency_factor)
      .maybe("on_disk_payload", on_disk_payload);
  if (custom_sharding) object.string("sharding_method", "custom");
  object.maybe_json("strict_mode_config", strict_mode).maybe_json("metadata", metadata);
  append_extra(object, extra);
  object.end();
  return out;
}

std::string UpdateCollection::json() const {
  std::string out;
  Object object(out);
  if (!vectors.empty()) {
    Object all(object.key("vectors"));
    for (const Vector& vector : vectors) {
      Object one(all.key(vector.name));
      one.maybe("hnsw_config", vector.hnsw);
      append_quantization(one, vector);
      one.maybe("on_disk", vector.on_disk);
      append_memory(one, vector);
      one.end();
    }
    all.end();
  }
  object.maybe("hnsw_config", hnsw).maybe("optimizers_config", optimizers);
  append_quantization(object, *this);
  object.maybe_json("params", params).maybe_json("strict_mode_config", strict_mode).maybe_json("metadata", metadata);
  append_extra(object, extra);
  object.end();
  return out;
}

std::string PayloadIndex::json() const {
  std::string out;
  Object object(out);
  object.string("type", name_of(type))
      .maybe("is_tenant", is_tenant)
      .maybe("is_principal", is_principal)
      .maybe("lookup", lookup)
      .maybe("range", range)
      .maybe("prefix", prefix)
      .maybe_string("tokenizer", tokenizer)
      .maybe("lowercase", lowercase)
      .maybe("phrase_matching", phrase_matching)
      .maybe("ascii_folding", ascii_folding)
      .maybe("min_token_len", min_token_len)
      .maybe("max_token_len", max_token_len)
      .maybe("scoring", scoring)
      .maybe_string("nested", nested)
      .maybe("on_disk", on_disk);
  append_memory(object, *this);
  append_extra(object, extra);
  object.end();
  return out;
}

AliasAction AliasAction::create(const std::string& alias, const std::string& collection) {
  return AliasAction(action("create_alias", "alias_name", alias, "collection_name", collection));
}

AliasAction AliasAction::rename(const std::string& from, const std::string& to) {
  return AliasAction(action("rename_alias", "old_alias_name", from, "new_alias_name", to));
}

AliasAction AliasAction::remove(const std::string& alias) {
  return AliasAction(action("delete_alias", "alias_name", alias, "", ""));
}

}  // namespace alidade::qdrant::inline v0
