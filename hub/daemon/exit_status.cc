#include "hub/daemon/exit_status.h"

namespace parley::hub {
namespace {

std::string with_detail(std::string text, const Error& error) {
  return error.detail.empty() ? text : text + "\n  (" + error.detail + ")";
}

}  // namespace

ExitStatus exit_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::bad_config:
      return ExitStatus::bad_config;
    case ErrorCode::address_in_use:
      return ExitStatus::address_in_use;
    case ErrorCode::store_unwritable:
    case ErrorCode::storage_unavailable:
      return ExitStatus::data_unusable;
    case ErrorCode::store_locked:
      return ExitStatus::data_locked;
    case ErrorCode::store_damaged:
      return ExitStatus::data_damaged;
    case ErrorCode::store_too_new:
      return ExitStatus::data_too_new;
    default:
      return ExitStatus::failed;
  }
}

std::string start_problem(const Error& error, const std::string& data) {
  switch (error.code) {
    case ErrorCode::bad_config:
      return error.detail;
    case ErrorCode::address_in_use:
      return error.detail + ". Stop it, or choose another port with --listen.";
    case ErrorCode::store_unwritable:
    case ErrorCode::storage_unavailable:
      return with_detail("cannot write to the data folder " + data +
                             ". Check its permissions and the free space, or choose another with "
                             "--data.",
                         error);
    case ErrorCode::store_locked:
      return "another hub uses the data folder " + data +
             ". Stop that one, or choose another folder with --data.";
    case ErrorCode::store_damaged:
      return with_detail(
          "the database in " + data + " is damaged. Restore a backup; nothing was changed.", error);
    case ErrorCode::store_too_new:
      return "the data in " + data +
             " was written by a newer parleyd. Update this one; nothing was changed.";
    default: {
      const ErrorInfo& info = error_info(error.code);
      return with_detail(std::string(info.text) + " " + std::string(info.advice), error);
    }
  }
}

}  // namespace parley::hub
