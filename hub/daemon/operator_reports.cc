// The operator's commands about reports.
#include <fcntl.h>

#include <boost/json/serialize.hpp>
#include <filesystem>

#include "hub/daemon/operator_answers.h"
#include "hub/daemon/reported_files.h"
#include "hub/daemon/reported_text.h"
#include "hub/daemon/text_table.h"
#include "hub/media/media_store.h"
#include "hub/net/file_fetch.h"
#include "lib/base/encoding.h"
#include "lib/content/meaning.h"
#include "lib/content/message.h"

namespace parley::hub {
namespace {

namespace bj = boost::json;

// What the hub found when it checked the message for this answer.
std::string proof_text(const std::string& proof) {
  if (proof == "proven") return "proven: written by the accused, to the reporter, at this time";
  if (proof == "stamp_key_gone") {
    return "proven when it was reported; the hub's key is gone since, so not any more";
  }
  return "NOT PROVEN: what is stored is not what was reported";
}

std::vector<content::Attachment> files_in(const bj::object& message) {
  const auto bytes = base64_decode(cell(message, "content"));
  if (!bytes) return {};
  const auto decoded = content::decode(*bytes);
  if (!decoded) return {};
  return content::interpret(*decoded).attachments;
}

Status save_own(const AdminPlace& where, const content::Attachment& attached,
                const std::string& path) {
  PARLEY_TRY(config, config_of(where));
  const std::string id = own_media_id(attached.file.url);
  if (id.empty()) return fail(ErrorCode::file_damaged, "its address is none of this hub's");
  const std::string folder = config.media.folder.empty()
                                 ? (std::filesystem::path(config.data) / "media").string()
                                 : config.media.folder;
  const int descriptor = ::open(MediaStore::place_of(folder, id).c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return fail(ErrorCode::file_gone);
  MediaFile file(descriptor);
  std::uint64_t at = 0;
  const auto next = [&](std::size_t most) {
    auto piece = file.read(at, most);
    if (piece) at += piece->size();
    return piece;
  };
  return save_reported_file(attached, next, path);
}

// As the media proxy does for a user, but without one: nobody else learns that it was fetched.
Status save_services(const AdminPlace& where, const std::string& service,
                     const content::Attachment& attached, const std::string& path) {
  PARLEY_TRY(entry, ask(where, "GET", "/providers/" + service));
  FileFetch fetch({.authorization = [&]() -> Result<std::string> {
    PARLEY_TRY(answer, ask(where, "POST", "/providers/" + service + "/authorization"));
    return cell(answer, "authorization");
  }});
  const bool beside = cell(entry, "allow_private_addresses") == "true";
  const auto length = fetch.open(attached.file.url, cell(entry, "media_base_url"), beside);
  if (!length && length.error().code == ErrorCode::not_found) return fail(ErrorCode::file_gone);
  if (!length) return fail(length.error());
  return save_reported_file(attached, [&](std::size_t most) { return fetch.read(most); }, path);
}

Status save_file(const AdminPlace& where, const std::string& accused,
                 const content::Attachment& attached, const std::string& path) {
  const std::size_t at = accused.rfind('@');
  if (at == std::string::npos) return save_own(where, attached, path);
  PARLEY_CHECK(check_id(accused.substr(at + 1)));
  return save_services(where, accused.substr(at + 1), attached, path);
}

std::string problem_text(const Error& error) {
  if (error.code == ErrorCode::file_gone) return "it is gone: files are kept for 30 days";
  if (!error.detail.empty()) return error.detail;
  return std::string(error_info(error.code).text);
}

void say_files(const bj::array& files) {
  if (files.empty()) print("There is no file in it.\n");
  for (const bj::value& each : files) {
    const bj::object& file = each.as_object();
    const std::string problem = cell(file, "problem");
    const std::string proof = cell(file, "proof");
    print(harmless(cell(file, "file")) +
          (problem.empty() ? ": saved, exactly what the message names"
                           : ": NOT SAVED: " + harmless(problem)) +
          (proof == "proven" ? "" : "\n  (the message: " + proof_text(proof) + ")") + "\n");
  }
}

}  // namespace

Status list_reports(const AdminPlace& where, const ReportOptions& options) {
  if (!options.provider.empty()) PARLEY_CHECK(check_id(options.provider));
  if (!options.after.empty()) PARLEY_CHECK(check_id(options.after));
  PARLEY_TRY(answer, ask(where, "GET",
                         std::string("/reports?open=") + (options.open_only ? "1" : "0") +
                             "&provider=" + options.provider + "&after=" + options.after));
  if (where.json) return print_json(answer), Status{};
  const bj::array& list = list_in(answer, "reports");
  if (list.empty()) return print("No reports.\n"), Status{};
  std::vector<std::vector<std::string>> rows{
      {"ID", "RECEIVED", "ABOUT", "BY", "REASON", "PROVEN", "RESOLUTION"}};
  for (const bj::value& each : list) {
    const bj::object& report = each.as_object();
    const std::string resolution = cell(report, "resolution");
    rows.push_back({cell(report, "id"), date_text(number(report, "received_ms")),
                    cell(report, "accused"), cell(report, "reporter"), cell(report, "reason"),
                    cell(report, "message_count"), resolution.empty() ? "open" : resolution});
  }
  print(text_table(rows));
  const std::string next = cell(answer, "next");
  if (!next.empty()) print("More: add --after " + harmless(next) + "\n");
  return {};
}

Status show_report(const AdminPlace& where, const std::string& id) {
  PARLEY_CHECK(check_id(id));
  PARLEY_TRY(answer, ask(where, "GET", "/reports/" + id));
  if (where.json) return print_json(answer), Status{};
  const std::string resolution = cell(answer, "resolution");
  print(text_table({{"report", cell(answer, "id")},
                    {"received", date_text(number(answer, "received_ms"))},
                    {"about", cell(answer, "accused")},
                    {"by", cell(answer, "reporter")},
                    {"reason", cell(answer, "reason")},
                    {"resolution", resolution.empty() ? "open" : resolution},
                    {"note", cell(answer, "note")}}));
  print("\nIn the reporter's words:\n" + harmless(cell(answer, "comment"), true) + "\n");
  const bj::array& messages = list_in(answer, "messages");
  print("\nMessages that were shown: " + std::to_string(messages.size()) + "\n");
  for (const bj::value& each : messages) {
    const bj::object& message = each.as_object();
    const auto content = base64_decode(cell(message, "content"));
    print("\n" + date_text(number(message, "accepted_ms")) + ", " +
          proof_text(cell(message, "proof")) + "\nfrom device " + cell(message, "device") +
          " (the reporter's word: no proof covers that)\n" +
          (content ? reported_text(*content) : "(damaged)") + "\n");
  }
  return {};
}

Status save_report(const AdminPlace& where, const std::string& id, const std::string& folder) {
  PARLEY_CHECK(check_id(id));
  PARLEY_TRY(report, ask(where, "GET", "/reports/" + id));
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return wrong(folder + ": " + error.message());
  const std::string accused = cell(report, "accused");
  bj::array files;
  std::size_t saved = 0, message_number = 0;
  for (const bj::value& each : list_in(report, "messages")) {
    const bj::object& message = each.as_object();
    ++message_number;
    std::size_t file_number = 0;
    for (const content::Attachment& attached : files_in(message)) {
      const std::string name =
          reported_file_name(message_number, ++file_number, attached.file.filename);
      const std::string path = (std::filesystem::path(folder) / name).string();
      const Status done = save_file(where, accused, attached, path);
      if (done) ++saved;
      files.push_back(bj::object{{"file", path},
                                 {"saved", done.has_value()},
                                 {"proof", cell(message, "proof")},
                                 {"problem", done ? "" : problem_text(done.error())}});
    }
  }
  if (where.json) {
    print_json(bj::object{{"files", files}});
  } else {
    say_files(files);
  }
  if (saved == files.size()) return {};
  return fail(ErrorCode::file_damaged, std::to_string(files.size() - saved) + " of " +
                                           std::to_string(files.size()) +
                                           " files could not be saved");
}

Status resolve_report(const AdminPlace& where, const std::string& id, const std::string& resolution,
                      const std::string& note) {
  PARLEY_CHECK(check_id(id));
  const bj::object body{{"resolution", resolution}, {"note", note}};
  return say(where, ask(where, "POST", "/reports/" + id + "/resolution", bj::serialize(body)),
             "Report " + id + " is " + resolution + ".");
}

}  // namespace parley::hub
