// A load probe: a whole hub in a process of its own, and raw channel clients on one thread
// that send opaque payloads through it. It prints one line of JSON a run.
//
//   parley_hub_load pairs   --conns 100 --window 16 --secs 10    2k and 2k+1 send each other
//                           messages, each with at most `window` not yet received
//   parley_hub_load idle    --conns 2000 [--tls 1]               memory of an idle connection
//   parley_hub_load offline --conns 20 --secs 5 --window 64      messages for devices that are
//                           away: durable stores, then the drain
// --ack-hold-us N: clients keep acknowledgements so long to send them with a message.
// Common: --body 256 (bytes of ciphertext) --warmup 2 --data DIR --delay-ms 5 (commit delay)
//
// CPU is the hub's user and system time (/proc/PID/stat), memory its resident set. The
// clients share the machine's cores with it. A message is done when the other client got it.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <deque>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>

#include "hub/daemon/hub_for_tests.h"
#include "hub/net/testing/certificate.h"
#include "hub/net/testing/people.h"
#include "lib/wire/wire.h"

namespace {

using namespace parley;
using hub::testing::Person;
namespace wc = wire::channel;

std::map<std::string, std::string> options = {
    {"conns", "100"}, {"window", "1"}, {"secs", "10"},    {"warmup", "2"},     {"body", "256"},
    {"tls", "0"},     {"data", ""},    {"delay-ms", "5"}, {"ack-hold-us", "0"}};
std::size_t number(const char* name) { return std::stoul(options.at(name)); }

[[noreturn]] void die(const std::string& why) {
  std::printf("{\"error\":\"%s\"}\n", why.c_str());
  std::exit(1);
}

std::uint64_t now_ns() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(since).count());
}
double seconds_since(std::uint64_t start) { return static_cast<double>(now_ns() - start) / 1e9; }

// --- the hub's process

double cpu_seconds(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(in)), {});
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double resident_kib(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/statm");
  double size = 0, resident = 0;
  in >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1024;
}

// A number of the hub's own.
double metric(std::uint16_t port, const std::string& name) {
  const auto page = hub::testing::http(port, "GET", "/metrics");
  if (!page) die("metrics");
  const std::size_t at = page->body.find("\nparley_hub_" + name + " ");
  if (at == std::string::npos) die("metrics");
  return std::stod(page->body.substr(page->body.find(' ', at)));
}

struct HubProcess {
  pid_t pid = 0;
  std::uint16_t port = 0;
};

hub::DaemonConfig hub_config(const hub::TemporaryFolder& folder, bool tls) {
  hub::DaemonConfig config =
      hub::test_config(options["data"].empty() ? folder.file("data") : options["data"]);
  config.net.max_connections = config.net.max_connections_per_address = 1'000'000;
  config.engine.commit_delay = milliseconds(static_cast<std::int64_t>(number("delay-ms")));
  if (tls) {
    config.net.tls_certificate = folder.file("cert.pem");
    config.net.tls_key = folder.file("key.pem");
    if (!hub::testing::write_certificate(config.net.tls_certificate, config.net.tls_key)) {
      die("certificate");
    }
  }
  return config;
}

HubProcess start_hub(const hub::TemporaryFolder& folder, bool tls) {
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0) die("pipe");
  HubProcess process;
  process.pid = fork();
  if (process.pid == 0) {
    hub::NoLog log;
    hub::Daemon daemon(hub_config(folder, tls), log, hub::kCheapPasswords);
    if (const Status opened = daemon.open(); !opened) die(opened.error().detail);
    daemon.handle_signals();
    const std::uint16_t port = daemon.endpoint().port();
    if (write(pipe_ends[1], &port, sizeof port) != sizeof port) die("pipe");
    std::_Exit(static_cast<int>(daemon.run()));
  }
  if (read(pipe_ends[0], &process.port, sizeof process.port) != sizeof process.port) {
    die("the hub did not start");
  }
  return process;
}

int stop_hub(const HubProcess& process) {
  kill(process.pid, SIGTERM);
  int status = 0;
  waitpid(process.pid, &status, 0);
  return status;
}

// --- a client: WebSocket frames by hand, so that it costs as little as it can

