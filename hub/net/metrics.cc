#include "hub/net/metrics.h"

#include <string_view>

namespace parley::hub {
namespace {

constexpr std::string_view kPrefix = "parley_hub_";

class Page {
 public:
  void counter(std::string_view name, std::string_view help, std::uint64_t value) {
    head(name, help, "counter");
    line(name, "", value);
  }
  void gauge(std::string_view name, std::string_view help, std::uint64_t value) {
    head(name, help, "gauge");
    line(name, "", value);
  }
  // Bucket bounds as the histogram has them; the last one has none.
  void histogram(std::string_view name, std::string_view help, const Histogram& values) {
    head(name, help, "histogram");
    const std::string bucket = std::string(name) + "_bucket";
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i + 1 < Histogram::kBuckets; ++i) {
      sum += values.count(i);
      line(bucket, "{le=\"" + std::to_string(values.bound(i)) + "\"}", sum);
    }
    line(bucket, "{le=\"+Inf\"}", values.total());
    line(std::string(name) + "_sum", "", values.sum());
    line(std::string(name) + "_count", "", values.total());
  }
  void head(std::string_view name, std::string_view help, std::string_view type) {
    text_.append("# HELP ").append(kPrefix).append(name).append(" ").append(help).append("\n");
    text_.append("# TYPE ").append(kPrefix).append(name).append(" ").append(type).append("\n");
  }
  void line(std::string_view name, std::string_view labels, std::uint64_t value) {
    text_.append(kPrefix).append(name).append(labels).append(" ");
    text_.append(std::to_string(value)).append("\n");
  }
  std::string take() && { return std::move(text_); }

