#pragma once

#include <google/protobuf/message.h>

#include <any>

#include "alidade/client/json.h"

/// Answers of Qdrant's gRPC interface as the values that the client's methods return.
namespace alidade::qdrant::inline v0::wire {

/// Reads an answer of the type that the route names into the value that its method expects.
/// @param request whose answer it is: gRPC does not tell an empty payload from one that was not asked for.
using Reader = std::any (*)(const google::protobuf::Message& request, const google::protobuf::Message& answer);

std::any read_update(const google::protobuf::Message& request, const google::protobuf::Message& answer);
std::any read_updates(const google::protobuf::Message& request, const google::protobuf::Message& answer);
std::any read_records(const google::protobuf::Message& request, const google::protobuf::Message& answer);
std::any read_page(const google::protobuf::Message& request, const google::protobuf::Message& answer);
std::any read_hits(const google::protobuf::Message& request, const google::protobuf::Message& answer);
std::any read_hit_lists(const google::protobuf::Message& request, const google::protobuf::Message& answer);
std::any read_groups(const google::protobuf::Message& request, const google::protobuf::Message& answer);
std::any read_count(const google::protobuf::Message& request, const google::protobuf::Message& answer);
std::any read_facet(const google::protobuf::Message& request, const google::protobuf::Message& answer);
std::any read_pairs(const google::protobuf::Message& request, const google::protobuf::Message& answer);
std::any read_offsets(const google::protobuf::Message& request, const google::protobuf::Message& answer);

std::any read_done(const google::protobuf::Message& request, const google::protobuf::Message& answer);
std::any read_version(const google::protobuf::Message& request, const google::protobuf::Message& answer);
std::any read_names(const google::protobuf::Message& request, const google::protobuf::Message& answer);
std::any read_exists(const google::protobuf::Message& request, const google::protobuf::Message& answer);
std::any read_info(const google::protobuf::Message& request, const google::protobuf::Message& answer);
std::any read_aliases(const google::protobuf::Message& request, const google::protobuf::Message& answer);
std::any read_snapshot(const google::protobuf::Message& request, const google::protobuf::Message& answer);
std::any read_snapshots(const google::protobuf::Message& request, const google::protobuf::Message& answer);
/// For methods that only ask whether it went well.
std::any read_true(const google::protobuf::Message& request, const google::protobuf::Message& answer);

/// A payload value, or any message of settings in the form that REST gives it.
client::Json to_json(const google::protobuf::Message& message);

}  // namespace alidade::qdrant::inline v0::wire
