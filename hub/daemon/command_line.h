// parleyd's command line: serve, check-config, example-config, version, and what an operator
// asks of a running hub (operator_commands.h).
#pragma once

namespace parley::hub {

// Runs the command and returns the exit status (exit_status.h).
int run_command_line(int argc, char** argv);

}  // namespace parley::hub
