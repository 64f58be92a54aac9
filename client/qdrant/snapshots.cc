#include "alidade/qdrant/snapshots.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <random>

#include "qdrant/answers.h"
#include "qdrant/json_text.h"
#include "qdrant/routes.h"

namespace alidade::qdrant::inline v0 {
namespace {

using client::BodySink;
using client::BodySource;
using routes::HttpClient;
using routes::Repeat;
using routes::send;

Error wrong_use(std::string message) {
  Error error;
  error.kind = ErrorKind::kInvalidArgument;
  error.message = std::move(message);
  return error;
}

std::string_view name_of(SnapshotPriority priority) {
  switch (priority) {
    case SnapshotPriority::kNoSync: return "no_sync";
    case SnapshotPriority::kSnapshot: return "snapshot";
    case SnapshotPriority::kReplica: return "replica";
  }
  return "";
}

std::string wait_query(bool wait) { return wait ? "wait=true" : "wait=false"; }

/// A file that is read at any place, by one thread.
class SourceFile {
 public:
  explicit SourceFile(const std::string& path) : file_(std::fopen(path.c_str(), "rb")) {
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(path, error);
    if (file_ != nullptr && !error) size_bytes_ = size;
    is_good_ = file_ != nullptr && !error;
  }
  ~SourceFile() {
    if (file_ != nullptr) std::fclose(file_);
  }
  SourceFile(const SourceFile&) = delete;
  SourceFile& operator=(const SourceFile&) = delete;

  bool is_good() const { return is_good_; }
  std::uint64_t size_bytes() const { return size_bytes_; }

  std::size_t read(std::uint64_t offset, std::span<char> room) {
    if (offset != at_ && ::fseeko(file_, static_cast<off_t>(offset), SEEK_SET) != 0) return 0;
    const std::size_t count = std::fread(room.data(), 1, room.size(), file_);
    at_ = offset + count;
    return count;
  }

 private:
  std::FILE* file_;
  std::uint64_t size_bytes_ = 0;
  std::uint64_t at_ = 0;
  bool is_good_ = false;
};

/// A file that takes its name when it is whole.
class PartFile {
 public:
  explicit PartFile(const std::string& path) : path_(path), part_(path + ".part") { restart(); }
  ~PartFile() {
    close();
    if (!is_done_) std::remove(part_.c_str());
  }
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  bool is_open() const { return file_ != nullptr; }
  bool failed() const { return failed_; }

  bool restart() {
    close();
    file_ = std::fopen(part_.c_str(), "wb");
    failed_ = file_ == nullptr;
    return !failed_;
  }
  bool write(std::string_view part) {
    failed_ = failed_ || std::fwrite(part.data(), 1, part.size(), file_) != part.size();
    return !failed_;
  }
  /// @return whether the file is there whole.
  bool finish() {
    is_done_ = close() && std::rename(part_.c_str(), path_.c_str()) == 0;
    return is_done_;
  }

 private:
  bool close() {
    const bool is_good = file_ != nullptr && std::fclose(file_) == 0 && !failed_;
    file_ = nullptr;
    return is_good;
  }

  const std::string path_;
  const std::string part_;
  std::FILE* file_ = nullptr;
  bool failed_ = false;
  bool is_done_ = false;
};

/// A source within the text of a form with one file.
struct Form {
  std::string head;
  std::string tail;
  std::string content_type;
  const BodySource& file;

  explicit Form(const BodySource& source) : file(source) {
    std::random_device random;
    std::string boundary = "alidade";
    for (int i = 0; i < 4; ++i) boundary += "-" + std::to_string(random());
    head = "--" + boundary +
           "\r\nContent-Disposition: form-data; name=\"snapshot\"; filename=\"snapshot\"\r\n"
           "Content-Type: application/octet-stream\r\n\r\n";
    tail = "\r\n--" + boundary + "--\r\n";
    content_type = "multipart/form-data; boundary=" + boundary;
  }

  std::uint64_t size_bytes() const { return head.size() + file.size_bytes + tail.size(); }

