// parleyd's command line: serve, check-config, example-config, version.
#pragma once

namespace parley::hub {

// Runs the command and returns the exit status (exit_status.h).
int run_command_line(int argc, char** argv);

}  // namespace parley::hub
