// Runs a fuzz target over committed inputs without libFuzzer, so that every input that once
// found something stays a unit test with any compiler. Arguments are files and folders.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> inputs_under(const fs::path& root) {
  std::vector<fs::path> files;
  if (fs::is_directory(root)) {
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  } else {
    files.push_back(root);
  }
  std::sort(files.begin(), files.end());
  return files;
}

void run_one(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes((std::istreambuf_iterator<char>(file)),
                                std::istreambuf_iterator<char>());
  // A copy of exactly this size on the heap: a sanitizer then sees every byte read too far.
  std::vector<uint8_t> data(bytes.begin(), bytes.end());
  LLVMFuzzerTestOneInput(data.data(), data.size());
}

}  // namespace

int main(int argc, char** argv) {
  size_t count = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& path : inputs_under(argv[i])) {
      std::printf("%s\n", path.c_str());
      std::fflush(stdout);  // so that a crash is seen with its input's name
      run_one(path);
      ++count;
    }
  }
  if (count == 0) {
    std::fprintf(stderr, "no input: an empty corpus proves nothing\n");
    return 1;
  }
  std::printf("%zu inputs replayed\n", count);
  return 0;
}
