// The terminal as `parley chat` needs it: every key at once, no echo, pasted text
// marked. Put back as it was when this object dies.
#pragma once

#include <termios.h>

namespace parley::cli {

class RawTerminal {
 public:
  // Standard input and output are a terminal that understands cursor movements.
  static bool is_possible();

  RawTerminal();
  ~RawTerminal();
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

  static int columns();
  static int rows();

 private:
  termios before_{};
};

}  // namespace parley::cli