struct Client {
  int fd = -1;
  const Person* self = nullptr;
  const Person* peer = nullptr;
  Client* other = nullptr;
  wc::Send message;
  Bytes in, batch, out;
  std::vector<std::int64_t> acknowledge;
  std::uint64_t next_request = 1;
  bool ready = false;
  bool touched = false;
  bool caught_up = false;
};

struct Counts {
  std::uint64_t delivered = 0, accepted = 0, refused = 0;
  std::vector<float> latency_ms;
  bool measuring = false;
};
Counts counts;
std::vector<Client*> touched;
int epoll_fd = -1;

// Acknowledgements that wait to leave with a message, and until when.
std::uint64_t ack_hold_ns = 0;
std::deque<std::pair<std::uint64_t, Client*>> held;

void touch(Client& client) {
  if (client.touched) return;
  client.touched = true;
  touched.push_back(&client);
}

template <typename Body>
void add_frame(Client& client, Body body, bool wants_answer = true) {
  wc::ClientFrame frame;
  if (wants_answer) frame.request_id = client.next_request++;
  frame.body = std::move(body);
  wire::append_message(client.batch, wc::ClientBatch::kFramesField, frame);
  touch(client);
}

void add_message(Client& client) {
  static std::uint64_t serial = 0;
  ++serial;
  std::memcpy(client.message.send_id.data(), &serial, sizeof serial);
  const std::uint64_t now = now_ns();
  std::memcpy(client.message.recipients[0].devices[0].ciphertext.data(), &now, sizeof now);
  add_frame(client, client.message);
}

void write_out(Client& client) {
  std::size_t sent = 0;
  while (sent < client.out.size()) {
    const ssize_t put =
        send(client.fd, client.out.data() + sent, client.out.size() - sent, MSG_NOSIGNAL);
    if (put <= 0) break;
    sent += static_cast<std::size_t>(put);
  }
  client.out.erase(client.out.begin(), client.out.begin() + static_cast<std::ptrdiff_t>(sent));
}

// A masked frame whose mask is zero: the payload stays as it is.
void flush(Client& client) {
  client.touched = false;
  if (!client.acknowledge.empty()) {
    wc::ClientFrame frame;
    frame.body = wc::Acknowledge{.accepted_at_us = std::move(client.acknowledge)};
    wire::append_message(client.batch, wc::ClientBatch::kFramesField, frame);
    client.acknowledge.clear();
  }
  if (client.batch.empty()) return;
  const std::size_t size = client.batch.size();
  client.out.push_back(0x82);
  if (size < 126) {
    client.out.push_back(static_cast<std::uint8_t>(0x80 | size));
  } else if (size < 65536) {
    client.out.insert(client.out.end(), {0xfe, static_cast<std::uint8_t>(size >> 8),
                                         static_cast<std::uint8_t>(size)});
  } else {
    client.out.push_back(0xff);
    for (int shift = 56; shift >= 0; shift -= 8) {
      client.out.push_back(static_cast<std::uint8_t>(size >> shift));
    }
  }
  client.out.insert(client.out.end(), 4, 0);
  append(client.out, client.batch);
  client.batch.clear();
  write_out(client);
}

void got_delivery(Client& client, ByteView bytes) {
  wire::Reader in(bytes);
  std::int64_t accepted_at = 0;
  std::uint64_t sent = 0;
  for (wire::Field field; in.next(field);) {
    if (field.number == wc::Deliver::kAcceptedAtUsField) {
      accepted_at = static_cast<std::int64_t>(field.scalar);
    } else if (field.number == wc::Deliver::kCiphertextField) {
      std::memcpy(&sent, field.bytes.data(), sizeof sent);
    }
  }
  client.acknowledge.push_back(accepted_at);
  if (ack_hold_ns == 0) {
    touch(client);
  } else if (client.acknowledge.size() == 1) {
    held.emplace_back(now_ns() + ack_hold_ns, &client);
  }
  ++counts.delivered;
  if (counts.measuring) {
    counts.latency_ms.push_back(static_cast<float>(static_cast<double>(now_ns() - sent) / 1e6));
  }
  if (client.other) add_message(*client.other);
}

using OnAccepted = void (*)(Client&);
OnAccepted on_accepted = nullptr;

