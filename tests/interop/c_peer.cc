// A peer for the interop tests: libsignal-protocol-c (or libomemo-c, its fork, with
// PARLEY_PEER_OMEMO), driven over stdin and stdout as peer.mjs is. X3DH only. A
// process of its own: the library is under the GPL and Parley never links it.
#include <curve.h>
#include <key_helper.h>
#include <protocol.h>
#include <session_builder.h>
#include <session_cipher.h>
#include <session_pre_key.h>
#include <signal_protocol.h>
#ifndef PARLEY_PEER_OMEMO
#include <fingerprint.h>
#endif
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <cstdlib>
#include <cstring>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace {

using Data = std::string;

// What a command failed with: the library's negative code.
struct Failure {
  int code;
};

void check(int code) {
  if (code < 0) throw Failure{code};
}

std::string hex(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return ".";
  static const char digits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    text += digits[data[i] >> 4];
    text += digits[data[i] & 15];
  }
  return text;
}
std::string hex(signal_buffer* buffer) {
  std::string text = hex(signal_buffer_data(buffer), signal_buffer_len(buffer));
  signal_buffer_free(buffer);
  return text;
}
Data unhex(const std::string& text) {
  Data data;
  if (text == ".") return data;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    data += static_cast<char>(std::strtoul(text.substr(i, 2).c_str(), nullptr, 16));
  }
  return data;
}
const std::uint8_t* bytes(const Data& data) {
  return reinterpret_cast<const std::uint8_t*>(data.data());
}
signal_buffer* to_buffer(const Data& data) {
  return signal_buffer_create(bytes(data), data.size());
}
Data from_buffer(signal_buffer* buffer) {
  return {reinterpret_cast<const char*>(signal_buffer_data(buffer)), signal_buffer_len(buffer)};
}

// --- the cryptography the library asks its host for, by OpenSSL

int random_bytes(std::uint8_t* data, std::size_t size, void*) {
  return RAND_bytes(data, static_cast<int>(size)) == 1 ? 0 : SG_ERR_UNKNOWN;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
int hmac_init(void** context, const std::uint8_t* key, std::size_t size, void*) {
  HMAC_CTX* hmac = HMAC_CTX_new();
  *context = hmac;
  return HMAC_Init_ex(hmac, key, static_cast<int>(size), EVP_sha256(), nullptr) == 1 ? 0 : -1;
}
int hmac_update(void* context, const std::uint8_t* data, std::size_t size, void*) {
  return HMAC_Update(static_cast<HMAC_CTX*>(context), data, size) == 1 ? 0 : -1;
}
int hmac_final(void* context, signal_buffer** output, void*) {
  std::uint8_t digest[32];
  unsigned size = sizeof digest;
  if (HMAC_Final(static_cast<HMAC_CTX*>(context), digest, &size) != 1) return -1;
  *output = signal_buffer_create(digest, size);
  return 0;
}
void hmac_cleanup(void* context, void*) { HMAC_CTX_free(static_cast<HMAC_CTX*>(context)); }
#pragma GCC diagnostic pop

int sha512_init(void** context, void*) {
  EVP_MD_CTX* digest = EVP_MD_CTX_new();
  *context = digest;
  return EVP_DigestInit_ex(digest, EVP_sha512(), nullptr) == 1 ? 0 : -1;
}
int sha512_update(void* context, const std::uint8_t* data, std::size_t size, void*) {
  return EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context), data, size) == 1 ? 0 : -1;
}
int sha512_final(void* context, signal_buffer** output, void*) {
  std::uint8_t digest[64];
  unsigned size = sizeof digest;
  auto* state = static_cast<EVP_MD_CTX*>(context);
  if (EVP_DigestFinal_ex(state, digest, &size) != 1) return -1;
  *output = signal_buffer_create(digest, size);
  // The library goes on with the same context.
  return EVP_DigestInit_ex(state, EVP_sha512(), nullptr) == 1 ? 0 : -1;
}
void sha512_cleanup(void* context, void*) { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context)); }

