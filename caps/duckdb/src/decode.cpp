// Rows of the contract as rows of DuckDB. The consumer is not believed: lengths, offsets and indices are checked.
#include "rows.hpp"

#include "duckdb/common/exception.hpp"
#include "duckdb/common/types/value.hpp"
#include "duckdb/common/types/vector.hpp"
#include "duckdb/common/vector/array_vector.hpp"
#include "duckdb/common/vector/flat_vector.hpp"
#include "duckdb/common/vector/list_vector.hpp"
#include "duckdb/common/vector/string_vector.hpp"
#include "duckdb/common/vector/struct_vector.hpp"
#include "duckdb/common/vector_operations/vector_operations.hpp"

#include <cstring>

namespace pylon {

using namespace duckdb;

// A node of a column's type with what the consumer says stands in it.
struct Decoder::Column {
	// `next` is the node's data, and moves on behind those of its children.
	Column(const LogicalType &type_p, idx_t rows_p, const column_data_t *&next, const column_data_t *end)
	    : type(type_p), carried(CarriedType(type_p)), rows(rows_p) {
		if (next == end) {
			throw InvalidInputException("rows of the contract lack a column");
		}
		values = next++;
		Check(values->validity.len == 0 || values->validity.len == rows, "validity");
		switch (carried.InternalType()) {
		case PhysicalType::VARCHAR:
			CheckOffsets(values->heap.len);
			break;
		case PhysicalType::LIST: {
			CheckOffsets(NumericLimits<uint32_t>::Maximum());
			auto total = Offset(rows);
			if (type.id() == LogicalTypeId::MAP) {
				Add(MapType::KeyType(type), total, next, end);
				Add(MapType::ValueType(type), total, next, end);
			} else {
				Add(ListType::GetChildType(type), total, next, end);
			}
			break;
		}
		case PhysicalType::ARRAY:
			Add(ArrayType::GetChildType(type), rows * ArrayType::GetSize(type), next, end);
			break;
		case PhysicalType::STRUCT:
			AddFields(next, end);
			break;
		default:
			Check(values->data.len == rows * GetTypeIdSize(carried.InternalType()), "data");
			break;
		}
		if (type.id() == LogicalTypeId::ENUM) {
			CheckLabels();
		}
	}

	void Fill(Vector &out, idx_t first, idx_t count) const {
		if (type.id() == LogicalTypeId::VARIANT) {
			FillVariants(out, first, count);
			return;
		}
		if (type == carried) {
			FillFlat(out, first, count);
			return;
		}
		Vector texts(carried, MaxValue<idx_t>(count, 1));
		FillFlat(texts, first, count);
		VectorOperations::DefaultCast(texts, out, count);
	}

private:
	void Check(bool holds, const char *what) const {
		if (!holds) {
			throw InvalidInputException("rows of the contract have a wrong %s in a column of %s", what, type.ToString());
		}
	}

	uint32_t Offset(idx_t row) const {
		uint32_t offset;
		memcpy(&offset, values->data.ptr + row * sizeof(offset), sizeof(offset));
		return offset;
	}

	void CheckOffsets(idx_t limit) const {
		Check(values->data.len == (rows + 1) * sizeof(uint32_t), "data");
		uint32_t before = 0;
		Check(Offset(0) == 0, "offset");
		for (idx_t i = 1; i <= rows; i++) {
			auto offset = Offset(i);
			Check(offset >= before && offset <= limit, "offset");
			before = offset;
		}
	}

	void CheckLabels() const {
		auto size = GetTypeIdSize(carried.InternalType());
		auto labels = EnumType::GetSize(type);
		for (idx_t i = 0; i < rows; i++) {
			uint32_t index = 0;
			memcpy(&index, values->data.ptr + i * size, size);
			Check(index < labels || !IsValid(i), "label");
		}
	}

	bool IsValid(idx_t row) const {
		return values->validity.len == 0 || values->validity.ptr[row] != 0;
	}

	void Add(const LogicalType &child, idx_t child_rows, const column_data_t *&next, const column_data_t *end) {
		children.push_back(make_uniq<Column>(child, child_rows, next, end));
	}

