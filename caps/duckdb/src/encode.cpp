// Rows of DuckDB as rows of the contract.
#include "rows.hpp"

#include "duckdb/common/enum_util.hpp"
#include "duckdb/common/exception.hpp"
#include "duckdb/common/types/value.hpp"
#include "duckdb/common/types/vector.hpp"
#include "duckdb/common/vector/array_vector.hpp"
#include "duckdb/common/vector/flat_vector.hpp"
#include "duckdb/common/vector/list_vector.hpp"
#include "duckdb/common/vector/map_vector.hpp"
#include "duckdb/common/vector/struct_vector.hpp"
#include "duckdb/common/vector/union_vector.hpp"
#include "duckdb/common/vector_operations/vector_operations.hpp"

#include <cstring>

namespace pylon {

using namespace duckdb;

// A node of a column's type with what was collected of it.
struct Encoder::Column {
	explicit Column(const LogicalType &type_p)
	    : type(CarriedType(type_p)), is_variant(type_p.id() == LogicalTypeId::VARIANT) {
		switch (type.id()) {
		case LogicalTypeId::STRUCT:
		case LogicalTypeId::TUPLE:
			for (auto &field : StructType::GetChildTypes(type)) {
				Add(field.second);
			}
			break;
		case LogicalTypeId::UNION:
			for (idx_t i = 0; i < UnionType::GetMemberCount(type); i++) {
				Add(UnionType::GetMemberType(type, i));
			}
			break;
		case LogicalTypeId::LIST:
			Add(ListType::GetChildType(type));
			break;
		case LogicalTypeId::ARRAY:
			Add(ArrayType::GetChildType(type));
			break;
		case LogicalTypeId::MAP:
			Add(MapType::KeyType(type));
			Add(MapType::ValueType(type));
			break;
		default:
			break;
		}
		if (HasOffsets()) {
			Put(uint32_t(0));
		}
	}

	void Append(const Vector &from, idx_t count) {
		auto view = Vector::Ref(from);
		if (is_variant) {
			AppendVariants(view, count);
		} else if (view.GetType() != type) {
			Vector cast(type, count);
			VectorOperations::DefaultCast(view, cast, count);
			AppendFlat(cast, count);
		} else {
			AppendFlat(view, count);
		}
	}

	size_t Size() const {
		auto size = validity.size() + data.size() + heap.size();
		for (auto &child : children) {
			size += child->Size();
		}
		return size;
	}

	idx_t Nodes() const {
		idx_t nodes = 1;
		for (auto &child : children) {
			nodes += child->Nodes();
		}
		return nodes;
	}

	column_data_t *Give(Handover &handover, column_data_t *next) {
		*next = {handover.Bytes(validity), handover.Bytes(data), handover.Bytes(heap)};
		next++;
		for (auto &child : children) {
			next = child->Give(handover, next);
		}
		return next;
	}

private:
	void Add(const LogicalType &child) {
		children.push_back(make_uniq<Column>(child));
	}

	bool HasOffsets() const {
		return type.InternalType() == PhysicalType::VARCHAR || type.InternalType() == PhysicalType::LIST;
	}

	template <class T>
	void Put(T value) {
		data.append(reinterpret_cast<const char *>(&value), sizeof(T));
	}

	void AppendFlat(Vector &from, idx_t count) {
		from.Flatten();
		auto &mask = FlatVector::Validity(from);
		AppendValidity(mask, count);
		switch (type.InternalType()) {
		case PhysicalType::VARCHAR:
			AppendTexts(from, mask, count);
			break;
		case PhysicalType::LIST:
			AppendLists(from, mask, count);
			break;
		case PhysicalType::ARRAY:
			children[0]->Append(ArrayVector::GetChild(from), count * ArrayType::GetSize(type));
			break;
		case PhysicalType::STRUCT:
			AppendFields(from, count);
			break;
		default:
			AppendValues(from, mask, count);
			break;
		}
		rows += count;
	}

	// What lies where a row is NULL is whatever was there before: zeros are handed over.
	void AppendValues(Vector &from, const ValidityMask &mask, idx_t count) {
		auto size = GetTypeIdSize(type.InternalType());
		auto begin = data.size();
		data.append(reinterpret_cast<const char *>(FlatVector::GetData(from)), count * size);
		if (mask.CheckAllValid(count)) {
			return;
		}
		for (idx_t i = 0; i < count; i++) {
			if (!mask.RowIsValid(i)) {
				memset(&data[begin + i * size], 0, size);
			}
		}
	}

