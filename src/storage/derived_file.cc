#include "storage/derived_file.h"

#include "storage/format/block_file.h"

namespace alidade::storage {

Result<DerivedFileWriter> DerivedFileWriter::create(env::Env& env,
                                                    const std::string& directory,
                                                    const std::string& name,
                                                    std::string_view kind) {
  ALD_ASSIGN(auto file, BlockFileWriter::create(env, directory, name, kind, kLargeBlockBytes));
  DerivedFileWriter writer;
  writer.env_ = &env;
  writer.directory_ = directory;
  writer.file_ = std::move(file);
  return writer;
}

DerivedFileWriter::DerivedFileWriter() = default;
DerivedFileWriter::DerivedFileWriter(DerivedFileWriter&&) noexcept = default;
DerivedFileWriter& DerivedFileWriter::operator=(DerivedFileWriter&&) noexcept = default;
DerivedFileWriter::~DerivedFileWriter() = default;

Status DerivedFileWriter::append(std::span<const std::byte> bytes) { return file_->append(bytes); }

Result<FileRef> DerivedFileWriter::finish() {
  ALD_ASSIGN(auto file, file_->finish());
  ALD_RETURN_IF_ERROR(env_->sync_directory(directory_));
  return file;
}

Result<DerivedFileReader> DerivedFileReader::open(env::Env& env,
                                                  const std::string& directory,
                                                  const FileRef& file) {
  DerivedFileReader reader;
  ALD_ASSIGN(reader.file_, BlockFileReader::open(env, directory, file));
  reader.stream_ = std::make_unique<BlockStream>(*reader.file_);
  return reader;
}

DerivedFileReader::DerivedFileReader() = default;
DerivedFileReader::DerivedFileReader(DerivedFileReader&&) noexcept = default;
DerivedFileReader& DerivedFileReader::operator=(DerivedFileReader&&) noexcept = default;
DerivedFileReader::~DerivedFileReader() = default;

std::uint64_t DerivedFileReader::size_bytes() const { return file_->data_bytes(); }
std::uint64_t DerivedFileReader::remaining_bytes() const { return stream_->remaining(); }
Status DerivedFileReader::read(std::span<std::byte> out) { return stream_->read(out); }

Result<FileRef> write_derived_file(env::Env& env,
                                   const std::string& directory,
                                   const std::string& name,
                                   std::string_view kind,
                                   std::span<const std::byte> bytes) {
  ALD_ASSIGN(auto writer, DerivedFileWriter::create(env, directory, name, kind));
  ALD_RETURN_IF_ERROR(writer.append(bytes));
  return writer.finish();
}

Result<base::Bytes> read_derived_file(env::Env& env,
                                      const std::string& directory,
                                      const FileRef& file) {
  ALD_ASSIGN(auto reader, DerivedFileReader::open(env, directory, file));
  base::Bytes bytes(reader.size_bytes());
  ALD_RETURN_IF_ERROR(reader.read(bytes));
  return bytes;
}

}  // namespace alidade::storage
