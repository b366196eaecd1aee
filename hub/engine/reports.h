// Reports: a recipient shows the operator what was sent, by whom and when, and the hub checks
// that it passed here. The stamp (franking.h) proves who, whom, when and the tag; the tag
// (lib/franking) proves the content. The hub learns only what is shown.
//
// Source: docs/protocol/abuse.md, section 6. One thread.
#pragma once

#include "hub/engine/committer.h"
#include "hub/engine/directory.h"
#include "hub/engine/franking.h"
#include "hub/engine/providers.h"
#include "hub/engine/sessions.h"

namespace parley::hub {

class Reports {
 public:
  // Of one reporter, not resolved yet.
  static constexpr std::size_t kMaxOpen = 100;
  // An operator's page.
  static constexpr std::size_t kMaxPage = 100;

  struct Parts {
    Shared& shared;
    Directory& directory;
    Sessions& sessions;
    Committer& committer;
    const StampKeys& stamps;
    Providers& providers;
  };
  explicit Reports(Parts parts) : p_(parts) {}

  // Errors: invalid_argument, report_unproven, unknown_account, limit_reached, rate_limited.
  void take(Connection& connection, std::uint64_t request, wire::channel::Report report);

  // --- for the operator
  void list(Store::ReportQuery query, Completion<Result<std::vector<NamedReport>>> done);
  // Of each message, checked again: whoever reads a report trusts the stamp, not the database.
  std::vector<MessageProof> prove_again(const ReportRecord& report) const;
  // Error: not_found.
  void resolve(std::uint64_t number, std::string resolution, std::string note,
               Completion<Status> done);

 private:
  using Named = Completion<Result<std::vector<NamedReport>>>;
  void name_next(std::shared_ptr<std::vector<NamedReport>> reports, std::size_t next,
                 const Named& done);
  Status check_shape(const AccountId& reporter, const wire::channel::Report& report) const;
  // Error: report_unproven.
  Status prove(const AccountId& reporter, const AccountId& accused,
               const wire::channel::ReportedMessage& message) const;
  // That the hub stamped the tag. Errors of StampKeys::verify.
  Status check_stamp(const AccountId& reporter, const AccountId& accused,
                     const wire::channel::ReportedMessage& message) const;
  // That the content makes the tag.
  bool fits_tag(const AccountId& reporter, const AccountId& accused,
                const wire::channel::ReportedMessage& message) const;
  void store(ConnectionId connection, std::uint64_t request, ReportRecord record);

  Parts p_;
};

}  // namespace parley::hub
