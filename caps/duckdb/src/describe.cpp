// What is known of statements, names and types before anything runs.
#include "session.hpp"

#include "duckdb/catalog/catalog.hpp"
#include "duckdb/catalog/catalog_entry_retriever.hpp"
#include "duckdb/catalog/entry_lookup_info.hpp"
#include "duckdb/main/profiler/profiler_print_format.hpp"
#include "duckdb/parser/sql_statement.hpp"
#include "duckdb/planner/binder.hpp"
#include "duckdb/planner/planner.hpp"
#include "duckdb/planner/statement_preprocessor.hpp"

#include <algorithm>

using namespace duckdb;
using namespace pylon;

namespace {

// What changes nothing: if it fails, the consumer's transaction stays as it is.
template <class F>
void RunUnharmed(ClientContext &context, F work, bool needs_transaction = false) {
	ErrorData refusal;
	context.RunFunctionInTransaction(
	    [&] {
		    try {
			    work();
		    } catch (std::exception &exception) {
			    refusal = ErrorData(exception);
			    if (Exception::InvalidatesDatabase(refusal.Type())) {
				    throw;
			    }
		    }
	    },
	    needs_transaction);
	if (refusal.HasError()) {
		refusal.Throw();
	}
}

// Parameters get the types of values, as those of a statement that runs do.
StatementSignature BindWithValues(ClientContext &context, unique_ptr<SQLStatement> statement, const values_t &values) {
	StatementSignature signature;
	auto bind = [&] {
		auto expanded = StatementPreprocessor(context).ExpandStatement(std::move(statement));
		if (expanded.statements.empty()) {
			signature.properties.return_type = StatementReturnType::NOTHING;
			return;
		}
		if (expanded.statements.size() > 1) {
			throw InvalidInputException(ClientContext::EXPANDING_PARAMETERS_ERROR);
		}
		Planner planner(context);
		planner.parameter_data = values;
		planner.CreatePlan(std::move(expanded.statements[0]));
		signature.names = planner.names;
		signature.types = planner.types;
		signature.properties = std::move(planner.properties);
	};
	RunUnharmed(context, bind);
	return signature;
}

exports_duckdb_component_database_return_type_t ReturnType(StatementReturnType type) {
	switch (type) {
	case StatementReturnType::QUERY_RESULT:
		return EXPORTS_DUCKDB_COMPONENT_DATABASE_RETURN_TYPE_QUERY_RESULT;
	case StatementReturnType::CHANGED_ROWS:
		return EXPORTS_DUCKDB_COMPONENT_DATABASE_RETURN_TYPE_CHANGED_ROWS;
	default:
		return EXPORTS_DUCKDB_COMPONENT_DATABASE_RETURN_TYPE_NOTHING;
	}
}

void GiveSignature(const StatementSignature &signature, exports_duckdb_component_database_signature_t &ret) {
	Handover handover;
	auto columns = signature.types.size();
	ret.columns = {handover.Array<contract_column_t>(columns), columns};
	for (size_t i = 0; i < columns; i++) {
		GiveColumn(handover, signature.names[i].GetIdentifierName(), signature.types[i], ret.columns.ptr[i]);
	}
	auto parameters = signature.parameters;
	std::sort(parameters.begin(), parameters.end(),
	          [](const StatementParameter &a, const StatementParameter &b) { return a.index < b.index; });
	ret.parameters = {handover.Array<contract_column_t>(parameters.size()), parameters.size()};
	for (size_t i = 0; i < parameters.size(); i++) {
		GiveColumn(handover, parameters[i].identifier.GetIdentifierName(), parameters[i].type, ret.parameters.ptr[i]);
	}
	ret.returns = ReturnType(signature.properties.return_type);
	ret.deferred = signature.metadata_deferred;
	ret.writes = !signature.properties.IsReadOnly();
	handover.Keep();
}

string TableKind(ClientContext &context, const vector<string> &parts) {
	vector<Identifier> path;
	for (auto &part : parts) {
		path.emplace_back(part);
	}
	if (path.empty()) {
		throw InvalidInputException("A name must have at least one part");
	}
	string kind = "none";
	context.RunFunctionInTransaction([&] {
		CatalogEntryRetriever retriever(context);
		EntryLookupInfo lookup(CatalogType::TABLE_ENTRY,
		                       Binder::BindTableName(retriever, QualifiedName::FromPath(std::move(path))));
		auto entry = Catalog::GetEntry(context, lookup, OnEntryNotFound::RETURN_NULL);
		if (entry) {
			kind = entry->type == CatalogType::VIEW_ENTRY ? "view" : "table";
		}
	});
	return kind;
}

ProfilerPrintFormat ProfileFormat(const string &name) {
	if (name == "html") {
		return ProfilerPrintFormat::HTML();
	}
	if (name == "json") {
		return ProfilerPrintFormat::JSON();
	}
	if (name == "graphviz") {
		return ProfilerPrintFormat::Graphviz();
	}
	if (name == "default") {
		return ProfilerPrintFormat::Default();
	}
	if (name == "mermaid") {
		return ProfilerPrintFormat::Mermaid();
	}
	if (name == "text") {
		return ProfilerPrintFormat::Text();
	}
	if (name == "yaml") {
		return ProfilerPrintFormat::YAML();
	}
	throw InvalidInputException("Invalid ProfilerPrintFormat string: " + name +
	                            ". Valid options are: query_tree, json, query_tree_optimizer, no_output, html, graphviz.");
}

} // namespace

