// What a person sees and types, apart from `parley chat`: prompts, passwords,
// colours, QR codes. Everything degrades without a terminal: no colours, no
// questions.
#pragma once

#include <string>
#include <string_view>

#include "lib/base/bytes.h"

namespace parley::cli {

// Colours on standard output: only on a terminal that is not "dumb", and not with
// NO_COLOR.
bool uses_colours();
bool is_terminal(int file);

enum class Style { plain, dim, bold, green, yellow, blue, red };
// The text with its style, or as it is without colours. The text must be printable.
std::string styled(Style style, std::string_view text);

// Asks on the terminal (standard error and input); throws a usage problem that
// names `instead` where there is none.
std::string ask(const std::string& question, const std::string& instead);
bool confirm(const std::string& question, const std::string& instead);

// A secret: from the environment variable, or asked without echo.
std::string ask_secret(const std::string& question, const char* variable);
// As ask_secret, typed twice on a terminal.
std::string ask_new_secret(const std::string& question, const char* variable);

// Writes to standard output at once; throws when nobody reads it any longer.
void print(std::string_view text);
// A line for a person on standard error, never in the way of a script.
void note(std::string_view text);

// A QR code in half-block characters, with its quiet zone. Empty if the data are
// too long for one. `colours`: black on white by escape sequences; otherwise light
// modules are drawn, for dark terminals and paper alike legible to most readers.
std::string qr_code(ByteView data, bool colours);

}  // namespace parley::cli
