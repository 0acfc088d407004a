// Errors of DuckDB as problems of the contract, and back.
#include "cap.hpp"

#include "duckdb/common/exception.hpp"

namespace pylon {

// Up to so much the consumer is passed without being asked.
static constexpr size_t UNASKED = 64 * 1024;
// No more crosses at once: somewhat less than cap.toml's payload_bytes, which ends who answers with more.
static constexpr size_t MOST = 255 * 1024 * 1024;

bool Problem(const duckdb::ErrorData &error, problem_t *problem) {
	try {
		Handover handover;
		problem->kind = handover.Text(duckdb::Exception::ExceptionTypeToString(error.Type()));
		problem->message = handover.Bytes(error.Message());
		handover.Keep();
	} catch (std::bad_alloc &) {
		// An empty kind is what a full memory is where not even its name has room.
		*problem = problem_t();
	}
	return false;
}

void ThrowProblem(problem_t *problem) {
	duckdb::string kind(reinterpret_cast<char *>(problem->kind.ptr), problem->kind.len);
	auto message = Copied(problem->message);
	duckdb_component_values_problem_free(problem);
	if (kind.empty()) {
		throw duckdb::OutOfMemoryException("rows of the consumer are too large to be handed over");
	}
	auto type = duckdb::Exception::StringToExceptionType(kind);
	if (type == duckdb::ExceptionType::INVALID) {
		type = duckdb::ExceptionType::INVALID_INPUT;
	}
	throw duckdb::Exception(type, message);
}

void AskForRoom(size_t bytes) {
	bool has_room = false;
	problem_t problem = {};

	if (bytes <= UNASKED) {
		return;
	}
	if (bytes > MOST) {
		throw duckdb::OutOfMemoryException("%llu bytes are too many to be handed over at once", (uint64_t)bytes);
	}
	if (!duckdb_component_callbacks_reserve(static_cast<uint32_t>(bytes), &has_room, &problem)) {
		ThrowProblem(&problem);
	}
	if (!has_room) {
		throw duckdb::OutOfMemoryException("there is no memory for %llu bytes of rows", (uint64_t)bytes);
	}
}

} // namespace pylon
