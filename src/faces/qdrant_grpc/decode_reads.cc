#include <utility>

#include "faces/qdrant_grpc/decode_filter.h"
#include "faces/qdrant_grpc/decode_points.h"
#include "faces/qdrant_grpc/errors.h"
#include "faces/qdrant_grpc/parts.h"
#include "faces/qdrant_rest/errors.h"

namespace alidade::faces::qdrant_grpc {

Result<ops::RetrievePoints> read_get(const ::qdrant::GetPoints& request) {
  ops::RetrievePoints read;
  read.collection = ops::CollectionRef::by_name(request.collection_name());
  ALD_ASSIGN(read.ids, read_ids(request.ids()));
  ALD_RETURN_IF_ERROR(read_common(request, read.with_payload, read.with_vectors));
  return read;
}

Result<ops::ScrollPoints> read_scroll(const ::qdrant::ScrollPoints& request) {
  ops::ScrollPoints read;
  read.collection = ops::CollectionRef::by_name(request.collection_name());
  read.with_payload = model::PayloadSelector::all();
  if (request.has_offset()) {
    ALD_ASSIGN(read.offset, read_id(request.offset()));
  }
  if (request.has_limit()) read.limit = request.limit();
  ALD_ASSIGN(read.filter, read_filter_of(request));
  ALD_RETURN_IF_ERROR(read_common(request, read.with_payload, read.with_vectors));
  if (request.has_order_by()) {
    ALD_RETURN_IF_ERROR(contract::read(request.order_by(), qdrant::kOrderBy, kProtoReading, read.order_by.emplace()));
  }
  if (read.order_by && read.offset) {
    return qdrant_rest::wrong_input(
        "Cannot use an `offset` when using `order_by`. The alternative for paging is to use "
        "`order_by.start_from` and a filter to exclude the IDs that you've already seen for the "
        "`order_by.start_from` value");
  }
  return read;
}

Result<ops::CountPoints> read_count(const ::qdrant::CountPoints& request) {
  ops::CountPoints read;
  read.collection = ops::CollectionRef::by_name(request.collection_name());
  ALD_ASSIGN(read.filter, read_filter_of(request));
  if (request.has_exact()) read.exact = request.exact();
  if (request.has_read_consistency())
    ALD_RETURN_IF_ERROR(check_consistency(request.read_consistency()));
  return read;
}

Result<ops::Facet> read_facet(const ::qdrant::FacetCounts& request) {
  ops::Facet read;
  read.collection = ops::CollectionRef::by_name(request.collection_name());
  ALD_ASSIGN(read.key, read_path(request.key()));
  ALD_ASSIGN(read.filter, read_filter_of(request));
  if (request.has_limit()) read.limit = request.limit();
  read.exact = request.exact();
  if (request.has_read_consistency())
    ALD_RETURN_IF_ERROR(check_consistency(request.read_consistency()));
  return read;
}

}  // namespace alidade::faces::qdrant_grpc
