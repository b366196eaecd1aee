#include <cstdio>
#include <exception>

#include "hub/daemon/command_line.h"

int main(int argc, char** argv) {
  try {
    return parley::hub::run_command_line(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "parleyd: unexpected: %s\n", error.what());
    return 1;
  }
}