int run_cipher(bool encrypt, signal_buffer** output, int kind, const std::uint8_t* key,
               std::size_t key_size, const std::uint8_t* iv, const std::uint8_t* in,
               std::size_t size) {
  if (kind != SG_CIPHER_AES_CBC_PKCS5 || key_size != 32) return SG_ERR_INVAL;
  std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                          &EVP_CIPHER_CTX_free);
  Data out(size + 32, '\0');
  auto* to = reinterpret_cast<std::uint8_t*>(out.data());
  int first = 0;
  int rest = 0;
  if (EVP_CipherInit_ex(context.get(), EVP_aes_256_cbc(), nullptr, key, iv, encrypt) != 1 ||
      EVP_CipherUpdate(context.get(), to, &first, in, static_cast<int>(size)) != 1 ||
      EVP_CipherFinal_ex(context.get(), to + first, &rest) != 1) {
    return SG_ERR_UNKNOWN;
  }
  out.resize(static_cast<std::size_t>(first + rest));
  *output = to_buffer(out);
  return 0;
}
int encrypt(signal_buffer** output, int kind, const std::uint8_t* key, std::size_t key_size,
            const std::uint8_t* iv, std::size_t, const std::uint8_t* in, std::size_t size, void*) {
  return run_cipher(true, output, kind, key, key_size, iv, in, size);
}
int decrypt(signal_buffer** output, int kind, const std::uint8_t* key, std::size_t key_size,
            const std::uint8_t* iv, std::size_t, const std::uint8_t* in, std::size_t size, void*) {
  return run_cipher(false, output, kind, key, key_size, iv, in, size);
}

signal_context* make_context() {
  signal_context* context = nullptr;
  check(signal_context_create(&context, nullptr));
  static const signal_crypto_provider provider = {
      random_bytes,  hmac_init,    hmac_update,    hmac_final, hmac_cleanup, sha512_init,
      sha512_update, sha512_final, sha512_cleanup, encrypt,    decrypt,      nullptr};
  check(signal_context_set_crypto_provider(context, &provider));
  return context;
}

// --- one device and the stores the library asks it for

using Records = std::map<std::uint32_t, Data>;

int load_record(signal_buffer** record, const Records& records, std::uint32_t id) {
  const auto it = records.find(id);
  if (it == records.end()) return SG_ERR_INVALID_KEY_ID;
  *record = to_buffer(it->second);
  return SG_SUCCESS;
}

class Device {
 public:
  explicit Device(signal_context* context) : context_(context) {
    check(signal_protocol_key_helper_generate_identity_key_pair(&identity_, context));
    check(signal_protocol_key_helper_generate_registration_id(&registration_id_, 0, context));
    check(signal_protocol_store_context_create(&store_, context));
    set_stores();
    check(session_builder_create(&builder_, store_, &kOther, context));
    check(session_cipher_create(&cipher_, store_, &kOther, context));
#ifdef PARLEY_PEER_OMEMO
    session_builder_set_version(builder_, 3);
    session_cipher_set_version(cipher_, 3);
#endif
  }

  std::string identity() {
    return key_text(ratchet_identity_key_pair_get_public(identity_)) + " " +
           std::to_string(registration_id_);
  }

  std::string bundle(bool with_one_time) {
    const std::uint32_t id = ++last_id_;
    session_signed_pre_key* key = nullptr;
    check(signal_protocol_key_helper_generate_signed_pre_key(&key, identity_, id, 1, context_));
    signal_buffer* record = nullptr;
    check(session_signed_pre_key_serialize(&record, key));
    signed_keys_[id] = from_buffer(record);
    std::ostringstream answer;
    answer << identity() << ' ' << id << ' '
           << key_text(ec_key_pair_get_public(session_signed_pre_key_get_key_pair(key))) << ' '
           << hex(session_signed_pre_key_get_signature(key),
                  session_signed_pre_key_get_signature_len(key))
           << ' ' << (with_one_time ? one_time_key(id) : "- -") << " - - -";
    return answer.str();
  }

  void start(const std::vector<std::string>& words) {
    session_pre_key_bundle* bundle = nullptr;
    const Data signature = unhex(words[4]);
    const bool one_time = words[5] != "-";
    check(session_pre_key_bundle_create(
        &bundle, number(words[1]), 1, one_time ? number(words[5]) : 0,
        one_time ? parse_key(words[6]) : nullptr, number(words[2]), parse_key(words[3]),
        bytes(signature), signature.size(), parse_key(words[0])));
    check(session_builder_process_pre_key_bundle(builder_, bundle));
  }

  std::string encrypt(const std::string& plaintext) {
    const Data data = unhex(plaintext);
    ciphertext_message* message = nullptr;
    check(session_cipher_encrypt(cipher_, bytes(data), data.size(), &message));
    const bool prekey = ciphertext_message_get_type(message) == CIPHERTEXT_PREKEY_TYPE;
    const signal_buffer* serialized = ciphertext_message_get_serialized(message);
    std::string answer = prekey ? "prekey " : "signal ";
    answer += hex(signal_buffer_const_data(serialized), signal_buffer_len(serialized));
    SIGNAL_UNREF(message);
    return answer;
  }

