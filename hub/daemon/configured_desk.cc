#include "hub/daemon/configured_desk.h"

namespace parley::hub {
namespace {

Status not_while_running() {
  return fail(ErrorCode::invalid_argument,
              "this version changes services at its start only: edit the [[provider]] block in "
              "the configuration file and start the hub again");
}

auto no_report() { return fail(ErrorCode::not_found, "no report has this id"); }

}  // namespace

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

void ConfiguredDesk::services(Completion<Result<std::vector<ServiceStatus>>> done) {
  std::vector<ServiceStatus> all;
  for (const ServiceEntry& entry : entries_) {
    ServiceStatus& status = all.emplace_back();
    status.entry = entry;
    const auto traffic = traffic_.find(entry.id);
    if (traffic != traffic_.end()) add_traffic(traffic->second, status);
  }
  done(std::move(all));
}

void ConfiguredDesk::put_service(ServiceEntry, Completion<Status> done) {
  done(not_while_running());
}
void ConfiguredDesk::set_service_state(const std::string&, wire::channel::ProviderState,
                                       const std::string&, Completion<Status> done) {
  done(not_while_running());
}
void ConfiguredDesk::remove_service(const std::string&, Completion<Status> done) {
  done(not_while_running());
}
void ConfiguredDesk::reports(const ReportFilter&, Completion<Result<ReportPage>> done) {
  done(ReportPage{});
}
void ConfiguredDesk::report(const std::string&, Completion<Result<ReportView>> done) {
  done(no_report());
}
void ConfiguredDesk::resolve_report(const std::string&, const std::string&, const std::string&,
                                    Completion<Status> done) {
  done(no_report());
}

}  // namespace parley::hub