  /// The bytes from `offset` on of the part that it falls into.
  std::size_t read(std::uint64_t offset, std::span<char> room) const {
    const auto copy = [&](const std::string& text, std::uint64_t from) {
      const std::size_t count = std::min<std::size_t>(room.size(), text.size() - static_cast<std::size_t>(from));
      std::copy_n(text.data() + from, count, room.data());
      return count;
    };
    if (offset < head.size()) return copy(head, offset);
    offset -= head.size();
    if (offset >= file.size_bytes) return copy(tail, offset - file.size_bytes);
    return file.read(offset, room.first(static_cast<std::size_t>(
                                 std::min<std::uint64_t>(room.size(), file.size_bytes - offset))));
  }
};

}  // namespace

Snapshots::Snapshots(std::shared_ptr<const HttpClient> http, std::string path, Of of)
    : http_(std::move(http)), path_(std::move(path)), of_(of) {}

Result<std::vector<SnapshotInfo>> Snapshots::list(const CallOptions& call) const {
  return send(*http_, {.operation = "list_snapshots", .path = path_ + "s"}, call, answers::snapshots);
}

Result<SnapshotInfo> Snapshots::create(const CallOptions& call) const {
  return send(*http_,
              {.operation = "create_snapshot", .method = "POST", .path = path_ + "s", .query = wait_query(true)}, call,
              answers::snapshot);
}

Result<void> Snapshots::start_create(const CallOptions& call) const {
  return routes::done(http_->send(
      {.operation = "create_snapshot", .method = "POST", .path = path_ + "s", .query = wait_query(false)}, call));
}

Result<bool> Snapshots::remove(std::string_view name, const CallOptions& call) const {
  return send(*http_,
              {.operation = "delete_snapshot",
               .method = "DELETE",
               .path = path_ + "s/" + client::core::percent_encode(name),
               .query = wait_query(true)},
              call, answers::boolean);
}

Result<std::uint64_t> Snapshots::download(std::string_view name, const std::string& file, const CallOptions& call) const {
  PartFile part(file);
  if (!part.is_open()) return wrong_use("'" + file + ".part' cannot be written");
  std::uint64_t size_bytes = 0;
  const BodySink sink{.write =
                          [&](std::string_view bytes) {
                            size_bytes += bytes.size();
                            return part.write(bytes);
                          },
                      .restart =
                          [&] {
                            size_bytes = 0;
                            return part.restart();
                          }};
  auto done = download(name, sink, call);
  if (!done && !part.failed()) return done;
  if (part.failed() || !part.finish()) return wrong_use("'" + file + "' cannot be written: the disk is full, or it is not ours");
  return size_bytes;
}

Result<std::uint64_t> Snapshots::download(std::string_view name, const BodySink& sink, const CallOptions& call) const {
  return fetch(path_ + "s/" + client::core::percent_encode(name), sink, call);
}

Result<std::uint64_t> Snapshots::stream(const BodySink& sink, const CallOptions& call) const {
  if (of_ != Of::kShard) return wrong_use("only snapshots of a shard are streamed");
  return fetch(path_, sink, call);
}

Result<std::uint64_t> Snapshots::fetch(std::string path, const BodySink& sink, const CallOptions& call) const {
  std::uint64_t size_bytes = 0;
  BodySink counting{.write = [&](std::string_view part) {
    size_bytes += part.size();
    return sink.write(part);
  }};
  if (sink.restart) {
    counting.restart = [&] {
      size_bytes = 0;
      return sink.restart();
    };
  }
  auto done = http_->send({.operation = "download_snapshot", .path = std::move(path), .sink = &counting}, call);
  if (!done) return std::move(done).error();
  return size_bytes;
}

Result<void> Snapshots::recover(const std::string& location, const RecoverOptions& options,
                                const CallOptions& call) const {
  if (of_ == Of::kStorage) return wrong_use("a server recovers all it has only when it starts");
  std::string body;
  text::Object object(body);
  object.string("location", location);
  if (options.priority) object.string("priority", name_of(*options.priority));
  object.maybe_string("checksum", options.checksum).maybe_string("api_key", options.api_key).end();
  return routes::done(http_->send({.operation = "recover_snapshot",
                                   .method = "PUT",
                                   .path = path_ + "s/recover",
                                   .query = wait_query(options.wait),
                                   .body = std::move(body)},
                                  call));
}

Result<void> Snapshots::upload(const std::string& file, const RecoverOptions& options, const CallOptions& call) const {
  SourceFile opened(file);
  if (!opened.is_good()) return wrong_use("'" + file + "' cannot be read");
  return upload({.size_bytes = opened.size_bytes(),
                 .read = [&](std::uint64_t offset, std::span<char> room) { return opened.read(offset, room); }},
                options, call);
}

Result<void> Snapshots::upload(const BodySource& source, const RecoverOptions& options, const CallOptions& call) const {
  if (of_ == Of::kStorage) return wrong_use("a server recovers all it has only when it starts");
  std::string query = wait_query(options.wait);
  if (options.priority) (query += "&priority=") += name_of(*options.priority);
  if (!options.checksum.empty()) query += "&checksum=" + client::core::percent_encode(options.checksum);
  const Form form(source);
  const BodySource body{.size_bytes = form.size_bytes(), .read = [&](std::uint64_t offset, std::span<char> room) {
                          return form.read(offset, room);
                        }};
  return routes::done(http_->send({.operation = "upload_snapshot",
                                   .method = "POST",
                                   .path = path_ + "s/upload",
                                   .query = std::move(query),
                                   .source = &body,
                                   .content_type = form.content_type},
                                  call));
}

}  // namespace alidade::qdrant::inline v0
