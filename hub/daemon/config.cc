#include "hub/daemon/config.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

#include "hub/daemon/admin_password.h"
#include "hub/daemon/config_providers.h"
#include "hub/daemon/suggestion.h"
#include "hub/net/address.h"
#include "hub/net/tls.h"

namespace parley::hub {
namespace {

// A configuration is small; more is a mistake.
constexpr std::size_t kMaxFileBytes = 1024 * 1024;
// As many as the offer can name.
constexpr std::size_t kMaxProviders = 64;

std::string number_text(double number) {
  std::ostringstream out;
  out.precision(15);
  out << number;
  return out.str();
}

std::string choices_text(const std::vector<std::string>& choices) {
  std::string text;
  for (const std::string& choice : choices) {
    if (!text.empty()) text += ", ";
    text += '"' + choice + '"';
  }
  return text;
}

// Puts TOML values where they belong; gives back what is wrong, or nothing.
class Setter {
 public:
  Setter(const ConfigField& field, const toml::node& node) : field_(field), node_(node) {}

  std::string operator()(std::string* place) const {
    const auto* value = node_.as_string();
    if (!value) return "expected a text in quotes";
    const auto& choices = field_.choices;
    if (!choices.empty() &&
        std::find(choices.begin(), choices.end(), value->get()) == choices.end()) {
      return "expected one of " + choices_text(choices);
    }
    *place = value->get();
    return {};
  }
  std::string operator()(bool* place) const {
    const auto* value = node_.as_boolean();
    if (!value) return "expected true or false";
    *place = value->get();
    return {};
  }
  std::string operator()(double* place) const {
    const auto value = node_.value<double>();
    if (!node_.is_number() || !in_bounds(*value)) return expected_number("a number");
    *place = *value;
    return {};
  }
  std::string operator()(std::vector<std::string>* place) const {
    const auto* values = node_.as_array();
    if (!values) return "expected a list of texts, for example [\"10.0.0.1\"]";
    place->clear();
    for (const auto& element : *values) {
      const auto* value = element.as_string();
      if (!value) return "expected only texts in the list";
      place->push_back(value->get());
    }
    return {};
  }
  std::string operator()(const NumberField& place) const {
    const auto value = whole_number();
    if (!value) return expected_number("a whole number");
    *place.value = static_cast<std::uint64_t>(*value) * place.factor;
    return {};
  }
  std::string operator()(const DurationField& place) const {
    const auto value = whole_number();
    if (!value) return expected_number("a whole number");
    *place.value = milliseconds(*value * place.unit_ms);
    return {};
  }

 private:
  bool in_bounds(double value) const { return value >= field_.least && value <= field_.most; }
  std::optional<std::int64_t> whole_number() const {
    const auto* value = node_.as_integer();
    if (!value || !in_bounds(static_cast<double>(value->get()))) return {};
    return value->get();
  }
  std::string expected_number(const char* kind) const {
    return std::string("expected ") + kind + " from " + number_text(field_.least) + " to " +
           number_text(field_.most);
  }

  const ConfigField& field_;
  const toml::node& node_;
};

class Loader {
 public:
  ParsedConfig take() && {
    std::stable_sort(problems_.begin(), problems_.end(),
                     [](const auto& a, const auto& b) { return a.line < b.line; });
    return {std::move(config_), std::move(problems_)};
  }

  void read(const std::string& text) {
    const toml::parse_result parsed = toml::parse(text);
    if (!parsed) {
      problem("", parsed.error().source().begin.line, std::string(parsed.error().description()));
      return;
    }
    for (ConfigField& field : config_fields(config_)) fields_.emplace(field.name, field);
    read_table(parsed.table(), "");
    if (problems_.empty()) check_together();
  }

  void check_files() {
    if (!problems_.empty()) return;
    for (std::size_t i = 0; i < logos_.size(); ++i) {
      if (logos_[i].file.empty()) continue;
      const Status loaded = load_logo(logos_[i].file, config_.providers[i]);
      if (!loaded) problem("provider.logo", logos_[i].line, loaded.error().detail);
    }
    if (!config_.net.admin_password_file.empty()) {
      const auto hash = load_admin_password(config_.net.admin_password_file);
      if (!hash) blame("admin.password_file", hash.error().detail);
    }
    if (config_.net.tls_certificate.empty()) return;
    const auto tls = TlsContext::load(config_.net.tls_certificate, config_.net.tls_key);
    if (!tls) blame("tls.certificate", tls.error().detail);
  }

  void unreadable(const std::string& why) { problem("", 0, why); }

 private:
  void read_table(const toml::table& table, const std::string& prefix) {
    for (const auto& [key, node] : table) {
      const std::string name = prefix + std::string(key.str());
      const auto line = key.source().begin.line;
      lines_[name] = line;
      if (const auto found = fields_.find(name); found != fields_.end()) {
        set(found->second, node, line);
      } else if (name == "provider") {
        read_providers(node, line);
      } else if (node.is_table() && is_prefix(name + ".")) {
        read_table(*node.as_table(), name + ".");
      } else {
        unknown(name, line);
      }
    }
  }