 private:
  std::string text_;
};

void add_messages(Page& page, const Statistics& s) {
  page.counter("sends_accepted_total", "Messages accepted from clients.", s.sends_accepted);
  page.counter("sends_repeated_total", "Repeated sends answered with their first result.",
               s.sends_repeated);
  page.counter("sends_mismatched_total", "Sends whose device lists were not current.",
               s.sends_mismatched);
  page.counter("sends_failed_total", "Sends answered by an error.", s.sends_failed);
  page.counter("sends_dropped_total", "Sends dropped silently by policy.", s.sends_dropped);
  page.counter("messages_delivered_total", "Deliveries to devices, repeats included.",
               s.messages_delivered);
  page.counter("messages_acknowledged_total", "Deliveries acknowledged by devices.",
               s.messages_acknowledged);
  page.counter("messages_never_written_total",
               "Deliveries acknowledged before they had to be written.", s.messages_never_written);
  page.counter("messages_written_total", "Deliveries written to mailboxes.", s.messages_written);
  page.counter("messages_expired_total", "Deliveries that nobody fetched in time.",
               s.messages_expired);
  page.histogram("accept_milliseconds", "From a send's receipt to its acceptance.", s.accept_ms);
}

void add_accounts(Page& page, const Statistics& s) {
  page.counter("sign_ups_total", "New accounts.", s.sign_ups);
  page.counter("logins_total", "Right passwords.", s.logins);
  page.counter("wrong_passwords_total", "Wrong names or passwords.", s.wrong_passwords);
  page.counter("prekeys_handed_out_total", "Bundles with a one-time key.", s.prekeys_handed_out);
  page.counter("last_resort_handed_out_total", "Bundles with the last-resort key.",
               s.last_resort_handed_out);
  page.counter("rate_limited_total", "Requests over a quota.", s.rate_limited);
  page.counter("overloaded_total", "Requests refused because queues were full.", s.overloaded);
}

void add_storage(Page& page, const Statistics& s) {
  page.gauge("storage_available", "1 while the store can be written.", s.storage_available);
  page.counter("commits_total", "Batches written.", s.commits);
  page.counter("commit_failures_total", "Batches that could not be written.", s.commit_failures);
  page.histogram("commit_operations", "Operations in a batch.", s.commit_ops);
  page.histogram("commit_milliseconds", "From handing a batch over to its being durable.",
                 s.commit_ms);
  page.gauge("pending_operations", "Operations not yet durable.", s.pending_ops);
  page.gauge("pending_bytes", "Bytes not yet durable.", s.pending_bytes);
  page.gauge("waiting_requests", "Requests held back by a read or a change.", s.waiting_requests);
  page.gauge("cached_accounts", "Accounts in memory.", s.cached_accounts);
  page.gauge("remembered_sends", "Results of sends in memory.", s.remembered_sends);
}

void add_channels(Page& page, const Statistics& s) {
  page.counter("connections_opened_total", "Channels opened.", s.connections_opened);
  page.counter("connections_refused_total", "Channels closed before their welcome.",
               s.connections_refused);
  page.counter("batches_received_total", "Messages received on channels.", s.batches_received);
  page.counter("frames_received_total", "Frames received on channels.", s.frames_received);
  page.counter("malformed_batches_total", "Messages that did not decode.", s.malformed_batches);
  page.gauge("connections", "Open channels as the engine counts them.", s.connections);
  page.gauge("sessions", "Devices online.", s.sessions);
}

void add_sockets(Page& page, const NetStatistics& s) {
  page.gauge("sockets", "Open sockets.", s.sockets);
  page.gauge("channels", "Open WebSockets.", s.channels);
  page.gauge("queued_bytes", "Bytes waiting for their readers.", s.queued_bytes);
  page.gauge("password_queue", "Passwords waiting to be hashed.", s.password_queue);
  page.counter("sockets_accepted_total", "Sockets accepted.", s.sockets_accepted);
  page.counter("sockets_refused_total", "Sockets over a limit.", s.sockets_refused);
  page.counter("accept_failures_total", "Sockets the system could not give.", s.accept_failures);
  page.counter("tls_failures_total", "TLS handshakes that failed.", s.tls_failures);
  page.counter("timeouts_total", "Sockets ended because they were too slow.", s.timeouts);
  page.counter("slow_readers_total", "Channels ended because nobody read them.", s.slow_readers);
  page.counter("channel_messages_in_total", "WebSocket messages received.", s.channel_messages_in);
  page.counter("channel_messages_out_total", "WebSocket messages sent.", s.channel_messages_out);
  page.counter("channel_bytes_in_total", "Bytes of messages received.", s.bytes_in);
  page.counter("channel_bytes_out_total", "Bytes of messages sent.", s.bytes_out);
  page.head("http_answers_total", "Answers to HTTP requests.", "counter");
  for (std::size_t i = 1; i < s.http_answers.size(); ++i) {
    page.line("http_answers_total", "{status=\"" + std::to_string(i) + "xx\"}", s.http_answers[i]);
  }
}

using Count = std::uint64_t ServiceTraffic::*;

struct ServiceCount {
  std::string_view name;
  std::string_view help;
  std::string_view type;
  Count count;
};

constexpr ServiceCount kServiceCounts[] = {
    {"service_key_fetches_total", "Times a service was asked for its keys.", "counter",
     &ServiceTraffic::key_fetches},
    {"service_key_fetch_failures_total", "Of these, failures.", "counter",
     &ServiceTraffic::key_fetch_failures},
    {"service_tokens_accepted_total", "Tokens with a good signature.", "counter",
     &ServiceTraffic::tokens_accepted},
    {"service_tokens_refused_total", "Tokens that were none, or badly signed.", "counter",
     &ServiceTraffic::tokens_refused},
    {"service_pushes_sent_total", "Pushes a service took.", "counter",
     &ServiceTraffic::pushes_sent},
    {"service_push_failures_total", "Tries of pushes that failed.", "counter",
     &ServiceTraffic::push_failures},
    {"service_pushes_dropped_total", "Pushes given up.", "counter",
     &ServiceTraffic::pushes_dropped},
    {"service_pushes_waiting", "Pushes waiting for a service.", "gauge",
     &ServiceTraffic::pushes_waiting},
};

// A provider's id is the operator's word and names no person.
void add_services(Page& page, const TrafficTable& services) {
  if (services.empty()) return;
  for (const ServiceCount& each : kServiceCounts) {
    page.head(each.name, each.help, each.type);
    for (const auto& [id, traffic] : services) {
      page.line(each.name, "{provider=\"" + id + "\"}", traffic.*each.count);
    }
  }
}

}  // namespace

std::string metrics_text(const Statistics& engine, const NetStatistics& net) {
  Page page;
  add_messages(page, engine);
  add_channels(page, engine);
  add_storage(page, engine);
  add_accounts(page, engine);
  add_sockets(page, net);
  add_services(page, net.services);
  return std::move(page).take();
}

}  // namespace parley::hub
