// What the consumer is told and asked while a statement runs.
#include "session.hpp"

#include "duckdb/common/progress_bar/display/terminal_progress_bar_display.hpp"
#include "duckdb/main/client_config.hpp"

namespace pylon {

using namespace duckdb;

namespace {

void Print(const string &text) {
	auto lent = Lent(text);
	duckdb_component_callbacks_print(&lent);
}

// DuckDB's own progress bar, which prints through C's library.
class LentProgressBar : public TerminalProgressBarDisplay {
public:
	void Finish() override {
		PrintProgressInternal(100, GetElapsedDuration(), true);
		Print("\n");
	}

protected:
	// As TerminalProgressBarDisplay has it.
	void PrintProgressInternal(int32_t percentage, double seconds, bool finished) override {
		auto number = to_string(percentage);
		Print("\r" + string(3 - MinValue<size_t>(number.size(), 3), ' ') + number + "% " +
		      FormatProgressBar(display_info, percentage) + " " + FormatETA(seconds, finished));
	}
};

} // namespace

void AddProgressBar(ClientContext &context) {
	ClientConfig::GetConfig(context).display_create_func = []() -> unique_ptr<ProgressBarDisplay> {
		return make_uniq<LentProgressBar>();
	};
}

void AskWhetherToGoOn(ClientContext &context) {
	if (!duckdb_component_callbacks_goes_on(context.GetQueryProgress().GetPercentage())) {
		context.Interrupt();
	}
}

} // namespace pylon
