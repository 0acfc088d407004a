// Files that are bytes in memory: what objects of the consumer's hold that readers of files read.
#include "session.hpp"

#include "duckdb/common/file_system.hpp"
#include "duckdb/common/string_util.hpp"

#include <cstring>
#include <map>

using namespace duckdb;

namespace pylon {

namespace {

constexpr const char *PREFIX = "pylon_object://";

// By name, for all databases.
std::map<string, shared_ptr<string>> &Contents() {
	static auto &contents = *new std::map<string, shared_ptr<string>>();
	return contents;
}

class ObjectFile : public FileHandle {
public:
	ObjectFile(FileSystem &files, const string &path, FileOpenFlags flags, shared_ptr<string> content_p)
	    : FileHandle(files, path, flags), content(std::move(content_p)) {
	}
	void Close() override {
	}

	shared_ptr<string> content;
	idx_t position = 0;
};

class ObjectFiles : public FileSystem {
public:
	unique_ptr<FileHandle> OpenFile(const string &path, FileOpenFlags flags, optional_ptr<FileOpener>) override {
		auto found = Contents().find(path);
		if (found == Contents().end()) {
			if (flags.ReturnNullIfNotExists()) {
				return nullptr;
			}
			throw IOException("the object \"%s\" is not kept any more", path);
		}
		if (flags.OpenForWriting()) {
			throw IOException("the object \"%s\" is there to be read", path);
		}
		return make_uniq<ObjectFile>(*this, path, flags, found->second);
	}
	void Read(FileHandle &handle, void *buffer, int64_t count, idx_t location) override {
		auto &content = *handle.Cast<ObjectFile>().content;
		if (count < 0 || location > content.size() || static_cast<idx_t>(count) > content.size() - location) {
			throw IOException("the object \"%s\" ends before what is read of it", handle.path);
		}
		memcpy(buffer, content.data() + location, static_cast<size_t>(count));
	}
	int64_t Read(FileHandle &handle, void *buffer, int64_t count) override {
		auto &file = handle.Cast<ObjectFile>();
		auto rest = file.content->size() - MinValue<idx_t>(file.position, file.content->size());
		auto read = MinValue<idx_t>(static_cast<idx_t>(MaxValue<int64_t>(count, 0)), rest);
		Read(handle, buffer, static_cast<int64_t>(read), file.position);
		file.position += read;
		return static_cast<int64_t>(read);
	}
	int64_t GetFileSize(FileHandle &handle) override {
		return static_cast<int64_t>(handle.Cast<ObjectFile>().content->size());
	}
	timestamp_t GetLastModifiedTime(FileHandle &) override {
		return timestamp_t(0);
	}
	FileType GetFileType(FileHandle &) override {
		return FileType::FILE_TYPE_REGULAR;
	}
	bool FileExists(const string &path, optional_ptr<FileOpener>) override {
		return Contents().count(path) != 0;
	}
	vector<OpenFileInfo> Glob(const string &path, FileOpener *) override {
		vector<OpenFileInfo> found;
		if (Contents().count(path) != 0) {
			found.emplace_back(path);
		}
		return found;
	}
	bool CanHandleFile(const string &path) override {
		return StringUtil::StartsWith(path, PREFIX);
	}
	void Seek(FileHandle &handle, idx_t location) override {
		handle.Cast<ObjectFile>().position = location;
	}
	void Reset(FileHandle &handle) override {
		handle.Cast<ObjectFile>().position = 0;
	}
	idx_t SeekPosition(FileHandle &handle) override {
		return handle.Cast<ObjectFile>().position;
	}
	bool CanSeek() override {
		return true;
	}
	bool OnDiskFile(FileHandle &) override {
		return false;
	}
	std::string GetName() const override {
		return "ObjectFiles";
	}
};

} // namespace

void AddObjectFiles(DuckDB &database) {
	database.GetFileSystem().RegisterSubSystem(make_uniq<ObjectFiles>());
}

} // namespace pylon

using namespace pylon;

bool exports_duckdb_component_database_method_instance_keep_file(instance_t *, bytes_t *content, bytes_t *ret, problem_t *err) {
	static uint64_t number = 0;
	auto kept = make_shared_ptr<string>();

	return guarded(err, [&] {
		*kept = Taken(content);
		auto name = PREFIX + std::to_string(++number);
		Handover handover;
		*ret = handover.Bytes(name);
		Contents()[name] = std::move(kept);
		handover.Keep();
	});
}

void exports_duckdb_component_database_method_instance_forget_file(instance_t *, bytes_t *name) {
	problem_t problem;

	// What fails here is finding memory for the name: the file stays then.
	if (!guarded(&problem, [&] { Contents().erase(Taken(name)); })) {
		duckdb_component_values_problem_free(&problem);
	}
}
