// What C++ has that C has not. What arrives is freed here; no exception leaves a function but `escaped`.
#include "probe_cxx_cap.h"
#include "started.hpp"

#include <algorithm>
#include <cstring>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <sstream>
#include <stdexcept>
#include <typeinfo>

using text_t = probe_cxx_cap_string_t;

static Note here("of this file");

namespace {

uint32_t alive = 0;
std::mutex mutex;

struct Counted {
	Counted() {
		std::lock_guard<std::mutex> guard(mutex);
		alive++;
	}
	Counted(const Counted &) = delete;
	~Counted() {
		std::lock_guard<std::mutex> guard(mutex);
		alive--;
	}
};

struct Trouble : std::runtime_error {
	using std::runtime_error::runtime_error;
};

struct Other {
	virtual ~Other() = default;
};

struct Kind : virtual Other {
	int number = 7;
};

std::string Taken(text_t *text) {
	std::string taken(reinterpret_cast<char *>(text->ptr), text->len);
	probe_cxx_cap_string_free(text);
	return taken;
}

void Give(const std::string &text, text_t *ret) {
	ret->len = text.size();
	ret->ptr = static_cast<uint8_t *>(malloc(text.size() + 1));
	if (!ret->ptr) {
		abort();
	}
	memcpy(ret->ptr, text.data(), text.size());
}

// Runs something below so many functions with an object each.
template <class F>
[[clang::noinline]] uint32_t Below(uint32_t depth, const F &work) {
	Counted counted;
	return depth == 0 ? work() : Below(depth - 1, work);
}

void Throw(const std::string &kind) {
	if (kind == "trouble") {
		throw Trouble("of ours");
	}
	if (kind == "number") {
		throw 42;
	}
	if (kind == "object") {
		throw Kind();
	}
	if (kind == "library") {
		std::string("abc").at(5);
	}
	if (kind == "cast") {
		Kind object;
		(void)dynamic_cast<Trouble &>(static_cast<Other &>(object));
	}
	if (kind == "function") {
		std::function<void()>()();
	}
	if (kind == "nested") {
		try {
			throw Trouble("inner");
		} catch (...) {
			std::throw_with_nested(std::logic_error("outer"));
		}
	}
	if (kind == "again") {
		try {
			throw Trouble("again");
		} catch (std::runtime_error &) {
			throw;
		}
	}
	if (kind == "later") {
		std::exception_ptr kept;
		try {
			throw Trouble("later");
		} catch (...) {
			kept = std::current_exception();
		}
		std::rethrow_exception(kept);
	}
	if (kind == "unlocking") {
		std::unique_lock<std::mutex> lock(mutex);
		throw Trouble("unlocking");
	}
}

std::string Caught(const std::string &kind) {
	try {
		Throw(kind);
		return "nobody";
	} catch (const Trouble &error) {
		return std::string("trouble: ") + error.what();
	} catch (int number) {
		return "int: " + std::to_string(number);
	} catch (const Other &object) {
		return "object: " + std::to_string(dynamic_cast<const Kind &>(object).number);
	} catch (const std::logic_error &error) {
		try {
			std::rethrow_if_nested(error);
		} catch (const Trouble &inner) {
			return std::string(error.what()) + " of " + inner.what();
		}
		return "logic_error";
	} catch (const std::bad_cast &) {
		return "bad_cast";
	} catch (const std::bad_function_call &error) {
		return typeid(error) == typeid(std::bad_function_call) ? "bad_function_call" : "another";
	}
}

struct Once {
	Once() {
		made++;
	}
	static uint32_t made;
};

uint32_t Once::made = 0;

} // namespace

struct exports_probe_cxx_cxx_thing_t {
	Counted counted;
	std::string name;

	explicit exports_probe_cxx_cxx_thing_t(const std::string &name_p) : name(name_p) {
		if (name.empty()) {
			throw std::invalid_argument("no name");
		}
	}
};

