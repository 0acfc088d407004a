// What a connection runs.
#include "session.hpp"

#include "duckdb/main/prepared_statement.hpp"
#include "duckdb/parser/sql_statement.hpp"

using namespace pylon;
using duckdb::make_uniq;
using duckdb::string;
using duckdb::unique_ptr;

namespace {

using option_cursor_t = exports_duckdb_component_database_option_own_cursor_t;

void GiveCursor(unique_ptr<Cursor> cursor, option_cursor_t *ret) {
	ret->is_some = cursor != nullptr;
	if (cursor) {
		auto handle = make_uniq<cursor_t>();
		handle->cursor = std::move(cursor);
		ret->val = exports_duckdb_component_database_cursor_new(handle.release());
	}
}

// Whether it became no statement at all: a PRAGMA may. It takes no values then.
bool IsNothing(const Cursor &cursor) {
	return cursor.IsDescribed() && cursor.Returns() == duckdb::StatementReturnType::NOTHING && cursor.Names().empty();
}

unique_ptr<Cursor> RunScript(connection_t &self, const string &sql, const Arguments &given, bool retain) {
	auto context = self.SharedContext();
	Script script(context, sql);
	auto last = script.RunAllButLast();
	auto values = given.Row(0);
	if (!last && !values.empty()) {
		script.RefuseValues();
	}
	if (!last) {
		return script.Choose(nullptr);
	}
	auto written = last->type;
	bool has_values = !values.empty();
	auto cursor =
	    make_uniq<Cursor>(context, context->Submit(std::move(last), values, duckdb::QueryParameters()), written);
	if (has_values && IsNothing(*cursor)) {
		script.RefuseValues();
	}
	script.Submitted(*cursor);
	if (retain) {
		cursor->Retain();
	} else {
		cursor->Settle();
	}
	return script.Choose(std::move(cursor));
}

// A statement that is not known to take values before it runs takes what it is given.
void CheckCount(duckdb::PreparedStatement &statement, duckdb::idx_t given) {
	auto wanted = statement.GetParameterCount();
	if (wanted == given || (wanted == 0 && !statement.MetadataAvailable())) {
		return;
	}
	if (given == 0) {
		throw duckdb::InvalidInputException("Expected %d parameters, but none were supplied", wanted);
	}
	throw duckdb::InvalidInputException("Prepared statement needs %d parameters, %d given", wanted, given);
}

unique_ptr<Cursor> RunForEach(connection_t &self, const string &sql, const Arguments &given, int64_t &changed) {
	auto context = self.SharedContext();
	Script script(context, sql);
	auto last = script.RunAllButLast();
	changed = -1;
	if (!last) {
		if (given.Rows() > 0 && !given.Row(0).empty()) {
			script.RefuseValues();
		}
		return script.Choose(nullptr);
	}
	auto prepared = context->Prepare(std::move(last));
	if (prepared->HasError()) {
		prepared->GetErrorObject().Throw();
	}
	unique_ptr<Cursor> cursor;
	for (duckdb::idx_t row = 0; row < given.Rows(); row++) {
		auto values = given.Row(row);
		CheckCount(*prepared, values.size());
		cursor = make_uniq<Cursor>(context, prepared->Submit(values, duckdb::QueryParameters()),
		                           prepared->GetStatementType());
		script.Submitted(*cursor);
		cursor->Retain();
		if (cursor->ChangedRows() >= 0) {
			changed = (changed < 0 ? 0 : changed) + cursor->ChangedRows();
		}
	}
	return script.Choose(std::move(cursor));
}

// The text of a statement without the semicolon behind it, which would end what it is put into.
string TextOf(const duckdb::SQLStatement &statement) {
	auto &place = statement.stmt_location;
	auto text = statement.query;
	if (place.offset != duckdb::QueryLocation::INVALID_OFFSET && place.offset + place.length <= text.size()) {
		text = text.substr(place.offset, place.length);
	}
	return text;
}

void GiveParsed(Handover &handover, const duckdb::SQLStatement &statement, exports_duckdb_component_database_parsed_t &ret) {
	duckdb::vector<string> names;
	for (auto &parameter : statement.named_param_map) {
		names.push_back(parameter.first.GetIdentifierName());
	}
	ret.sql = handover.Bytes(TextOf(statement));
	ret.statement_type = handover.Text(duckdb::StatementTypeToString(statement.type));
	ret.parameters = handover.Texts(names);
}

} // namespace

bool exports_duckdb_component_database_method_connection_run(connection_t *self, bytes_t *sql, arguments_t *given,
                                                             bool retain, option_cursor_t *ret, problem_t *err) {
	Arrived<arguments_t> arrived(given, exports_duckdb_component_database_arguments_free);
	return guarded(err, [&] { GiveCursor(RunScript(*self, Taken(sql), Arguments(*given), retain), ret); });
}

bool exports_duckdb_component_database_method_connection_run_many(
    connection_t *self, bytes_t *sql, arguments_t *given, exports_duckdb_component_database_tuple2_option_own_cursor_s64_t *ret,
    problem_t *err) {
	Arrived<arguments_t> arrived(given, exports_duckdb_component_database_arguments_free);
	return guarded(err, [&] {
		auto cursor = RunForEach(*self, Taken(sql), Arguments(*given), ret->f1);
		GiveCursor(std::move(cursor), &ret->f0);
	});
}

bool exports_duckdb_component_database_method_connection_run_all_but_last(
    connection_t *self, bytes_t *sql, bool has_values, exports_duckdb_component_database_script_end_t *ret, problem_t *err) {
	return guarded(err, [&] {
		Script script(self->SharedContext(), Taken(sql));
		auto last = script.RunAllButLast();
		if (!last && has_values) {
			script.RefuseValues();
		}
		auto kept = script.Choose(nullptr);
		if (kept && !kept->ReturnsRows()) {
			kept.reset();
		}
		Handover handover;
		ret->last.is_some = last != nullptr;
		if (last) {
			GiveParsed(handover, *last, ret->last.val);
		}
		GiveCursor(std::move(kept), &ret->kept);
		handover.Keep();
	});
}

bool exports_duckdb_component_database_method_connection_parse(connection_t *self, bytes_t *sql,
                                                               exports_duckdb_component_database_list_parsed_t *ret,
                                                               problem_t *err) {
	return guarded(err, [&] {
		auto statements = ParseAll(self->Context(), Taken(sql));
		Handover handover;
		*ret = {handover.Array<exports_duckdb_component_database_parsed_t>(statements.size()), statements.size()};
		for (size_t i = 0; i < statements.size(); i++) {
			GiveParsed(handover, *statements[i], ret->ptr[i]);
		}
		handover.Keep();
	});
}

bool exports_duckdb_component_database_method_connection_close(connection_t *self, problem_t *err) {
	return guarded(err, [&] {
		// The connection ends before the database does.
		{ auto ending = std::move(self->connection); }
		self->database.reset();
	});
}

void exports_duckdb_component_database_method_connection_interrupt(connection_t *self) {
	if (self->connection.context) {
		self->connection.Interrupt();
	}
}

double exports_duckdb_component_database_method_connection_progress(connection_t *self) {
	return self->connection.context ? self->connection.GetQueryProgress() : -1;
}

void exports_duckdb_component_database_connection_destructor(connection_t *self) {
	delete self;
}
