#include "faces/qdrant_grpc/rules.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <cmath>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/json.h"
#include "faces/qdrant_grpc/errors.h"
#include "faces/qdrant_grpc/field_rules.h"

namespace alidade::faces::qdrant_grpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

/// What to look at in one type of message: only fields that have a rule or lead to one.
struct Plan {
  struct Step {
    const FieldDescriptor* field = nullptr;
    const FieldRule* rule = nullptr;
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

  static const Descriptor* inner_type(const FieldDescriptor& field) {
    if (!field.is_map()) return field.message_type();
    return field.message_type()->map_value()->message_type();
  }

  /// Whether the type or one that it contains has a rule.
  static bool leads_to_rules(const Descriptor& type) {
    std::unordered_map<const Descriptor*, bool> seen;
    std::vector<const Descriptor*> open{&type};
    while (!open.empty()) {
      const Descriptor& next = *open.back();
      open.pop_back();
      if (!seen.emplace(&next, true).second) continue;
      if (message_rule(next) != nullptr) return true;
      for (int i = 0; i < next.field_count(); ++i) {
        if (field_rule(*next.field(i)) != nullptr) return true;
        if (const Descriptor* inner = inner_type(*next.field(i))) open.push_back(inner);
      }
    }
    return false;
  }

  /// The peer does not look into the points that a deletion names.
  static bool is_unchecked(const FieldDescriptor& field) {
    return field.full_name() == "qdrant.DeletePoints.points";
  }

  void add_step(const FieldDescriptor& field, Plan& plan) {
    if (is_unchecked(field)) return;
    Plan::Step step{
        .field = &field, .rule = field_rule(field), .inner = nullptr, .name = field.name()};
    if (field.real_containing_oneof() != nullptr) step.name = field.real_containing_oneof()->name();
    if (const Descriptor* inner = inner_type(field)) {
      const Plan& inner_plan = of(*inner);
      if (inner_plan.leads_somewhere) step.inner = &inner_plan;
    }
    if (step.rule != nullptr || step.inner != nullptr) plan.steps.push_back(std::move(step));
  }

  std::unordered_map<const Descriptor*, std::unique_ptr<Plan>> plans_;
};

// Values. -------------------------------------------------------------------------------------

struct Number {
  double value = 0;
  std::string text;
  bool is_float = false;
};

Number integer(std::uint64_t value) {
  return {static_cast<double>(value), std::to_string(value), false};
}

Number fraction(double value) {
  std::string text;
  base::json::write_double(value, text);
  return {value, std::isnan(value) ? "NaN" : text, true};
}

Number number_of(const Message& message, const FieldDescriptor& field) {
  const auto& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_UINT32:
      return integer(reflection.GetUInt32(message, &field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return integer(reflection.GetUInt64(message, &field));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return fraction(double{reflection.GetFloat(message, &field)});
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return fraction(reflection.GetDouble(message, &field));
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

std::string bound(double value, bool is_float) {
  return is_float ? fraction(value).text : std::to_string(static_cast<std::uint64_t>(value));
}

std::string number_problem(const Number& number, const FieldRule& rule) {
  const bool has_smallest = rule.check != Check::kAtMost;
  const bool has_largest = rule.check != Check::kAtLeast;
  const bool fits = !(has_smallest && !(number.value >= rule.smallest)) &&
                    !(has_largest && !(number.value <= rule.largest));
  if (fits) return "";
  const std::string value = "value " + number.text + " invalid, must be ";
  const std::string smallest = bound(rule.smallest, number.is_float);
  const std::string largest = bound(rule.largest, number.is_float);
  if (rule.check == Check::kAtLeast) return value + smallest + " or larger";
  if (rule.check == Check::kAtMost) return value + largest + " or smaller";
  return value + "from " + smallest + " to " + largest;
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
      return number_problem(number_of(message, field), rule);
  }
  return "";
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
