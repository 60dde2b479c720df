// The two voices of the program: talk on stderr (through spdlog), results on stdout.
#pragma once
#include <string>
#include <string_view>

namespace thalweg {

struct TalkOptions {
  std::string name = "thalweg";  ///< begins each line: "thalweg: ..."
  bool quiet = false;            ///< warnings and errors only
  bool verbose = false;          ///< also details
  bool color = true;             ///< on a terminal
};

void set_talk(const TalkOptions& options);
void remark(std::string_view text);
void say(std::string_view text);
void warn(std::string_view text);
void complain(std::string_view text);

/// Writes a result to stdout. Whoever reads it may have gone (`| head`): that is no error.
/// Throws IoError when the text could not be written for another reason, such as a full disk.
void print(std::string_view text);

/// `text` at the width of the first column of a table, at least one space after it.
std::string pad(std::string_view text, std::size_t width);

/// Whether stderr is a terminal that can redraw a line.
bool talks_to_terminal();
/// Columns of that terminal.
int terminal_width();

}  // namespace thalweg
