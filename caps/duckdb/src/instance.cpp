// Databases.
#include "session.hpp"

#include "duckdb/main/config.hpp"
#include "duckdb/main/db_instance_cache.hpp"
#include "duckdb/main/extension_helper.hpp"
#include "duckdb_static_extension.h"

extern "C" int32_t duckdb_extension_core_functions_describe(duckdb_extension_descriptor *descriptor);
extern "C" int32_t duckdb_extension_icu_describe(duckdb_extension_descriptor *descriptor);
extern "C" int32_t duckdb_extension_json_describe(duckdb_extension_descriptor *descriptor);
extern "C" int32_t duckdb_extension_parquet_describe(duckdb_extension_descriptor *descriptor);

using namespace pylon;
using duckdb::string;

namespace {

// The extensions that are linked: each database that is opened has them.
void RegisterExtensions() {
	static bool done = false;

	if (done) {
		return;
	}
	for (auto describe : {duckdb_extension_core_functions_describe, duckdb_extension_icu_describe,
	                      duckdb_extension_json_describe, duckdb_extension_parquet_describe}) {
		if (duckdb_register_static_extension(describe) != 0) {
			throw duckdb::InternalException("an extension that is linked cannot be registered");
		}
	}
	done = true;
}

// A file that is open already is the same database, as long as somebody has it.
duckdb::DBInstanceCache &Cache() {
	static auto &cache = *new duckdb::DBInstanceCache();
	return cache;
}

void AddSettings(duckdb::DBConfig &config) {
	config.AddExtensionOption("python_enable_replacements",
	                          "Whether variables visible to the current stack should be used for replacement scans.",
	                          duckdb::LogicalType::BOOLEAN, duckdb::Value::BOOLEAN(true));
	config.AddExtensionOption(
	    "python_scan_all_frames",
	    "If set, restores the old behavior of scanning all preceding frames to locate the referenced variable.",
	    duckdb::LogicalType::BOOLEAN, duckdb::Value::BOOLEAN(false));
	config.AddExtensionOption("pandas_analyze_sample",
	                          "The maximum number of rows to sample when analyzing a pandas object column.",
	                          duckdb::LogicalType::UBIGINT, duckdb::Value::UBIGINT(1000));
}

duckdb::shared_ptr<duckdb::DuckDB> Open(const string &path,
                                        const exports_duckdb_component_database_list_option_value_t &options) {
	duckdb::identifier_map_t<duckdb::Value> settings;
	bool is_read_only = false;
	for (size_t i = 0; i < options.len; i++) {
		auto name = Copied(options.ptr[i].name);
		auto value = Copied(options.ptr[i].value);
		if (name == "access_mode" && duckdb::StringUtil::CIEquals(value, "read_only")) {
			is_read_only = true;
		}
		settings[duckdb::Identifier(name)] = duckdb::Value(value);
	}
	RegisterExtensions();
	duckdb::DBConfig config(is_read_only);
	AddSettings(config);
	AddSources(config);
	config.SetOptionsByName(settings);
	bool is_shared = path != ":memory:" && !path.empty();
	return Cache().GetOrCreateInstance(path, config, is_shared, [](duckdb::DuckDB &database) {
		AddSourceFunction(database);
		AddObjectFiles(database);
	});
}

} // namespace

bool exports_duckdb_component_database_static_instance_open(bytes_t *path,
                                                            exports_duckdb_component_database_list_option_value_t *options,
                                                            exports_duckdb_component_database_own_instance_t *ret,
                                                            problem_t *err) {
	Arrived<exports_duckdb_component_database_list_option_value_t> arrived(
	    options, exports_duckdb_component_database_list_option_value_free);
	return guarded(err, [&] {
		auto self = duckdb::make_uniq<instance_t>();
		self->database = Open(Taken(path), *options);
		*ret = exports_duckdb_component_database_instance_new(self.release());
	});
}

bool exports_duckdb_component_database_method_instance_connect(instance_t *self,
                                                               exports_duckdb_component_database_own_connection_t *ret,
                                                               problem_t *err) {
	return guarded(err, [&] {
		if (!self->database) {
			throw duckdb::ConnectionException("Connection has already been closed");
		}
		auto connection = duckdb::make_uniq<connection_t>(self->database);
		*ret = exports_duckdb_component_database_connection_new(connection.release());
	});
}

bool exports_duckdb_component_database_method_instance_close(instance_t *self, problem_t *err) {
	return guarded(err, [&] { self->database.reset(); });
}

void exports_duckdb_component_database_instance_destructor(instance_t *self) {
	delete self;
}

void exports_duckdb_component_database_version(duckdb_cap_tuple2_string_string_t *ret) {
	problem_t problem;

	// Without memory both are empty.
	*ret = {};
	if (!guarded(&problem, [&] {
		    Handover handover;
		    ret->f0 = handover.Text(duckdb::DuckDB::LibraryVersion());
		    ret->f1 = handover.Text(duckdb::DuckDB::SourceID());
		    handover.Keep();
	    })) {
		*ret = {};
		duckdb_component_values_problem_free(&problem);
	}
}