  std::string decrypt(const std::string& kind, const std::string& message) {
    const Data data = unhex(message);
    signal_buffer* plaintext = nullptr;
    if (kind == "prekey") {
      pre_key_signal_message* parsed = nullptr;
      check(pre_key_signal_message_deserialize(&parsed, bytes(data), data.size(), context_));
      const int code =
          session_cipher_decrypt_pre_key_signal_message(cipher_, parsed, nullptr, &plaintext);
      SIGNAL_UNREF(parsed);
      check(code);
    } else {
      signal_message* parsed = nullptr;
      check(signal_message_deserialize(&parsed, bytes(data), data.size(), context_));
      const int code = session_cipher_decrypt_signal_message(cipher_, parsed, nullptr, &plaintext);
      SIGNAL_UNREF(parsed);
      check(code);
    }
    return hex(plaintext);
  }

  void forget() { has_session_ = false; }

#ifndef PARLEY_PEER_OMEMO
  // Displayable only: the library's scannable form is the older version 1 or 0.
  std::string fingerprint(const std::string& local_id, const std::string& remote_id,
                          const std::string& remote_key) {
    fingerprint_generator* generator = nullptr;
    check(fingerprint_generator_create(&generator, 5200, 1, context_));
    ::fingerprint* print = nullptr;
    check(fingerprint_generator_create_for(
        generator, unhex(local_id).c_str(), ratchet_identity_key_pair_get_public(identity_),
        unhex(remote_id).c_str(), parse_key(remote_key), &print));
    return std::string(displayable_fingerprint_text(fingerprint_get_displayable(print))) + " - -";
  }
#endif

 private:
  static constexpr signal_protocol_address kOther = {"other", 5, 1};

  static std::uint32_t number(const std::string& text) {
    return static_cast<std::uint32_t>(std::strtoul(text.c_str(), nullptr, 10));
  }

  std::string key_text(const ec_public_key* key) {
    signal_buffer* buffer = nullptr;
    check(ec_public_key_serialize(&buffer, key));
    return hex(buffer);
  }
  ec_public_key* parse_key(const std::string& text) {
    const Data data = unhex(text);
    ec_public_key* key = nullptr;
    check(curve_decode_point(&key, bytes(data), data.size(), context_));
    return key;
  }

  std::string one_time_key(std::uint32_t id) {
    ec_key_pair* pair = nullptr;
    check(curve_generate_key_pair(context_, &pair));
    session_pre_key* key = nullptr;
    check(session_pre_key_create(&key, id, pair));
    signal_buffer* record = nullptr;
    check(session_pre_key_serialize(&record, key));
    one_time_keys_[id] = from_buffer(record);
    return std::to_string(id) + " " + key_text(ec_key_pair_get_public(pair));
  }

  static Device& self(void* user_data) { return *static_cast<Device*>(user_data); }

  void set_stores() {
    set_session_store();
    set_key_stores();
    signal_protocol_identity_key_store identities = {};
    identities.get_identity_key_pair = [](signal_buffer** public_data, signal_buffer** private_data,
                                          void* user) {
      auto* pair = self(user).identity_;
      const int code =
          ec_public_key_serialize(public_data, ratchet_identity_key_pair_get_public(pair));
      if (code < 0) return code;
      return ec_private_key_serialize(private_data, ratchet_identity_key_pair_get_private(pair));
    };
    identities.get_local_registration_id = [](void* user, std::uint32_t* id) {
      *id = self(user).registration_id_;
      return 0;
    };
    identities.save_identity = [](const signal_protocol_address*, std::uint8_t*, std::size_t,
                                  void*) { return 0; };
    identities.is_trusted_identity = [](const signal_protocol_address*, std::uint8_t*, std::size_t,
                                        void*) { return 1; };
    identities.user_data = this;
    check(signal_protocol_store_context_set_identity_key_store(store_, &identities));
  }

