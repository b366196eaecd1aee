// People in words and as JSON: requests, and what protects a chat.
#pragma once

#include <string>

#include "apps/cli/json_line.h"
#include "proto/client.h"

namespace parley::cli {

namespace api = wire::client;

// "carol@nordlys (Carol C.)", with the service where there is one. Printable.
std::string person_text(const std::string& handle, const std::string& name,
                        const std::string& service);
// The same of a contact; what somebody calls themselves whom one has not accepted is no link.
std::string contact_text(const api::Contact& contact);

// What people of the contact's service cannot see, in one line; empty: nothing is missing.
std::string lacks_line(const api::Contact& contact);

// Whether `request_text` shows a link otherwise than it was written.
bool has_links(const api::Request& request);
// One line and a preview; for `parley requests`.
std::string request_text(const api::Request& request);
// What `parley chat` shows of an open request, without the messages.
std::string request_card(const api::Request& request);
JsonLine request_json(const api::Request& request);
// Of `listen --json`: also what is new. Skips nothing that a request has.
JsonLine request_event_json(const api::RequestChanged& changed);
std::string request_event_line(const api::RequestChanged& changed);

// The page behind the line that says what protects a chat.
std::string trust_page(const api::Contact& contact);
JsonLine trust_json(const api::Contact& contact);

}  // namespace parley::cli
