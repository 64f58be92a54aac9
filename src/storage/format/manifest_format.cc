#include "storage/format/manifest_format.h"

#include "base/hash.h"

namespace alidade::storage {
namespace {

constexpr std::string_view kMagic = "ALDMANI1";
constexpr std::uint32_t kManifestVersion = 2;
constexpr std::size_t kHeaderBytes = 24;  // Magic, version, reserved, length of the file.
constexpr std::size_t kChecksumBytes = 8;

Result<Manifest> decode_body(base::ByteReader& reader) {
  Manifest manifest;
  ALD_ASSIGN(manifest.generation, reader.get<std::uint64_t>());
  ALD_ASSIGN(const auto covered, reader.get<std::uint64_t>());
  manifest.covered = base::LogPosition(covered);
  ALD_ASSIGN(const auto schema, reader.get_text());
  ALD_ASSIGN(const auto state, reader.get_text());
  manifest.schema_json = schema;
  manifest.state_json = state;
  ALD_ASSIGN(const auto file_count, reader.get<std::uint32_t>());
  for (std::uint32_t i = 0; i < file_count; ++i) {
    FileRef file;
    ALD_ASSIGN(const auto kind, reader.get_text());
    ALD_ASSIGN(const auto name, reader.get_text());
    ALD_ASSIGN(file.size_bytes, reader.get<std::uint64_t>());
    ALD_ASSIGN(file.checksum, reader.get<std::uint64_t>());
    file.kind = kind;
    file.name = name;
    manifest.files.push_back(std::move(file));
  }
  return manifest;
}

}  // namespace

base::Bytes encode_manifest(const Manifest& manifest) {
  base::ByteWriter out;
  out.put_bytes(base::as_bytes(kMagic));
  out.put(manifest.version);
  out.put(std::uint32_t{0});
  out.put(std::uint64_t{0});  // The length, when it is known.
  out.put(manifest.generation);
  out.put(manifest.covered.value);
  out.put_text(manifest.schema_json);
  out.put_text(manifest.state_json);
  out.put(static_cast<std::uint32_t>(manifest.files.size()));
  for (const FileRef& file : manifest.files) {
    out.put_text(file.kind);
    out.put_text(file.name);
    out.put(file.size_bytes);
    out.put(file.checksum);
  }
  out.patch(16, std::uint64_t{out.size() + kChecksumBytes});
  out.put(base::hash64(out.bytes()));
  return out.take();
}

Result<Manifest> decode_manifest(std::span<const std::byte> bytes) {
  if (!looks_like_manifest(bytes)) return data_loss("byte 0: no manifest (wrong magic)");
  if (bytes.size() < kHeaderBytes + kChecksumBytes) {
    return data_loss("byte " + std::to_string(bytes.size()) + ": the manifest is too short");
  }
  base::ByteReader reader(bytes.first(bytes.size() - kChecksumBytes));
  ALD_RETURN_IF_ERROR(reader.get_bytes(kMagic.size()).status());
  ALD_ASSIGN(const auto version, reader.get<std::uint32_t>());
  ALD_ASSIGN(const auto reserved, reader.get<std::uint32_t>());
  ALD_ASSIGN(const auto length, reader.get<std::uint64_t>());
  base::ByteReader tail(bytes.last(kChecksumBytes));
  ALD_ASSIGN(const auto checksum, tail.get<std::uint64_t>());
  if (length != bytes.size() ||
      checksum != base::hash64(bytes.first(bytes.size() - kChecksumBytes))) {
    return data_loss("byte 0: the checksum of the manifest (" + std::to_string(bytes.size()) +
                     " bytes) is wrong");
  }
  if (version == 0 || version > kManifestVersion || reserved != 0) {
    return unimplemented("manifest format " + std::to_string(version) +
                         " is newer than this build");
  }
  ALD_ASSIGN(Manifest manifest, decode_body(reader));
  manifest.version = version;
  return manifest;
}

bool looks_like_manifest(std::span<const std::byte> bytes) {
  return bytes.size() >= kMagic.size() && base::as_text(bytes.first(kMagic.size())) == kMagic;
}

}  // namespace alidade::storage
