#include "hub/daemon/engine_desk.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "hub/daemon/reported_text.h"
#include "hub/net/service_record.h"

namespace parley::hub {

namespace wc = wire::channel;
using State = wc::ProviderState;

namespace {

constexpr const char* kNoReport = "no report has this id";
constexpr const char* kNoService = "no service has this id";

std::optional<std::uint64_t> report_number(const std::string& id) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
  const bool whole = error == std::errc() && end == id.data() + id.size() && number != 0;
  return whole ? std::optional(number) : std::nullopt;
}

std::string reason_word(wc::ReportReason reason) {
  switch (reason) {
    case wc::ReportReason::spam:
      return "spam";
    case wc::ReportReason::scam:
      return "scam";
    case wc::ReportReason::abuse:
      return "abuse";
    case wc::ReportReason::illegal:
      return "illegal";
    default:
      return "other";
  }
}

void add_counts(const ProviderStatus& status, std::map<std::string, std::uint64_t>& to) {
  const ProviderCounts& counts = status.counts;
  const double allowed = static_cast<double>(status.record.new_people_a_day) * status.trust;
  to["connected"] = status.connections;
  to["enlistments"] = counts.enlistments;
  to["messages_in"] = counts.sends_in;
  to["messages_out"] = counts.sends_out;
  to["messages_refused"] = counts.refused;
  to["first_contacts"] = counts.first_contacts;
  to["first_contacts_today"] = status.first_contacts_today;
  to["first_contacts_allowed_today"] = static_cast<std::uint64_t>(allowed);
  to["pushes_wanted"] = counts.pushes;
  to["first_contacts_7_days"] = status.first_contacts_of_week;
  to["reports"] = counts.reports;
  to["reports_7_days"] = status.reports_of_week;
  to["trust_percent"] = static_cast<std::uint64_t>(std::lround(status.trust * 100));
}

void add_traffic(const ServiceTraffic& traffic, ServiceStatus& status) {
  status.counts["key_fetches"] = traffic.key_fetches;
  status.counts["key_fetch_failures"] = traffic.key_fetch_failures;
  status.counts["tokens_accepted"] = traffic.tokens_accepted;
  status.counts["tokens_refused"] = traffic.tokens_refused;
  status.counts["pushes_sent"] = traffic.pushes_sent;
  status.counts["push_failures"] = traffic.push_failures;
  status.counts["pushes_dropped"] = traffic.pushes_dropped;
  status.counts["pushes_waiting"] = traffic.pushes_waiting;
  if (!traffic.key_problem.empty()) status.troubles.push_back("keys: " + traffic.key_problem);
  if (!traffic.push_problem.empty()) status.troubles.push_back("pushes: " + traffic.push_problem);
}

std::optional<ProviderRecord> known_service(Engine& engine, const std::string& id) {
  for (const ProviderStatus& status : engine.providers()) {
    if (status.record.id == id) return status.record;
  }
  return {};
}

// The messages only where what is proven about them is given.
ReportView view_of(NamedReport named, const std::vector<MessageProof>& proofs = {}) {
  ReportRecord& record = named.record;
  ReportView view;
  view.id = std::to_string(record.number);
  view.received = record.received;
  view.reporter = std::move(named.reporter);
  view.accused = std::move(named.accused);
  view.reason = reason_word(record.report.reason);
  view.comment = std::move(record.report.comment);
  view.message_count = static_cast<std::uint32_t>(record.report.messages.size());
  view.resolution = std::move(record.resolution);
  view.note = std::move(record.note);
  for (std::size_t i = 0; i < proofs.size(); ++i) {
    wc::ReportedMessage& message = record.report.messages[i];
    std::string text = reported_text(message.mimi_content);
    view.messages.push_back({Time{message.accepted_at_us / 1000}, message.sender_device_id,
                             proofs[i], std::move(message.mimi_content), std::move(text)});
  }
  return view;
}

}  // namespace

void EngineDesk::tell_ports() {
  std::set<std::string> beside;
  loop_.enter([&](Engine& engine, Time) {
    for (const ProviderStatus& status : engine.providers()) {
      if (status.record.allow_private_addresses) beside.insert(status.record.id);
      const bool shut = status.record.state != State::live && status.record.state != State::sandbox;
      if (shut) ports_.forget(status.record.id);
    }
  });
  ports_.allow_private(std::move(beside));
}

Completion<Status> EngineDesk::told(Completion<Status> done) {
  return [this, done = std::move(done)](Status status) {
    tell_ports();
    done(std::move(status));
  };
}

void EngineDesk::put_configured(const std::vector<ServiceEntry>& entries, Completion<Status> done) {
  put_next(std::make_shared<const std::vector<ServiceEntry>>(entries), 0, told(std::move(done)));
}

void EngineDesk::put_next(std::shared_ptr<const std::vector<ServiceEntry>> entries,
                          std::size_t next, const Completion<Status>& done) {
  if (next == entries->size()) return done({});
  ProviderRecord record = record_of((*entries)[next]);
  loop_.enter([&](Engine& engine, Time now) {
    const auto known = known_service(engine, record.id);
    if (known && known->suspended_from != State::unspecified) {
      record.suspended_from = std::exchange(record.state, State::suspended);
      record.state_reason = known->state_reason;
    }
    engine.put_provider(std::move(record), now, [this, entries, next, done](Status status) {
      if (!status) return done(std::move(status));
      put_next(entries, next + 1, done);
    });
  });
}

