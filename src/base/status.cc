#include "base/status.h"

#include <fmt/format.h>

namespace alidade::base {
namespace {
const std::string kEmpty;
}  // namespace

std::string_view status_code_name(StatusCode code) {
  switch (code) {
#define ALD_ERROR_CODE(name, number) \
  case StatusCode::name:             \
    return #name;
#include "base/error_codes.def"
#undef ALD_ERROR_CODE
  }
  return "kUnknown";
}

Status::Status(StatusCode code, std::string message)
    : Status(code, std::move(message), ErrorKind::kNone, {}) {}

Status::Status(StatusCode code, std::string message, ErrorKind kind, std::vector<std::string> args) {
  if (code == StatusCode::kOk) return;
  rep_ = std::make_shared<const Rep>(Rep{code, std::move(message), kind, std::move(args)});
}

const std::string& Status::message() const { return rep_ ? rep_->message : kEmpty; }

const std::string& Status::arg(std::size_t i) const {
  return rep_ && i < rep_->args.size() ? rep_->args[i] : kEmpty;
}

Status Status::with_context(std::string_view context) const {
  if (ok()) return *this;
  return Status(rep_->code, fmt::format("{}: {}", context, rep_->message), rep_->kind, rep_->args);
}

std::string Status::to_string() const {
  return ok() ? "ok" : fmt::format("{}: {}", status_code_name(code()), message());
}

}  // namespace alidade::base
