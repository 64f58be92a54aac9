#include "app/verify_data_file.h"

#include "collection/catalogue_file.h"
#include "oplog/local/verify.h"
#include "storage/verify.h"

namespace alidade::app {

Status verify_data_file(env::Env& env, const std::string& path) {
  // Names come first: a file of ours whose first bytes are damaged is not a foreign one.
  if (path.ends_with("/catalogue.ald") || path.ends_with("/collection.ald")) {
    return collection::load_catalogue_file(env, path).status();
  }
  if (path.ends_with(".log")) return oplog::verify_log_file(env, path).status();
  return storage::verify_file(env, path).status();
}

}  // namespace alidade::app
