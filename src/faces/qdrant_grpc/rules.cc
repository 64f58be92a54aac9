#include "faces/qdrant_grpc/rules.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <memory>
#include <unordered_map>
#include <vector>

#include "faces/contract/walk.h"
#include "faces/contract/words.h"
#include "faces/qdrant/tables.h"
#include "faces/qdrant_grpc/errors.h"
#include "faces/qdrant_grpc/field_rules.h"

namespace alidade::faces::qdrant_grpc {
namespace {

using contract::Bounds;
using contract::Number;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

/// What to look at in one type of message: only fields that have a rule or lead to one.
struct Plan {
  struct Step {
    const FieldDescriptor* field = nullptr;
    const FieldRule* rule = nullptr;
    const Bounds* bounds = nullptr;  // From the table of the message.
    const Plan* inner = nullptr;  // Of the field's message, or of the map's values.
    std::string name;             // In a path: that of the oneof, where there is one.
  };
  std::vector<Step> steps;
  const MessageRule* rule = nullptr;
  bool leads_somewhere = false;
};

/// Plans of all types, made once; messages may contain themselves (filters, prefetches).
class Plans {
 public:
  const Plan& of(const Descriptor& type) {
    const auto found = plans_.find(&type);
    if (found != plans_.end()) return *found->second;
    Plan& plan = *plans_.emplace(&type, std::make_unique<Plan>()).first->second;
    plan.leads_somewhere = leads_to_rules(type);
    plan.rule = message_rule(type);
    for (int i = 0; i < type.field_count(); ++i) add_step(*type.field(i), plan);
    return plan;
  }

 private:
  static bool is_ours(const Descriptor& type) { return type.file()->package() == "qdrant"; }

  static const MessageRule* message_rule(const Descriptor& type) {
    if (!is_ours(type)) return nullptr;
    for (const MessageRule& rule : kMessageRules) {
      if (type.name() == rule.message) return &rule;
    }
    return nullptr;
  }

  static const FieldRule* field_rule(const FieldDescriptor& field) {
    if (!is_ours(*field.containing_type())) return nullptr;
    for (const FieldRule& rule : kFieldRules) {
      if (field.containing_type()->name() == rule.message && field.name() == rule.field)
        return &rule;
    }
    return nullptr;
  }

  /// Bounds of a number in a message that a table describes.
  const Bounds* bounds(const FieldDescriptor& field) const {
    if (!is_ours(*field.containing_type())) return nullptr;
    for (const contract::Object* object : described_.objects) {
      if (object->message != field.containing_type()->name()) continue;
      for (const contract::Field& one : object->fields) {
        if (one.number == field.number() && one.type.bounds.any()) return &one.type.bounds;
      }
    }
    return nullptr;
  }

  static const Descriptor* inner_type(const FieldDescriptor& field) {
    if (!field.is_map()) return field.message_type();
    return field.message_type()->map_value()->message_type();
  }

  /// Whether the type or one that it contains has a rule.
  bool leads_to_rules(const Descriptor& type) const {
    std::unordered_map<const Descriptor*, bool> seen;
    std::vector<const Descriptor*> open{&type};
    while (!open.empty()) {
      const Descriptor& next = *open.back();
      open.pop_back();
      if (!seen.emplace(&next, true).second) continue;
      if (message_rule(next) != nullptr) return true;
      for (int i = 0; i < next.field_count(); ++i) {
        if (field_rule(*next.field(i)) != nullptr || bounds(*next.field(i)) != nullptr) return true;
        if (const Descriptor* inner = inner_type(*next.field(i))) open.push_back(inner);
      }
    }
    return false;
  }

  /// The peer does not look into the points that a deletion names, nor at the place that a formula measures from.
  static bool is_unchecked(const FieldDescriptor& field) {
    return field.full_name() == "qdrant.DeletePoints.points" || field.full_name() == "qdrant.GeoDistance.origin";
  }

  void add_step(const FieldDescriptor& field, Plan& plan) {
    if (is_unchecked(field)) return;
    Plan::Step step{
        .field = &field, .rule = field_rule(field), .bounds = bounds(field), .inner = nullptr, .name = field.name()};
    if (field.real_containing_oneof() != nullptr) step.name = field.real_containing_oneof()->name();
    if (const Descriptor* inner = inner_type(field)) {
      const Plan& inner_plan = of(*inner);
      if (inner_plan.leads_somewhere) step.inner = &inner_plan;
    }
    if (step.rule != nullptr || step.bounds != nullptr || step.inner != nullptr) plan.steps.push_back(std::move(step));
  }

