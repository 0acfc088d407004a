// Memory that crosses the contract.
#include "cap.hpp"

#include <cstdlib>
#include <cstring>
#include <new>

namespace pylon {

Handover::~Handover() {
	for (auto piece : pieces) {
		free(piece);
	}
}

void *Handover::Room(size_t count, size_t size) {
	// The place in the list comes first, so that nothing is lost when there is no memory for it.
	pieces.push_back(nullptr);
	pieces.back() = calloc(count > 0 ? count : 1, size);
	if (!pieces.back()) {
		throw std::bad_alloc();
	}
	return pieces.back();
}

bytes_t Handover::Bytes(const void *data, size_t length) {
	static uint8_t nothing;

	// The bindings free what is not empty.
	if (length == 0) {
		return {&nothing, 0};
	}
	auto copy = Array<uint8_t>(length);
	memcpy(copy, data, length);
	return {copy, length};
}

duckdb_cap_string_t Handover::Text(const duckdb::string &text) {
	auto bytes = Bytes(text);
	return {bytes.ptr, bytes.len};
}

texts_t Handover::Texts(const duckdb::vector<duckdb::string> &texts) {
	texts_t list = {nullptr, texts.size()};
	if (texts.empty()) {
		return list;
	}
	list.ptr = Array<bytes_t>(texts.size());
	for (size_t i = 0; i < texts.size(); i++) {
		list.ptr[i] = Bytes(texts[i]);
	}
	return list;
}

duckdb::string Copied(const bytes_t &bytes) {
	return duckdb::string(reinterpret_cast<const char *>(bytes.ptr), bytes.len);
}

duckdb::string Taken(bytes_t *bytes) {
	Arrived<bytes_t> arrived(bytes, duckdb_cap_list_u8_free);
	return Copied(*bytes);
}

duckdb::vector<duckdb::string> Taken(texts_t *texts) {
	Arrived<texts_t> arrived(texts, duckdb_cap_list_list_u8_free);
	duckdb::vector<duckdb::string> copies;
	for (size_t i = 0; i < texts->len; i++) {
		copies.push_back(Copied(texts->ptr[i]));
	}
	return copies;
}

bytes_t Lent(const duckdb::string &text) {
	return {reinterpret_cast<uint8_t *>(const_cast<char *>(text.data())), text.size()};
}

} // namespace pylon

bool exports_duckdb_component_database_reserve(uint32_t bytes) {
	// A compiler may take a pair of malloc() and free() out.
	void *volatile memory = malloc(bytes);

	free(memory);
	return memory != nullptr;
}
