// What the files of the cap share: DuckDB behind the contract duckdb:component.
//
// Lists that come as arguments of exported functions are ours to free (`Arrived`); those that are passed to imported functions stay
// ours. What is returned is memory from malloc, which the bindings free (`Handover`). No exception leaves an exported function:
// `guarded` makes the contract's problem of it.
#ifndef PYLON_DUCKDB_CAP_HPP
#define PYLON_DUCKDB_CAP_HPP

#include "duckdb_cap.h"

#include "duckdb/common/error_data.hpp"
#include "duckdb/common/string.hpp"
#include "duckdb/common/types.hpp"
#include "duckdb/common/vector.hpp"

namespace pylon {

using bytes_t = duckdb_cap_list_u8_t;
using texts_t = duckdb_cap_list_list_u8_t;
using node_t = duckdb_component_values_type_node_t;
using chunk_t = duckdb_component_values_chunk_t;
using contract_column_t = duckdb_component_values_column_t;
using column_data_t = duckdb_component_values_column_data_t;
using problem_t = duckdb_component_values_problem_t;
using nodes_t = exports_duckdb_component_database_list_type_node_t;
using columns_t = exports_duckdb_component_database_list_column_t;
using arguments_t = exports_duckdb_component_database_arguments_t;

// ---- memory.cpp ----

// Memory from malloc for what is returned. It is freed with this unless `keep` was called: it is the consumer's then.
class Handover {
public:
	Handover() = default;
	Handover(const Handover &) = delete;
	~Handover();

	bytes_t Bytes(const void *data, size_t length);
	bytes_t Bytes(const duckdb::string &text) {
		return Bytes(text.data(), text.size());
	}
	duckdb_cap_string_t Text(const duckdb::string &text);
	texts_t Texts(const duckdb::vector<duckdb::string> &texts);
	// Zeros for `count` of T; not null for none.
	template <class T>
	T *Array(size_t count) {
		return static_cast<T *>(Room(count, sizeof(T)));
	}
	void Keep() {
		pieces.clear();
	}

private:
	void *Room(size_t count, size_t size);

	duckdb::vector<void *> pieces;
};

// An argument, which is freed with this by the function that the bindings have for it.
template <class T>
class Arrived {
public:
	Arrived(T *value, void (*release)(T *)) : value(value), release(release) {
	}
	Arrived(const Arrived &) = delete;
	~Arrived() {
		release(value);
	}

private:
	T *value;
	void (*release)(T *);
};

// An argument of bytes as a string; it is freed.
duckdb::string Taken(bytes_t *bytes);
// The same of a list of texts.
duckdb::vector<duckdb::string> Taken(texts_t *texts);
// A string lent to an imported function.
bytes_t Lent(const duckdb::string &text);
duckdb::string Copied(const bytes_t &bytes);

// ---- problem.cpp ----

// Makes the contract's problem of an error. Returns false, so that a function can end by it.
bool Problem(const duckdb::ErrorData &error, problem_t *problem);

// Ends the cursors that were dropped.
void EndDropped();

// Whether `work` ends without an exception; else the problem.
template <class F>
bool guarded(problem_t *problem, F work) {
	try {
		EndDropped();
		work();
		return true;
	} catch (std::exception &error) {
		return Problem(duckdb::ErrorData(error), problem);
	} catch (...) {
		return Problem(duckdb::ErrorData(duckdb::ExceptionType::INTERNAL, "unknown exception"), problem);
	}
}

// Throws what a callback failed with, and frees it.
[[noreturn]] void ThrowProblem(problem_t *problem);

// An Out of Memory error unless the consumer has memory for so many bytes, which it is about to be passed.
void AskForRoom(size_t bytes);

} // namespace pylon

#endif
