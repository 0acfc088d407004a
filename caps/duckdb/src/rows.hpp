// Types and rows as the contract has them (duckdb:component/values).
#ifndef PYLON_DUCKDB_ROWS_HPP
#define PYLON_DUCKDB_ROWS_HPP

#include "cap.hpp"

#include "duckdb/common/types/data_chunk.hpp"

namespace pylon {

// ---- types.cpp ----

// A column of the contract.
void GiveColumn(Handover &handover, const duckdb::string &name, const duckdb::LogicalType &type, contract_column_t &column);

// The nodes of types, one behind the other.
void GiveTypes(Handover &handover, const duckdb::vector<duckdb::LogicalType> &types, duckdb_component_values_list_type_node_t &nodes);

// Types of nodes that follow each other. Throws for what is no tree of types.
duckdb::vector<duckdb::LogicalType> ReadTypes(const node_t *nodes, size_t count);

// ---- encode.cpp ----

// Rows on their way to the consumer: chunks of DuckDB's are joined, column by column.
class Encoder {
public:
	explicit Encoder(const duckdb::vector<duckdb::LogicalType> &types);
	~Encoder();

	void Append(duckdb::DataChunk &rows);
	// How many rows of a chunk have about so many bytes, or one.
	static duckdb::idx_t RowsThatFit(duckdb::DataChunk &rows, duckdb::idx_t room);
	duckdb::idx_t Rows() const {
		return rows;
	}
	// How many bytes the consumer needs for them.
	size_t Size() const;
	void Give(Handover &handover, chunk_t &chunk);

	struct Column;

private:
	duckdb::vector<duckdb::unique_ptr<Column>> columns;
	duckdb::idx_t rows = 0;
};

// ---- decode.cpp ----

// Rows that the consumer handed over. They stay where they are; all of them are checked first.
class Decoder {
public:
	Decoder(const chunk_t &chunk, const duckdb::vector<duckdb::LogicalType> &types);
	~Decoder();

	duckdb::idx_t Rows() const {
		return rows;
	}
	const duckdb::vector<duckdb::LogicalType> &Types() const {
		return types;
	}
	// Fills a column of DuckDB's with `count` rows.
	void Fill(duckdb::idx_t column, duckdb::Vector &out, duckdb::idx_t first, duckdb::idx_t count) const;
	// Fills all columns of a chunk, which is of these types and empty.
	void Fill(duckdb::DataChunk &out, duckdb::idx_t first, duckdb::idx_t count) const;
	duckdb::vector<duckdb::Value> Row(duckdb::idx_t row) const;

	struct Column;

private:
	duckdb::vector<duckdb::LogicalType> types;
	duckdb::vector<duckdb::unique_ptr<Column>> columns;
	duckdb::idx_t rows;
};

// What a value is that the contract has with its type.
enum : char { TYPED_NULL, TYPED_SCALAR, TYPED_LIST, TYPED_STRUCT };

// The type that the contract hands a type's values over in: for BIT and the like VARCHAR.
duckdb::LogicalType CarriedType(const duckdb::LogicalType &type);

} // namespace pylon

#endif
