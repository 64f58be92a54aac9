#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/status.h"
#include "env/env.h"
#include "storage/manifest.h"

namespace alidade::storage {

class BlockFileWriter;
class BlockFileReader;
class BlockStream;

/// Writes a file of derived data (a graph, payload indexes, codes) in checksummed blocks of 1 MiB.
/// Put the returned FileRef into the manifest; without that the file is removed at the next start.
class DerivedFileWriter {
 public:
  /// @param kind at most 16 characters, e.g. "graph". The file must not exist yet.
  static Result<DerivedFileWriter> create(env::Env& env,
                                          const std::string& directory,
                                          const std::string& name,
                                          std::string_view kind);
  DerivedFileWriter(DerivedFileWriter&&) noexcept;
  DerivedFileWriter& operator=(DerivedFileWriter&&) noexcept;
  ~DerivedFileWriter();

  Status append(std::span<const std::byte> bytes);
  /// Footer and fdatasync of the file and its folder: durable when it returns.
  Result<FileRef> finish();

 private:
  DerivedFileWriter();
  env::Env* env_ = nullptr;
  std::string directory_;
  std::unique_ptr<BlockFileWriter> file_;
};

/// Reads one front to back; every block is verified before its bytes are handed out.
class DerivedFileReader {
 public:
  /// @return kDataLoss when the header, the footer or the reference's size and checksum differ;
  ///         or the file is missing; kIo. The caller then rebuilds the derived data.
  static Result<DerivedFileReader> open(env::Env& env,
                                        const std::string& directory,
                                        const FileRef& file);
  DerivedFileReader(DerivedFileReader&&) noexcept;
  DerivedFileReader& operator=(DerivedFileReader&&) noexcept;
  ~DerivedFileReader();

  std::uint64_t size_bytes() const;
  std::uint64_t remaining_bytes() const;
  /// The next out.size() bytes. @return kDataLoss when they are damaged or the data ends before.
  Status read(std::span<std::byte> out);

 private:
  DerivedFileReader();
  std::unique_ptr<BlockFileReader> file_;
  std::unique_ptr<BlockStream> stream_;
};

/// Whole-file forms.
Result<FileRef> write_derived_file(env::Env& env,
                                   const std::string& directory,
                                   const std::string& name,
                                   std::string_view kind,
                                   std::span<const std::byte> bytes);
Result<base::Bytes> read_derived_file(env::Env& env,
                                      const std::string& directory,
                                      const FileRef& file);

}  // namespace alidade::storage