	void AddFields(const column_data_t *&next, const column_data_t *end) {
		if (type.id() != LogicalTypeId::UNION) {
			for (auto &field : StructType::GetChildTypes(type)) {
				Add(field.second, rows, next, end);
			}
			return;
		}
		auto members = UnionType::GetMemberCount(type);
		Check(values->data.len == rows, "data");
		for (idx_t i = 0; i < rows; i++) {
			Check(values->data.ptr[i] < members || !IsValid(i), "member");
		}
		for (idx_t i = 0; i < members; i++) {
			Add(UnionType::GetMemberType(type, i), rows, next, end);
		}
	}

	void FillFlat(Vector &out, idx_t first, idx_t count) const {
		FillValidity(out, first, count);
		switch (carried.InternalType()) {
		case PhysicalType::VARCHAR:
			FillTexts(out, first, count);
			break;
		case PhysicalType::LIST:
			FillLists(out, first, count);
			break;
		case PhysicalType::ARRAY: {
			auto size = ArrayType::GetSize(type);
			children[0]->Fill(ArrayVector::GetChildMutable(out), first * size, count * size);
			break;
		}
		case PhysicalType::STRUCT:
			FillFields(out, first, count);
			break;
		default: {
			auto size = GetTypeIdSize(carried.InternalType());
			memcpy(FlatVector::GetDataMutable(out), values->data.ptr + first * size, count * size);
			break;
		}
		}
		FlatVector::SetSize(out, count);
	}

	void FillValidity(Vector &out, idx_t first, idx_t count) const {
		auto &mask = FlatVector::ValidityMutable(out);
		for (idx_t i = 0; values->validity.len > 0 && i < count; i++) {
			if (!IsValid(first + i)) {
				mask.SetInvalid(i);
			}
		}
	}

	void FillTexts(Vector &out, idx_t first, idx_t count) const {
		auto texts = FlatVector::GetDataMutable<string_t>(out);
		auto heap = reinterpret_cast<const char *>(values->heap.ptr);
		auto begin = Offset(first);
		for (idx_t i = 0; i < count; i++) {
			auto end = Offset(first + i + 1);
			if (carried.id() == LogicalTypeId::VARCHAR && !Value::StringIsValid(heap + begin, end - begin)) {
				throw InvalidInputException("a text of the contract is no UTF-8");
			}
			texts[i] = StringVector::AddStringOrBlob(out, heap + begin, end - begin);
			begin = end;
		}
	}

	void FillVariants(Vector &out, idx_t first, idx_t count) const {
		for (idx_t i = 0; i < count; i++) {
			Value value;
			if (IsValid(first + i)) {
				auto begin = Offset(first + i);
				TypedReader reader(values->heap.ptr + begin, Offset(first + i + 1) - begin);
				value = reader.Read(0);
			}
			out.SetValue(i, value.DefaultCastAs(type));
		}
		FlatVector::SetSize(out, count);
	}

	// Reads a value with its type, as the contract has what is in a VARIANT.
	class TypedReader {
	public:
		TypedReader(uint8_t *bytes, idx_t size) : next(bytes), end(bytes + size) {
		}

		Value Read(idx_t depth) {
			if (depth > MAX_DEPTH) {
				throw InvalidInputException("a value of the contract nests too deeply");
			}
			switch (*Take(1)) {
			case TYPED_NULL:
				return Value();
			case TYPED_SCALAR:
				return ReadScalar();
			case TYPED_LIST: {
				vector<Value> items;
				for (auto count = Size(); count > 0; count--) {
					items.push_back(Read(depth + 1).DefaultCastAs(LogicalType::VARIANT()));
				}
				return Value::LIST(LogicalType::VARIANT(), std::move(items));
			}
			case TYPED_STRUCT: {
				child_list_t<Value> fields;
				for (auto count = Size(); count > 0; count--) {
					auto name = Copied(Bytes());
					fields.emplace_back(Identifier(name), Read(depth + 1));
				}
				return Value::STRUCT(std::move(fields));
			}
			default:
				throw InvalidInputException("a value of the contract is of no kind");
			}
		}

