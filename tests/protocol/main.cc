// Writes the vectors of docs/protocol/vectors, or compares them with what is there.
//
//   protocol_vectors --write FOLDER
//   protocol_vectors --check FOLDER
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>

#include "tests/protocol/vectors.h"

namespace parley::vectors {
namespace {

struct File {
  const char* name;
  Json (*make)();
};

constexpr File kFiles[] = {
    {"ids.json", ids},
    {"token.json", token},
    {"hello.json", hello},
    {"retry-request.json", retry_request},
    {"padding.json", padding},
    {"content.json", content},
    {"franking.json", franking},
    {"safety-number.json", safety_number},
    {"prekey-message.json", prekey_message},
    {"media.json", media},
};

bool write(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  return static_cast<bool>(out);
}

bool check(const std::string& path, const std::string& text) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream there;
  there << in.rdbuf();
  return there.str() == text;
}

int run(bool writes, const std::string& folder) {
  int failed = 0;
  for (const File& file : kFiles) {
    const std::string path = folder + '/' + file.name;
    const std::string text = file.make().dump();
    const bool good = writes ? write(path, text) : check(path, text);
    if (!good)
      std::cerr << path << (writes ? ": cannot be written\n" : ": is not what the code computes\n");
    failed += good ? 0 : 1;
  }
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace parley::vectors

int main(int argc, char** argv) {
  const bool writes = argc == 3 && std::strcmp(argv[1], "--write") == 0;
  if (!writes && (argc != 3 || std::strcmp(argv[1], "--check") != 0)) {
    std::cerr << "usage: protocol_vectors --write|--check FOLDER\n";
    return 2;
  }
  return parley::vectors::run(writes, argv[2]);
}