bool exports_duckdb_component_database_method_connection_describe(pylon::connection_t *self, bytes_t *sql, arguments_t *given,
                                                                  exports_duckdb_component_database_signature_t *ret,
                                                                  problem_t *err) {
	arguments_t none = {};
	Arrived<arguments_t> arrived(given ? given : &none, exports_duckdb_component_database_arguments_free);
	return guarded(err, [&] {
		auto &context = self->Context();
		auto statement = ParseOne(context, Taken(sql));
		GiveSignature(given ? BindWithValues(context, std::move(statement), Arguments(*given).Row(0))
		                    : context.BindStatement(std::move(statement)),
		              *ret);
	});
}

bool exports_duckdb_component_database_method_connection_parse_type(pylon::connection_t *self, bytes_t *text,
                                                                    contract_column_t *ret, problem_t *err) {
	return guarded(err, [&] {
		auto name = Taken(text);
		LogicalType type;
		auto &context = self->Context();
		// Names of types are looked up, which a transaction that was aborted does not do.
		RunUnharmed(
		    context, [&] { type = TransformStringToLogicalType(name, context); }, true);
		Handover handover;
		GiveColumn(handover, "", type, *ret);
		handover.Keep();
	});
}

bool exports_duckdb_component_database_method_connection_table_names(pylon::connection_t *self, bytes_t *sql, bool qualified,
                                                                     texts_t *ret, problem_t *err) {
	return guarded(err, [&] {
		auto names = self->Context().GetTableNames(Taken(sql), qualified);
		Handover handover;
		*ret = handover.Texts(vector<string>(names.begin(), names.end()));
		handover.Keep();
	});
}

bool exports_duckdb_component_database_method_connection_table_kind(pylon::connection_t *self, texts_t *parts,
                                                                    duckdb_cap_string_t *ret, problem_t *err) {
	return guarded(err, [&] {
		Handover handover;
		*ret = handover.Text(TableKind(self->Context(), Taken(parts)));
		handover.Keep();
	});
}

bool exports_duckdb_component_database_method_connection_profile(pylon::connection_t *self, bytes_t *format, bytes_t *ret,
                                                                 problem_t *err) {
	return guarded(err, [&] {
		self->Context();
		auto text = self->connection.GetProfilingInformation(ProfileFormat(Taken(format)));
		AskForRoom(text.size());
		Handover handover;
		*ret = handover.Bytes(text);
		handover.Keep();
	});
}

bool exports_duckdb_component_database_method_connection_enable_profiling(pylon::connection_t *self, bool enabled,
                                                                          problem_t *err) {
	return guarded(err, [&] {
		if (enabled) {
			self->Context().EnableProfiling();
		} else {
			self->Context().DisableProfiling();
		}
	});
}
