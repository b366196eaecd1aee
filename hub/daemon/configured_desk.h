// The operator's view of what the configuration file entered, with what was counted since:
// enough to see each service and its troubles. Changing services while the hub runs, and
// reports, need the engine's records; until it keeps them, asking for that says what to do
// instead.
//
// Threads: the engine's. Ownership: the entries and the table outlive it.
#pragma once

#include "hub/net/operator_desk.h"
#include "hub/net/service_traffic.h"

namespace parley::hub {

// What a service's traffic adds to its status.
void add_traffic(const ServiceTraffic& traffic, ServiceStatus& status);

class ConfiguredDesk final : public OperatorDesk {
 public:
  ConfiguredDesk(const std::vector<ServiceEntry>& entries, const TrafficTable& traffic)
      : entries_(entries), traffic_(traffic) {}

  void services(Completion<Result<std::vector<ServiceStatus>>> done) override;
  void put_service(ServiceEntry entry, Completion<Status> done) override;
  void set_service_state(const std::string& id, wire::channel::ProviderState state,
                         const std::string& reason, Completion<Status> done) override;
  void remove_service(const std::string& id, Completion<Status> done) override;
  void reports(const ReportFilter& filter, Completion<Result<ReportPage>> done) override;
  void report(const std::string& id, Completion<Result<ReportView>> done) override;
  void resolve_report(const std::string& id, const std::string& resolution, const std::string& note,
                      Completion<Status> done) override;

 private:
  const std::vector<ServiceEntry>& entries_;
  const TrafficTable& traffic_;
};

}  // namespace parley::hub
