// The command line. Results go to stdout, talk to stderr.
//
// Exit codes: 0 done, 1 internal error, 2 usage or configuration, 3 numerical failure, 4 finished
// but a requested quality was not met, 5 input or output, 6 stopped early and resumable, 130 or 143
// after SIGINT or SIGTERM with a checkpoint written.
#pragma once

namespace thalweg {

/// Runs one command; never throws. Returns the exit code.
int command_line(int argc, char** argv);

}  // namespace thalweg
