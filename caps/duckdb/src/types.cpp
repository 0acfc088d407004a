// Types of DuckDB as trees of the contract, in pre-order, and back.
#include "rows.hpp"

#include "duckdb/common/enum_util.hpp"
#include "duckdb/common/exception.hpp"
#include "duckdb/common/types/vector.hpp"
#include "duckdb/common/vector/flat_vector.hpp"

namespace pylon {

using namespace duckdb;

namespace {

// A node as it is collected; what it is of stays alive meanwhile.
struct Node {
	string name;
	LogicalType type;
	idx_t children;
};

void Collect(const string &name, const LogicalType &type, vector<Node> &nodes) {
	auto at = nodes.size();
	nodes.push_back({name, type, 0});
	auto child = [&](const string &child_name, const LogicalType &child_type) {
		nodes[at].children++;
		Collect(child_name, child_type, nodes);
	};
	if (!type.IsComplete()) {
		return;
	}
	switch (type.id()) {
	case LogicalTypeId::STRUCT:
	case LogicalTypeId::TUPLE:
		for (auto &field : StructType::GetChildTypes(type)) {
			child(field.first.GetIdentifierName(), field.second);
		}
		break;
	case LogicalTypeId::UNION:
		for (idx_t i = 0; i < UnionType::GetMemberCount(type); i++) {
			child(UnionType::GetMemberName(type, i).GetIdentifierName(), UnionType::GetMemberType(type, i));
		}
		break;
	case LogicalTypeId::LIST:
		child("", ListType::GetChildType(type));
		break;
	case LogicalTypeId::ARRAY:
		child("", ArrayType::GetChildType(type));
		break;
	case LogicalTypeId::MAP:
		child("", MapType::KeyType(type));
		child("", MapType::ValueType(type));
		break;
	default:
		break;
	}
}

void GiveNode(Handover &handover, const Node &from, node_t &node) {
	auto &type = from.type;
	node.kind = handover.Text(EnumUtil::ToString(type.id()));
	node.name = handover.Bytes(from.name);
	node.alias = handover.Bytes(type.GetAlias());
	node.collation = handover.Bytes(string());
	node.children = static_cast<uint32_t>(from.children);
	if (!type.IsComplete()) {
		return;
	}
	switch (type.id()) {
	case LogicalTypeId::DECIMAL:
		node.size = DecimalType::GetWidth(type);
		node.scale = DecimalType::GetScale(type);
		break;
	case LogicalTypeId::ARRAY:
		node.size = ArrayType::IsAnySize(type) ? 0 : static_cast<uint32_t>(ArrayType::GetSize(type));
		break;
	case LogicalTypeId::VARCHAR:
		node.collation = handover.Bytes(StringType::GetCollation(type));
		break;
	case LogicalTypeId::ENUM: {
		vector<string> labels;
		for (idx_t i = 0; i < EnumType::GetSize(type); i++) {
			labels.push_back(EnumType::GetString(type, i).GetString());
		}
		node.labels = handover.Texts(labels);
		break;
	}
	default:
		break;
	}
}

// Reads one tree and moves on to what follows it.
class NodeReader {
public:
	NodeReader(const node_t *nodes, size_t count) : next(nodes), end(nodes + count) {
	}

	bool AtEnd() const {
		return next == end;
	}

	LogicalType Read(idx_t depth) {
		if (AtEnd() || depth > MAX_DEPTH) {
			throw InvalidInputException("a type of the contract is cut off or nests too deeply");
		}
		auto &node = *next++;
		auto id = EnumUtil::FromString<LogicalTypeId>(string(reinterpret_cast<char *>(node.kind.ptr), node.kind.len));
		switch (id) {
		case LogicalTypeId::DECIMAL:
			if (node.size < 1 || node.size > DecimalType::MaxWidth() || node.scale > node.size) {
				throw InvalidInputException("DECIMAL(%u,%u) is no type", node.size, node.scale);
			}
			return LogicalType::DECIMAL(static_cast<uint8_t>(node.size), static_cast<uint8_t>(node.scale));
		case LogicalTypeId::VARCHAR:
			if (Copied(node.alias) == "JSON") {
				return LogicalType::JSON();
			}
			return node.collation.len > 0 ? LogicalType::VARCHAR_COLLATION(Copied(node.collation)) : id;
		case LogicalTypeId::ENUM:
			return ReadEnum(node);
		case LogicalTypeId::STRUCT:
			return LogicalType::STRUCT(ReadChildren(node, depth));
		case LogicalTypeId::TUPLE:
			return LogicalType::TUPLE(ReadChildren(node, depth));
		case LogicalTypeId::UNION:
			return LogicalType::UNION(ReadChildren(node, depth));
		case LogicalTypeId::LIST:
			return LogicalType::LIST(Read(depth + 1));
		case LogicalTypeId::ARRAY:
			return LogicalType::ARRAY(Read(depth + 1), node.size);
		case LogicalTypeId::MAP: {
			auto key = Read(depth + 1);
			return LogicalType::MAP(std::move(key), Read(depth + 1));
		}
		case LogicalTypeId::GEOMETRY:
			return LogicalType::GEOMETRY();
		case LogicalTypeId::VARIANT:
			return LogicalType::VARIANT();
		default:
			return LogicalType(id);
		}
	}

private:
	static constexpr idx_t MAX_DEPTH = 200;

	child_list_t<LogicalType> ReadChildren(const node_t &node, idx_t depth) {
		child_list_t<LogicalType> children;
		for (uint32_t i = 0; i < node.children; i++) {
			// The name is the child's: read it before the child moves on.
			auto name = AtEnd() ? string() : Copied(next->name);
			auto type = Read(depth + 1);
			children.emplace_back(Identifier(name), std::move(type));
		}
		return children;
	}

	static LogicalType ReadEnum(const node_t &node) {
		Vector labels(LogicalType::VARCHAR, MaxValue<idx_t>(node.labels.len, 1));
		for (size_t i = 0; i < node.labels.len; i++) {
			labels.SetValue(i, Value(Copied(node.labels.ptr[i])));
		}
		FlatVector::SetSize(labels, node.labels.len);
		return LogicalType::ENUM(labels, node.labels.len);
	}

	const node_t *next;
	const node_t *end;
};

} // namespace

void GiveTypes(Handover &handover, const vector<LogicalType> &types, duckdb_component_values_list_type_node_t &list) {
	vector<Node> nodes;
	for (auto &type : types) {
		Collect("", type, nodes);
	}
	list = {handover.Array<node_t>(nodes.size()), nodes.size()};
	for (size_t i = 0; i < nodes.size(); i++) {
		GiveNode(handover, nodes[i], list.ptr[i]);
	}
}

void GiveColumn(Handover &handover, const string &name, const LogicalType &type, contract_column_t &column) {
	column.name = handover.Bytes(name);
	column.text = handover.Bytes(type.ToString());
	GiveTypes(handover, {type}, column.nodes);
}

vector<LogicalType> ReadTypes(const node_t *nodes, size_t count) {
	NodeReader reader(nodes, count);
	vector<LogicalType> types;
	while (!reader.AtEnd()) {
		types.push_back(reader.Read(0));
	}
	return types;
}

LogicalType CarriedType(const LogicalType &type) {
	switch (type.id()) {
	case LogicalTypeId::BIT:
	case LogicalTypeId::BIGNUM:
	case LogicalTypeId::SQLNULL:
		return LogicalType::VARCHAR;
	case LogicalTypeId::VARIANT:
	case LogicalTypeId::GEOMETRY:
		return LogicalType::BLOB;
	default:
		return type;
	}
}

} // namespace pylon
