// An OperatorDesk that keeps everything in memory, for tests of what stands in front of it.
#pragma once

#include <utility>

#include "hub/net/operator_desk.h"

namespace parley::hub::testing {

class FakeDesk final : public OperatorDesk {
 public:
  void services(Completion<Result<std::vector<ServiceStatus>>> done) override { done(kept); }
  void put_service(ServiceEntry entry, Completion<Status> done) override {
    for (ServiceStatus& each : kept) {
      if (each.entry.id != entry.id) continue;
      each.entry = std::move(entry);
      return done({});
    }
    kept.push_back({.entry = std::move(entry),
                    .live_since = {1'700'000'000'000},
                    .counts = {{"connected", 3},
                               {"first_contacts_today", 2},
                               {"first_contacts_allowed_today", 9},
                               {"reports_7_days", 1},
                               {"trust_percent", 90}},
                    .troubles = {"its push URL answers with status 500"}});
    done({});
  }
  void set_service_state(const std::string& id, wire::channel::ProviderState state,
                         const std::string& reason, Completion<Status> done) override {
    for (ServiceStatus& each : kept) {
      if (each.entry.id != id) continue;
      before[id] = each.entry.state;
      each.entry.state = state;
      each.entry.state_reason = reason;
      return done({});
    }
    done(parley::fail(ErrorCode::unknown_provider, "no service has this id"));
  }
  void resume_service(const std::string& id,
                      Completion<Result<wire::channel::ProviderState>> done) override {
    for (ServiceStatus& each : kept) {
      if (each.entry.id != id) continue;
      each.entry.state = before[id];
      return done(each.entry.state);
    }
    done(parley::fail(ErrorCode::unknown_provider, "no service has this id"));
  }
  void remove_service(const std::string& id, Completion<Status> done) override {
    const auto gone =
        std::erase_if(kept, [&](const ServiceStatus& each) { return each.entry.id == id; });
    if (gone > 0) return done({});
    done(parley::fail(ErrorCode::unknown_provider, "no service has this id"));
  }

  void authorization(const std::string& id, Completion<Result<std::string>> done) override {
    done("Bearer of " + id);
  }

  void reports(const ReportFilter& filter, Completion<Result<ReportPage>> done) override {
    last_filter = filter;
    ReportPage page;
    for (const ReportView& each : kept_reports) {
      if (!filter.open_only || each.resolution.empty()) page.reports.push_back(each);
    }
    page.next = next_page;
    done(page);
  }
  void report(const std::string& id, Completion<Result<ReportView>> done) override {
    for (const ReportView& each : kept_reports) {
      if (each.id == id) return done(each);
    }
    done(parley::fail(ErrorCode::not_found, "no report has this id"));
  }
  void resolve_report(const std::string& id, const std::string& resolution, const std::string& note,
                      Completion<Status> done) override {
    for (ReportView& each : kept_reports) {
      if (each.id != id) continue;
      each.resolution = resolution;
      each.note = note;
      return done({});
    }
    done(parley::fail(ErrorCode::not_found, "no report has this id"));
  }

  std::vector<ServiceStatus> kept;
  std::map<std::string, wire::channel::ProviderState> before;  // the last change of state
  std::vector<ReportView> kept_reports;
  ReportFilter last_filter;
  std::string next_page;
};

inline ReportView some_report(const std::string& id) {
  ReportView report;
  report.id = id;
  report.received = {1'700'000'000'000};
  report.reporter = "alice";
  report.accused = "mallory@nordlys";
  report.reason = "spam";
  report.comment = "Buy\x1b[2J now";
  report.message_count = 1;
  report.messages = {{.accepted = {1'699'000'000'000},
                      .device = 2,
                      .proof = MessageProof::proven,
                      .content = {1, 2, 3},
                      .text = "Buy now"}};
  return report;
}

}  // namespace parley::hub::testing
