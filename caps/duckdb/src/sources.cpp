// Objects of the consumer's that queries read as tables.
#include "session.hpp"

#include "duckdb/catalog/catalog.hpp"
#include "duckdb/function/replacement_scan.hpp"
#include "duckdb/function/table_function.hpp"
#include "duckdb/main/config.hpp"
#include "duckdb/main/settings.hpp"
#include "duckdb/parser/expression/constant_expression.hpp"
#include "duckdb/parser/expression/function_expression.hpp"
#include "duckdb/parser/parsed_data/create_table_function_info.hpp"
#include "duckdb/parser/statement/select_statement.hpp"
#include "duckdb/parser/tableref/subqueryref.hpp"
#include "duckdb/parser/tableref/table_function_ref.hpp"

namespace pylon {

using namespace duckdb;

namespace {

constexpr const char *SOURCE_FUNCTION = "pylon_source";
// Rows that the consumer is asked for at once.
constexpr idx_t ROWS_AT_ONCE = 16 * STANDARD_VECTOR_SIZE;

struct SourceData : public TableFunctionData {
	uint32_t source = 0;
	vector<LogicalType> types;
};

// How far a scan is. The rows that came last stay until they are all handed on.
struct SourceState : public GlobalTableFunctionState {
	~SourceState() override {
		duckdb_component_values_chunk_free(&chunk);
	}

	duckdb_cap_list_u32_t wanted = {};
	vector<uint32_t> columns;
	// The place of each column of the output in `columns`; invalid: it is none of the source's.
	vector<optional_idx> places;
	vector<LogicalType> types;
	chunk_t chunk = {};
	unique_ptr<Decoder> rows;
	idx_t next = 0;
	uint64_t position = 0;
	bool is_over = false;