	void AppendValidity(const ValidityMask &mask, idx_t count) {
		if (mask.CheckAllValid(count)) {
			if (!validity.empty()) {
				validity.append(count, 1);
			}
			return;
		}
		validity.resize(rows, 1);
		for (idx_t i = 0; i < count; i++) {
			validity.push_back(mask.RowIsValid(i) ? 1 : 0);
		}
	}

	void AppendTexts(Vector &from, const ValidityMask &mask, idx_t count) {
		auto texts = FlatVector::GetData<string_t>(from);
		for (idx_t i = 0; i < count; i++) {
			if (mask.RowIsValid(i)) {
				heap.append(texts[i].GetData(), texts[i].GetSize());
			}
			PutOffset(heap.size());
		}
	}

	void AppendVariants(const Vector &from, idx_t count) {
		Vector written(type, MaxValue<idx_t>(count, 1));
		for (idx_t i = 0; i < count; i++) {
			auto value = from.GetValue(i);
			string bytes;
			if (!value.IsNull()) {
				PutTyped(bytes, value);
				value = Value::BLOB_RAW(bytes);
			}
			written.SetValue(i, value.IsNull() ? Value(type) : value);
		}
		FlatVector::SetSize(written, count);
		AppendFlat(written, count);
	}

	static void PutSize(string &out, size_t size) {
		auto written = static_cast<uint32_t>(size);
		out.append(reinterpret_cast<const char *>(&written), sizeof(written));
	}

	static void PutBytes(string &out, const string &bytes) {
		PutSize(out, bytes.size());
		out += bytes;
	}

	// A value with its type, as the contract has what is in a VARIANT.
	static void PutTyped(string &out, const Value &value) {
		auto &type = value.type();
		if (value.IsNull()) {
			out.push_back(TYPED_NULL);
		} else if (type.id() == LogicalTypeId::VARIANT) {
			PutTyped(out, VariantValue::GetValue(value));
		} else if (type.id() == LogicalTypeId::LIST) {
			auto &items = ListValue::GetChildren(value);
			out.push_back(TYPED_LIST);
			PutSize(out, items.size());
			for (auto &item : items) {
				PutTyped(out, item);
			}
		} else if (type.id() == LogicalTypeId::STRUCT) {
			auto &fields = StructValue::GetChildren(value);
			out.push_back(TYPED_STRUCT);
			PutSize(out, fields.size());
			for (idx_t i = 0; i < fields.size(); i++) {
				PutBytes(out, StructType::GetChildName(type, i).GetIdentifierName());
				PutTyped(out, fields[i]);
			}
		} else {
			Column scalar(type);
			scalar.Append(Vector(value, count_t(1)), 1);
			bool is_decimal = type.id() == LogicalTypeId::DECIMAL;
			out.push_back(TYPED_SCALAR);
			out.push_back(static_cast<char>(is_decimal ? DecimalType::GetWidth(type) : 0));
			out.push_back(static_cast<char>(is_decimal ? DecimalType::GetScale(type) : 0));
			PutBytes(out, EnumUtil::ToString(type.id()));
			PutBytes(out, scalar.data);
			PutBytes(out, scalar.heap);
		}
	}

	void AppendLists(Vector &from, const ValidityMask &mask, idx_t count) {
		auto lists = FlatVector::GetData<list_entry_t>(from);
		auto total = children[0]->rows;
		bool in_order = true;
		idx_t expected = 0;
		for (idx_t i = 0; i < count; i++) {
			if (mask.RowIsValid(i)) {
				in_order = in_order && lists[i].offset == expected;
				expected += lists[i].length;
			}
			PutOffset(total + expected);
		}
		auto &entries = ListVector::GetChild(from);
		if (in_order) {
			AppendEntries(entries, expected);
			return;
		}
		// Rows were filtered or come in another order: pick theirs.
		SelectionVector picked(MaxValue<idx_t>(expected, 1));
		idx_t at = 0;
		for (idx_t i = 0; i < count; i++) {
			for (idx_t j = 0; mask.RowIsValid(i) && j < lists[i].length; j++) {
				picked.set_index(at++, lists[i].offset + j);
			}
		}
		Vector slice(entries, picked, expected);
		AppendEntries(slice, expected);
	}

