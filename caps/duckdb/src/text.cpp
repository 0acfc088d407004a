// What DuckDB's parser says of a text.
#include "session.hpp"

#include "duckdb/common/sql_identifier.hpp"
#include "duckdb/parser/expression/columnref_expression.hpp"
#include "duckdb/parser/parser.hpp"
#include "duckdb/parser/query_node/select_node.hpp"
#include "duckdb/parser/result_modifier.hpp"
#include "duckdb/parser/statement/select_statement.hpp"

using namespace duckdb;
using namespace pylon;

namespace {

// What stands in a SELECT beside its list; null: nothing.
const char *BesideTheList(SelectNode &node) {
	if (node.from_table && node.from_table->type != TableReferenceType::EMPTY_FROM) {
		return "a FROM clause";
	}
	if (node.where_clause) {
		return "a WHERE clause";
	}
	if (!node.groups.group_expressions.empty() || node.aggregate_handling != AggregateHandling::STANDARD_HANDLING) {
		return "a GROUP BY clause";
	}
	if (node.having) {
		return "a HAVING clause";
	}
	if (node.qualify) {
		return "a QUALIFY clause";
	}
	if (node.sample) {
		return "a SAMPLE clause";
	}
	return node.modifiers.empty() ? nullptr : "a modifier";
}

// The only SELECT of parsed statements that is a plain one; null if they are anything else.
optional_ptr<SelectNode> PlainSelect(vector<unique_ptr<SQLStatement>> &statements) {
	if (statements.size() != 1 || statements[0]->type != StatementType::SELECT_STATEMENT) {
		return nullptr;
	}
	auto &node = *statements[0]->Cast<SelectStatement>().node;
	return node.type == QueryNodeType::SELECT_NODE ? &node.Cast<SelectNode>() : nullptr;
}

vector<string> ListedExpressions(const string &text) {
	auto parser = Parser::GetBuiltinParser();
	parser.ParseQuery("SELECT " + text);
	if (parser.statements.size() != 1 || parser.statements[0]->type != StatementType::SELECT_STATEMENT) {
		throw ParserException("\"%s\" is not an expression list: it holds more than one statement", text);
	}
	auto node = PlainSelect(parser.statements);
	if (!node) {
		throw ParserException("\"%s\" is not an expression list: it holds a set operation", text);
	}
	if (auto beside = BesideTheList(*node)) {
		throw ParserException("\"%s\" is not an expression list: it holds %s", text, beside);
	}
	vector<string> written;
	for (auto &expression : node->select_list) {
		auto sql = expression->ToString();
		written.push_back(expression->HasAlias() ? sql + " AS " + SQLIdentifier::ToString(expression->GetAlias()) : sql);
	}
	return written;
}

// The parts of a reference to a column; false for any other text.
bool ReferenceParts(const string &text, vector<string> &parts) {
	auto parser = Parser::GetBuiltinParser();
	try {
		parser.ParseQuery("SELECT " + text);
	} catch (std::exception &) {
		return false;
	}
	auto node = PlainSelect(parser.statements);
	if (!node || !node->cte_map.map.empty() || BesideTheList(*node) || node->select_list.size() != 1) {
		return false;
	}
	auto &expression = *node->select_list[0];
	if (expression.GetExpressionType() != ExpressionType::COLUMN_REF || expression.HasAlias()) {
		return false;
	}
	for (auto &part : expression.Cast<ColumnRefExpression>().ColumnNames()) {
		parts.push_back(part.GetIdentifierName());
	}
	return true;
}

bool IsGrouped(SelectNode &node) {
	return !node.groups.group_expressions.empty() || node.aggregate_handling != AggregateHandling::STANDARD_HANDLING;
}

// A SELECT of nothing but its list, groups and order.
bool IsBare(SelectNode &node) {
	return (!node.from_table || node.from_table->type == TableReferenceType::EMPTY_FROM) && !node.where_clause &&
	       !node.having && !node.qualify && !node.sample;
}

bool IsOnlyOrdered(SelectNode &node) {
	return IsBare(node) && !IsGrouped(node) && node.modifiers.size() == 1 &&
	       node.modifiers[0]->type == ResultModifierType::ORDER_MODIFIER;
}

// How a text of a shape is parsed, and what is said of one that is of another.
struct ShapeOfText {
	const char *before;
	const char *refusal;
};

ShapeOfText TextShape(exports_duckdb_component_database_shape_t shape) {
	switch (shape) {
	case EXPORTS_DUCKDB_COMPONENT_DATABASE_SHAPE_ORDER:
		return {"SELECT 1 ORDER BY ", "Expected a single ORDER clause"};
	case EXPORTS_DUCKDB_COMPONENT_DATABASE_SHAPE_GROUPS:
		return {"SELECT 42 GROUP BY ", "groups takes only a GROUP BY list"};
	default:
		return {"SELECT ", "Cannot have any modifiers in the expression list"};
	}
}

idx_t CountItems(ClientContext &context, const string &text, exports_duckdb_component_database_shape_t shape) {
	auto form = TextShape(shape);
	// A line break behind it, so that a comment ends where the text does.
	auto statements = ParseAll(context, form.before + text + "\n");
	if (statements.size() != 1 || statements[0]->type != StatementType::SELECT_STATEMENT) {
		throw ParserException(form.refusal);
	}
	if (!statements[0]->named_param_map.empty()) {
		throw BinderException("Unexpected prepared parameter. This type of statement can't be prepared!");
	}
	auto node = PlainSelect(statements);
	if (node && node->cte_map.map.empty()) {
		if (shape == EXPORTS_DUCKDB_COMPONENT_DATABASE_SHAPE_EXPRESSIONS && !BesideTheList(*node)) {
			return node->select_list.size();
		}
		if (shape == EXPORTS_DUCKDB_COMPONENT_DATABASE_SHAPE_GROUPS && IsBare(*node) && node->modifiers.empty()) {
			return node->groups.group_expressions.size();
		}
		if (shape == EXPORTS_DUCKDB_COMPONENT_DATABASE_SHAPE_ORDER && IsOnlyOrdered(*node)) {
			return node->modifiers[0]->Cast<OrderModifier>().orders.size();
		}
	}
	throw ParserException(form.refusal);
}

uint8_t TokenKind(SimplifiedTokenType type) {
	switch (type) {
	case SimplifiedTokenType::SIMPLIFIED_TOKEN_NUMERIC_CONSTANT:
		return 1;
	case SimplifiedTokenType::SIMPLIFIED_TOKEN_STRING_CONSTANT:
		return 2;
	case SimplifiedTokenType::SIMPLIFIED_TOKEN_OPERATOR:
		return 3;
	case SimplifiedTokenType::SIMPLIFIED_TOKEN_KEYWORD:
		return 4;
	case SimplifiedTokenType::SIMPLIFIED_TOKEN_COMMENT:
		return 5;
	default:
		return 0;
	}
}

} // namespace

