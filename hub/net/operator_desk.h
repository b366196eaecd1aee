// What an operator may ask of a running hub, as a port: the admin interface (admin_api.h) is
// one way to it.
//
// Threads: the engine's. Every completion comes exactly once, there. Errors:
// unknown_provider, not_found, invalid_argument with what was expected, storage_unavailable.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "hub/engine/records.h"
#include "hub/engine/types.h"
#include "hub/net/service_entry.h"
#include "lib/base/time.h"

namespace parley::hub {

struct ServiceStatus {
  ServiceEntry entry;
  Time live_since;  // zero: not live
  // Counts by name ("messages_in"), without user data.
  std::map<std::string, std::uint64_t> counts;
  // What does not work with its servers at present, in words.
  std::vector<std::string> troubles;
};

// A report as the operator reads it.
struct ReportedText {
  Time accepted;
  std::uint32_t device = 0;  // the reporter's word; the proof does not cover it
  MessageProof proof = MessageProof::not_proven;
  Bytes content;     // MIMI content as the recipient showed it
  std::string text;  // the same in words
};
struct ReportView {
  std::string id;
  Time received;
  std::string reporter;  // handles
  std::string accused;
  std::string reason;  // "spam"
  std::string comment;
  // Of the messages that were shown; each was proven to have passed this hub when they came.
  std::uint32_t message_count = 0;
  std::vector<ReportedText> messages;  // empty in lists
  std::string resolution;              // empty: open
  std::string note;
};
struct ReportFilter {
  std::string provider;  // of the accused; empty: any
  bool open_only = true;
  std::string after;  // continues behind this id
  std::size_t most = 50;
};
struct ReportPage {
  std::vector<ReportView> reports;
  std::string next;  // empty: this was the last page
};

class OperatorDesk {
 public:
  virtual ~OperatorDesk() = default;

  virtual void services(Completion<Result<std::vector<ServiceStatus>>> done) = 0;
  // Adds it, or replaces what was entered before; counts stay.
  virtual void put_service(ServiceEntry entry, Completion<Status> done) = 0;
  virtual void set_service_state(const std::string& id, wire::channel::ProviderState state,
                                 const std::string& reason, Completion<Status> done) = 0;
  // A suspended one is again what it was before; says what that is.
  virtual void resume_service(const std::string& id,
                              Completion<Result<wire::channel::ProviderState>> done) = 0;
  virtual void remove_service(const std::string& id, Completion<Status> done) = 0;

  // For a request to the service's servers: "Bearer " and a token of the hub.
  virtual void authorization(const std::string& id, Completion<Result<std::string>> done) = 0;

  virtual void reports(const ReportFilter& filter, Completion<Result<ReportPage>> done) = 0;
  virtual void report(const std::string& id, Completion<Result<ReportView>> done) = 0;
  virtual void resolve_report(const std::string& id, const std::string& resolution,
                              const std::string& note, Completion<Status> done) = 0;
};

}  // namespace parley::hub
