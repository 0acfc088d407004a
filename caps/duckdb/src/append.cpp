// Rows of the consumer's into a table.
#include "session.hpp"

#include "duckdb/main/appender.hpp"

using namespace duckdb;
using namespace pylon;

bool exports_duckdb_component_database_method_connection_append(pylon::connection_t *self, bytes_t *catalog, bytes_t *schema,
                                                                bytes_t *table, texts_t *columns, nodes_t *types,
                                                                chunk_t *values, problem_t *err) {
	Arrived<nodes_t> arrived_types(types, exports_duckdb_component_database_list_type_node_free);
	Arrived<chunk_t> arrived_values(values, duckdb_component_values_chunk_free);
	return guarded(err, [&] {
		self->Context();
		Decoder rows(*values, ReadTypes(types->ptr, types->len));
		auto catalog_name = Taken(catalog), schema_name = Taken(schema), table_name = Taken(table);
		Appender appender(self->connection, Identifier(catalog_name), Identifier(schema_name), Identifier(table_name));
		for (auto &column : Taken(columns)) {
			appender.AddColumn(Identifier(column));
		}
		for (idx_t first = 0; first < rows.Rows(); first += STANDARD_VECTOR_SIZE) {
			DataChunk chunk;
			chunk.Initialize(Allocator::DefaultAllocator(), rows.Types());
			rows.Fill(chunk, first, MinValue<idx_t>(STANDARD_VECTOR_SIZE, rows.Rows() - first));
			appender.AppendDataChunk(chunk);
		}
		appender.Close();
	});
}