  void read_providers(const toml::node& node, std::size_t line) {
    const auto* blocks = node.as_array();
    if (!blocks || !node.is_array_of_tables()) {
      return problem("provider", line, "expected blocks that begin with [[provider]]");
    }
    if (blocks->size() > kMaxProviders) return problem("provider", line, "at most 64 blocks");
    const ReportProblem report = [this](std::string field, std::size_t at, std::string what) {
      problem(std::move(field), at, std::move(what));
    };
    for (const auto& each : *blocks) {
      ProviderBlock block = read_provider(*each.as_table(), report);
      for (const ServiceEntry& other : config_.providers) {
        if (other.id == block.entry.id) problem("provider.id", block.line, "is there twice");
      }
      logos_.push_back({std::move(block.logo_file), block.line});
      config_.providers.push_back(std::move(block.entry));
    }
  }

  bool is_prefix(const std::string& prefix) const {
    const auto next = fields_.lower_bound(prefix);
    return next != fields_.end() && next->first.starts_with(prefix);
  }

  void set(const ConfigField& field, const toml::node& node, std::size_t line) {
    const std::string wrong = std::visit(Setter(field, node), field.place);
    if (!wrong.empty()) problem(field.name, line, wrong);
  }

  void unknown(const std::string& name, std::size_t line) {
    std::vector<std::string> names;
    for (const auto& [known, field] : fields_) names.push_back(known);
    std::string message = "there is no such field";
    const std::string similar = most_similar(name, names);
    if (!similar.empty()) message += "; did you mean " + similar + "?";
    problem(name, line, message);
  }

  // What a field means together with others.
  void check_together() {
    const NetConfig& net = config_.net;
    const auto where = parse_endpoint(net.listen);
    if (!where) blame("listen", where.error().detail);
    if (!net.metrics_listen.empty()) {
      const auto metrics = parse_endpoint(net.metrics_listen);
      if (!metrics) blame("metrics.listen", metrics.error().detail);
    }
    if (!net.admin_password_file.empty()) check_admin(net);
    const auto proxies = TrustedProxies::parse(net.trusted_proxies);
    if (!proxies) blame("proxy.trusted", proxies.error().detail);
    if (config_.data.empty()) blame("data", "expected a folder");
    if (net.tls_certificate.empty() != net.tls_key.empty()) {
      blame(net.tls_key.empty() ? "tls.certificate" : "tls.key",
            "certificate and key belong together; one of them is missing");
    } else if (net.tls_certificate.empty() && where && !where->address().is_loopback()) {
      blame("listen",
            "without TLS the hub listens on this machine only: set tls.certificate and tls.key, "
            "or use 127.0.0.1");
    }
    const std::string& contact = config_.web_push.contact;
    if (!contact.empty() && !contact.starts_with("mailto:") && !contact.starts_with("https://")) {
      blame("web_push.contact",
            "expected an address like mailto:admin@example.org or an https URL");
    }
    const Status engine = check(config_.engine);
    if (!engine) blame("", engine.error().detail);
  }

  void check_admin(const NetConfig& net) {
    const auto where = parse_endpoint(net.admin_listen);
    if (!where) return blame("admin.listen", where.error().detail);
    if (net.tls_certificate.empty() && !where->address().is_loopback()) {
      blame("admin.listen",
            "without TLS the operator's page is served on this machine only: use 127.0.0.1, or "
            "set tls.certificate and tls.key");
    }
  }

  void blame(const std::string& field, std::string message) {
    problem(field, lines_[field], std::move(message));
  }
  void problem(std::string field, std::size_t line, std::string message) {
    problems_.push_back({std::move(field), line, std::move(message)});
  }

  struct Logo {
    std::string file;
    std::size_t line;
  };

  DaemonConfig config_;
  std::vector<Logo> logos_;  // in the order of the providers
  std::vector<ConfigProblem> problems_;
  std::map<std::string, ConfigField> fields_;
  std::map<std::string, std::size_t> lines_;
};

}  // namespace

std::string describe(const ConfigProblem& problem, const std::string& file) {
  std::string text = file;
  if (problem.line > 0) text += ":" + std::to_string(problem.line);
  text += ": ";
  if (!problem.field.empty()) text += problem.field + ": ";
  return text + problem.message;
}

ParsedConfig parse_config(const std::string& text) {
  Loader loader;
  loader.read(text);
  return std::move(loader).take();
}

ParsedConfig load_config(const std::string& file) {
  Loader loader;
  std::ifstream in(file, std::ios::binary);
  std::string text(kMaxFileBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  if (!in.is_open() || in.bad() || (!in.eof() && in.fail())) {
    loader.unreadable("cannot be read: " + std::string(std::strerror(errno)));
  } else if (text.size() > kMaxFileBytes) {
    loader.unreadable("is larger than a configuration can be");
  } else {
    loader.read(text);
    loader.check_files();
  }
  return std::move(loader).take();
}

}  // namespace parley::hub