void got_frame(Client& client, ByteView bytes) {
  wire::Reader in(bytes);
  for (wire::Field field; in.next(field);) {
    switch (field.number) {
      case wc::ServerFrame::kDeliverField:
        got_delivery(client, field.bytes);
        break;
      case wc::ServerFrame::kAcceptedField:
        ++counts.accepted;
        if (on_accepted) on_accepted(client);
        break;
      case wc::ServerFrame::kPrekeyCountsField:
        client.ready = true;
        break;
      case wc::ServerFrame::kCaughtUpField:
        client.caught_up = true;
        break;
      case wc::ServerFrame::kFailureField: {
        const auto failure = wire::decode<wc::Failure>(field.bytes);
        ++counts.refused;
        if (failure) {
          die(std::string("failure: ") + std::string(to_string(failure->code)) + " " +
              failure->detail);
        }
        break;
      }
      default:
        break;
    }
  }
}

void got_bytes(Client& client) {
  std::size_t at = 0;
  while (client.in.size() - at >= 2) {
    const std::uint8_t* head = client.in.data() + at;
    std::size_t size = head[1] & 0x7f, head_size = 2;
    if (size == 126) head_size = 4;
    if (size == 127) head_size = 10;
    if (client.in.size() - at < head_size) break;
    if (size >= 126) {
      size = 0;
      for (std::size_t i = 2; i < head_size; ++i) size = size << 8 | head[i];
    }
    if (client.in.size() - at - head_size < size) break;
    if ((head[0] & 0x0f) == 8) die("the hub closed a channel");
    const Status visited = wire::for_each_element(
        {head + head_size, size}, wc::ServerBatch::kFramesField, 1024, [&](ByteView frame) {
          got_frame(client, frame);
          return Status();
        });
    if (!visited) die("a message did not decode");
    at += head_size + size;
  }
  client.in.erase(client.in.begin(), client.in.begin() + static_cast<std::ptrdiff_t>(at));
}

void turn(int timeout_ms) {
  std::array<epoll_event, 512> events;
  if (!held.empty()) timeout_ms = std::min(timeout_ms, 1);
  const int count = epoll_wait(epoll_fd, events.data(), events.size(), timeout_ms);
  static std::array<std::uint8_t, 262'144> scratch;
  for (int i = 0; i < count; ++i) {
    Client& client = *static_cast<Client*>(events[static_cast<std::size_t>(i)].data.ptr);
    const ssize_t got = recv(client.fd, scratch.data(), scratch.size(), 0);
    if (got == 0) die("a connection ended");
    if (got < 0) continue;
    append(client.in, ByteView(scratch).first(static_cast<std::size_t>(got)));
    got_bytes(client);
    if (!client.out.empty()) write_out(client);
  }
  for (; !held.empty() && held.front().first <= now_ns(); held.pop_front()) {
    if (!held.front().second->acknowledge.empty()) touch(*held.front().second);
  }
  std::vector<Client*> now;
  now.swap(touched);
  for (Client* client : now) flush(*client);
}

template <typename Done>
void run_until(Done done) {
  while (!done()) turn(100);
}

int connect_to(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    die("connect");
  }
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

constexpr char kUpgrade[] =
    "GET /v1/channel HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: parley.channel.v1\r\n\r\n";

void open_channel(Client& client, std::uint16_t port) {
  client.fd = connect_to(port);
  if (send(client.fd, kUpgrade, sizeof kUpgrade - 1, 0) < 0) die("upgrade");
  std::string head;
  while (head.find("\r\n\r\n") == std::string::npos) {
    char c = 0;
    if (recv(client.fd, &c, 1, 0) != 1) die("upgrade refused");
    head += c;
  }
  if (head.find(" 101 ") == std::string::npos) die("upgrade refused");
  fcntl(client.fd, F_SETFL, O_NONBLOCK);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &client;
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, client.fd, &event);
  wc::Hello hello;
  hello.version = 1;
  hello.software = "hub_load";
  wc::SessionCredential credential;
  credential.token = SecretBuffer(client.self->session_token);
  hello.credential = std::move(credential);
  add_frame(client, std::move(hello));
  // Otherwise only three of its messages would be let through.
  if (client.peer != nullptr) {
    add_frame(client, wc::SetRelation{client.peer->account_id, wc::Relation::accepted});
  }
  add_frame(client, hub::testing::some_prekeys(*client.self, 0));
}

