// What the operator's commands do, behind their command line: ask the hub, print the answer.
// Each returns an error whose detail is what the person reads.
#pragma once

#include <map>
#include <string>

#include "hub/net/service_entry.h"

namespace parley::hub {

// Which hub, and how to print.
struct AdminPlace {
  std::string data;
  std::string config_file;
  bool json = false;
};

struct ServiceOptions {
  std::string id;
  std::string file;
  std::string logo;
  std::map<std::string, std::string> given;  // by field
};
struct ReportOptions {
  std::string provider;
  bool open_only = true;
  std::string after;
};

Status add_service(const AdminPlace& where, const ServiceOptions& options);
Status list_services(const AdminPlace& where);
Status show_service(const AdminPlace& where, const std::string& id);
Status set_service_state(const AdminPlace& where, const std::string& id, const std::string& state,
                         const std::string& reason);
// What it was before it was suspended.
Status resume_service(const AdminPlace& where, const std::string& id);
Status remove_service(const AdminPlace& where, const std::string& id, bool sure);

Status list_reports(const AdminPlace& where, const ReportOptions& options);
Status show_report(const AdminPlace& where, const std::string& id);
// The files in its messages, into the folder; says of each what came of it. An error where one
// could not be saved.
Status save_report(const AdminPlace& where, const std::string& id, const std::string& folder);
Status resolve_report(const AdminPlace& where, const std::string& id, const std::string& resolution,
                      const std::string& note);

}  // namespace parley::hub
