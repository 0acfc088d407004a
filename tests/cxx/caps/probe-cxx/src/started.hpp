// What constructors of static objects note.
#ifndef PROBE_STARTED_HPP
#define PROBE_STARTED_HPP

#include <string>
#include <vector>

// There before whoever notes something, whatever the order of the files.
std::vector<std::string> &Notes();

struct Note {
	explicit Note(const char *text) {
		Notes().push_back(text);
	}
};

// One, although two files have it.
inline Note shared("shared");

#endif
