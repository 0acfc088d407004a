// What a statement gives.
#include "session.hpp"

#include "duckdb/common/box_renderer.hpp"
#include "duckdb/common/box_renderer_context.hpp"
#include "duckdb/common/types/column/column_data_collection.hpp"

namespace pylon {

using namespace duckdb;

Cursor::Cursor(shared_ptr<ClientContext> context_p, unique_ptr<QueryResult> submitted, StatementType written)
    : context(std::move(context_p)), handle(std::move(submitted)), is_streamed(false) {
	if (handle->HasError()) {
		handle->ThrowError();
	}
	is_streamed = StreamsByDefault(written, *handle);
	Describe();
}

Cursor::~Cursor() {
	try {
		End();
	} catch (...) { // What ends a query that nobody reads any more has nobody to tell.
	}
}

void Cursor::Describe() {
	if (is_described || !handle->MetadataAvailable()) {
		return;
	}
	for (auto &name : handle->GetNames()) {
		names.push_back(name.GetIdentifierName());
	}
	types = handle->GetTypes();
	returns = handle->GetStatementProperties().return_type;
	is_described = true;
}

// What is short is not worth a question.
void Cursor::HasRunTask(QueryResultState progress) {
	static constexpr idx_t SHORT = 16;

	if (++tasks > SHORT && !IsTerminal(progress)) {
		AskWhetherToGoOn(*context);
	}
}

// Runs tasks to the end, or until there are rows.
void Cursor::Run(bool until_rows) {
	auto progress = handle->Poll();
	while (!IsTerminal(progress) && !(until_rows && progress == QueryResultState::READY)) {
		if (progress != QueryResultState::NOT_READY) {
			handle->WaitForTask();
		}
		progress = handle->ExecuteTask();
		HasRunTask(progress);
	}
	if (handle->HasError()) {
		handle->ThrowError();
	}
}

void Cursor::Fail(const ErrorData &error) {
	try {
		End();
	} catch (...) { // The error is what is told.
	}
	error.Throw();
}

void Cursor::Retain() {
	if (state != State::PENDING) {
		return;
	}
	try {
		handle->Materialize();
		Run(false);
		// The end of the query, with its transaction: it has not ended by being finished.
		handle->Complete();
		if (handle->HasError()) {
			handle->ThrowError();
		}
		Describe();
	} catch (std::exception &error) {
		Fail(ErrorData(error));
	}
	state = State::RETAINED;
}

void Cursor::Settle() {
	if (state != State::PENDING) {
		return;
	}
	if (!is_streamed) {
		Retain();
		return;
	}
	try {
		Run(true);
		Describe();
	} catch (std::exception &error) {
		Fail(ErrorData(error));
	}
	if (handle->Poll() == QueryResultState::FINISHED) {
		// There was no row.
		Retain();
	}
}

unique_ptr<DataChunk> Cursor::FetchStreamed() {
	while (true) {
		unique_ptr<DataChunk> rows;
		auto progress = stream->TryFetch(rows);
		if (rows) {
			return rows;
		}
		if (progress == QueryResultState::FINISHED) {
			state = State::ENDED;
			return nullptr;
		}
		if (progress == QueryResultState::EXECUTION_ERROR) {
			Fail(stream->GetErrorObject());
		}
		progress = stream->ExecuteTask();
		HasRunTask(progress);
		if (progress == QueryResultState::BLOCKED || progress == QueryResultState::NO_TASKS_AVAILABLE) {
			stream->WaitForTask();
		}
	}
}

unique_ptr<DataChunk> Cursor::Fetch() {
	if (state == State::PENDING && is_streamed) {
		state = State::ENDED;
		stream = make_uniq<QueryResultStream<ChunkFormat>>(std::move(handle));
		state = State::STREAMING;
	}
	Retain();
	switch (state) {
	case State::STREAMING:
		return FetchStreamed();
	case State::RETAINED: {
		auto rows = handle->FetchRaw();
		if (handle->HasError()) {
			handle->ThrowError();
		}
		return rows;
	}
	default:
		return nullptr;
	}
}

void Cursor::Finish() {
	if (state == State::STREAMING) {
		while (FetchStreamed()) {
		}
	} else {
		Retain();
	}
	End();
}

void Cursor::End() {
	if (state == State::ENDED) {
		return;
	}
	state = State::ENDED;
	if (stream) {
		stream->Close();
	} else if (handle) {
		handle->Close();
	}
}

int64_t Cursor::ChangedRows() {
	if (state != State::RETAINED || returns != StatementReturnType::CHANGED_ROWS) {
		return -1;
	}
	auto &rows = handle->Collection<ChunkFormat>();
	return rows.Count() == 0 ? -1 : rows.GetValue(0, 0).GetValue<int64_t>();
}

string Cursor::Draw(const exports_duckdb_component_database_box_style_t &style) {
	// A result of so many rows is taken for one that was cut off there.
	static constexpr idx_t LIMIT = 10000;
	static constexpr idx_t WIDTH = 120;

	if (state != State::RETAINED) {
		throw InvalidInputException("only rows that are retained can be drawn");
	}
	BoxRendererConfig config;
	config.limit = LIMIT;
	config.max_width = style.max_width > 0 ? style.max_width : WIDTH;
	if (style.max_rows > 0) {
		config.max_rows = style.max_rows;
	}
	if (style.max_column_width > 0) {
		config.max_col_width = style.max_column_width;
	}
	if (style.null_value.is_some) {
		config.null_value = string(reinterpret_cast<char *>(style.null_value.val.ptr), style.null_value.val.len);
	}
	config.render_mode = style.columns ? RenderMode::COLUMNS : RenderMode::ROWS;
	ClientBoxRendererContext box(*context);
	return handle->ToBox(box, config);
}

} // namespace pylon

