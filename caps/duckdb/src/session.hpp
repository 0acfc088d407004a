// Databases, connections and what they run.
#ifndef PYLON_DUCKDB_SESSION_HPP
#define PYLON_DUCKDB_SESSION_HPP

#include "rows.hpp"

#include "duckdb/main/client_context.hpp"
#include "duckdb/main/connection.hpp"
#include "duckdb/main/database.hpp"
#include "duckdb/main/query_result_stream.hpp"
#include "duckdb/main/statement_iterator.hpp"

namespace pylon {

using values_t = duckdb::identifier_map_t<duckdb::BoundParameterData>;

// ---- cursor.cpp ----

// What a statement gives, from when it was submitted on. It keeps the connection's context alive, and is not run to its end when it
// is dropped.
class Cursor {
public:
	Cursor(duckdb::shared_ptr<duckdb::ClientContext> context, duckdb::unique_ptr<duckdb::QueryResult> submitted,
	       duckdb::StatementType written);
	~Cursor();

	// Runs to the end, and keeps the rows.
	void Retain();
	// The same, but a query only until it has rows.
	void Settle();
	// Runs to the end, and drops the rows.
	void Finish();
	// The next rows; null: there are no more.
	duckdb::unique_ptr<duckdb::DataChunk> Fetch();
	duckdb::string TimeZone() const {
		return context->GetClientProperties().time_zone;
	}
	duckdb::string Draw(const exports_duckdb_component_database_box_style_t &style);

	bool IsDescribed() const {
		return is_described;
	}
	duckdb::StatementReturnType Returns() const {
		return returns;
	}
	bool ReturnsRows() const {
		return is_described && returns == duckdb::StatementReturnType::QUERY_RESULT;
	}
	// Rows that were changed; below 0: it is not such a statement.
	int64_t ChangedRows();
	const duckdb::vector<duckdb::string> &Names() const {
		return names;
	}
	const duckdb::vector<duckdb::LogicalType> &Types() const {
		return types;
	}

private:
	enum class State { PENDING, RETAINED, STREAMING, ENDED };

	void Describe();
	void Run(bool until_rows);
	void HasRunTask(duckdb::QueryResultState progress);
	void End();
	[[noreturn]] void Fail(const duckdb::ErrorData &error);
	duckdb::unique_ptr<duckdb::DataChunk> FetchStreamed();

	duckdb::shared_ptr<duckdb::ClientContext> context;
	duckdb::unique_ptr<duckdb::QueryResult> handle;
	duckdb::unique_ptr<duckdb::QueryResultStream<duckdb::ChunkFormat>> stream;
	duckdb::vector<duckdb::string> names;
	duckdb::vector<duckdb::LogicalType> types;
	duckdb::StatementReturnType returns = duckdb::StatementReturnType::NOTHING;
	State state = State::PENDING;
	// How many tasks were run.
	duckdb::idx_t tasks = 0;
	// Queries are streamed, everything else runs to its end at once.
	bool is_streamed;
	bool is_described = false;
};

// ---- script.cpp ----

// The statements of a text, each of which is parsed when those before it have run.
class Script {
public:
	Script(duckdb::shared_ptr<duckdb::ClientContext> context, const duckdb::string &sql);

	// Runs all but the last, which is returned. Null: there is none behind those that ran.
	duckdb::unique_ptr<duckdb::SQLStatement> RunAllButLast();
	// Whose rows are the script's, given the last statement's: the last that returns rows, else the last.
	duckdb::unique_ptr<Cursor> Choose(duckdb::unique_ptr<Cursor> last);
	// One that returns rows takes the place of what was kept, before it runs.
	void Submitted(const Cursor &cursor);
	// The error for values that no statement takes.
	[[noreturn]] void RefuseValues();

private:
	[[noreturn]] void Fail(duckdb::ErrorData error);
	duckdb::unique_ptr<duckdb::SQLStatement> Next();

	duckdb::shared_ptr<duckdb::ClientContext> context;
	duckdb::string text;
	duckdb::StatementIterator statements;
	duckdb::unique_ptr<Cursor> kept;
};

// The statements of a text, parsed and not run. A parser error leaves an open transaction as it is.
duckdb::vector<duckdb::unique_ptr<duckdb::SQLStatement>> ParseAll(duckdb::ClientContext &context, const duckdb::string &sql);
// The only one; an error if there are more, or none.
duckdb::unique_ptr<duckdb::SQLStatement> ParseOne(duckdb::ClientContext &context, const duckdb::string &sql);

// ---- arguments.cpp ----

// Values of the contract for parameters.
class Arguments {
public:
	explicit Arguments(const arguments_t &given);

	duckdb::idx_t Rows() const {
		return rows.Rows();
	}
	values_t Row(duckdb::idx_t row) const;

private:
	duckdb::vector<duckdb::string> names;
	Decoder rows;
};

// ---- sources.cpp, functions.cpp ----

// Has a database read the consumer's objects where a query finds no table of a name.
void AddSources(duckdb::DBConfig &config);
void AddSourceFunction(duckdb::DuckDB &database);

// ---- progress.cpp ----

// Has a connection's progress bar, where one is asked for, shown by the consumer.
void AddProgressBar(duckdb::ClientContext &context);
// Asks the consumer whether what runs is to go on, and interrupts it otherwise.
void AskWhetherToGoOn(duckdb::ClientContext &context);

// ---- objects.cpp ----

// Has a database read files that the consumer keeps with us.
void AddObjectFiles(duckdb::DuckDB &database);

} // namespace pylon

struct exports_duckdb_component_database_instance_t {
	duckdb::shared_ptr<duckdb::DuckDB> database;
};

struct exports_duckdb_component_database_connection_t {
	duckdb::shared_ptr<duckdb::DuckDB> database;
	duckdb::Connection connection;

	explicit exports_duckdb_component_database_connection_t(duckdb::shared_ptr<duckdb::DuckDB> database_p)
	    : database(std::move(database_p)), connection(*database) {
		pylon::AddProgressBar(*connection.context);
	}
	duckdb::shared_ptr<duckdb::ClientContext> SharedContext() {
		if (!connection.context) {
			throw duckdb::ConnectionException("Connection has already been closed");
		}
		return connection.context;
	}
	duckdb::ClientContext &Context() {
		return *SharedContext();
	}
};

struct exports_duckdb_component_database_cursor_t {
	duckdb::unique_ptr<pylon::Cursor> cursor;
	// Rows that were fetched, and not handed over yet.
	duckdb::unique_ptr<duckdb::DataChunk> rest;
	exports_duckdb_component_database_cursor_t *next = nullptr;
};

namespace pylon {

using instance_t = exports_duckdb_component_database_instance_t;
using connection_t = exports_duckdb_component_database_connection_t;
using cursor_t = exports_duckdb_component_database_cursor_t;

} // namespace pylon

#endif
