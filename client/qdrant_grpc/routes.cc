#include "qdrant_grpc/routes.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "alidade_qdrant/collections.pb.h"
#include "alidade_qdrant/points.pb.h"
#include "alidade_qdrant/qdrant.pb.h"
#include "alidade_qdrant/snapshots_service.pb.h"
#include "core/json_reader.h"
#include "qdrant_grpc/encode.h"

namespace alidade::qdrant::inline v0::wire {
namespace {

namespace pb = alidade_wire;
using client::Error;
using client::ErrorKind;
using client::Result;
using google::protobuf::FieldDescriptor;

template <class T>
const Message* of() {
  return &T::default_instance();
}

/// A write of points, all of which answer alike.
template <class Request>
constexpr Route write(std::string_view method, std::string_view pattern, const char* rpc) {
  return {method, pattern, rpc, of<Request>, of<pb::PointsOperationResponse>, read_update};
}
template <class Request, class Answer>
constexpr Route row(std::string_view method, std::string_view pattern, const char* rpc, Reader read) {
  return {method, pattern, rpc, of<Request>, of<Answer>, read};
}

#define ALD_C "/collections/{collection_name}"
constexpr std::array kRoutes = {
    row<pb::HealthCheckRequest, pb::HealthCheckReply>("GET", "/", "/qdrant.Qdrant/HealthCheck", read_version),
    row<pb::HealthCheckRequest, pb::HealthCheckReply>("GET", "/readyz", "/qdrant.Qdrant/HealthCheck", read_true),
    row<pb::ListCollectionsRequest, pb::ListCollectionsResponse>("GET", "/collections", "/qdrant.Collections/List", read_names),
    row<pb::CreateCollection, pb::CollectionOperationResponse>("PUT", ALD_C, "/qdrant.Collections/Create", read_done),
    row<pb::UpdateCollection, pb::CollectionOperationResponse>("PATCH", ALD_C, "/qdrant.Collections/Update", read_done),
    row<pb::DeleteCollection, pb::CollectionOperationResponse>("DELETE", ALD_C, "/qdrant.Collections/Delete", read_done),
    row<pb::GetCollectionInfoRequest, pb::GetCollectionInfoResponse>("GET", ALD_C, "/qdrant.Collections/Get", read_info),
    row<pb::CollectionExistsRequest, pb::CollectionExistsResponse>("GET", ALD_C "/exists", "/qdrant.Collections/CollectionExists",
                                                                   read_exists),
    row<pb::ChangeAliases, pb::CollectionOperationResponse>("POST", "/collections/aliases", "/qdrant.Collections/UpdateAliases",
                                                            read_done),
    row<pb::ListAliasesRequest, pb::ListAliasesResponse>("GET", "/aliases", "/qdrant.Collections/ListAliases", read_aliases),
    row<pb::ListCollectionAliasesRequest, pb::ListAliasesResponse>("GET", ALD_C "/aliases",
                                                                   "/qdrant.Collections/ListCollectionAliases", read_aliases),
    write<pb::CreateFieldIndexCollection>("PUT", ALD_C "/index", "/qdrant.Points/CreateFieldIndex"),
    write<pb::DeleteFieldIndexCollection>("DELETE", ALD_C "/index/{field_name}", "/qdrant.Points/DeleteFieldIndex"),
    write<pb::CreateVectorNameRequest>("PUT", ALD_C "/vectors/{vector_name}", "/qdrant.Points/CreateVectorName"),
    write<pb::DeleteVectorNameRequest>("DELETE", ALD_C "/vectors/{vector_name}", "/qdrant.Points/DeleteVectorName"),
    write<pb::UpsertPoints>("PUT", ALD_C "/points", "/qdrant.Points/Upsert"),
    write<pb::DeletePoints>("POST", ALD_C "/points/delete", "/qdrant.Points/Delete"),
    write<pb::UpdatePointVectors>("PUT", ALD_C "/points/vectors", "/qdrant.Points/UpdateVectors"),
    write<pb::DeletePointVectors>("POST", ALD_C "/points/vectors/delete", "/qdrant.Points/DeleteVectors"),
    write<pb::SetPayloadPoints>("POST", ALD_C "/points/payload", "/qdrant.Points/SetPayload"),
    write<pb::SetPayloadPoints>("PUT", ALD_C "/points/payload", "/qdrant.Points/OverwritePayload"),
    write<pb::DeletePayloadPoints>("POST", ALD_C "/points/payload/delete", "/qdrant.Points/DeletePayload"),
    write<pb::ClearPayloadPoints>("POST", ALD_C "/points/payload/clear", "/qdrant.Points/ClearPayload"),
    row<pb::UpdateBatchPoints, pb::UpdateBatchResponse>("POST", ALD_C "/points/batch", "/qdrant.Points/UpdateBatch",
                                                        read_updates),
    row<pb::GetPoints, pb::GetResponse>("POST", ALD_C "/points", "/qdrant.Points/Get", read_records),
    row<pb::ScrollPoints, pb::ScrollResponse>("POST", ALD_C "/points/scroll", "/qdrant.Points/Scroll", read_page),
    row<pb::CountPoints, pb::CountResponse>("POST", ALD_C "/points/count", "/qdrant.Points/Count", read_count),
    row<pb::FacetCounts, pb::FacetResponse>("POST", ALD_C "/facet", "/qdrant.Points/Facet", read_facet),
    row<pb::QueryPoints, pb::QueryResponse>("POST", ALD_C "/points/query", "/qdrant.Points/Query", read_hits),
    row<pb::QueryBatchPoints, pb::QueryBatchResponse>("POST", ALD_C "/points/query/batch", "/qdrant.Points/QueryBatch",
                                                      read_hit_lists),
    row<pb::QueryPointGroups, pb::QueryGroupsResponse>("POST", ALD_C "/points/query/groups", "/qdrant.Points/QueryGroups",
                                                       read_groups),
    row<pb::SearchMatrixPoints, pb::SearchMatrixPairsResponse>("POST", ALD_C "/points/search/matrix/pairs",
                                                               "/qdrant.Points/SearchMatrixPairs", read_pairs),
    row<pb::SearchMatrixPoints, pb::SearchMatrixOffsetsResponse>("POST", ALD_C "/points/search/matrix/offsets",
                                                                 "/qdrant.Points/SearchMatrixOffsets", read_offsets),
    row<pb::ListSnapshotsRequest, pb::ListSnapshotsResponse>("GET", ALD_C "/snapshots", "/qdrant.Snapshots/List", read_snapshots),
    row<pb::CreateSnapshotRequest, pb::CreateSnapshotResponse>("POST", ALD_C "/snapshots", "/qdrant.Snapshots/Create",
                                                               read_snapshot),
    row<pb::DeleteSnapshotRequest, pb::DeleteSnapshotResponse>("DELETE", ALD_C "/snapshots/{snapshot_name}",
                                                               "/qdrant.Snapshots/Delete", read_true),
    row<pb::ListFullSnapshotsRequest, pb::ListSnapshotsResponse>("GET", "/snapshots", "/qdrant.Snapshots/ListFull",
                                                                 read_snapshots),
    row<pb::CreateFullSnapshotRequest, pb::CreateSnapshotResponse>("POST", "/snapshots", "/qdrant.Snapshots/CreateFull",
                                                                   read_snapshot),
    row<pb::DeleteFullSnapshotRequest, pb::DeleteSnapshotResponse>("DELETE", "/snapshots/{snapshot_name}",
                                                                   "/qdrant.Snapshots/DeleteFull", read_true),
};
#undef ALD_C

Error unimplemented(std::string message) {
  Error error;
  error.kind = ErrorKind::kUnimplemented;
  error.message = "not over gRPC: " + std::move(message);
  return error;
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    int byte = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16).ptr == text.data() + i + 3) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// The part of `text` up to the next `mark`, which is taken off with it.
std::string_view next(std::string_view& text, char mark) {
  const std::size_t end = std::min(text.find(mark), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

bool fits(std::string_view pattern, std::string_view path, std::vector<std::pair<std::string, std::string>>& segments) {
  segments.clear();
  while (!pattern.empty() || !path.empty()) {
    if (pattern.empty() || path.empty()) return false;
    const std::string_view wanted = next(pattern, '/');
    const std::string_view given = next(path, '/');
    if (wanted.starts_with('{')) {
      segments.emplace_back(wanted.substr(1, wanted.size() - 2), decoded(given));
    } else if (wanted != given) {
      return false;
    }
  }
  return true;
}

void set_text(Message& message, const std::string& name, const std::string& value) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  if (field != nullptr) message.GetReflection()->SetString(&message, field, value);
}

/// `wait`, `ordering`, `timeout`, `consistency`.
bool set_parameter(Message& message, std::string_view name, const std::string& value) {
  const bool is_ordering = name == "ordering";
  const bool is_consistency = name == "consistency";
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(is_consistency ? "read_consistency" : std::string(name));
  if (field == nullptr) return false;
  const auto& reflection = *message.GetReflection();
  std::uint64_t number = 0;
  const bool is_number = std::from_chars(value.data(), value.data() + value.size(), number).ptr == value.data() + value.size();
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL) return reflection.SetBool(&message, field, value == "true"), true;
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_UINT64) return is_number && (reflection.SetUInt64(&message, field, number), true);
  if (!is_ordering && !is_consistency) return false;
  Message& inner = *reflection.MutableMessage(&message, field);
  if (is_consistency && is_number) {
    static_cast<pb::ReadConsistency&>(inner).set_factor(number);
    return true;
  }
  const auto* type = inner.GetDescriptor()->FindFieldByName("type");
  for (int i = 0; i < type->enum_type()->value_count(); ++i) {
    const auto* candidate = type->enum_type()->value(i);
    if (candidate->name().size() == value.size() &&
        std::equal(value.begin(), value.end(), candidate->name().begin(), [](char a, char b) { return (a | 32) == (b | 32); })) {
      inner.GetReflection()->SetEnum(&inner, type, candidate);
      return true;
    }
  }
  return false;
}

