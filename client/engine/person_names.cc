#include "client/engine/person_names.h"

#include <algorithm>

#include "client/engine/contacts.h"
#include "client/engine/outbox.h"

namespace parley::client {
namespace {

using Names = std::set<std::string>;

Result<records::PersonNames> load(Step& step, const std::string& handle) {
  PARLEY_TRY(stored,
             step.get<records::PersonNames>(RecordKind::person_names, id_key(as_bytes(handle))));
  if (stored) return *std::move(stored);
  records::PersonNames alone;
  alone.handles.push_back(handle);
  return alone;
}

void save(Step& step, const Names& names, std::int64_t decided_at_ms) {
  records::PersonNames person;
  person.handles.assign(names.begin(), names.end());
  person.decided_at_ms = decided_at_ms;
  for (const auto& name : names) {
    step.put(RecordKind::person_names, id_key(as_bytes(name)), person);
  }
}

// These become one person; whoever any of them was together with before stays behind.
Status replace(Step& step, const Names& names, std::int64_t decided_at_ms) {
  for (const auto& name : names) {
    PARLEY_TRY(before, load(step, name));
    Names left(before.handles.begin(), before.handles.end());
    for (const auto& one : names) left.erase(one);
    if (!left.empty()) save(step, left, decided_at_ms);
  }
  save(step, names, decided_at_ms);
  return {};
}

Status replace_and_tell(Step& step, const Names& names) {
  if (names.size() > kMaxNamesOfPerson) {
    return fail(ErrorCode::invalid_argument, "a person has at most 16 names");
  }
  PARLEY_CHECK(replace(step, names, step.now().ms));
  e2e::PersonNames told;
  told.handles.assign(names.begin(), names.end());
  told.decided_at_ms = step.now().ms;
  e2e::Sync sync;
  sync.body = std::move(told);
  return enqueue_sync(step, sync);
}

}  // namespace

Result<std::vector<std::string>> other_names(Step& step, const std::string& handle) {
  PARLEY_TRY(person, load(step, handle));
  std::erase(person.handles, handle);
  return std::move(person.handles);
}

Result<bool> is_suppressed(Step& step, const records::Contact& contact) {
  if (contact.handle.empty()) return false;
  PARLEY_TRY(others, other_names(step, contact.handle));
  for (const auto& name : others) {
    PARLEY_TRY(known, step.read(RecordKind::handle, id_key(as_bytes(name))));
    if (!known) continue;
    PARLEY_TRY(id, AccountId::from(known->view()));
    PARLEY_TRY(other, load_contact(step, id));
    if (other.blocked) return true;
  }
  return false;
}

Result<std::set<std::string>> all_names(Step& step, const std::string& handle,
                                        const std::vector<std::string>& also) {
  Names names{handle};
  for (const auto& one : also) {
    // Whoever is one person with one of them is with all.
    PARLEY_TRY(person, load(step, normalised_handle(one)));
    names.insert(person.handles.begin(), person.handles.end());
  }
  PARLEY_TRY(person, load(step, handle));
  names.insert(person.handles.begin(), person.handles.end());
  return names;
}

Status join_names(Step& step, const std::string& handle, const std::vector<std::string>& also) {
  PARLEY_TRY(names, all_names(step, handle, also));
  return replace_and_tell(step, names);
}

Status part_names(Step& step, const std::string& handle, const std::vector<std::string>& others) {
  PARLEY_TRY(person, load(step, handle));
  Names names(person.handles.begin(), person.handles.end());
  for (const auto& one : others) {
    const std::string name = normalised_handle(one);
    if (name != handle) names.erase(name);
  }
  return replace_and_tell(step, names);
}

Status on_person_sync(Step& step, const e2e::PersonNames& told) {
  const Names names(told.handles.begin(), told.handles.end());
  if (names.empty() || names.contains("")) return {};
  for (const auto& name : names) {
    PARLEY_TRY(known, load(step, name));
    if (known.decided_at_ms >= told.decided_at_ms) return {};
  }
  return replace(step, names, told.decided_at_ms);
}

}  // namespace parley::client
