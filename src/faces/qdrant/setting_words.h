#pragma once

#include "faces/contract/type.h"
#include "model/settings.h"

namespace alidade::faces::qdrant {

// The enums of settings.

extern const contract::WordsOf<model::MemoryPlacement> kMemory;
extern const contract::WordsOf<model::Datatype> kDatatype;
extern const contract::WordsOf<model::Distance> kDistance;
extern const contract::WordsOf<model::MultivectorComparator> kComparator;
extern const contract::WordsOf<model::SparseModifier> kModifier;
extern const contract::WordsOf<model::ShardingMethod> kSharding;
extern const contract::WordsOf<model::ScalarType> kScalarType;
extern const contract::WordsOf<model::ProductCompression> kCompression;
extern const contract::WordsOf<model::BinaryEncoding> kBinaryEncoding;
extern const contract::WordsOf<model::BinaryQueryEncoding> kQueryEncoding;
extern const contract::WordsOf<model::TurboBits> kTurboBits;

}  // namespace alidade::faces::qdrant
