// The operator's desk over a running engine: services as they were entered, with what the
// engine and the ports to their servers have counted, and the reports.
//
// Keeps the ports told: which services may have private addresses, and which are shut.
//
// Threads: the engine's. Ownership: loop and ports outlive it.
#pragma once

#include "hub/net/engine_loop.h"
#include "hub/net/operator_desk.h"
#include "hub/net/service_ports.h"

namespace parley::hub {

class EngineDesk final : public OperatorDesk {
 public:
  EngineDesk(EngineLoop& loop, ServicePorts& ports) : loop_(loop), ports_(ports) {}

  // The configuration file's services, one after the other; the first error ends it. One that
  // an operator suspended stays suspended until it is resumed by command, and is then what its
  // block says; one that only its block suspended is what its block says now.
  void put_configured(const std::vector<ServiceEntry>& entries, Completion<Status> done);

  void services(Completion<Result<std::vector<ServiceStatus>>> done) override;
  void put_service(ServiceEntry entry, Completion<Status> done) override;
  void set_service_state(const std::string& id, wire::channel::ProviderState state,
                         const std::string& reason, Completion<Status> done) override;
  void resume_service(const std::string& id,
                      Completion<Result<wire::channel::ProviderState>> done) override;
  void remove_service(const std::string& id, Completion<Status> done) override;
  void authorization(const std::string& id, Completion<Result<std::string>> done) override;
  void reports(const ReportFilter& filter, Completion<Result<ReportPage>> done) override;
  void report(const std::string& id, Completion<Result<ReportView>> done) override;
  void resolve_report(const std::string& id, const std::string& resolution, const std::string& note,
                      Completion<Status> done) override;

 private:
  void put_next(std::shared_ptr<const std::vector<ServiceEntry>> entries, std::size_t next,
                const Completion<Status>& done);
  // Tells the ports, then `done`.
  Completion<Status> told(Completion<Status> done);
  void tell_ports();

  EngineLoop& loop_;
  ServicePorts& ports_;
};

}  // namespace parley::hub
