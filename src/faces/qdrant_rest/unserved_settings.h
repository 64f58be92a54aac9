#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/collection_config.h"
#include "observe/log.h"

namespace alidade::faces::qdrant_rest {

// Settings that a collection keeps and shows as the peer does, although this version does not do
// them. An operator who relies on one, a limit for instance, finds it in the log.

/// Their names, in the order in which `config` shows them.
std::vector<std::string> unserved_settings(const model::CollectionConfig& config);
/// Those that an update adds.
std::vector<std::string> newly_unserved(const model::CollectionConfig& before,
                                        const model::CollectionConfig& after);
/// One line for the collection; none when there is nothing to say.
void warn_of_unserved(observe::Log& log,
                      std::string_view collection,
                      const std::vector<std::string>& settings);

}  // namespace alidade::faces::qdrant_rest
