#include "hub/net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace parley::hub {
namespace {

// For TLS 1.2; those of 1.3 are all of this kind.
constexpr char kCiphers[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";

// OpenSSL's first complaint, in its words.
std::string reason() {
  const unsigned long error = ERR_peek_error();
  const char* text = ERR_reason_error_string(error);
  std::string result = text ? text : "unknown reason";
  ERR_clear_error();
  return result;
}

Status harden(ssl_ctx_st* context) {
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                   SSL_OP_NO_TICKET | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // Clients keep one long connection: resumption would only cost memory.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(context, kCiphers) != 1) {
    return fail(ErrorCode::internal, "TLS: " + reason());
  }
  return {};
}

}  // namespace

void FreeSsl::operator()(ssl_st* ssl) const { SSL_free(ssl); }
void TlsContext::FreeContext::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

Result<TlsContext> TlsContext::load(const std::string& certificate_file,
                                    const std::string& key_file) {
  ERR_clear_error();
  Pointer context(SSL_CTX_new(TLS_server_method()));
  if (!context) return fail(ErrorCode::internal, "TLS: " + reason());
  PARLEY_CHECK(harden(context.get()));
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate_file.c_str()) != 1) {
    return fail(ErrorCode::bad_config,
                "the certificate " + certificate_file + " cannot be used: " + reason());
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return fail(ErrorCode::bad_config, "the key " + key_file + " cannot be used: " + reason());
  }
  if (SSL_CTX_check_private_key(context.get()) != 1) {
    return fail(ErrorCode::bad_config, "the key does not belong to the certificate: " + reason());
  }
  return TlsContext(std::move(context));
}

SslPtr TlsContext::wrap(int socket) const {
  SslPtr ssl(SSL_new(context_.get()));
  if (!ssl || SSL_set_fd(ssl.get(), socket) != 1) return nullptr;
  SSL_set_accept_state(ssl.get());
  return ssl;
}

}  // namespace parley::hub
