// Names that belong to one person: "bob" here may be "bob@nordlys" there. A block of one
// name counts for all of them on this account's devices. This is the person's own knowledge
// about their contacts: it goes to their other devices, encrypted, and to nobody else; the
// names are not even looked up, unless the person wants them blocked at the hub as well.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "client/engine/step.h"

namespace parley::client {

inline constexpr std::size_t kMaxNamesOfPerson = 16;

// The other names of whoever has this one.
Result<std::vector<std::string>> other_names(Step& step, const std::string& handle);
// Another name of theirs is blocked.
Result<bool> is_suppressed(Step& step, const records::Contact& contact);

// Everybody who is one person with this name, were these names of the same person as well.
Result<std::set<std::string>> all_names(Step& step, const std::string& handle,
                                        const std::vector<std::string>& also);
// These are one person; tells the own devices. invalid_argument for too many names.
Status join_names(Step& step, const std::string& handle, const std::vector<std::string>& also);
// These are not that person.
Status part_names(Step& step, const std::string& handle, const std::vector<std::string>& others);

// What another own device was told.
Status on_person_sync(Step& step, const e2e::PersonNames& names);

}  // namespace parley::client
