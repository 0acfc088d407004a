// Texts of several statements.
#include "session.hpp"

#include "duckdb/main/settings.hpp"
#include "duckdb/parser/parser.hpp"
#include "duckdb/parser/sql_statement.hpp"

#include <algorithm>

namespace pylon {

using namespace duckdb;

namespace {

bool BeginsQuery(const string &sql, idx_t at) {
	for (auto word : {"select", "with", "from", "values"}) {
		auto length = strlen(word);
		if (StringUtil::CIEquals(sql.substr(at, length), word)) {
			return true;
		}
	}
	return false;
}

// Queries within each other have frames in all of DuckDB, and those of some kinds more than the stack has before they are as many as
// its own limit, which is one for expressions: a part of it is one for them.
void CheckNesting(ClientContext &context, const string &sql) {
	auto most = Settings::Get<MaxExpressionDepthSetting>(context);
	auto limit = most / 4;
	if (static_cast<idx_t>(std::count(sql.begin(), sql.end(), '(')) <= limit) {
		return;
	}
	auto tokens = Parser::Tokenize(sql);
	vector<bool> is_query;
	idx_t depth = 0;
	for (idx_t i = 0; i < tokens.size(); i++) {
		auto end = i + 1 < tokens.size() ? tokens[i + 1].start : sql.size();
		if (tokens[i].type != SimplifiedTokenType::SIMPLIFIED_TOKEN_OPERATOR) {
			continue;
		}
		for (auto at = tokens[i].start; at < end; at++) {
			if (sql[at] == '(') {
				is_query.push_back(BeginsQuery(sql, end));
				depth += is_query.back();
			} else if (sql[at] == ')' && !is_query.empty()) {
				depth -= is_query.back();
				is_query.pop_back();
			}
		}
		if (depth > limit) {
			throw ParserException("Max expression depth limit of %llu exceeded. Use \"SET max_expression_depth TO x\" to "
			                      "increase the maximum expression depth.",
			                      most);
		}
	}
}

StatementIterator Iterate(ClientContext &context, const string &sql) {
	CheckNesting(context, sql);
	return context.IterateStatements(sql);
}

} // namespace

Script::Script(shared_ptr<ClientContext> context_p, const string &sql)
    : context(std::move(context_p)), text(sql), statements(Iterate(*context, sql)) {
}

unique_ptr<SQLStatement> Script::Next() {
	try {
		return statements.GetStatement();
	} catch (std::exception &error) {
		Fail(ErrorData(error));
	}
}

unique_ptr<SQLStatement> Script::RunAllButLast() {
	auto statement = Next();
	while (statement && statements.HasMore()) {
		if (!statement->named_param_map.empty()) {
			// A syntax error in what follows is told before this one.
			Next();
			Fail(ErrorData(NotImplementedException(
			    "Prepared parameters are only supported for the last statement, please split your query up into "
			    "separate 'execute' calls if you want to use prepared parameters")));
		}
		auto written = statement->type;
		values_t none;
		auto cursor = make_uniq<Cursor>(context, context->Submit(std::move(statement), none, QueryParameters()), written);
		Submitted(*cursor);
		cursor->Retain();
		kept = Choose(std::move(cursor));
		statement = Next();
	}
	return statement;
}

void Script::Submitted(const Cursor &cursor) {
	if (cursor.ReturnsRows()) {
		kept.reset();
	}
}

unique_ptr<Cursor> Script::Choose(unique_ptr<Cursor> last) {
	if (!last || (kept && kept->ReturnsRows() && !last->ReturnsRows())) {
		return std::move(kept);
	}
	return last;
}

void Script::RefuseValues() {
	Fail(ErrorData(InvalidInputException("Parameters were given, but the last statement of the query takes none")));
}

void Script::Fail(ErrorData error) {
	// As a statement's own errors: with the place in the text, and an open transaction is over.
	context->ProcessError(error, text);
	if (!context->transaction.IsAutoCommit()) {
		context->RunFunctionInTransaction([&] { error.Throw(); }, false);
	}
	error.Throw();
}

vector<unique_ptr<SQLStatement>> ParseAll(ClientContext &context, const string &sql) {
	vector<unique_ptr<SQLStatement>> parsed;
	try {
		auto statements = Iterate(context, sql);
		while (auto statement = statements.GetStatement()) {
			parsed.push_back(std::move(statement));
		}
	} catch (std::exception &exception) {
		ErrorData error(exception);
		context.ProcessError(error, sql);
		error.Throw();
	}
	return parsed;
}

unique_ptr<SQLStatement> ParseOne(ClientContext &context, const string &sql) {
	auto parsed = ParseAll(context, sql);
	if (parsed.size() != 1) {
		throw InvalidInputException("Expected exactly one SQL statement, found %llu", parsed.size());
	}
	return std::move(parsed[0]);
}

} // namespace pylon
