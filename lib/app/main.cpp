// The program `thalweg`, and as the library thalweg::main the command line of a user's own models.
#include <thalweg/app/cli.hpp>

int main(int argc, char** argv) { return thalweg::command_line(argc, argv); }
