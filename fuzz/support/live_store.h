#pragma once

#include <memory>
#include <string>

#include "collection/catalogue.h"
#include "env/memory/memory_env.h"
#include "env/thread_pool.h"
#include "faces/chroma_rest/chroma_rest.h"
#include "faces/qdrant_rest/qdrant_rest.h"
#include "net/http.h"
#include "ops/dispatcher.h"

namespace alidade::fuzz {

/// A whole server without sockets over a disk in memory, with a collection "c" of Qdrant's making
/// (vectors "" and "v", payload indexes) and a collection "chroma" of Chroma's, each with a few
/// points.
class LiveStore {
 public:
  LiveStore();
  ~LiveStore();

  ops::Dispatcher& dispatcher() { return *dispatcher_; }
  /// `face` is 'q' (Qdrant) or 'c' (Chroma). Waits for the answer.
  net::HttpResponse ask(char face,
                        const std::string& method,
                        const std::string& target,
                        std::string body);
  /// In a path, what "$" stands for: the UUID of the collection "chroma".
  const std::string& chroma_uuid() const { return chroma_uuid_; }

  /// Closes the store as kill -9 does, or after checkpoints, and opens it again.
  enum class Close { kKilled, kCheckpointed };
  void reopen(Close close);
  /// Everything that the store holds, as text.
  std::string contents();

 private:
  void open();

  env::MemoryEnv env_;
  std::unique_ptr<collection::Catalogue> catalogue_;
  std::unique_ptr<ops::Dispatcher> dispatcher_;
  std::unique_ptr<faces::qdrant_rest::QdrantRest> qdrant_;
  std::unique_ptr<faces::ChromaRest> chroma_;
  std::string chroma_uuid_;
};

}  // namespace alidade::fuzz