void exports_probe_cxx_cxx_started(probe_cxx_cap_list_string_t *ret) {
	auto &notes = Notes();
	ret->len = notes.size();
	ret->ptr = static_cast<text_t *>(calloc(notes.size(), sizeof(text_t)));
	for (size_t i = 0; i < notes.size(); i++) {
		Give(notes[i], &ret->ptr[i]);
	}
}

uint32_t exports_probe_cxx_cxx_made(void) {
	static Once once;
	return once.made;
}

void exports_probe_cxx_cxx_thrown(text_t *kind, text_t *ret) {
	Give(Caught(Taken(kind)), ret);
}

uint32_t exports_probe_cxx_cxx_unwound(uint32_t depth) {
	uint32_t most = 0;
	try {
		Below(depth, [&most]() -> uint32_t {
			most = alive;
			throw Trouble("below");
		});
	} catch (const std::exception &) {
		return most - alive;
	}
	return 0;
}

bool exports_probe_cxx_cxx_number(text_t *text, int32_t *ret, text_t *err) {
	try {
		*ret = std::stoi(Taken(text));
		return true;
	} catch (const std::out_of_range &) {
		Give("out of range", err);
	} catch (const std::invalid_argument &) {
		Give("no number", err);
	}
	return false;
}

uint32_t exports_probe_cxx_cxx_filled(void) {
	static constexpr size_t MIB = 1024 * 1024;
	struct Piece {
		std::unique_ptr<Piece> next;
		char rest[MIB - 64];
	};
	std::unique_ptr<Piece> pieces;
	uint32_t count = 0;

	try {
		while (true) {
			auto piece = std::make_unique<Piece>();
			piece->next = std::move(pieces);
			pieces = std::move(piece);
			count++;
		}
	} catch (const std::bad_alloc &) {
		while (pieces) { // one by one: as many frames would not fit onto the stack
			pieces = std::move(pieces->next);
		}
	}
	return count;
}

bool exports_probe_cxx_cxx_asked(uint32_t value, uint32_t depth, uint32_t *ret, text_t *err) {
	try {
		*ret = Below(depth, [value]() -> uint32_t {
			uint32_t answer = 0;
			text_t said;
			if (!probe_cxx_program_answer(value, &answer, &said)) {
				throw Trouble(Taken(&said));
			}
			return answer;
		});
		return true;
	} catch (const Trouble &trouble) {
		Give(trouble.what(), err);
		return false;
	}
}

void exports_probe_cxx_cxx_counted(text_t *text, probe_cxx_cap_list_tuple2_string_u32_t *ret) {
	std::map<std::string, uint32_t> counts;
	std::istringstream words(Taken(text));
	for (std::string word; words >> word;) {
		std::transform(word.begin(), word.end(), word.begin(), [](unsigned char letter) { return tolower(letter); });
		counts[word]++;
	}
	ret->len = counts.size();
	ret->ptr = static_cast<probe_cxx_cap_tuple2_string_u32_t *>(calloc(counts.size() + 1, sizeof(*ret->ptr)));
	size_t place = 0;
	for (auto &count : counts) {
		Give(count.first, &ret->ptr[place].f0);
		ret->ptr[place++].f1 = count.second;
	}
}

uint32_t exports_probe_cxx_cxx_alive(void) {
	return alive;
}

void exports_probe_cxx_cxx_escaped(void) {
	throw Trouble("escaped");
}

bool exports_probe_cxx_cxx_static_thing_make(text_t *name, exports_probe_cxx_cxx_own_thing_t *ret, text_t *err) {
	try {
		auto thing = std::make_unique<exports_probe_cxx_cxx_thing_t>(Taken(name));
		*ret = exports_probe_cxx_cxx_thing_new(thing.release());
		return true;
	} catch (const std::invalid_argument &error) {
		Give(error.what(), err);
		return false;
	}
}

void exports_probe_cxx_cxx_method_thing_name(exports_probe_cxx_cxx_thing_t *self, text_t *ret) {
	Give(self->name, ret);
}

void exports_probe_cxx_cxx_thing_destructor(exports_probe_cxx_cxx_thing_t *thing) {
	delete thing;
}