	bool Refill(uint32_t source) {
		problem_t problem = {};
		rows.reset();
		duckdb_component_values_chunk_free(&chunk);
		chunk = {};
		if (is_over) {
			return false;
		}
		wanted = {columns.data(), columns.size()};
		if (!duckdb_component_callbacks_read(source, &wanted, position, ROWS_AT_ONCE, &chunk, &problem)) {
			chunk = {};
			ThrowProblem(&problem);
		}
		rows = make_uniq<Decoder>(chunk, types);
		next = 0;
		position += rows->Rows();
		is_over = rows->Rows() == 0;
		return rows->Rows() > 0;
	}
};

unique_ptr<FunctionData> Bind(ClientContext &, TableFunctionBindInput &input, vector<LogicalType> &types,
                              vector<Identifier> &names) {
	auto data = make_uniq<SourceData>();
	data->source = input.inputs[0].GetValue<uint32_t>();
	duckdb_component_callbacks_list_column_t columns = {};
	problem_t problem = {};
	if (!duckdb_component_callbacks_describe(data->source, &columns, &problem)) {
		ThrowProblem(&problem);
	}
	Arrived<duckdb_component_callbacks_list_column_t> arrived(&columns, duckdb_component_callbacks_list_column_free);
	for (size_t i = 0; i < columns.len; i++) {
		auto &column = columns.ptr[i];
		auto read = ReadTypes(column.nodes.ptr, column.nodes.len);
		if (read.size() != 1) {
			throw InvalidInputException("a column of the contract has not one type");
		}
		names.emplace_back(Copied(column.name));
		types.push_back(read[0]);
	}
	data->types = types;
	return std::move(data);
}

unique_ptr<GlobalTableFunctionState> Begin(ClientContext &, TableFunctionInitInput &input) {
	auto &data = input.bind_data->Cast<SourceData>();
	auto state = make_uniq<SourceState>();
	for (auto id : input.column_ids) {
		if (id >= data.types.size()) {
			state->places.push_back(optional_idx());
			continue;
		}
		state->places.push_back(state->columns.size());
		state->columns.push_back(static_cast<uint32_t>(id));
		state->types.push_back(data.types[id]);
	}
	return std::move(state);
}

void Scan(ClientContext &, TableFunctionInput &input, DataChunk &output) {
	auto &state = input.global_state->Cast<SourceState>();
	auto source = input.bind_data->Cast<SourceData>().source;

	if ((!state.rows || state.next == state.rows->Rows()) && !state.Refill(source)) {
		return;
	}
	auto count = MinValue<idx_t>(STANDARD_VECTOR_SIZE, state.rows->Rows() - state.next);
	for (idx_t i = 0; i < state.places.size(); i++) {
		if (state.places[i].IsValid()) {
			state.rows->Fill(state.places[i].GetIndex(), output.data[i], state.next, count);
		} else {
			ConstantVector::SetNull(output.data[i], count_t(count));
		}
	}
	output.SetChildCardinality(count);
	state.next += count;
}

// What count(*) reads, which wants no column.
virtual_column_map_t VirtualColumns(ClientContext &, optional_ptr<FunctionData>) {
	virtual_column_map_t columns;
	columns.insert(make_pair(COLUMN_IDENTIFIER_EMPTY, TableColumn("", LogicalType::BOOLEAN)));
	return columns;
}

bool IsEnabled(ClientContext &context) {
	Value enabled;
	return Settings::Get<EnableExternalAccessSetting>(DBConfig::GetConfig(context)) &&
	       (!context.TryGetCurrentSetting(Identifier("python_enable_replacements"), enabled) || enabled.GetValue<bool>());
}

unique_ptr<TableRef> TableOfSource(uint32_t source) {
	vector<unique_ptr<ParsedExpression>> arguments;
	arguments.push_back(ConstantExpression::FromValue(Value::UINTEGER(source)));
	auto table = make_uniq<TableFunctionRef>();
	table->function = make_uniq<FunctionExpression>(SOURCE_FUNCTION, std::move(arguments));
	return std::move(table);
}

unique_ptr<TableRef> TableOfQuery(ClientContext &context, const string &sql) {
	auto statement = ParseOne(context, sql);
	if (statement->type != StatementType::SELECT_STATEMENT) {
		throw InvalidInputException("only a SELECT can be read in place of a table");
	}
	return make_uniq<SubqueryRef>(unique_ptr_cast<SQLStatement, SelectStatement>(std::move(statement)));
}

unique_ptr<TableRef> Replace(ClientContext &context, ReplacementScanInput &input, optional_ptr<ReplacementScanData>) {
	duckdb_component_callbacks_replacement_t found = {};
	problem_t problem = {};
	auto name = Lent(input.table_name);

	if (!IsEnabled(context)) {
		return nullptr;
	}
	if (!duckdb_component_callbacks_lookup(&name, &found, &problem)) {
		ThrowProblem(&problem);
	}
	unique_ptr<TableRef> table;
	if (found.tag == DUCKDB_COMPONENT_CALLBACKS_REPLACEMENT_SOURCE) {
		table = TableOfSource(found.val.source);
	} else if (found.tag == DUCKDB_COMPONENT_CALLBACKS_REPLACEMENT_QUERY) {
		table = TableOfQuery(context, Taken(&found.val.query));
	} else {
		return nullptr;
	}
	table->alias = Identifier(input.table_name);
	return table;
}

} // namespace

void AddSources(DBConfig &config) {
	config.replacement_scans.emplace_back(Replace);
}

void AddSourceFunction(DuckDB &database) {
	TableFunction function(SOURCE_FUNCTION, {LogicalType::UINTEGER}, Scan, Bind, Begin);
	function.projection_pushdown = true;
	function.get_virtual_columns = VirtualColumns;
	TableFunctionSet set(function.name);
	set.AddFunction(std::move(function));
	CreateTableFunctionInfo info(std::move(set));
	info.on_conflict = OnCreateConflict::ALTER_ON_CONFLICT;
	auto &catalog = Catalog::GetSystemCatalog(*database.instance);
	catalog.CreateFunction(CatalogTransaction::GetSystemTransaction(*database.instance), info);
}

} // namespace pylon
