#include "hub/net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>

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

void TlsClient::FreeContext::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

Result<TlsClient> TlsClient::load(const std::string& authorities_file) {
  ERR_clear_error();
  Pointer context(SSL_CTX_new(TLS_client_method()));
  if (!context) return fail(ErrorCode::internal, "TLS: " + reason());
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  if (SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(context.get(), kCiphers) != 1) {
    return fail(ErrorCode::internal, "TLS: " + reason());
  }
  const int loaded = authorities_file.empty()
                         ? SSL_CTX_set_default_verify_paths(context.get())
                         : SSL_CTX_load_verify_file(context.get(), authorities_file.c_str());
  if (loaded != 1) {
    return fail(ErrorCode::bad_config, "the certificate authorities cannot be read: " + reason());
  }
  return TlsClient(std::move(context));
}

SslPtr TlsClient::wrap(int socket, const std::string& host) const {
  SslPtr ssl(SSL_new(context_.get()));
  if (!ssl || SSL_set_fd(ssl.get(), socket) != 1) return nullptr;
  SSL_set_connect_state(ssl.get());
  boost::system::error_code no_address;
  boost::asio::ip::make_address(host, no_address);
  X509_VERIFY_PARAM* rules = SSL_get0_param(ssl.get());
  X509_VERIFY_PARAM_set_hostflags(
      rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  const bool set = no_address
                       ? X509_VERIFY_PARAM_set1_host(rules, host.c_str(), host.size()) == 1 &&
                             SSL_set_tlsext_host_name(ssl.get(), host.c_str()) == 1
                       : X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str()) == 1;
  return set ? std::move(ssl) : nullptr;
}

std::string certificate_problem(const ssl_st* ssl) {
  const long result = SSL_get_verify_result(ssl);
  return result == X509_V_OK ? "" : X509_verify_cert_error_string(result);
}

}  // namespace parley::hub
