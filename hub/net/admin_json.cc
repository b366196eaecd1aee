#include "hub/net/admin_json.h"

#include <boost/json/parse.hpp>
#include <optional>

#include "lib/base/encoding.h"

namespace parley::hub {
namespace {

namespace bj = boost::json;

constexpr std::string_view kPolicyPrefix = "data_policy.";

struct ToJson {
  bj::value operator()(const std::string& text) const { return bj::value(text); }
  bj::value operator()(bool yes) const { return yes; }
  bj::value operator()(std::int64_t number) const { return number; }
  bj::value operator()(const std::vector<std::string>& texts) const {
    bj::array list;
    for (const std::string& text : texts) list.emplace_back(text);
    return list;
  }
};

std::optional<EnteredValue> value_of(const bj::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_bool()) return value.get_bool();
  if (value.is_int64()) return value.get_int64();
  if (!value.is_array()) return {};
  std::vector<std::string> texts;
  for (const bj::value& element : value.get_array()) {
    if (!element.is_string()) return {};
    texts.emplace_back(element.get_string());
  }
  return texts;
}

auto invalid(std::string detail) { return fail(ErrorCode::invalid_argument, std::move(detail)); }

std::string_view word_for(MessageProof proof) {
  switch (proof) {
    case MessageProof::proven:
      return "proven";
    case MessageProof::stamp_key_gone:
      return "stamp_key_gone";
    case MessageProof::not_proven:
      break;
  }
  return "not_proven";
}

Status read_logo(const bj::object& object, ServiceEntry& entry) {
  const std::string text = text_in(object, "logo");
  auto bytes = base64_decode(text);
  if (!bytes) return invalid("logo: expected base64");
  entry.logo = *std::move(bytes);
  return {};
}

}  // namespace

bj::value to_admin_json(const ServiceEntry& entry) {
  ServiceEntry copy = entry;
  bj::object object, policy;
  for (const EntryField& field : entry_fields(copy)) {
    const std::string_view name = field.name;
    bj::value value = std::visit(ToJson{}, entered(field));
    if (name.starts_with(kPolicyPrefix)) {
      policy.emplace(name.substr(kPolicyPrefix.size()), std::move(value));
    } else {
      object.emplace(name, std::move(value));
    }
  }
  object.emplace("data_policy", std::move(policy));
  if (!entry.logo.empty()) object.emplace("logo", base64_encode(entry.logo));
  return object;
}

bj::value to_admin_json(const ServiceStatus& status) {
  bj::object object = to_admin_json(status.entry).get_object();
  object.erase("logo");
  object.emplace("logo_bytes", status.entry.logo.size());
  object.emplace("live_since_ms", status.live_since.ms);
  bj::object counts;
  for (const auto& [name, count] : status.counts) counts.emplace(name, count);
  object.emplace("counts", std::move(counts));
  bj::array troubles;
  for (const std::string& trouble : status.troubles) troubles.emplace_back(trouble);
  object.emplace("troubles", std::move(troubles));
  return object;
}

bj::value to_admin_json(const ReportView& report) {
  bj::object object;
  object.emplace("id", report.id);
  object.emplace("received_ms", report.received.ms);
  object.emplace("reporter", report.reporter);
  object.emplace("accused", report.accused);
  object.emplace("reason", report.reason);
  object.emplace("comment", report.comment);
  object.emplace("message_count", report.message_count);
  object.emplace("resolution", report.resolution);
  object.emplace("note", report.note);
  bj::array messages;
  for (const ReportedText& message : report.messages) {
    bj::object each;
    each.emplace("accepted_ms", message.accepted.ms);
    each.emplace("device", message.device);
    each.emplace("proof", word_for(message.proof));
    each.emplace("content", base64_encode(message.content));
    each.emplace("text", message.text);
    messages.push_back(std::move(each));
  }
  object.emplace("messages", std::move(messages));
  return object;
}

Result<bj::object> object_from(std::string_view text) {
  bj::error_code error;
  bj::value value = bj::parse(text, error);
  if (error || !value.is_object()) return fail(ErrorCode::malformed, "expected a JSON object");
  return std::move(value.get_object());
}

std::string text_in(const bj::object& object, std::string_view name) {
  const bj::value* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

Result<ServiceEntry> entry_from_admin_json(std::string_view text) {
  PARLEY_TRY(object, object_from(text));
  ServiceEntry entry;
  for (const EntryField& field : entry_fields(entry)) {
    std::string_view name = field.name;
    const bj::object* in = &object;
    if (name.starts_with(kPolicyPrefix)) {
      const bj::value* policy = object.if_contains("data_policy");
      in = policy ? policy->if_object() : nullptr;
      name.remove_prefix(kPolicyPrefix.size());
    }
    const bj::value* given = in ? in->if_contains(name) : nullptr;
    if (!given) continue;
    const auto value = value_of(*given);
    if (!value) return invalid(field.name + ": expected another kind of value");
    const Status taken = enter(field, *value);
    if (!taken) return invalid(field.name + ": " + taken.error().detail);
  }
  PARLEY_CHECK(read_logo(object, entry));
  for (const EntryProblem& problem : problems_of(entry)) {
    return invalid(problem.field + ": " + problem.message);
  }
  return entry;
}

}  // namespace parley::hub