using namespace pylon;

bool exports_duckdb_component_database_method_cursor_columns(cursor_t *self, columns_t *ret, problem_t *err) {
	return guarded(err, [&] {
		auto &cursor = *self->cursor;
		Handover handover;
		auto count = cursor.Types().size();
		*ret = {handover.Array<contract_column_t>(count), count};
		for (size_t i = 0; i < count; i++) {
			GiveColumn(handover, cursor.Names()[i], cursor.Types()[i], ret->ptr[i]);
		}
		handover.Keep();
	});
}

exports_duckdb_component_database_return_type_t exports_duckdb_component_database_method_cursor_returns(cursor_t *self) {
	switch (self->cursor->Returns()) {
	case duckdb::StatementReturnType::QUERY_RESULT:
		return EXPORTS_DUCKDB_COMPONENT_DATABASE_RETURN_TYPE_QUERY_RESULT;
	case duckdb::StatementReturnType::CHANGED_ROWS:
		return EXPORTS_DUCKDB_COMPONENT_DATABASE_RETURN_TYPE_CHANGED_ROWS;
	default:
		return EXPORTS_DUCKDB_COMPONENT_DATABASE_RETURN_TYPE_NOTHING;
	}
}

bool exports_duckdb_component_database_method_cursor_time_zone(cursor_t *self, bytes_t *ret, problem_t *err) {
	return guarded(err, [&] {
		Handover handover;
		*ret = handover.Bytes(self->cursor->TimeZone());
		handover.Keep();
	});
}

bool exports_duckdb_component_database_method_cursor_fetch(cursor_t *self, uint32_t max_rows, chunk_t *ret,
                                                           problem_t *err) {
	// Wide rows make a chunk that is large before it is long.
	static constexpr size_t LARGE = 4 * 1024 * 1024;

	return guarded(err, [&] {
		Encoder rows(self->cursor->Types());
		while (rows.Rows() < max_rows && rows.Size() < LARGE) {
			auto more = self->rest ? std::move(self->rest) : self->cursor->Fetch();
			if (!more) {
				break;
			}
			auto fit = Encoder::RowsThatFit(*more, LARGE);
			if (fit < more->size()) {
				duckdb::DataChunk head;
				head.InitializeEmpty(more->GetTypes());
				head.Reference(*more);
				head.Slice(0, fit);
				rows.Append(head);
				more->Slice(fit, more->size() - fit);
				self->rest = std::move(more);
			} else {
				rows.Append(*more);
			}
		}
		AskForRoom(rows.Size());
		Handover handover;
		rows.Give(handover, *ret);
		handover.Keep();
	});
}

bool exports_duckdb_component_database_method_cursor_finish(cursor_t *self, problem_t *err) {
	return guarded(err, [&] {
		self->rest.reset();
		self->cursor->Finish();
	});
}

bool exports_duckdb_component_database_method_cursor_draw(cursor_t *self, exports_duckdb_component_database_box_style_t *style,
                                                          bytes_t *ret, problem_t *err) {
	Arrived<duckdb_cap_option_string_t> null_value(&style->null_value, duckdb_cap_option_string_free);
	return guarded(err, [&] {
		auto text = self->cursor->Draw(*style);
		AskForRoom(text.size());
		Handover handover;
		*ret = handover.Bytes(text);
		handover.Keep();
	});
}

// What was dropped, until the next call.
static cursor_t *dropped;

// What ends may ask for files, which it cannot do here.
void exports_duckdb_component_database_cursor_destructor(cursor_t *self) {
	self->next = dropped;
	dropped = self;
}

void pylon::EndDropped() {
	while (auto self = dropped) {
		dropped = self->next;
		delete self;
	}
}
