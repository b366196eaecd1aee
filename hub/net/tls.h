// TLS for the hub's sockets: one context from a certificate chain and a key (PEM files),
// which can be read again while the hub runs. TLS 1.2 and 1.3 with forward-secret AEAD
// ciphers only; no renegotiation, no compression; idle connections give their record
// buffers back.
//
// Threads: one (the engine's). Connections that exist keep the context they began with.
#pragma once

#include <memory>
#include <string>

#include "lib/base/result.h"

struct ssl_ctx_st;
struct ssl_st;

namespace parley::hub {

struct FreeSsl {
  void operator()(ssl_st* ssl) const;
};
using SslPtr = std::unique_ptr<ssl_st, FreeSsl>;

class TlsContext {
 public:
  // ErrorCode::bad_config says which file is unreadable, or that they do not belong together.
  static Result<TlsContext> load(const std::string& certificate_file, const std::string& key_file);

  // A server's side of a connection on `socket`, which must outlive it.
  SslPtr wrap(int socket) const;

 private:
  struct FreeContext {
    void operator()(ssl_ctx_st* context) const;
  };
  using Pointer = std::unique_ptr<ssl_ctx_st, FreeContext>;
  explicit TlsContext(Pointer context) : context_(std::move(context)) {}

  Pointer context_;
};

// The hub's own side of connections to others' servers.
class TlsClient {
 public:
  // `authorities_file` (PEM) in place of the system's authorities; empty: those.
  static Result<TlsClient> load(const std::string& authorities_file);

  // A connection that goes on only if the certificate is valid for `host`, a name or an
  // address. Null where memory is short.
  SslPtr wrap(int socket, const std::string& host) const;

 private:
  struct FreeContext {
    void operator()(ssl_ctx_st* context) const;
  };
  using Pointer = std::unique_ptr<ssl_ctx_st, FreeContext>;
  explicit TlsClient(Pointer context) : context_(std::move(context)) {}

  Pointer context_;
};

// What was wrong with the peer's certificate, in OpenSSL's words; empty: nothing.
std::string certificate_problem(const ssl_st* ssl);

}  // namespace parley::hub
