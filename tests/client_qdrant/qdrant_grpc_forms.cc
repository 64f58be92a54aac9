// Reads the lines of qdrant_forms (a model's name, a tab, JSON) and prints for each the message that goes over gRPC instead: its
// type, a tab, its bytes in hexadecimal digits. test_qdrant_cpp.py compares it with what the official client makes of the model.

#include <google/protobuf/descriptor.h>

#include <cstdio>
#include <iostream>
#include <map>
#include <string>

#include "alidade_qdrant/collections.pb.h"
#include "alidade_qdrant/points.pb.h"
#include "core/json_reader.h"
#include "qdrant_grpc/encode.h"

namespace alidade::qdrant {
namespace {

namespace pb = alidade_wire;
using google::protobuf::Message;

const Message* type_of(const std::string& model) {
  static const std::map<std::string, const Message*> types = {
      {"Filter", &pb::Filter::default_instance()},
      {"QueryRequest", &pb::QueryPoints::default_instance()},
      {"QueryGroupsRequest", &pb::QueryPointGroups::default_instance()},
      {"ScrollRequest", &pb::ScrollPoints::default_instance()},
      {"PointRequest", &pb::GetPoints::default_instance()},
      {"FacetRequest", &pb::FacetCounts::default_instance()},
      {"SearchMatrixRequest", &pb::SearchMatrixPoints::default_instance()},
      {"CreateCollection", &pb::CreateCollection::default_instance()},
      {"UpdateCollection", &pb::UpdateCollection::default_instance()}};
  if (const auto found = types.find(model); found != types.end()) return found->second;
  if (model.ends_with("AliasOperation")) return &pb::AliasOperations::default_instance();
  if (model.ends_with("Operation")) return &pb::PointsUpdateOperation::default_instance();
  return &pb::CreateFieldIndexCollection::default_instance();
}

int run() {
  for (std::string line; std::getline(std::cin, line);) {
    const std::size_t tab = line.find('\t');
    const std::string model = line.substr(0, tab);
    std::string json = line.substr(tab + 1);
    if (model.ends_with("IndexParams")) json = R"({"field_name":"f","field_schema":)" + json + "}";
    const std::unique_ptr<Message> message(type_of(model)->New());
    const auto document = client::core::Document::parse(json);
    wire::Encoder encoder;
    if (!document || !encoder.fill(*message, document->root())) {
      std::fprintf(stderr, "%s: %s\n", line.c_str(), encoder.error().c_str());
      return 1;
    }
    std::printf("%s\t", message->GetDescriptor()->name().c_str());
    for (const unsigned char byte : message->SerializeAsString()) std::printf("%02x", byte);
    std::printf("\n");
  }
  return 0;
}

}  // namespace
}  // namespace alidade::qdrant

int main() { return alidade::qdrant::run(); }