bool exports_duckdb_component_database_tokenize(bytes_t *sql, exports_duckdb_component_database_list_token_t *ret,
                                                problem_t *err) {
	return guarded(err, [&] {
		auto tokens = Parser::Tokenize(Taken(sql));
		Handover handover;
		*ret = {handover.Array<exports_duckdb_component_database_token_t>(tokens.size()), tokens.size()};
		for (size_t i = 0; i < tokens.size(); i++) {
			ret->ptr[i] = {static_cast<uint32_t>(tokens[i].start), TokenKind(tokens[i].type)};
		}
		handover.Keep();
	});
}

bool exports_duckdb_component_database_parse_expressions(bytes_t *text, texts_t *ret, problem_t *err) {
	return guarded(err, [&] {
		Handover handover;
		*ret = handover.Texts(ListedExpressions(Taken(text)));
		handover.Keep();
	});
}

bool exports_duckdb_component_database_column_reference(bytes_t *text, duckdb_cap_option_list_list_u8_t *ret, problem_t *err) {
	return guarded(err, [&] {
		vector<string> parts;
		Handover handover;
		ret->is_some = ReferenceParts(Taken(text), parts);
		ret->val = handover.Texts(parts);
		handover.Keep();
	});
}

bool exports_duckdb_component_database_method_connection_check_text(pylon::connection_t *self, bytes_t *text,
                                                                    exports_duckdb_component_database_shape_t shape,
                                                                    uint32_t *ret, problem_t *err) {
	return guarded(err, [&] { *ret = static_cast<uint32_t>(CountItems(self->Context(), Taken(text), shape)); });
}
