#include "query/average.h"

#include <map>
#include <utility>

#include <fmt/format.h>

namespace alidade::query {
namespace {

using model::MultiVector;
using model::SparseVector;
using Dense = std::vector<float>;

// About 1 ms of adding up vectors of 1,000 values.
constexpr std::size_t kVectorsPerLook = 512;

/// A mean is only made of vectors that are as long as the vector it is compared with.
Status check_length(std::size_t wanted, std::size_t given) {
  if (wanted == given) return {};
  return Status(StatusCode::kInvalidArgument, fmt::format("a mean of vectors of {} values has one of {}", wanted, given),
                ErrorKind::kDimensionMismatch, {std::to_string(wanted), std::to_string(given), ""});
}

/// The vectors as what all of them must be.
template <typename Kind>
Result<std::vector<const Kind*>> all_as(const std::vector<SharedVector>& vectors) {
  std::vector<const Kind*> out;
  for (const SharedVector& vector : vectors) {
    const auto* one = std::get_if<Kind>(vector.get());
    if (one == nullptr) {
      return model::wrong_kind(model::kind_of(*vector), "");
    }
    out.push_back(one);
  }
  return out;
}

Result<Dense> mean_of(const std::vector<const Dense*>& vectors, std::size_t dim, const observe::OpContext& context) {
  Dense mean(dim, 0.0F);
  for (std::size_t v = 0; v < vectors.size(); ++v) {
    if (v % kVectorsPerLook == 0) ALD_RETURN_IF_ERROR(context.check());
    ALD_RETURN_IF_ERROR(check_length(dim, vectors[v]->size()));
    for (std::size_t i = 0; i < dim; ++i) mean[i] += (*vectors[v])[i];
  }
  for (float& value : mean) value /= static_cast<float>(vectors.size());
  return mean;
}

using Sums = std::map<std::uint32_t, float>;

Result<Sums> mean_of(const std::vector<const SparseVector*>& vectors, const observe::OpContext& context) {
  Sums sums;
  for (std::size_t v = 0; v < vectors.size(); ++v) {
    if (v % kVectorsPerLook == 0) ALD_RETURN_IF_ERROR(context.check());
    for (std::size_t i = 0; i < vectors[v]->indices.size(); ++i) sums[vectors[v]->indices[i]] += vectors[v]->values[i];
  }
  for (auto& [index, sum] : sums) sum /= static_cast<float>(vectors.size());
  return sums;
}

Result<model::VectorValue> target_of(const std::vector<const Dense*>& positive, const std::vector<const Dense*>& negative,
                                     std::size_t dim, const observe::OpContext& context) {
  if (dim == 0) dim = positive.front()->size();
  ALD_ASSIGN(Dense target, mean_of(positive, dim, context));
  if (negative.empty()) return model::VectorValue(std::move(target));
  ALD_ASSIGN(const Dense away, mean_of(negative, dim, context));
  for (std::size_t i = 0; i < dim; ++i) target[i] += target[i] - away[i];
  return model::VectorValue(std::move(target));
}

Result<model::VectorValue> target_of(const std::vector<const SparseVector*>& positive,
                                     const std::vector<const SparseVector*>& negative, std::size_t,
                                     const observe::OpContext& context) {
  ALD_ASSIGN(Sums target, mean_of(positive, context));
  if (!negative.empty()) {
    ALD_ASSIGN(const Sums away, mean_of(negative, context));
    for (auto& [index, value] : target) value += value;
    for (const auto& [index, value] : away) target[index] -= value;
  }
  SparseVector made;
  for (const auto& [index, value] : target) {
    made.indices.push_back(index);
    made.values.push_back(value);
  }
  return model::VectorValue(std::move(made));
}

Result<model::VectorValue> target_of(const std::vector<const MultiVector*>& positive,
                                     const std::vector<const MultiVector*>& negative, std::size_t dim,
                                     const observe::OpContext& context) {
  MultiVector made;
  made.dim = dim == 0 ? positive.front()->dim : static_cast<std::uint32_t>(dim);
  const auto add = [&](const std::vector<const MultiVector*>& vectors, float sign) -> Status {
    for (std::size_t v = 0; v < vectors.size(); ++v) {
      if (v % kVectorsPerLook == 0) ALD_RETURN_IF_ERROR(context.check());
      ALD_RETURN_IF_ERROR(check_length(made.dim, vectors[v]->dim));
      for (const float value : vectors[v]->values) made.values.push_back(sign * value);
    }
    return {};
  };
  ALD_RETURN_IF_ERROR(add(positive, 1));
  ALD_RETURN_IF_ERROR(add(negative, -1));
  return model::VectorValue(std::move(made));
}

}  // namespace

Result<model::VectorValue> average_target(const std::vector<SharedVector>& positive,
                                          const std::vector<SharedVector>& negative,
                                          std::size_t dim,
                                          const observe::OpContext& context) {
  return std::visit(
      [&]<typename Kind>(const Kind&) -> Result<model::VectorValue> {
        ALD_ASSIGN(const auto towards, all_as<Kind>(positive));
        ALD_ASSIGN(const auto away, all_as<Kind>(negative));
        return target_of(towards, away, dim, context);
      },
      *positive.front());
}

}  // namespace alidade::query
