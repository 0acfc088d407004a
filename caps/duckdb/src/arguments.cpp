// Values for parameters.
#include "session.hpp"

namespace pylon {

using namespace duckdb;

Arguments::Arguments(const arguments_t &given)
    : rows(given.values, ReadTypes(given.types.ptr, given.types.len)) {
	for (size_t i = 0; i < given.names.len; i++) {
		names.push_back(Copied(given.names.ptr[i]));
	}
	if (names.size() != rows.Types().size()) {
		throw InvalidInputException("parameters of the contract have %llu names and %llu types", names.size(),
		                            rows.Types().size());
	}
}

values_t Arguments::Row(idx_t row) const {
	values_t values;
	if (row >= Rows()) {
		return values;
	}
	auto items = rows.Row(row);
	for (idx_t i = 0; i < names.size(); i++) {
		values[Identifier(names[i])] = BoundParameterData(std::move(items[i]));
	}
	return values;
}

} // namespace pylon
