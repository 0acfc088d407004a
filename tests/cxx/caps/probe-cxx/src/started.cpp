// Static objects of another file.
#include "started.hpp"

std::vector<std::string> &Notes() {
	static std::vector<std::string> notes;
	return notes;
}

static Note first("first of another file"), second("second of another file");
