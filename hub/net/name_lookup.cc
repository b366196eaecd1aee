#include "hub/net/name_lookup.h"

#include <netdb.h>

#include <boost/asio/post.hpp>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>

namespace parley::hub {

struct NameLookup::Asking {
  std::map<std::string, std::vector<Done>> by_host;
  std::size_t in_all = 0;

  void found(const std::string& host, const Addresses& addresses) {
    auto waiting = by_host.extract(host);
    in_all -= waiting.mapped().size();
    for (const Done& done : waiting.mapped()) done(addresses);
  }
};

struct NameLookup::Workers {
  Workers(std::size_t at_most, System asked, std::function<void(std::string, Addresses)> tell)
      : most(at_most), system(std::move(asked)), found(std::move(tell)) {}
  ~Workers() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
      queue.clear();
    }
    wake.notify_all();
    for (std::thread& thread : threads) thread.join();
  }

  void add(const std::string& host) {
    const std::lock_guard lock(mutex);
    queue.push_back(host);
    if (queue.size() > idle && threads.size() < most) add_thread();
    wake.notify_one();
  }

  // Without one, who asks waits as for a slow name.
  void add_thread() {
    try {
      threads.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      return;
    }
  }

  void work() {
    std::unique_lock lock(mutex);
    while (true) {
      ++idle;
      wake.wait(lock, [this] { return stopping || !queue.empty(); });
      --idle;
      if (stopping) return;
      const std::string host = std::move(queue.front());
      queue.pop_front();
      lock.unlock();
      found(host, system(host));
      lock.lock();
    }
  }

  const std::size_t most;
  const System system;
  const std::function<void(std::string, Addresses)> found;
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::string> queue;  // each name once
  std::size_t idle = 0;
  bool stopping = false;
  std::vector<std::thread> threads;
};

NameLookup::Addresses NameLookup::ask_system(const std::string& host) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* all = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &wanted, &all) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(all, &freeaddrinfo);
  Addresses addresses;
  for (const addrinfo* each = all; each != nullptr; each = each->ai_next) {
    boost::asio::ip::tcp::endpoint endpoint;
    if (each->ai_addrlen > endpoint.capacity()) continue;
    std::memcpy(endpoint.data(), each->ai_addr, each->ai_addrlen);
    endpoint.resize(each->ai_addrlen);
    addresses.push_back(endpoint.address());
  }
  return addresses;
}

NameLookup::NameLookup(IoContext& io, NameLookupLimits limits, System system)
    : io_(io), limits_(limits), asking_(std::make_shared<Asking>()) {
  workers_ = std::make_unique<Workers>(
      limits.threads, std::move(system),
      [this, weak = std::weak_ptr(asking_)](std::string host, Addresses addresses) {
        boost::asio::post(io_, [weak, host = std::move(host), addresses = std::move(addresses)] {
          if (const auto asking = weak.lock()) asking->found(host, addresses);
        });
      });
}

NameLookup::~NameLookup() = default;

void NameLookup::find(const std::string& host, Done done) {
  IoError no_address;
  const auto address = boost::asio::ip::make_address(host, no_address);
  if (!no_address) return done({address});
  const auto known = asking_->by_host.find(host);
  const bool asked = known != asking_->by_host.end();
  if (asking_->in_all >= limits_.waiting ||
      (asked && known->second.size() >= limits_.waiting_for_one)) {
    return done({});
  }
  ++asking_->in_all;
  asking_->by_host[host].push_back(std::move(done));
  if (!asked) workers_->add(host);
}

}  // namespace parley::hub
