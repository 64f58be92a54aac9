#pragma once

#include <string_view>

/// Names of our own metrics, served under /alidade/metrics. A removed name is never used again.
namespace alidade::observe {

enum class MetricType { kCounter, kGauge, kHistogram };

struct MetricName {
  std::string_view name;
  MetricType type;
  std::string_view help;
};

// Labels: face, operation, code ("kOk" and so on).
inline constexpr MetricName kOperationsTotal{"alidade_operations_total", MetricType::kCounter,
                                             "Operations that were answered."};
// Labels: face, operation.
inline constexpr MetricName kOperationSeconds{"alidade_operation_seconds", MetricType::kHistogram,
                                              "Time from admission to answer of an operation."};
inline constexpr MetricName kConnections{"alidade_connections", MetricType::kGauge,
                                         "Open HTTP connections."};
// Labels: method, endpoint, status. Shown to Qdrant's users as rest_responses_*.
inline constexpr MetricName kRestResponses{"alidade_rest_response_seconds", MetricType::kHistogram,
                                           "Time to answer a request of the Qdrant REST API."};
// Labels: endpoint, status. Shown to Qdrant's users as grpc_responses_*.
inline constexpr MetricName kGrpcResponses{"alidade_grpc_response_seconds", MetricType::kHistogram,
                                           "Time to answer a call of the Qdrant gRPC API."};
// Labels: method, endpoint, status.
inline constexpr MetricName kChromaResponses{"alidade_chroma_response_seconds",
                                             MetricType::kHistogram,
                                             "Time to answer a request of the Chroma API."};
inline constexpr MetricName kCollections{"alidade_collections", MetricType::kGauge, "Collections."};
inline constexpr MetricName kQuarantined{"alidade_collections_quarantined", MetricType::kGauge,
                                         "Collections that are damaged and do not serve."};

}  // namespace alidade::observe