  const contract::Described described_ = contract::described(qdrant::kRoots);
  std::unordered_map<const Descriptor*, std::unique_ptr<Plan>> plans_;
};

// Values. -------------------------------------------------------------------------------------

Number number_of(const Message& message, const FieldDescriptor& field) {
  const auto& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_UINT32:
      return Number::of(std::uint64_t{reflection.GetUInt32(message, &field)});
    case FieldDescriptor::CPPTYPE_UINT64:
      return Number::of(reflection.GetUInt64(message, &field));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return Number::of(double{reflection.GetFloat(message, &field)});
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return Number::of(reflection.GetDouble(message, &field));
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_BOOL:
    case FieldDescriptor::CPPTYPE_ENUM:
    case FieldDescriptor::CPPTYPE_STRING:
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  return {};
}

Bounds bounds_of(const FieldRule& rule) {
  return {.has_smallest = rule.check != Check::kAtMost,
          .has_largest = rule.check != Check::kAtLeast,
          .smallest = rule.smallest,
          .largest = rule.largest};
}

std::string name_problem(const std::string& name, Check check) {
  if (name.empty() || name.size() > 255) {
    return "value \"" + name + "\" invalid, must be from 1 to 255 characters";
  }
  // Other servers of this dialect keep a collection in a folder of its name.
  if (name == "." || name == "..") return "collection name cannot be \"" + name + "\"";
  constexpr std::string_view kNever("/\0", 2);
  constexpr std::string_view kForbidden("<>:\"/\\|?*\0\x1f", 11);
  const std::size_t found = name.find_first_of(check == Check::kNewName ? kForbidden : kNever);
  if (found == std::string::npos) return "";
  return "collection name cannot contain \"" + std::string(1, name[found]) + "\" char";
}

std::string problem_of(const Message& message,
                       const FieldDescriptor& field,
                       const FieldRule& rule) {
  const auto& reflection = *message.GetReflection();
  if (field.has_presence() && !reflection.HasField(message, &field)) return "";
  switch (rule.check) {
    case Check::kName:
    case Check::kNewName:
      return name_problem(reflection.GetString(message, &field), rule.check);
    case Check::kNotEmpty:
      if (field.is_repeated()) {
        return reflection.FieldSize(message, &field) > 0
                   ? ""
                   : "value [] invalid, must be at least 1 characters";
      }
      return reflection.GetString(message, &field).empty()
                 ? "value \"\" invalid, must be at least 1 characters"
                 : "";
    case Check::kAtLeast:
    case Check::kAtMost:
    case Check::kBetween:
      return contract::bounds_problem(number_of(message, field), bounds_of(rule));
  }
  return "";
}

std::string bounds_problem(const Message& message, const FieldDescriptor& field, const Bounds& bounds) {
  if (field.has_presence() && !message.GetReflection()->HasField(message, &field)) return "";
  return contract::bounds_problem(number_of(message, field), bounds);
}

// The walk. -----------------------------------------------------------------------------------

class Walk {
 public:
  void message(const Message& message, const Plan& plan, const std::string& path) {
    if (plan.rule != nullptr) {
      found_.clear();
      plan.rule->check(message, found_);
      for (const Broken& broken : found_) add(path + broken.place, broken.rule);
      if (plan.rule->whole) return;
    }
    for (const Plan::Step& step : plan.steps) {
      if (step.rule != nullptr)
        add_if(path + step.name, problem_of(message, *step.field, *step.rule));
      if (step.bounds != nullptr)
        add_if(path + step.name, bounds_problem(message, *step.field, *step.bounds));
      if (step.inner != nullptr) descend(message, step, path);
    }
  }

  Status verdict() const { return broken_.empty() ? Status() : rules_broken(broken_); }

 private:
  void descend(const Message& parent, const Plan::Step& step, const std::string& path) {
    const auto& reflection = *parent.GetReflection();
    if (!step.field->is_repeated()) {
      if (!reflection.HasField(parent, step.field)) return;
      return message(reflection.GetMessage(parent, step.field), *step.inner,
                     path + step.name + ".");
    }
    const int count = reflection.FieldSize(parent, step.field);
    for (int i = 0; i < count; ++i) {
      const Message& item = reflection.GetRepeatedMessage(parent, step.field, i);
      if (!step.field->is_map()) {
        message(item, *step.inner, path + step.name + "[" + std::to_string(i) + "].");
      } else {
        const auto* value = step.field->message_type()->map_value();
        message(item.GetReflection()->GetMessage(item, value), *step.inner,
                path + step.name + ".[].");
      }
    }
  }

  void add_if(const std::string& path, const std::string& problem) {
    if (!problem.empty()) add(path, problem);
  }
  void add(const std::string& path, const std::string& rule) {
    if (!broken_.empty()) broken_ += "; ";
    broken_ += path + ": " + rule;
  }

  std::string broken_;
  std::vector<Broken> found_;
};

}  // namespace

Status check_rules(const Message& request) {
  // Per thread, so that nobody waits; a few dozen types, filled as they come.
  thread_local Plans plans;
  const Plan& plan = plans.of(*request.GetDescriptor());
  if (!plan.leads_somewhere) return Status::ok_status();
  Walk walk;
  walk.message(request, plan, "");
  return walk.verdict();
}

}  // namespace alidade::faces::qdrant_grpc
