#pragma once

#include <concepts>
#include <type_traits>

#include "model/settings.h"

namespace alidade::model {

// The members of each struct of settings, with the names under which configurations store them:
//   for_each_setting(hnsw, [](std::string_view name, auto& member) { … });
// A new member is stored and merged when it has a line here.

template <typename T, typename S>
concept Same = std::same_as<std::remove_const_t<T>, S>;

template <Same<HnswSettings> S, typename V>
void for_each_setting(S& s, V&& visit) {
  visit("m", s.m);
  visit("ef_construct", s.ef_construct);
  visit("ef_search", s.ef_search);
  visit("full_scan_threshold", s.full_scan_threshold);
  visit("max_indexing_threads", s.max_indexing_threads);
  visit("on_disk", s.on_disk);
  visit("memory", s.memory);
  visit("payload_m", s.payload_m);
  visit("inline_storage", s.inline_storage);
}

template <Same<OptimizerSettings> S, typename V>
void for_each_setting(S& s, V&& visit) {
  visit("deleted_threshold", s.deleted_threshold);
  visit("vacuum_min_vector_number", s.vacuum_min_vector_number);
  visit("default_segment_number", s.default_segment_number);
  visit("max_segment_size", s.max_segment_size);
  visit("memmap_threshold", s.memmap_threshold);
  visit("indexing_threshold", s.indexing_threshold);
  visit("flush_interval_sec", s.flush_interval_sec);
  visit("max_optimization_threads", s.max_optimization_threads);
  visit("prevent_unoptimized", s.prevent_unoptimized);
}

template <Same<WalSettings> S, typename V>
void for_each_setting(S& s, V&& visit) {
  visit("wal_capacity_mb", s.wal_capacity_mb);
  visit("wal_segments_ahead", s.wal_segments_ahead);
  visit("wal_retain_closed", s.wal_retain_closed);
}

template <Same<ScalarQuantization> S, typename V>
void for_each_setting(S& s, V&& visit) {
  visit("type", s.type);
  visit("quantile", s.quantile);
  visit("always_ram", s.always_ram);
  visit("memory", s.memory);
}

template <Same<ProductQuantization> S, typename V>
void for_each_setting(S& s, V&& visit) {
  visit("compression", s.compression);
  visit("always_ram", s.always_ram);
  visit("memory", s.memory);
}

template <Same<BinaryQuantization> S, typename V>
void for_each_setting(S& s, V&& visit) {
  visit("always_ram", s.always_ram);
  visit("memory", s.memory);
  visit("encoding", s.encoding);
  visit("query_encoding", s.query_encoding);
}

template <Same<TurboQuantization> S, typename V>
void for_each_setting(S& s, V&& visit) {
  visit("always_ram", s.always_ram);
  visit("memory", s.memory);
  visit("bits", s.bits);
}

template <Same<MultivectorSettings> S, typename V>
void for_each_setting(S& s, V&& visit) {
  visit("comparator", s.comparator);
}

template <Same<VectorParams> S, typename V>
void for_each_setting(S& s, V&& visit) {
  visit("size", s.size);
  visit("distance", s.distance);
  visit("hnsw_config", s.hnsw);
  visit("quantization_config", s.quantization);
  visit("on_disk", s.on_disk);
  visit("memory", s.memory);
  visit("datatype", s.datatype);
  visit("multivector_config", s.multivector);
}

template <Same<SparseIndexSettings> S, typename V>
void for_each_setting(S& s, V&& visit) {
  visit("full_scan_threshold", s.full_scan_threshold);
  visit("on_disk", s.on_disk);
  visit("memory", s.memory);
  visit("datatype", s.datatype);
}

template <Same<SparseVectorParams> S, typename V>
void for_each_setting(S& s, V&& visit) {
  visit("index", s.index);
  visit("modifier", s.modifier);
}

template <Same<PlacementSettings> S, typename V>
void for_each_setting(S& s, V&& visit) {
  visit("memory", s.memory);
}

template <Same<ShardSettings> S, typename V>
void for_each_setting(S& s, V&& visit) {
  visit("shard_number", s.shard_number);
  visit("sharding_method", s.sharding_method);
  visit("replication_factor", s.replication_factor);
  visit("write_consistency_factor", s.write_consistency_factor);
  visit("read_fan_out_factor", s.read_fan_out_factor);
  visit("read_fan_out_delay_ms", s.read_fan_out_delay_ms);
  visit("on_disk_payload", s.on_disk_payload);
  visit("payload", s.payload);
  visit("id_tracker", s.id_tracker);
}

template <Same<MultivectorLimit> S, typename V>
void for_each_setting(S& s, V&& visit) {
  visit("max_vectors", s.max_vectors);
}

template <Same<SparseLimit> S, typename V>
void for_each_setting(S& s, V&& visit) {
  visit("max_length", s.max_length);
}

template <Same<StrictModeSettings> S, typename V>
void for_each_setting(S& s, V&& visit) {
  visit("enabled", s.enabled);
  visit("max_query_limit", s.max_query_limit);
  visit("max_timeout", s.max_timeout);
  visit("unindexed_filtering_retrieve", s.unindexed_filtering_retrieve);
  visit("unindexed_filtering_update", s.unindexed_filtering_update);
  visit("search_max_hnsw_ef", s.search_max_hnsw_ef);
  visit("search_allow_exact", s.search_allow_exact);
  visit("search_max_oversampling", s.search_max_oversampling);
  visit("upsert_max_batchsize", s.upsert_max_batchsize);
  visit("search_max_batchsize", s.search_max_batchsize);
  visit("max_collection_vector_size_bytes", s.max_collection_vector_size_bytes);
  visit("read_rate_limit", s.read_rate_limit);
  visit("write_rate_limit", s.write_rate_limit);
  visit("max_collection_payload_size_bytes", s.max_collection_payload_size_bytes);
  visit("max_points_count", s.max_points_count);
  visit("filter_max_conditions", s.filter_max_conditions);
  visit("condition_max_size", s.condition_max_size);
  visit("multivector_config", s.multivector_config);
  visit("sparse_config", s.sparse_config);
  visit("max_payload_index_count", s.max_payload_index_count);
  visit("max_resident_memory_percent", s.max_resident_memory_percent);
}

/// Puts the settings that `changes` has in place of the target's; what is inside of one is not looked at.
template <typename S>
void merge_settings(S& target, const S& changes) {
  std::array<const void*, 32> members{};
  std::size_t count = 0;
  for_each_setting(changes, [&](std::string_view, const auto& member) { members[count++] = &member; });
  std::size_t next = 0;
  for_each_setting(target, [&]<typename M>(std::string_view, M& member) {
    const M& change = *static_cast<const M*>(members[next++]);
    if (change) member = change;
  });
}

}  // namespace alidade::model
