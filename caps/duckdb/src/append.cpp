// Rows of the consumer's into a table.
#include "session.hpp"

#include "duckdb/main/appender.hpp"
#include "duckdb/transaction/transaction_context.hpp"

using namespace duckdb;
using namespace pylon;

namespace {

// A transaction of our own, unless there is one. What is not committed when it ends is rolled back.
class Whole {
public:
	explicit Whole(pylon::connection_t &session) : session(session), is_own(session.Context().transaction.IsAutoCommit()) {
		if (is_own) {
			session.connection.BeginTransaction();
		}
	}
	~Whole() {
		if (is_own) {
			try {
				session.connection.Rollback();
			} catch (std::exception &) {
				// The error that led here is the one that is told.
			}
		}
	}
	void Commit() {
		if (is_own) {
			is_own = false;
			session.connection.Commit();
		}
	}

private:
	pylon::connection_t &session;
	bool is_own;
};

void AppendAll(Appender &appender, const Decoder &rows) {
	for (idx_t first = 0; first < rows.Rows(); first += STANDARD_VECTOR_SIZE) {
		DataChunk chunk;
		chunk.Initialize(Allocator::DefaultAllocator(), rows.Types());
		rows.Fill(chunk, first, MinValue<idx_t>(STANDARD_VECTOR_SIZE, rows.Rows() - first));
		appender.AppendDataChunk(chunk);
	}
}

} // namespace

bool exports_duckdb_component_database_method_connection_append(pylon::connection_t *self, bytes_t *catalog, bytes_t *schema,
                                                                bytes_t *table, texts_t *columns, nodes_t *types,
                                                                exports_duckdb_component_database_list_chunk_t *values,
                                                                problem_t *err) {
	Arrived<nodes_t> arrived_types(types, exports_duckdb_component_database_list_type_node_free);
	Arrived<exports_duckdb_component_database_list_chunk_t> arrived_values(values,
	                                                                       exports_duckdb_component_database_list_chunk_free);
	return guarded(err, [&] {
		auto row_types = ReadTypes(types->ptr, types->len);
		auto catalog_name = Taken(catalog), schema_name = Taken(schema), table_name = Taken(table);
		auto names = Taken(columns);
		Whole whole(*self);
		{
			Appender appender(self->connection, Identifier(catalog_name), Identifier(schema_name), Identifier(table_name));
			for (auto &column : names) {
				appender.AddColumn(Identifier(column));
			}
			for (size_t i = 0; i < values->len; i++) {
				AppendAll(appender, Decoder(values->ptr[i], row_types));
			}
			appender.Close();
		}
		whole.Commit();
	});
}