void EngineDesk::services(Completion<Result<std::vector<ServiceStatus>>> done) {
  std::vector<ServiceStatus> all;
  loop_.enter([&](Engine& engine, Time) {
    for (const ProviderStatus& known : engine.providers()) {
      ServiceStatus& status = all.emplace_back();
      status.entry = entry_of(known.record);
      status.live_since = known.record.live_since;
      add_counts(known, status.counts);
      const auto traffic = ports_.traffic().find(known.record.id);
      if (traffic != ports_.traffic().end()) add_traffic(traffic->second, status);
    }
  });
  done(std::move(all));
}

void EngineDesk::put_service(ServiceEntry entry, Completion<Status> done) {
  loop_.enter([&](Engine& engine, Time now) {
    ProviderRecord record = record_of(entry);
    const auto known = known_service(engine, record.id);
    if (record.state == State::suspended) {
      const State before = known ? known->state : State::applied;
      record.suspended_from = before == State::suspended ? known->suspended_from : before;
    }
    engine.put_provider(std::move(record), now, told(std::move(done)));
  });
}

void EngineDesk::set_service_state(const std::string& id, State state, const std::string& reason,
                                   Completion<Status> done) {
  loop_.enter([&](Engine& engine, Time now) {
    engine.set_provider_state(id, state, reason, now, told(std::move(done)));
  });
}

void EngineDesk::resume_service(const std::string& id, Completion<Result<State>> done) {
  loop_.enter([&](Engine& engine, Time now) {
    const auto known = known_service(engine, id);
    if (!known) return done(fail(ErrorCode::unknown_provider, kNoService));
    if (known->state != State::suspended) {
      return done(fail(ErrorCode::invalid_argument,
                       "it is not suspended but " + word_for(known->state) +
                           "; to change that: parleyd provider add " + id + " --state live"));
    }
    const State before = known->suspended_from;
    if (before == State::unspecified || before == State::suspended) {
      return done(fail(ErrorCode::invalid_argument,
                       "its block in the configuration file says suspended: change it there"));
    }
    engine.set_provider_state(id, before, {}, now, told([before, done](const Status& status) {
                                if (!status) return done(fail(status.error()));
                                done(before);
                              }));
  });
}

void EngineDesk::remove_service(const std::string& id, Completion<Status> done) {
  loop_.enter([&](Engine& engine, Time now) {
    engine.remove_provider(id, now, [this, id, done = told(std::move(done))](Status status) {
      if (status) ports_.forget(id);
      done(std::move(status));
    });
  });
}

void EngineDesk::authorization(const std::string& id, Completion<Result<std::string>> done) {
  std::optional<ProviderRecord> known;
  loop_.enter([&](Engine& engine, Time) { known = known_service(engine, id); });
  if (!known) return done(fail(ErrorCode::unknown_provider, kNoService));
  done(ports_.authorization(id));
}

void EngineDesk::reports(const ReportFilter& filter, Completion<Result<ReportPage>> done) {
  Store::ReportQuery query{filter.provider, filter.open_only, 0, filter.most};
  if (!filter.after.empty()) {
    const auto after = report_number(filter.after);
    if (!after) return done(fail(ErrorCode::invalid_argument, "after: expected a report's id"));
    query.after = *after;
  }
  loop_.enter([&](Engine& engine, Time now) {
    const std::size_t most = filter.most;
    engine.list_reports(std::move(query), now,
                        [most, done](Result<std::vector<NamedReport>> found) {
                          if (!found) return done(fail(found.error()));
                          ReportPage page;
                          for (NamedReport& named : *found) {
                            page.reports.push_back(view_of(std::move(named)));
                          }
                          if (page.reports.size() == most) page.next = page.reports.back().id;
                          done(std::move(page));
                        });
  });
}

void EngineDesk::report(const std::string& id, Completion<Result<ReportView>> done) {
  const auto number = report_number(id);
  if (!number) return done(fail(ErrorCode::not_found, kNoReport));
  loop_.enter([&](Engine& engine, Time now) {
    engine.list_reports(
        {"", false, *number - 1, 1}, now,
        [this, number = *number, done](Result<std::vector<NamedReport>> found) {
          if (!found) return done(fail(found.error()));
          if (found->empty() || found->front().record.number != number) {
            return done(fail(ErrorCode::not_found, kNoReport));
          }
          NamedReport& named = found->front();
          std::vector<MessageProof> proofs;
          loop_.enter([&](Engine& entered, Time) { proofs = entered.prove_again(named.record); });
          done(view_of(std::move(named), proofs));
        });
  });
}

void EngineDesk::resolve_report(const std::string& id, const std::string& resolution,
                                const std::string& note, Completion<Status> done) {
  const auto number = report_number(id);
  if (!number) return done(fail(ErrorCode::not_found, kNoReport));
  loop_.enter([&](Engine& engine, Time now) {
    engine.resolve_report(*number, resolution, note, now, std::move(done));
  });
}

}  // namespace parley::hub