  void set_session_store() {
    signal_protocol_session_store sessions = {};
    sessions.load_session_func = [](signal_buffer** record, signal_buffer**,
                                    const signal_protocol_address*, void* user) {
      if (!self(user).has_session_) return 0;
      *record = to_buffer(self(user).session_);
      return 1;
    };
    sessions.get_sub_device_sessions_func = [](signal_int_list**, const char*, std::size_t, void*) {
      return 0;
    };
    sessions.store_session_func = [](const signal_protocol_address*, std::uint8_t* record,
                                     std::size_t size, std::uint8_t*, std::size_t, void* user) {
      self(user).session_.assign(reinterpret_cast<const char*>(record), size);
      self(user).has_session_ = true;
      return 0;
    };
    sessions.contains_session_func = [](const signal_protocol_address*, void* user) {
      return self(user).has_session_ ? 1 : 0;
    };
    sessions.delete_session_func = [](const signal_protocol_address*, void* user) {
      self(user).has_session_ = false;
      return 1;
    };
    sessions.delete_all_sessions_func = [](const char*, std::size_t, void* user) {
      self(user).has_session_ = false;
      return 1;
    };
    sessions.user_data = this;
    check(signal_protocol_store_context_set_session_store(store_, &sessions));
  }

  void set_key_stores() {
    signal_protocol_pre_key_store one_time = {};
    one_time.load_pre_key = [](signal_buffer** record, std::uint32_t id, void* user) {
      return load_record(record, self(user).one_time_keys_, id);
    };
    one_time.store_pre_key = [](std::uint32_t, std::uint8_t*, std::size_t, void*) { return 0; };
    one_time.contains_pre_key = [](std::uint32_t id, void* user) {
      return static_cast<int>(self(user).one_time_keys_.count(id));
    };
    one_time.remove_pre_key = [](std::uint32_t id, void* user) {
      self(user).one_time_keys_.erase(id);
      return 0;
    };
    one_time.user_data = this;
    check(signal_protocol_store_context_set_pre_key_store(store_, &one_time));

    signal_protocol_signed_pre_key_store signed_keys = {};
    signed_keys.load_signed_pre_key = [](signal_buffer** record, std::uint32_t id, void* user) {
      return load_record(record, self(user).signed_keys_, id);
    };
    signed_keys.store_signed_pre_key = [](std::uint32_t, std::uint8_t*, std::size_t, void*) {
      return 0;
    };
    signed_keys.contains_signed_pre_key = [](std::uint32_t id, void* user) {
      return static_cast<int>(self(user).signed_keys_.count(id));
    };
    signed_keys.remove_signed_pre_key = [](std::uint32_t, void*) { return 0; };
    signed_keys.user_data = this;
    check(signal_protocol_store_context_set_signed_pre_key_store(store_, &signed_keys));
  }

  signal_context* context_;
  ratchet_identity_key_pair* identity_ = nullptr;
  std::uint32_t registration_id_ = 0;
  std::uint32_t last_id_ = 0;
  Records one_time_keys_;
  Records signed_keys_;
  Data session_;
  bool has_session_ = false;
  signal_protocol_store_context* store_ = nullptr;
  session_builder* builder_ = nullptr;
  session_cipher* cipher_ = nullptr;
};

class Peer {
 public:
  std::string run(const std::vector<std::string>& words) {
    if (words.at(0) == "version") return "c";
    if (words[0] == "create") {
      devices_.push_back(std::make_unique<Device>(context_));
      return std::to_string(devices_.size() - 1);
    }
    Device& device = *devices_.at(std::strtoul(words[0].c_str(), nullptr, 10));
    const std::string& command = words.at(1);
    if (command == "identity") return device.identity();
    if (command == "bundle") return device.bundle(words.at(2) == "1");
    if (command == "start") return device.start({words.begin() + 2, words.end()}), "";
    if (command == "encrypt") return device.encrypt(words.at(2));
    if (command == "decrypt") return device.decrypt(words.at(2), words.at(3));
    if (command == "forget") return device.forget(), "";
#ifndef PARLEY_PEER_OMEMO
    if (command == "fingerprint") {
      return device.fingerprint(words.at(2), words.at(3), words.at(4));
    }
#endif
    throw Failure{SG_ERR_INVAL};
  }

 private:
  signal_context* context_ = make_context();
  std::vector<std::unique_ptr<Device>> devices_;
};

const char* name_of(int code) {
  if (code == SG_ERR_DUPLICATE_MESSAGE) return "duplicate";
  if (code == SG_ERR_NO_SESSION) return "no-session";
  return "failed";
}

}  // namespace

int main() {
  Peer peer;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream input(line);
    std::vector<std::string> words;
    for (std::string word; input >> word;) words.push_back(word);
    try {
      const std::string answer = peer.run(words);
      std::cout << "ok " << answer << std::endl;
    } catch (const Failure& failure) {
      std::cout << "error " << name_of(failure.code) << " " << failure.code << std::endl;
    }
  }
}
