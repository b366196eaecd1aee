#include "hub/engine/reports.h"

#include <utility>

#include "hub/engine/conversation.h"
#include "lib/franking/franking.h"

namespace parley::hub {

namespace wc = wire::channel;

namespace {
Status invalid(const char* what) { return fail(ErrorCode::invalid_argument, what); }
Status unproven(const char* what) { return fail(ErrorCode::report_unproven, what); }
}  // namespace

Status Reports::check_shape(const AccountId& reporter, const wc::Report& report) const {
  if (report.report_id.size() != 16) return invalid("report_id missing");
  if (report.accused_account_id.size() != AccountId::size()) {
    return invalid("accused_account_id missing");
  }
  if (equal(report.accused_account_id, reporter.view())) return invalid("oneself");
  if (report.reason == wc::ReportReason::unspecified) return invalid("reason missing");
  return {};
}

Status Reports::check_stamp(const AccountId& reporter, const AccountId& accused,
                            const wc::ReportedMessage& message) const {
  const ConversationId conversation = conversation_between(reporter, accused);
  const StampedFacts stamped{message.franking_tag, accused, reporter, conversation,
                             AcceptedAt{message.accepted_at_us}};
  return p_.stamps.verify(message.stamp->key_id, message.stamp->mac, stamped);
}

bool Reports::fits_tag(const AccountId& reporter, const AccountId& accused,
                       const wc::ReportedMessage& message) const {
  const std::string sender = mimi_uri(p_.shared.hub, accused);
  const std::string recipient = mimi_uri(p_.shared.hub, reporter);
  const ConversationId conversation = conversation_between(reporter, accused);
  const franking::Facts said{sender, recipient, conversation, message.mimi_content};
  return franking::verify_tag(message.franking_tag, message.franking_key, said).has_value();
}

Status Reports::prove(const AccountId& reporter, const AccountId& accused,
                      const wc::ReportedMessage& message) const {
  if (!equal(conversation_between(reporter, accused).view(), message.conversation_id)) {
    return unproven("conversation_id");
  }
  if (!message.stamp) return unproven("stamp missing");
  if (!check_stamp(reporter, accused, message)) {
    return unproven("the stamp is not this hub's, or too old");
  }
  if (!fits_tag(reporter, accused, message)) {
    return unproven("franking_key and content do not make the tag");
  }
  return {};
}

std::vector<MessageProof> Reports::prove_again(const ReportRecord& report) const {
  std::vector<MessageProof> proofs;
  for (const wc::ReportedMessage& message : report.report.messages) {
    const Status now = prove(report.reporter, report.accused, message);
    // The rest can be checked without the key, and is.
    const bool only_the_key =
        !now && message.stamp && fits_tag(report.reporter, report.accused, message) &&
        check_stamp(report.reporter, report.accused, message).error().code == ErrorCode::not_found;
    proofs.push_back(now            ? MessageProof::proven
                     : only_the_key ? MessageProof::stamp_key_gone
                                    : MessageProof::not_proven);
  }
  return proofs;
}

void Reports::take(Connection& connection, std::uint64_t request, wc::Report report) {
  const ConnectionId id = connection.id;
  const AccountId reporter = connection.account->id();
  const auto check = [&]() -> Status {
    PARLEY_CHECK(check_shape(reporter, report));
    PARLEY_CHECK(p_.shared.quotas.take(Quota::reports, reporter, p_.shared.now));
    const AccountId accused = *AccountId::from(report.accused_account_id);
    for (const wc::ReportedMessage& message : report.messages) {
      PARLEY_CHECK(prove(reporter, accused, message));
    }
    return {};
  };
  if (Status status = check(); !status) return p_.sessions.refuse(id, request, status.error());
  ReportRecord record;
  record.reporter = reporter;
  record.accused = *AccountId::from(report.accused_account_id);
  record.received = p_.shared.now;
  record.proven = !report.messages.empty();
  record.report = std::move(report);
  p_.directory.with(record.accused, [this, id, request, record](Result<AccountPtr> found) {
    if (!found) return p_.sessions.refuse(id, request, found.error());
    if (*found == nullptr || !(*found)->exists) {
      return p_.sessions.refuse(id, request, {ErrorCode::unknown_account, "", 0});
    }
    ReportRecord complete = record;
    complete.provider = (*found)->record.provider;
    store(id, request, std::move(complete));
  });
}

void Reports::store(ConnectionId connection, std::uint64_t request, ReportRecord record) {
  const std::string provider = record.provider;
  const EngineConfig& config = p_.shared.config;
  p_.committer.add(
      op::Boxed(op::PutReport{std::move(record), kMaxOpen, config.max_report_bytes_of_service,
                              config.max_report_bytes}),
      [this, connection, request, provider](const Result<op::Reply>& reply) {
        if (!reply) return p_.sessions.refuse(connection, request, reply.error());
        const auto* put = std::get_if<op::ReportPut>(&reply->value);
        if (reply->outcome == op::Outcome::full) {
          const bool of_all = put != nullptr && put->no_room;
          return p_.sessions.refuse(
              connection, request,
              {ErrorCode::limit_reached,
               of_all ? "the hub has no room for more reports" : "too many open reports", 0});
        }
        if (put != nullptr && put->counted && !provider.empty()) {
          p_.providers.count_report(provider);
        }
        p_.sessions.reply(connection, request, wc::Done{});
      });
}

void Reports::list(Store::ReportQuery query, Named done) {
  query.max_count = std::min(query.max_count, kMaxPage);
  p_.shared.store.list_reports(
      std::move(query), p_.shared.completion([this, done](Result<std::vector<ReportRecord>> found) {
        if (!found) return done(fail(found.error()));
        auto reports = std::make_shared<std::vector<NamedReport>>();
        for (ReportRecord& record : *found) reports->push_back({std::move(record), "", ""});
        name_next(reports, 0, done);
      }));
}

// Two names for each report, one after the other: even numbers are reporters.
void Reports::name_next(std::shared_ptr<std::vector<NamedReport>> reports, std::size_t next,
                        const Named& done) {
  if (next == 2 * reports->size()) return done(std::move(*reports));
  const NamedReport& named = (*reports)[next / 2];
  const AccountId who = next % 2 == 0 ? named.record.reporter : named.record.accused;
  p_.directory.with(who, [this, reports, next, done](Result<AccountPtr> found) {
    if (!found) return done(fail(found.error()));
    NamedReport& report = (*reports)[next / 2];
    std::string& name = next % 2 == 0 ? report.reporter : report.accused;
    if (*found != nullptr && (*found)->exists) name = (*found)->record.handle;
    name_next(reports, next + 1, done);
  });
}

void Reports::resolve(std::uint64_t number, std::string resolution, std::string note,
                      Completion<Status> done) {
  if (resolution.empty()) return done(invalid("resolution missing"));
  p_.committer.add(op::ResolveReport{number, std::move(resolution), std::move(note), p_.shared.now},
                   [done](const Result<op::Reply>& reply) {
                     if (!reply) return done(fail(reply.error()));
                     const bool found = reply->outcome == op::Outcome::done;
                     done(found ? Status() : fail(ErrorCode::not_found, "no such report"));
                   });
}

}  // namespace parley::hub
