// A self-signed certificate for 127.0.0.1, localhost and service.example, made on the spot for
// tests.
#pragma once

#include <string>

namespace parley::hub::testing {

// Writes both PEM files; false where that failed.
bool write_certificate(const std::string& certificate_file, const std::string& key_file);

}  // namespace parley::hub::testing
