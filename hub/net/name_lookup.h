// The addresses of other servers' names. The system's lookup waits as long as the name's own
// servers like and cannot be interrupted, so it runs on a few threads beside the io_context:
// whose names are slow, waits for them alone.
//
// One name occupies one thread at most: whoever asks for it meanwhile waits for the same answer.
// Bounded: threads, and who waits for one name and for all. Beyond that a name has no address.
// Threads are made when they are needed. Addresses as text are not looked up.
//
// Threads: one, that of the io_context, which outlives it. Completions come there, for an
// address as text before find returns; none after the destructor, which waits for lookups
// under way.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "hub/net/address.h"
#include "hub/net/transport.h"

namespace parley::hub {

struct NameLookupLimits {
  std::size_t threads = 16;
  std::size_t waiting_for_one = 64;
  std::size_t waiting = 1'024;
};

class NameLookup {
 public:
  using Addresses = std::vector<IpAddress>;
  using Done = std::function<void(Addresses)>;
  // Asks and waits, on any thread; none where there is none. Tests replace it.
  using System = std::function<Addresses(const std::string& host)>;

  static Addresses ask_system(const std::string& host);

  explicit NameLookup(IoContext& io, NameLookupLimits limits = {}, System system = ask_system);
  ~NameLookup();
  NameLookup(const NameLookup&) = delete;
  NameLookup& operator=(const NameLookup&) = delete;

  void find(const std::string& host, Done done);

 private:
  struct Asking;   // what waits, on the io_context's thread
  struct Workers;  // the threads

  IoContext& io_;
  NameLookupLimits limits_;
  std::shared_ptr<Asking> asking_;
  std::unique_ptr<Workers> workers_;
};

// How those who connect see it.
using FindName = std::function<void(const std::string& host, NameLookup::Done done)>;

}  // namespace parley::hub