	private:
		static constexpr idx_t MAX_DEPTH = 200;

		uint8_t *Take(idx_t count) {
			if (count > static_cast<idx_t>(end - next)) {
				throw InvalidInputException("a value of the contract is cut off");
			}
			auto taken = next;
			next += count;
			return taken;
		}

		uint32_t Size() {
			uint32_t size;
			memcpy(&size, Take(sizeof(size)), sizeof(size));
			return size;
		}

		bytes_t Bytes() {
			auto size = Size();
			return {Take(size), size};
		}

		Value ReadScalar() {
			node_t node = {};
			node.size = *Take(1);
			node.scale = *Take(1);
			auto kind = Bytes();
			node.kind = {kind.ptr, kind.len};
			auto types = ReadTypes(&node, 1);
			column_data_t data = {};
			data.data = Bytes();
			data.heap = Bytes();
			const column_data_t *column = &data;
			Vector value(types[0], 1);
			Column(types[0], 1, column, column + 1).Fill(value, 0, 1);
			return value.GetValue(0);
		}

		uint8_t *next;
		uint8_t *end;
	};

	void FillLists(Vector &out, idx_t first, idx_t count) const {
		auto begin = Offset(first);
		auto total = Offset(first + count) - begin;
		ListVector::Reserve(out, total);
		auto lists = FlatVector::GetDataMutable<list_entry_t>(out);
		for (idx_t i = 0; i < count; i++) {
			auto from = Offset(first + i);
			lists[i] = list_entry_t(from - begin, Offset(first + i + 1) - from);
		}
		auto &entries = ListVector::GetChildMutable(out);
		if (type.id() == LogicalTypeId::MAP) {
			auto &fields = StructVector::GetEntries(entries);
			children[0]->Fill(fields[0], begin, total);
			children[1]->Fill(fields[1], begin, total);
			FlatVector::SetSize(entries, total);
		} else {
			children[0]->Fill(entries, begin, total);
		}
		ListVector::SetListSize(out, total);
	}

	void FillFields(Vector &out, idx_t first, idx_t count) const {
		auto &fields = StructVector::GetEntries(out);
		idx_t at = 0;
		if (type.id() == LogicalTypeId::UNION) {
			memcpy(FlatVector::GetDataMutable(fields[0]), values->data.ptr + first, count);
			FillValidity(fields[0], first, count);
			FlatVector::SetSize(fields[0], count);
			at = 1;
		}
		for (idx_t i = 0; i < children.size(); i++) {
			children[i]->Fill(fields[at + i], first, count);
		}
	}

	LogicalType type;
	// What it is handed over as, before DuckDB casts it.
	LogicalType carried;
	idx_t rows;
	const column_data_t *values;
	vector<unique_ptr<Column>> children;
};

Decoder::Decoder(const chunk_t &chunk, const vector<LogicalType> &types_p) : types(types_p), rows(chunk.rows) {
	const column_data_t *next = chunk.vectors.ptr;
	auto end = next + chunk.vectors.len;
	for (auto &type : types) {
		columns.push_back(make_uniq<Column>(type, rows, next, end));
	}
	if (next != end) {
		throw InvalidInputException("rows of the contract have a column too many");
	}
}

Decoder::~Decoder() = default;

void Decoder::Fill(idx_t column, Vector &out, idx_t first, idx_t count) const {
	columns[column]->Fill(out, first, count);
}

void Decoder::Fill(DataChunk &out, idx_t first, idx_t count) const {
	for (idx_t i = 0; i < columns.size(); i++) {
		columns[i]->Fill(out.data[i], first, count);
	}
	out.SetChildCardinality(count);
}

vector<Value> Decoder::Row(idx_t row) const {
	vector<Value> values;
	for (idx_t i = 0; i < columns.size(); i++) {
		Vector value(types[i], 1);
		columns[i]->Fill(value, row, 1);
		values.push_back(value.GetValue(0));
	}
	return values;
}

} // namespace pylon
