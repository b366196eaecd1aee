#include "hub/daemon/config_providers.h"

#include <fstream>
#include <map>
#include <optional>

#include "hub/daemon/suggestion.h"

namespace parley::hub {
namespace {

constexpr char kPrefix[] = "provider.";

std::optional<EnteredValue> value_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* yes = node.as_boolean()) return yes->get();
  if (const auto* number = node.as_integer()) return number->get();
  const auto* list = node.as_array();
  if (!list) return {};
  std::vector<std::string> texts;
  for (const auto& element : *list) {
    const auto* text = element.as_string();
    if (!text) return {};
    texts.push_back(text->get());
  }
  return texts;
}

class BlockReader {
 public:
  BlockReader(ProviderBlock& block, const ReportProblem& report) : block_(block), report_(report) {
    for (EntryField& field : entry_fields(block.entry)) fields_.emplace(field.name, field);
  }

  void read(const toml::table& table, const std::string& prefix) {
    for (const auto& [key, node] : table) {
      const std::string name = prefix + std::string(key.str());
      const std::size_t line = key.source().begin.line;
      lines_[name] = line;
      if (name == "logo") {
        read_logo(node, line);
      } else if (const auto found = fields_.find(name); found != fields_.end()) {
        set(found->second, node, line);
      } else if (name == "data_policy" && node.is_table()) {
        read(*node.as_table(), "data_policy.");
      } else {
        unknown(name, line);
      }
    }
  }

  void check() {
    if (failed_) return;
    for (const EntryProblem& problem : problems_of(block_.entry)) {
      const auto found = lines_.find(problem.field);
      report_(kPrefix + problem.field, found == lines_.end() ? block_.line : found->second,
              problem.message);
    }
  }

 private:
  void set(const EntryField& field, const toml::node& node, std::size_t line) {
    const auto value = value_of(node);
    const Status entered =
        value ? enter(field, *value)
              : fail(ErrorCode::invalid_argument, "expected another kind of value");
    if (!entered) wrong(field.name, line, entered.error().detail);
  }

  void read_logo(const toml::node& node, std::size_t line) {
    const auto* file = node.as_string();
    if (!file) return wrong("logo", line, "expected the name of a PNG file");
    block_.logo_file = file->get();
  }

  void unknown(const std::string& name, std::size_t line) {
    std::vector<std::string> names{"logo"};
    for (const auto& [known, field] : fields_) names.push_back(known);
    const std::string similar = most_similar(name, names);
    wrong(name, line,
          "there is no such field" + (similar.empty() ? "" : "; did you mean " + similar + "?"));
  }

  void wrong(const std::string& name, std::size_t line, std::string message) {
    failed_ = true;
    report_(kPrefix + name, line, std::move(message));
  }

  ProviderBlock& block_;
  const ReportProblem& report_;
  std::map<std::string, EntryField> fields_;
  std::map<std::string, std::size_t> lines_;
  bool failed_ = false;
};

}  // namespace

ProviderBlock read_provider(const toml::table& table, const ReportProblem& report) {
  ProviderBlock block;
  block.line = table.source().begin.line;
  BlockReader reader(block, report);
  reader.read(table, "");
  reader.check();
  return block;
}

Status load_logo(const std::string& file, ServiceEntry& entry) {
  std::ifstream in(file, std::ios::binary);
  std::string bytes(kMaxLogoBytes + 1, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!in.is_open() || in.bad()) {
    return fail(ErrorCode::bad_config, "the file " + file + " cannot be read");
  }
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  entry.logo = to_bytes(as_bytes(bytes));
  for (const EntryProblem& problem : problems_of(entry)) {
    if (problem.field == "logo") return fail(ErrorCode::bad_config, problem.message);
  }
  return {};
}

}  // namespace parley::hub