	void AppendEntries(const Vector &entries, idx_t count) {
		if (type.id() != LogicalTypeId::MAP) {
			children[0]->Append(entries, count);
			return;
		}
		auto pairs = Vector::Ref(entries);
		pairs.Flatten();
		auto &fields = StructVector::GetEntries(pairs);
		children[0]->Append(fields[0], count);
		children[1]->Append(fields[1], count);
	}

	void AppendFields(Vector &from, idx_t count) {
		auto &fields = StructVector::GetEntries(from);
		idx_t first = 0;
		if (type.id() == LogicalTypeId::UNION) {
			auto tags = Vector::Ref(fields[0]);
			tags.Flatten();
			data.append(reinterpret_cast<const char *>(FlatVector::GetData(tags)), count);
			first = 1;
		}
		for (idx_t i = 0; i < children.size(); i++) {
			children[i]->Append(fields[first + i], count);
		}
	}

	void PutOffset(idx_t offset) {
		if (offset > NumericLimits<uint32_t>::Maximum()) {
			throw OutOfRangeException("a column of one chunk is larger than 4 GiB");
		}
		Put(static_cast<uint32_t>(offset));
	}

	LogicalType type;
	bool is_variant;
	vector<unique_ptr<Column>> children;
	idx_t rows = 0;
	// A byte a row once one was NULL.
	string validity;
	string data;
	string heap;
};

Encoder::Encoder(const vector<LogicalType> &types) {
	for (auto &type : types) {
		columns.push_back(make_uniq<Column>(type));
	}
}

Encoder::~Encoder() = default;

namespace {

// About how many bytes the values of a vector have.
idx_t BytesOf(const Vector &of, idx_t count) {
	auto &type = of.GetType();
	auto from = Vector::Ref(of);
	idx_t bytes = 0;

	if (type.IsNested()) {
		from.Flatten();
	}
	switch (type.InternalType()) {
	case PhysicalType::VARCHAR: {
		UnifiedVectorFormat format;
		from.ToUnifiedFormat(format);
		auto texts = UnifiedVectorFormat::GetData<string_t>(format);
		for (idx_t i = 0; i < count; i++) {
			auto row = format.sel->get_index(i);
			bytes += format.validity.RowIsValid(row) ? texts[row].GetSize() : 0;
		}
		return bytes;
	}
	case PhysicalType::LIST:
		return BytesOf(ListVector::GetChild(from), ListVector::GetListSize(from));
	case PhysicalType::ARRAY:
		return BytesOf(ArrayVector::GetChild(from), count * ArrayType::GetSize(type));
	case PhysicalType::STRUCT:
		for (auto &field : StructVector::GetEntries(from)) {
			bytes += BytesOf(field, count);
		}
		return bytes;
	default:
		return count * GetTypeIdSize(type.InternalType());
	}
}

} // namespace

idx_t Encoder::RowsThatFit(DataChunk &chunk, idx_t room) {
	auto rows = chunk.size();
	idx_t bytes = 0;
	for (auto &column : chunk.data) {
		bytes += BytesOf(column, rows);
	}
	return bytes <= room ? rows : MaxValue<idx_t>(rows * room / bytes, 1);
}

void Encoder::Append(DataChunk &chunk) {
	for (idx_t i = 0; i < columns.size(); i++) {
		columns[i]->Append(chunk.data[i], chunk.size());
	}
	rows += chunk.size();
}

size_t Encoder::Size() const {
	size_t size = 0;
	for (auto &column : columns) {
		size += column->Size();
	}
	return size;
}

void Encoder::Give(Handover &handover, chunk_t &chunk) {
	idx_t nodes = 0;
	for (auto &column : columns) {
		nodes += column->Nodes();
	}
	chunk.rows = static_cast<uint32_t>(rows);
	chunk.vectors = {handover.Array<column_data_t>(nodes), static_cast<size_t>(nodes)};
	auto next = chunk.vectors.ptr;
	for (auto &column : columns) {
		next = column->Give(handover, next);
	}
}

} // namespace pylon
