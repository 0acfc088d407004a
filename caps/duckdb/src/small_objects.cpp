// operator new and delete for objects of up to a kilobyte, of which planning a query makes thousands: libc's malloc() takes
// several times as long. A page has slots of one size, and is malloc()'s again when all of them are free. Everything else is
// malloc()'s.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

// What malloc() has in front of a block. A page is so much shorter that the next one can follow it.
constexpr size_t HEADER_OF_MALLOC = 16;
constexpr size_t PAGE = 65536;
constexpr size_t STEP = 16;
constexpr size_t LARGEST = 1024;
constexpr size_t SIZES = LARGEST / STEP + 1;
// So many bytes of a page are made slots at once: what is never used is never touched.
constexpr size_t AT_ONCE = 4096;

struct Slot {
	Slot *next;
};

// Lies at the beginning of its page. Pages with a free slot, or room for one, are in the list of their size.
struct Page {
	Slot *free;
	uint8_t *fresh; // where slots have not been made yet
	Page *before, *behind;
	uint32_t used;
	uint32_t size;
};

static_assert(sizeof(Page) <= 2 * STEP, "slots begin where an object may");
constexpr size_t FIRST_SLOT = 2 * STEP;

Page *with_room[SIZES];
// Of each 64 KiB of memory, whether they are a page: no block of malloc()'s begins there then.
bool is_page[65536];

uint8_t *EndOf(Page *page) {
	return reinterpret_cast<uint8_t *>(page) + PAGE - HEADER_OF_MALLOC;
}

bool IsFull(Page *page) {
	return !page->free && page->fresh + page->size > EndOf(page);
}

void Link(Page *page) {
	auto &first = with_room[page->size / STEP];
	page->before = nullptr;
	page->behind = first;
	if (first) {
		first->before = page;
	}
	first = page;
}

void Unlink(Page *page) {
	(page->before ? page->before->behind : with_room[page->size / STEP]) = page->behind;
	if (page->behind) {
		page->behind->before = page->before;
	}
}

Page *NewPage(uint32_t size) {
	auto page = static_cast<Page *>(aligned_alloc(PAGE, PAGE - HEADER_OF_MALLOC));
	if (page) {
		*page = {nullptr, reinterpret_cast<uint8_t *>(page) + FIRST_SLOT, nullptr, nullptr, 0, size};
		is_page[reinterpret_cast<uintptr_t>(page) / PAGE] = true;
		Link(page);
	}
	return page;
}

void MakeSlots(Page *page) {
	auto stop = page->fresh + AT_ONCE;
	Slot **last = &page->free;
	do {
		*last = reinterpret_cast<Slot *>(page->fresh);
		last = &(*last)->next;
		page->fresh += page->size;
	} while (page->fresh < stop && page->fresh + page->size <= EndOf(page));
	*last = nullptr;
}

void *Take(size_t size) {
	auto page = with_room[size / STEP];
	if (!page && !(page = NewPage(static_cast<uint32_t>(size)))) {
		return nullptr;
	}
	if (!page->free) {
		MakeSlots(page);
	}
	auto slot = page->free;
	page->free = slot->next;
	page->used++;
	if (IsFull(page)) {
		Unlink(page);
	}
	return slot;
}

void Release(Page *page, Slot *slot) {
	if (IsFull(page)) {
		Link(page);
	}
	slot->next = page->free;
	page->free = slot;
	// The last page of a size is kept: the next object may be of it.
	if (--page->used == 0 && (page->before || page->behind)) {
		Unlink(page);
		is_page[reinterpret_cast<uintptr_t>(page) / PAGE] = false;
		free(page);
	}
}

void *Allocate(size_t size) {
	if (size - 1 < LARGEST) {
		return Take((size + STEP - 1) & ~(STEP - 1));
	}
	return malloc(size ? size : 1);
}

} // namespace

void *operator new(size_t size) {
	while (true) {
		if (auto memory = Allocate(size)) {
			return memory;
		}
		auto handler = std::get_new_handler();
		if (!handler) {
			throw std::bad_alloc();
		}
		handler();
	}
}

void operator delete(void *memory) noexcept {
	auto place = reinterpret_cast<uintptr_t>(memory);
	if (is_page[place / PAGE]) {
		Release(reinterpret_cast<Page *>(place & ~(PAGE - 1)), static_cast<Slot *>(memory));
	} else {
		free(memory);
	}
}

void operator delete(void *memory, size_t) noexcept {
	operator delete(memory);
}