std::vector<Person> make_people(std::uint16_t port, std::size_t count) {
  std::vector<Person> people;
  for (std::size_t i = 0; i < count; ++i) {
    auto person = hub::testing::sign_up(port, "u" + std::to_string(10'000 + i));
    if (!person) die("sign-up");
    people.push_back(*std::move(person));
  }
  return people;
}

double percentile(std::vector<float>& values, double part) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

std::vector<std::unique_ptr<Client>> make_clients(const HubProcess& hub,
                                                  const std::vector<Person>& people) {
  std::vector<std::unique_ptr<Client>> clients;
  for (std::size_t i = 0; i < people.size(); ++i) {
    auto client = std::make_unique<Client>();
    client->self = &people[i];
    client->peer = &people[i ^ 1];
    client->message = hub::testing::some_message(people[i], *client->peer, number("body"));
    clients.push_back(std::move(client));
  }
  for (auto& client : clients) {
    open_channel(*client, hub.port);
    turn(0);
  }
  run_until([&] {
    return std::all_of(clients.begin(), clients.end(), [](auto& client) { return client->ready; });
  });
  return clients;
}

void pairs(const HubProcess& hub) {
  const std::vector<Person> people = make_people(hub.port, number("conns") & ~std::size_t{1});
  auto clients = make_clients(hub, people);
  for (std::size_t i = 0; i < clients.size(); ++i) clients[i]->other = clients[i ^ 1].get();
  for (auto& client : clients) {
    for (std::size_t i = 0; i < number("window"); ++i) add_message(*client);
  }
  const std::uint64_t begin = now_ns();
  run_until([&] { return seconds_since(begin) >= static_cast<double>(number("warmup")); });
  counts = {};
  counts.measuring = true;
  const std::uint64_t start = now_ns();
  const double cpu = cpu_seconds(hub.pid);
  run_until([&] { return seconds_since(start) >= static_cast<double>(number("secs")); });
  const double took = seconds_since(start), used = cpu_seconds(hub.pid) - cpu;
  const double in = metric(hub.port, "channel_messages_in_total"),
               out = metric(hub.port, "channel_messages_out_total"),
               all = metric(hub.port, "messages_delivered_total"),
               written = metric(hub.port, "messages_written_total");
  const auto delivered = static_cast<double>(counts.delivered);
  std::printf(
      "{\"mode\":\"pairs\",\"conns\":%zu,\"window\":%zu,\"delivered_per_s\":%.0f,\"p50_ms\":%.3f,"
      "\"p95_ms\":%.3f,\"p99_ms\":%.3f,\"cpu_s_per_1000\":%.5f,\"cpu_share\":%.2f,"
      "\"in_per_delivery\":%.3f,\"out_per_delivery\":%.3f,\"written_share\":%.3f}\n",
      clients.size(), number("window"), delivered / took, percentile(counts.latency_ms, .5),
      percentile(counts.latency_ms, .95), percentile(counts.latency_ms, .99),
      used / delivered * 1000, used / took, in / all, out / all, written / all);
}

void offline(const HubProcess& hub) {
  const std::vector<Person> people = make_people(hub.port, number("conns") & ~std::size_t{1});
  auto clients = make_clients(hub, people);
  // Every second one leaves.
  for (std::size_t i = 1; i < clients.size(); i += 2) {
    close(clients[i]->fd);
    clients[i]->ready = clients[i]->caught_up = false;
  }
  counts = {};
  static std::uint64_t end = 0;
  end = now_ns() + number("secs") * 1'000'000'000;
  on_accepted = [](Client& client) {
    if (now_ns() < end) add_message(client);
  };
  const std::uint64_t start = now_ns();
  const double cpu = cpu_seconds(hub.pid);
  std::size_t sent = 0;
  for (std::size_t i = 0; i < clients.size(); i += 2) {
    for (std::size_t n = 0; n < number("window"); ++n, ++sent) add_message(*clients[i]);
  }
  run_until([&] { return now_ns() > end; });
  const auto stored = static_cast<double>(counts.accepted);
  const double took = seconds_since(start), used = cpu_seconds(hub.pid) - cpu;
  run_until([&, quiet = now_ns(), last = counts.accepted]() mutable {
    if (counts.accepted != std::exchange(last, counts.accepted)) quiet = now_ns();
    return seconds_since(quiet) > 0.5;
  });
  const std::uint64_t all = counts.accepted;
  const std::uint64_t drain = now_ns();
  const double drain_cpu = cpu_seconds(hub.pid);
  for (std::size_t i = 1; i < clients.size(); i += 2) open_channel(*clients[i], hub.port);
  run_until([&] { return counts.delivered >= all; });
  const double drained_in = seconds_since(drain);
  std::printf(
      "{\"mode\":\"offline\",\"senders\":%zu,\"window\":%zu,\"stored_per_s\":%.0f,"
      "\"cpu_s_per_1000\":%.5f,\"drained_per_s\":%.0f,\"drain_cpu_s_per_1000\":%.5f}\n",
      clients.size() / 2, number("window"), stored / took, used / stored * 1000,
      static_cast<double>(all) / drained_in,
      (cpu_seconds(hub.pid) - drain_cpu) / static_cast<double>(all) * 1000);
}

// Reads until `enough` bytes came or the peer is silent.
void tls_open(SSL_CTX* context, std::uint16_t port, std::vector<SSL*>& open) {
  SSL* ssl = SSL_new(context);
  SSL_set_fd(ssl, connect_to(port));
  if (SSL_connect(ssl) != 1) die("TLS");
  if (SSL_write(ssl, kUpgrade, sizeof kUpgrade - 1) <= 0) die("upgrade");
  char head[1024];
  if (SSL_read(ssl, head, sizeof head) <= 0) die("upgrade refused");
  open.push_back(ssl);
}

void idle(const HubProcess& hub, bool tls) {
  const std::size_t count = number("conns");
  double before = 0;
  std::vector<SSL*> secured;
  std::vector<std::unique_ptr<Client>> clients, others;
  std::vector<Person> people, first_half;
  if (tls) {
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    tls_open(context, hub.port, secured);
    before = resident_kib(hub.pid);
    for (std::size_t i = 0; i < count; ++i) tls_open(context, hub.port, secured);
  } else {
    // What comes with the first ones (the store's cache, the allocator's pools) is not
    // what a connection costs: the second half is measured.
    people = make_people(hub.port, 2 * (count & ~std::size_t{1}));
    const auto middle = people.begin() + static_cast<std::ptrdiff_t>(people.size() / 2);
    first_half.assign(std::move_iterator(people.begin()), std::move_iterator(middle));
    people.erase(people.begin(), middle);
    others = make_clients(hub, first_half);
    sleep(1);
    before = resident_kib(hub.pid);
    clients = make_clients(hub, people);
  }
  sleep(2);
  const double after = resident_kib(hub.pid);
  const double cpu = cpu_seconds(hub.pid);
  sleep(static_cast<unsigned>(number("secs")));
  std::printf(
      "{\"mode\":\"idle\",\"conns\":%zu,\"tls\":%d,\"rss_before_kib\":%.0f,\"rss_after_kib\":%.0f,"
      "\"kib_per_connection\":%.2f,\"cpu_share\":%.4f}\n",
      count, tls ? 1 : 0, before, after, (after - before) / static_cast<double>(count),
      (cpu_seconds(hub.pid) - cpu) / static_cast<double>(number("secs")));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  for (int i = 2; i + 1 < argc; i += 2) options[std::string(argv[i]).substr(2)] = argv[i + 1];
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  ack_hold_ns = number("ack-hold-us") * 1'000;
  const bool tls = number("tls") != 0;
  const hub::TemporaryFolder folder;
  const HubProcess hub = start_hub(folder, tls);
  epoll_fd = epoll_create1(0);
  if (mode == "pairs") {
    pairs(hub);
  } else if (mode == "offline") {
    offline(hub);
  } else if (mode == "idle") {
    idle(hub, tls);
  } else {
    std::printf("usage: parley_hub_load pairs|idle|offline [--option value]...\n");
  }
  std::fflush(stdout);
  return stop_hub(hub) == 0 ? 0 : 1;
}