/// Queries of a batch name their collection each.
void name_collection(Message& message, const std::string& name) {
  set_text(message, "collection_name", name);
  if (message.GetDescriptor() != pb::QueryBatchPoints::descriptor()) return;
  for (auto& query : *static_cast<pb::QueryBatchPoints&>(message).mutable_query_points()) query.set_collection_name(name);
}

}  // namespace

UrlParts split_url(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::size_t start = std::min(url.find('/', scheme == std::string_view::npos ? 0 : scheme + 3), url.size());
  UrlParts parts{.origin = url.substr(0, start), .path = url.substr(start), .query = {}};
  if (const std::size_t mark = parts.path.find('?'); mark != std::string_view::npos) {
    parts.query = parts.path.substr(mark + 1);
    parts.path = parts.path.substr(0, mark);
  }
  return parts;
}

const Route* find_route(std::string_view method, std::string_view path,
                        std::vector<std::pair<std::string, std::string>>& segments) {
  for (const Route& route : kRoutes) {
    if (route.method == method && fits(route.pattern, path, segments)) return &route;
  }
  return nullptr;
}

Result<Prepared> prepare(const client::HttpRequest& request) {
  UrlParts url = split_url(request.url);
  std::vector<std::pair<std::string, std::string>> segments;
  Prepared prepared;
  prepared.route = request.source == nullptr && request.sink == nullptr ? find_route(request.method, url.path, segments) : nullptr;
  if (prepared.route == nullptr) return unimplemented(std::string(request.method) + " " + std::string(url.path));
  prepared.message.reset(prepared.route->request()->New());
  Message& message = *prepared.message;
  if (!request.body.empty()) {
    const auto document = client::core::Document::parse(request.body);
    if (!document) {
      Error error = document.error();
      error.kind = ErrorKind::kInvalidArgument;
      return error;
    }
    Encoder encoder(request.vectors);
    if (!encoder.fill(message, document->root())) return unimplemented(encoder.error());
  }
  for (const auto& [name, value] : segments) {
    if (name == "collection_name") {
      name_collection(message, value);
    } else {
      set_text(message, name, value);
    }
  }
  while (!url.query.empty()) {
    std::string_view parameter = next(url.query, '&');
    const std::string_view name = next(parameter, '=');
    // Snapshots are always waited for; a wait that is false cannot be said.
    if (name == "wait" && parameter == "true" && message.GetDescriptor()->FindFieldByName("wait") == nullptr) continue;
    if (!set_parameter(message, name, decoded(parameter))) return unimplemented("parameter '" + std::string(name) + "'");
  }
  return prepared;
}

}  // namespace alidade::qdrant::inline v0::wire
