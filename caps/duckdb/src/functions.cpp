// Functions of SQL that the consumer answers.
#include "session.hpp"

#include "duckdb/catalog/catalog.hpp"
#include "duckdb/execution/expression_executor.hpp"
#include "duckdb/function/scalar_function.hpp"
#include "duckdb/parser/parsed_data/create_scalar_function_info.hpp"
#include "duckdb/parser/parsed_data/drop_info.hpp"

using namespace duckdb;
using namespace pylon;

namespace {

// Asks the consumer for the results of a chunk of arguments.
void Call(ClientContext &context, uint32_t callback, const LogicalType &returns, DataChunk &input, Vector &result) {
	auto types = input.GetTypes();
	Encoder arguments(types);
	arguments.Append(input);
	AskForRoom(arguments.Size());
	// What is passed stays ours, and is freed with this.
	Handover lent;
	duckdb_component_values_list_type_node_t nodes;
	duckdb_component_callbacks_list_type_node_t given;
	chunk_t rows, answer = {};
	problem_t problem = {};
	GiveTypes(lent, types, nodes);
	given = {nodes.ptr, nodes.len};
	arguments.Give(lent, rows);
	auto zone = context.GetClientProperties().time_zone;
	auto lent_zone = Lent(zone);
	if (!duckdb_component_callbacks_call(callback, &given, &rows, &lent_zone, &answer, &problem)) {
		ThrowProblem(&problem);
	}
	Arrived<chunk_t> arrived(&answer, duckdb_component_values_chunk_free);
	Decoder results(answer, {returns});
	if (results.Rows() != input.size()) {
		throw InvalidInputException("Returned column has %llu rows, expected %llu", results.Rows(), input.size());
	}
	results.Fill(0, result, 0, input.size());
	if (input.size() == 1) {
		result.SetVectorType(VectorType::CONSTANT_VECTOR);
	}
}

LogicalType TypeOf(const contract_column_t &column) {
	auto types = ReadTypes(column.nodes.ptr, column.nodes.len);
	if (types.size() != 1) {
		throw InvalidInputException("a column of the contract has not one type");
	}
	return types[0];
}

void Create(ClientContext &context, const string &name, const columns_t &parameters, const contract_column_t &returned,
            exports_duckdb_component_database_function_flags_t how, uint32_t callback) {
	auto has = [how](exports_duckdb_component_database_function_flags_t flag) { return (how & flag) != 0; };
	auto returns = TypeOf(returned);
	auto call = [callback, returns](DataChunk &input, ExpressionState &state, Vector &result) {
		Call(state.GetContext(), callback, returns, input, result);
	};
	vector<LogicalType> types;
	for (size_t i = 0; i < parameters.len; i++) {
		types.push_back(TypeOf(parameters.ptr[i]));
	}
	LogicalType variadic(LogicalTypeId::INVALID);
	if (has(EXPORTS_DUCKDB_COMPONENT_DATABASE_FUNCTION_FLAGS_VARIADIC)) {
		variadic = LogicalType::ANY;
	}
	ScalarFunction function(
	    Identifier(name), types, returns, call, nullptr, nullptr, nullptr, variadic,
	    has(EXPORTS_DUCKDB_COMPONENT_DATABASE_FUNCTION_FLAGS_VOLATILE_RESULT) ? FunctionStability::VOLATILE
	                                                                           : FunctionStability::CONSISTENT,
	    has(EXPORTS_DUCKDB_COMPONENT_DATABASE_FUNCTION_FLAGS_NULL_HANDLING) ? FunctionNullHandling::SPECIAL_HANDLING
	                                                                         : FunctionNullHandling::DEFAULT_NULL_HANDLING);
	function.SetFallible();
	CreateScalarFunctionInfo info(function);
	context.VerifyNoOpenResult();
	context.RegisterFunction(info);
}

void Remove(ClientContext &context, const string &name) {
	context.VerifyNoOpenResult();
	context.RunFunctionInTransaction([&] {
		auto &catalog = Catalog::GetCatalog(context, Identifier(SYSTEM_CATALOG));
		DropInfo info;
		info.type = CatalogType::SCALAR_FUNCTION_ENTRY;
		info.SetName(Identifier(name));
		info.allow_drop_internal = true;
		info.cascade = false;
		info.if_not_found = OnEntryNotFound::THROW_EXCEPTION;
		catalog.DropEntry(context, info);
	});
}

} // namespace

bool exports_duckdb_component_database_method_connection_create_function(
    pylon::connection_t *self, bytes_t *name, columns_t *parameters, contract_column_t *returns,
    exports_duckdb_component_database_function_flags_t how, uint32_t callback, problem_t *err) {
	Arrived<columns_t> arrived(parameters, exports_duckdb_component_database_list_column_free);
	Arrived<contract_column_t> arrived_type(returns, duckdb_component_values_column_free);
	return guarded(err, [&] { Create(self->Context(), Taken(name), *parameters, *returns, how, callback); });
}

bool exports_duckdb_component_database_method_connection_remove_function(pylon::connection_t *self, bytes_t *name,
                                                                         problem_t *err) {
	return guarded(err, [&] { Remove(self->Context(), Taken(name)); });
}
